/**
 * Whether the ports of a configuration are free, before all workers bind them.
 *
 * Workers share a port by a socket option that lets any other program of the same user in that sets it too. A second
 * proxy with workers would so take half of the clients without anybody noticing. So each new port is bound for a moment
 * without that option, which fails if anybody has it.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import { formatAddress } from "../net/address.ts";
import type { Network } from "../net/transport.ts";
import { ListenError } from "../proxy/listeners.ts";

/**
 * Checks the TCP addresses of a configuration, but for pools whose `reuseport` says that others may have them.
 *
 * @param network Binds them.
 * @param pools What the file says of the pools.
 * @param held Addresses, as people write them, that the workers have already.
 * @throws {ListenError} If an address cannot be bound.
 */
export function checkPorts(network: Network, pools: readonly PoolConfig[], held: ReadonlySet<string>): void {
  for (const { name, listen: { address }, reusePort, backlog } of pools) {
    if (address.transport !== "tcp" || reusePort || held.has(formatAddress(address))) continue;
    try {
      network.listen(address, { backlog, reusePort: false, keepAlive: false, mode: null }).close();
    } catch (error) {
      throw new ListenError(name, address, error);
    }
  }
}
