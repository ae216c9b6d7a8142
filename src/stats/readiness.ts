/**
 * Whether the proxy can serve.
 *
 * @module
 */

import type { PoolSnapshot } from "../metrics/snapshot.ts";

/**
 * Counts a pool's live servers.
 *
 * @param pool The pool.
 * @returns How many take requests.
 */
export function liveServers(pool: PoolSnapshot): number {
  return pool.servers.filter(({ state }) => state === "live").length;
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
    return `pool '${name}' has ${
      liveServers(pool)
    } of ${servers.length} servers live, and needs ${readyServersMin}`;
  });
}
