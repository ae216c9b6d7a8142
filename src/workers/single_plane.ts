/**
 * The data path of a process with a single event loop: the main isolate serves all clients itself.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import type { KeyLocation, SlowRequest } from "../metrics/snapshot.ts";
import type { Address } from "../net/address.ts";
import type { PoolChange } from "../proxy/pool_change.ts";
import { Proxy } from "../proxy/proxy.ts";
import type { ProcessFacts } from "../proxy/pool_statistics.ts";
import type { Environment } from "../proxy/runtime.ts";
import { codecFor, statisticsOf } from "./codecs.ts";
import type { DataPlane, PlaneNumbers } from "./data_plane.ts";

/** See the module. Nothing of it takes time, and nothing lies in shared memory. */
export class SinglePlane implements DataPlane {
  /** See {@link DataPlane.control}. */
  readonly control = null;
  readonly #proxy: Proxy;

  /**
   * Makes the data path; nothing listens yet.
   *
   * @param environment What the outside gives.
   * @param pools What the file says of the pools.
   * @param facts What is true of the process, for clients who ask.
   */
  constructor(environment: Environment, pools: readonly PoolConfig[], facts: () => ProcessFacts) {
    const proxy: Proxy = new Proxy(
      environment,
      pools,
      (pool) => codecFor(pool, () => statisticsOf(proxy, pool.name, facts())),
    );
    this.#proxy = proxy;
  }

  /** See {@link DataPlane.clientCount}. */
  get clientCount(): number {
    return this.#proxy.clientCount;
  }

  /** See {@link DataPlane.isDrained}. */
  get isDrained(): boolean {
    return this.#proxy.isDrained;
  }

  /** See {@link DataPlane.start}. */
  // deno-lint-ignore require-await
  async start(): Promise<readonly Address[]> {
    return this.#proxy.start();
  }

  /** See {@link DataPlane.reload}. */
  // deno-lint-ignore require-await
  async reload(pools: readonly PoolConfig[]): Promise<readonly PoolChange[]> {
    return this.#proxy.reload(pools);
  }

  /** See {@link DataPlane.drain}. */
  drain(): void {
    this.#proxy.drain();
  }

  /** See {@link DataPlane.limitClients}. */
  limitClients(max: number): void {
    this.#proxy.limitClients(max);
  }

  /** See {@link DataPlane.close}. */
  // deno-lint-ignore require-await
  async close(): Promise<void> {
    this.#proxy.close();
  }

  /** See {@link DataPlane.numbers}. */
  numbers(): PlaneNumbers {
    const { connections: { total, current }, mbufUsage: { usedBytes, freeBytes } } = this.#proxy;
    return {
      totalConnections: total,
      currConnections: current,
      mbufUsedBytes: usedBytes,
      mbufFreeBytes: freeBytes,
      eventLoopLag: this.#proxy.eventLoopLag(),
      pools: this.#proxy.snapshot(),
      workers: [],
    };
  }

  /** See {@link DataPlane.slowRequests}. */
  // deno-lint-ignore require-await
  async slowRequests(): Promise<readonly SlowRequest[]> {
    return this.#proxy.slowRequests();
  }

  /** See {@link DataPlane.locate}. */
  // deno-lint-ignore require-await
  async locate(pool: string, key: Uint8Array): Promise<KeyLocation | null> {
    return this.#proxy.locate(pool, key);
  }

  /** See {@link DataPlane.logLevelChanged}. The log itself is asked with every line. */
  logLevelChanged(): void {}
}
