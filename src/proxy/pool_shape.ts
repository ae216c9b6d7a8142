/**
 * What of a pool's configuration the statistics tell.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import type { PoolShape } from "../metrics/pool_numbers.ts";
import { formatAddress } from "../net/address.ts";

/**
 * Picks out what snapshots tell of a pool.
 *
 * @param config What the file says of it.
 * @returns What it is like, and its servers in the order of the configuration.
 */
export function shapeOf({ name, protocol, listen, readyServersMin, servers }: PoolConfig): PoolShape {
  return {
    name,
    protocol,
    address: formatAddress(listen.address),
    readyServersMin,
    servers: servers.map((server) => ({
      name: server.name,
      address: formatAddress(server.address),
      weight: server.weight,
    })),
  };
}
