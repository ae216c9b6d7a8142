/**
 * A cache server that lives inside this process.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { MbufPool } from "../buffer/mbuf_pool.ts";
import type { Address } from "../net/address.ts";
import { errnoOf } from "../net/strerror.ts";
import type { Acceptor, Network, Transport } from "../net/transport.ts";
import { serveClient } from "./connection.ts";
import {
  ACCEPT_RETRY_MS,
  CLIENTS_MAX,
  OUTPUT_MBUF_BYTES,
  SWEEP_ENTRIES_MAX,
  SWEEP_PERIOD_MS,
} from "./limits.ts";
import { MemcacheSession } from "./memcache/session.ts";
import { RedisSession } from "./redis/session.ts";
import type { ClientSession } from "./session.ts";
import { CacheStore } from "./store.ts";

/** The protocols that a node can speak. */
export type NodeProtocol = "redis" | "memcache";

/** What a node needs from outside. */
export interface NodeSurroundings {
  /** Where it listens. */
  readonly network: Network;
  /** What expiry goes by. */
  readonly clock: Clock;
  /** Is told of a defect of the node that ended a client's connection; never of what a client did. */
  readonly report: (error: unknown) => void;
}

/** A running node. Its states: it serves from its making on, until it is stopped. */
export class CacheNode implements AsyncDisposable {
  readonly #acceptor: Acceptor;
  readonly #surroundings: NodeSurroundings;
  readonly #newSession: () => ClientSession;
  readonly #mbufs = new MbufPool(OUTPUT_MBUF_BYTES);
  readonly #clients = new Map<Transport, Promise<void>>();
  readonly #accepting: Promise<void>;
  readonly #stopSweeping: () => void;
  #stopped = false;

  /**
   * Starts a node.
   *
   * @param protocol What it speaks.
   * @param address Where it listens.
   * @param surroundings The network, the clock and who hears of defects.
   * @throws {Error} When the address cannot be bound.
   */
  constructor(protocol: NodeProtocol, address: Address, surroundings: NodeSurroundings) {
    const { network, clock } = surroundings;
    this.#acceptor = network.listen(address, {
      backlog: 128,
      reusePort: false,
      keepAlive: false,
      mode: null,
    });
    this.#surroundings = surroundings;
    const store = new CacheStore(clock);
    this.#newSession = protocol === "redis"
      ? () => new RedisSession(store)
      : () => new MemcacheSession(store);
    this.#stopSweeping = clock.every(() => store.sweep(SWEEP_ENTRIES_MAX), SWEEP_PERIOD_MS);
    this.#accepting = this.#accept();
  }

  /** Where it listens; with the real port if any free one was asked for. */
  get address(): Address {
    return this.#acceptor.address;
  }

  /** How many clients are connected. */
  get clients(): number {
    return this.#clients.size;
  }

  /** Stops listening and closes all connections; resolves when nothing is left. May be called again. */
  async stop(): Promise<void> {
    if (!this.#stopped) {
      this.#stopped = true;
      this.#stopSweeping();
      this.#acceptor.close();
      for (const transport of this.#clients.keys()) transport.close();
    }
    await this.#accepting;
    await Promise.all(this.#clients.values());
  }

  /** See {@link CacheNode.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #accept(): Promise<void> {
    while (!this.#stopped) {
      try {
        const { transport } = await this.#acceptor.accept();
        if (this.#stopped || this.#clients.size >= CLIENTS_MAX) transport.close();
        else this.#clients.set(transport, this.#serve(transport));
      } catch {
        // Closed by `stop`, or the system has no descriptor left, which passes.
        if (!this.#stopped) await this.#pause(ACCEPT_RETRY_MS);
      }
    }
  }

  async #serve(transport: Transport): Promise<void> {
    try {
      await serveClient(transport, this.#newSession(), this.#mbufs);
    } catch (error) {
      // An error of the system: the client has gone, or the node is being stopped. Any other is ours.
      if (errnoOf(error) === null) this.#surroundings.report(error);
    } finally {
      this.#clients.delete(transport);
      if (!this.#stopped) transport.close();
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => this.#surroundings.clock.after(resolve, ms));
  }
}
