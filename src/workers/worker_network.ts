/**
 * The network as a worker has it: it listens where other workers listen too, or leaves that to one of them.
 *
 * @module
 */

import { type Address, formatAddress } from "../net/address.ts";
import type {
  Accepted,
  Acceptor,
  ConnectOptions,
  ListenOptions,
  Network,
  Transport,
} from "../net/transport.ts";

/** {@link Network} of one worker. */
export class WorkerNetwork implements Network {
  readonly #network: Network;
  #elsewhere: ReadonlySet<string> = new Set();
  #silent = 0;

  /**
   * Makes it over a network that all workers use.
   *
   * @param network The sockets of the machine.
   */
  constructor(network: Network) {
    this.#network = network;
  }

  /** How many listeners there are that have no socket. */
  get silent(): number {
    return this.#silent;
  }

  /**
   * Says where another worker listens.
   *
   * @param places Addresses, as people write them.
   */
  leaveToOthers(places: readonly string[]): void {
    this.#elsewhere = new Set(places);
  }

  /** See {@link Network.connect}. */
  connect(address: Address, options: ConnectOptions, signal: AbortSignal): Promise<Transport> {
    return this.#network.connect(address, options, signal);
  }

  /** See {@link Network.resolve}. */
  resolve(hostname: string): Promise<readonly string[]> {
    return this.#network.resolve(hostname);
  }

  /** See {@link Network.listen}. */
  listen(address: Address, options: ListenOptions): Acceptor {
    if (this.#elsewhere.has(formatAddress(address))) return this.#beSilent(address);
    return this.#network.listen(address, { ...options, reusePort: true });
  }

  /** A listener whom nobody ever comes to. */
  #beSilent(address: Address): Acceptor {
    const closed = Promise.withResolvers<Accepted>();
    // Nobody may have asked for a client when it is closed.
    closed.promise.catch(() => {});
    this.#silent++;
    return {
      address,
      accept: () => closed.promise,
      close: () => {
        this.#silent--;
        closed.reject(new Error("the listener is closed"));
      },
    };
  }
}
