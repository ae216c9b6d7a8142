/**
 * The sockets that all pools listen on, and how they pass from one configuration to the next.
 *
 * ```text
 *   prepare   every address of the new configuration gets a socket: the one that listens there, or one that is bound
 *             now; if one cannot be bound, those that were are closed, and nothing has changed
 *   commit    the sockets are served for their pools; those that nobody wants any more are closed
 * ```
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import type { Address } from "../net/address.ts";
import { formatAddress } from "../net/address.ts";
import { strerror } from "../net/strerror.ts";
import type { ListenOptions } from "../net/transport.ts";
import { Listener, type ListenerOwner } from "./listener.ts";
import type { Runtime } from "./runtime.ts";

/** A pool's port could not be bound. */
export class ListenError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "ListenError";

  /**
   * Makes the error.
   *
   * @param pool The pool's name.
   * @param address Where it was to listen.
   * @param cause What listening threw.
   */
  constructor(pool: string, address: Address, cause: unknown) {
    super(`bind for pool '${pool}' to addr '${formatAddress(address)}' failed: ${strerror(cause)}`, {
      cause,
    });
  }
}

/** See the module. */
export class Listeners {
  readonly #runtime: Runtime;
  #listeners: readonly Listener[] = [];

  /**
   * Makes a set without sockets.
   *
   * @param runtime What all share.
   */
  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Finds or binds the sockets of a configuration. Nothing else changes until {@link commit}.
   *
   * @param configs The pools.
   * @returns A socket for each, in their order.
   * @throws {ListenError} If an address cannot be bound; nothing has changed then.
   */
  prepare(configs: readonly PoolConfig[]): Listener[] {
    const free = new Set(this.#listeners);
    const bound: Listener[] = [];
    return configs.map((config) => {
      const { address } = config.listen;
      const place = formatAddress(address);
      const found = [...free].find((listener) => listener.place === place);
      if (found !== undefined) {
        free.delete(found);
        return found;
      }
      try {
        const listener = new Listener(this.#runtime, address, listenOptionsOf(config));
        bound.push(listener);
        return listener;
      } catch (error) {
        for (const listener of bound) listener.close();
        throw new ListenError(config.name, address, error);
      }
    });
  }

  /**
   * Serves the sockets that were prepared, and closes all others.
   *
   * @param listeners What {@link prepare} returned.
   * @param owners Who takes the clients of each.
   */
  commit(listeners: readonly Listener[], owners: readonly ListenerOwner[]): void {
    for (const [i, listener] of listeners.entries()) listener.serve(owners[i]);
    for (const listener of this.#listeners) if (!listeners.includes(listener)) listener.close();
    this.#listeners = listeners;
  }

  /**
   * Closes those of the sockets that were only bound for a configuration that is not used.
   *
   * @param listeners What {@link prepare} returned.
   */
  abort(listeners: readonly Listener[]): void {
    for (const listener of listeners) if (!this.#listeners.includes(listener)) listener.close();
  }

  /** Stops listening everywhere. */
  close(): void {
    this.commit([], []);
  }
}

/**
 * Says what is different about a socket that goes on listening with other settings: they are for the next start.
 *
 * @param listener The socket.
 * @param config The pool that it serves.
 * @returns The names of the directives.
 */
export function ignoredDirectives(listener: Listener, config: PoolConfig): string[] {
  const [is, wanted] = [listener.options, listenOptionsOf(config)];
  const names: string[] = [];
  if (is.backlog !== wanted.backlog) names.push("backlog");
  if (is.reusePort !== wanted.reusePort) names.push("reuseport");
  if (is.keepAlive !== wanted.keepAlive) names.push("tcpkeepalive (of clients)");
  if (is.mode !== wanted.mode) names.push("listen (the mode of the socket's file)");
  return names;
}

function listenOptionsOf({ backlog, reusePort, tcpKeepalive, listen }: PoolConfig): ListenOptions {
  return { backlog, reusePort, keepAlive: tcpKeepalive, mode: listen.mode };
}
