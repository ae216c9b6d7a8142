/**
 * All pools of a configuration, and what keeps time for them.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import type { PoolSnapshot } from "../metrics/snapshot.ts";
import type { Address } from "../net/address.ts";
import { formatAddress } from "../net/address.ts";
import { strerror } from "../net/strerror.ts";
import type { Codec } from "../protocol/contract.ts";
import { SWEEP_MS, TICK_LATE_MS, TICK_MS } from "./limits.ts";
import { Pool } from "./pool.ts";
import { type ConnectionCounts, type Environment, Runtime } from "./runtime.ts";

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

/** The data path of a process. */
export class Proxy {
  /** The pools in the order of their names. */
  readonly pools: readonly Pool[];
  readonly #runtime: Runtime;
  readonly #timers: (() => void)[] = [];
  /** When deadlines were last looked at, in milliseconds of the clock. */
  #tickedMs = 0;

  /**
   * Makes all pools; nothing listens yet.
   *
   * @param environment What the outside gives.
   * @param configs What the file says of the pools.
   * @param codecFor Makes the protocol of a pool.
   */
  constructor(
    environment: Environment,
    configs: readonly PoolConfig[],
    codecFor: (config: PoolConfig) => Codec,
  ) {
    this.#runtime = new Runtime(environment);
    this.pools = configs.map((config) => new Pool(this.#runtime, config, codecFor(config)));
  }

  /** Connections of all kinds. */
  get connections(): ConnectionCounts {
    return this.#runtime.connections;
  }

  /** How many clients there are. */
  get clientCount(): number {
    return this.pools.reduce((sum, pool) => sum + pool.clientCount, 0);
  }

  /**
   * Opens what is to be open from the start, and listens pool by pool.
   *
   * @returns Where the pools listen, in their order.
   * @throws {ListenError} If a port cannot be bound; nothing listens then.
   */
  start(): Address[] {
    const { clock, turn } = this.#runtime;
    const addresses: Address[] = [];
    for (const pool of this.pools) {
      try {
        addresses.push(pool.listen().address);
      } catch (error) {
        this.close();
        throw new ListenError(pool.name, pool.config.listen.address, error);
      }
    }
    for (const pool of this.pools) pool.preconnect();
    this.#tickedMs = turn.nowMs;
    this.#timers.push(clock.every(() => this.#tick(turn.nowMs), TICK_MS));
    this.#timers.push(clock.every(() => this.#sweep(), SWEEP_MS));
    return addresses;
  }

  /** Stops accepting, and lets every client take what it is owed and then go. */
  drain(): void {
    for (const pool of this.pools) {
      pool.stopListening();
      pool.drain();
    }
  }

  /** Ends everything at once. */
  close(): void {
    for (const stop of this.#timers.splice(0)) stop();
    for (const pool of this.pools) pool.close();
  }

  /** All numbers of all pools at this moment. */
  snapshot(): PoolSnapshot[] {
    return this.pools.map((pool) => pool.snapshot());
  }

  #sweep(): void {
    this.#runtime.mbufs.trim();
    for (const pool of this.pools) pool.sweep(this.#runtime.turn.nowMs);
  }

  /**
   * If the process itself stood still, replies that came in time wait to be read. So what is late is judged by the time
   * before that; it is judged again at the next tick, when they have been read.
   */
  #tick(nowMs: number): void {
    const stoodStill = nowMs - this.#tickedMs > TICK_LATE_MS;
    const judgedMs = stoodStill ? this.#tickedMs + TICK_MS : nowMs;
    this.#tickedMs = nowMs;
    this.#runtime.measureMemory();
    for (const pool of this.pools) pool.tick(judgedMs);
  }
}
