/**
 * Whether the proxy can serve.
 *
 * @module
 */

import type { PoolSnapshot, ServerSnapshot } from "../metrics/snapshot.ts";
import { ServerMetric } from "../metrics/table.ts";

/** How a server is, for whoever looks. */
export type ServerCondition = ServerSnapshot["state"] | "failing";

/** So many servers are named when a pool is not ready. */
const NAMED_MAX = 8;

/**
 * Says how a server is.
 *
 * @param server The server.
 * @returns Its state; `failing` if it is live and has failed so often in a row that it could be ejected.
 */
export function conditionOf({ state, values }: ServerSnapshot): ServerCondition {
  return state === "live" && values[ServerMetric.failing] > 0 ? "failing" : state;
}

/**
 * Counts a pool's live servers.
 *
 * @param pool The pool.
 * @returns How many take requests and are not failing.
 */
export function liveServers(pool: PoolSnapshot): number {
  return pool.servers.filter((server) => conditionOf(server) === "live").length;
}

/**
 * Says whether a pool has the live servers that it needs.
 *
 * @param pool The pool.
 * @returns False if there are too few.
 */
export function isReady(pool: PoolSnapshot): boolean {
  return liveServers(pool) >= pool.readyServersMin;
}

/**
 * Tells why the proxy is not ready.
 *
 * @param pools All pools.
 * @returns A line per pool that has too few live servers; none if the proxy is ready.
 */
export function unreadyReasons(pools: readonly PoolSnapshot[]): string[] {
  return pools.filter((pool) => !isReady(pool)).map((pool) => {
    const { name, servers, readyServersMin } = pool;
    const bad = servers.filter((server) => conditionOf(server) !== "live");
    const named = bad.slice(0, NAMED_MAX).map((server) => `'${server.name}' is ${conditionOf(server)}`);
    if (bad.length > NAMED_MAX) named.push(`and ${bad.length - NAMED_MAX} more`);
    const lives = `${servers.length - bad.length} of ${servers.length} servers live`;
    return `pool '${name}' has ${lives}, and needs ${readyServersMin}: ${named.join(", ")}`;
  });
}
