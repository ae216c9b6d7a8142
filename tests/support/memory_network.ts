/**
 * A network inside the test's process: what listens and connects meets in memory.
 *
 * Nothing here waits for a timer or for the operating system, so a test knows when all that can happen has
 * happened: {@link settle}.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { type Address, formatAddress } from "../../src/net/address.ts";
import type { Accepted, Acceptor, ConnectOptions, ListenOptions, Network } from "../../src/net/transport.ts";
import { type MemoryOptions, MemoryTransport } from "./memory_transport.ts";

/**
 * Lets everything run that needs no timer. One turn of the event loop is enough, because before it ends all
 * microtasks have run, those that microtasks queued included.
 */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => void setImmediate(resolve));
}

interface Waiting {
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: Error) => void;
}

/** Where connections arrive. */
class MemoryAcceptor implements Acceptor {
  readonly address: Address;
  readonly #network: MemoryNetwork;
  readonly #arrived: Accepted[] = [];
  #waiting: Waiting | null = null;
  #closed = false;

  constructor(network: MemoryNetwork, address: Address) {
    this.#network = network;
    this.address = address;
  }

  accept(): Promise<Accepted> {
    if (this.#closed) return Promise.reject(new Deno.errors.BadResource("Bad resource ID"));
    const accepted = this.#arrived.shift();
    if (accepted !== undefined) return Promise.resolve(accepted);
    return new Promise((resolve, reject) => this.#waiting = { resolve, reject });
  }

  close(): void {
    this.#closed = true;
    this.#network.unlisten(this.address);
    this.#waiting?.reject(new Deno.errors.BadResource("Listener has been closed"));
    this.#waiting = null;
    for (const { transport } of this.#arrived.splice(0)) transport.close();
  }

  arrive(accepted: Accepted): void {
    if (this.#waiting === null) this.#arrived.push(accepted);
    else this.#waiting.resolve(accepted);
    this.#waiting = null;
  }
}

/** {@link Network} in memory. */
export class MemoryNetwork implements Network {
  /** Addresses where attempts to connect get no answer at all. */
  readonly silent = new Set<string>();
  /** How many attempts to connect were made, by address. */
  readonly attempts = new Map<string, number>();
  /** The ends of all connections that {@link connect} made, for whoever wants to count their writes. */
  readonly connected: MemoryTransport[] = [];
  /** Why no attempt to connect succeeds; null if attempts may succeed. */
  failure: Error | null = null;
  /** What host names are resolved to; a name that is not here has no address. */
  readonly names = new Map<string, readonly string[]>();
  /** Set on both ends of every connection that is made from now on. */
  options: MemoryOptions = {};
  readonly #acceptors = new Map<string, MemoryAcceptor>();
  #nextPort = 50_000;

  /** See {@link Network.connect}. */
  async connect(address: Address, _options: ConnectOptions, signal: AbortSignal): Promise<MemoryTransport> {
    const where = formatAddress(address);
    this.attempts.set(where, (this.attempts.get(where) ?? 0) + 1);
    if (this.silent.has(where)) {
      await new Promise<never>((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
    }
    // As with the real one, the outcome is known only later.
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    const transport = this.dial(address);
    this.connected.push(transport);
    return transport;
  }

  /** See {@link Network.resolve}. */
  async resolve(hostname: string): Promise<readonly string[]> {
    await Promise.resolve();
    const addresses = this.names.get(hostname);
    if (addresses === undefined) throw new Error(`getaddrinfo ENOTFOUND ${hostname}`);
    return addresses;
  }

  /**
   * Connects as a client of the test.
   *
   * @param address Where to.
   * @returns The client's end.
   * @throws {Deno.errors.ConnectionRefused} If nobody listens there.
   */
  dial(address: Address): MemoryTransport {
    const acceptor = this.#acceptors.get(formatAddress(address));
    if (acceptor === undefined) throw new Deno.errors.ConnectionRefused("Connection refused (os error 111)");
    const [near, far] = MemoryTransport.pair(this.options);
    acceptor.arrive({ transport: far, peer: `peer:${this.#nextPort++}` });
    return near;
  }

  /** See {@link Network.listen}. */
  listen(address: Address, _options?: ListenOptions): Acceptor {
    const bound = address.transport === "tcp" && address.port === 0
      ? { ...address, port: this.#nextPort++ }
      : address;
    const where = formatAddress(bound);
    if (this.#acceptors.has(where)) throw new Deno.errors.AddrInUse("Address already in use (os error 98)");
    const acceptor = new MemoryAcceptor(this, bound);
    this.#acceptors.set(where, acceptor);
    return acceptor;
  }

  /**
   * Takes note that nobody listens at an address any more.
   *
   * @param address Where.
   */
  unlisten(address: Address): void {
    this.#acceptors.delete(formatAddress(address));
  }
}
