/**
 * The reference and this proxy side by side: the same pools, each in front of servers of its own.
 *
 * @module
 */

import { startNutcracker } from "../support/nutcracker.ts";
import { freePorts } from "../support/ports.ts";
import { startProxy } from "../support/proxy.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { type Combination, NODES, poolsOf } from "./combinations.ts";

/** A server that can be started for a test. */
export interface TestServer extends AsyncDisposable {
  /** `host:port`, as configuration files want it. */
  readonly address: string;
}

/** A proxy and the servers behind it. */
export interface Side<S> {
  /** The proxy; its pools are in the order of the combinations. */
  readonly proxy: ProxyProcess;
  /** The servers, in the order of the nodes. */
  readonly servers: readonly S[];
}

/** Both. */
export interface Sides<S> {
  /** The reference. */
  readonly there: Side<S>;
  /** This proxy. */
  readonly here: Side<S>;
}

/**
 * Runs a function with both proxies and stops everything afterwards.
 *
 * @param combinations Their pools.
 * @param redis Whether the servers are redis servers.
 * @param start Starts one server.
 * @param fn The function.
 */
export async function withSides<S extends TestServer>(
  combinations: readonly Combination[],
  redis: boolean,
  start: () => Promise<S>,
  fn: (sides: Sides<S>) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const startServers = async () => {
    const servers: S[] = [];
    for (let i = 0; i < NODES.length; i++) servers.push(stack.use(await start()));
    const addresses = servers.map(({ address }) => address);
    const pools = poolsOf(combinations, addresses, freePorts(combinations.length), redis);
    return { servers, pools };
  };
  const behindThere = await startServers();
  const behindHere = await startServers();
  const there = stack.use(await startNutcracker(behindThere.pools));
  const here = stack.use(await startProxy({ pools: behindHere.pools }));
  await fn({
    there: { proxy: there, servers: behindThere.servers },
    here: { proxy: here, servers: behindHere.servers },
  });
}
