/**
 * How many descriptors a configuration needs.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import type { DescriptorNeeds } from "../daemon/descriptor_budget.ts";
import { DESCRIPTORS_RESERVED } from "./limits.ts";

/** Servers are asked in each version of their clients' protocol over connections of its own. */
const VERSIONS = { redis: 2, memcache: 1 } as const;

/**
 * Counts what all clients and servers of a configuration may have open.
 *
 * @param pools What the file says of the pools.
 * @param workers How many event loops serve them; each has its own listeners, and a connection to each server at least.
 * @returns The needs: for servers their connections in each version of the protocol and one for a probe, and beside that
 *   `DESCRIPTORS_RESERVED`. Connections that clients have to themselves are taken from the latter.
 */
export function descriptorNeeds(pools: readonly PoolConfig[], workers: number): DescriptorNeeds {
  let reserved = DESCRIPTORS_RESERVED;
  let clients = 0;
  for (const { protocol, servers, serverConnections, clientConnections } of pools) {
    const connections = VERSIONS[protocol] * Math.max(serverConnections, workers) + 1;
    reserved += workers + servers.length * connections;
    clients += clientConnections === 0 ? Infinity : clientConnections;
  }
  return { reserved, clients };
}
