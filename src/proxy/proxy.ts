/**
 * All pools of a configuration, and what keeps time for them.
 *
 * @module
 */

import type { PoolUsage } from "../buffer/mbuf_pool.ts";
import type { PoolConfig } from "../config/config.ts";
import { record } from "../metrics/histogram.ts";
import { PoolMetric } from "../metrics/table.ts";
import type { KeyLocation, PoolSnapshot, SlowRequest } from "../metrics/snapshot.ts";
import type { Address } from "../net/address.ts";
import type { Codec } from "../protocol/contract.ts";
import type { Notice } from "../protocol/peers.ts";
import { SWEEP_MS, TICK_LATE_MS, TICK_MS } from "./limits.ts";
import type { Listener } from "./listener.ts";
import { ignoredDirectives, Listeners } from "./listeners.ts";
import { Pool } from "./pool.ts";
import { isSamePool, isUnchanged, type PoolChange } from "./pool_change.ts";
import { type ConnectionCounts, type Environment, Runtime } from "./runtime.ts";

/** Makes the protocol of a pool. */
export type CodecFor = (config: PoolConfig) => Codec;

/** A configuration that can be used from now on, or be dropped. */
export interface PreparedReload {
  /** Uses it; returns what has changed. */
  readonly commit: () => PoolChange[];
  /** Drops it: everything goes on as it was. */
  readonly abort: () => void;
}

/** A pool of a configuration that is prepared. */
interface NextPool {
  readonly config: PoolConfig;
  readonly codec: Codec;
  /** The pool that goes on with it; undefined if there is none. */
  readonly staying: Pool | undefined;
  readonly pool: Pool;
}

/** The data path of a process. */
export class Proxy {
  #pools: readonly Pool[];
  /** Pools that are not in the configuration any more and still have clients or requests. */
  readonly #leaving = new Set<Pool>();
  readonly #runtime: Runtime;
  readonly #codecFor: CodecFor;
  readonly #listeners: Listeners;
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
  constructor(environment: Environment, configs: readonly PoolConfig[], codecFor: CodecFor) {
    this.#runtime = new Runtime(environment);
    this.#codecFor = codecFor;
    this.#listeners = new Listeners(this.#runtime);
    this.#pools = configs.map((config) => new Pool(this.#runtime, config, codecFor(config)));
  }

  /** The pools in the order of their names. */
  get pools(): readonly Pool[] {
    return this.#pools;
  }

  /** Connections of all kinds. */
  get connections(): ConnectionCounts {
    return this.#runtime.connections;
  }

  /** How many clients there are, those of pools that leave included. */
  get clientCount(): number {
    return this.#all().reduce((sum, pool) => sum + pool.clientCount, 0);
  }

  /** Whether it has been drained, and everybody has what was owed. */
  get isDrained(): boolean {
    return this.#all().every((pool) => pool.isGone);
  }

  /**
   * Opens what is to be open from the start, and listens pool by pool.
   *
   * @returns Where the pools listen, in their order.
   * @throws {ListenError} If a port cannot be bound; nothing listens then.
   */
  start(): Address[] {
    const { clock, turn } = this.#runtime;
    const listeners = this.#listeners.prepare(this.#pools.map((pool) => pool.config));
    this.#listeners.commit(listeners, this.#pools);
    for (const pool of this.#pools) pool.preconnect();
    this.#tickedMs = turn.nowMs;
    this.#timers.push(clock.every(() => this.#tick(turn.nowMs), TICK_MS));
    this.#timers.push(clock.every(() => this.#sweep(), SWEEP_MS));
    return listeners.map((listener) => listener.address);
  }

  /**
   * Goes on with another configuration: all of it, or nothing of it. See {@link prepare}.
   *
   * @param configs What the file says of the pools now.
   * @returns What has changed.
   * @throws {ListenError} If a port cannot be bound; everything goes on as it was then.
   */
  reload(configs: readonly PoolConfig[]): PoolChange[] {
    return this.prepare(configs).commit();
  }

  /**
   * Makes ready for another configuration: all that can fail is done here, and nothing has changed yet.
   *
   * A pool that is the same in both is not touched. One that has changed keeps its clients and the servers that stay. One
   * that is gone, or speaks another protocol, lets its clients take what they are owed. An address that both name keeps
   * its socket, even if another pool gets it.
   *
   * @param configs What the file says of the pools now.
   * @returns What is ready; one of its functions is to be called before anything else changes.
   * @throws {ListenError} If a port cannot be bound; everything goes on as it was then.
   */
  prepare(configs: readonly PoolConfig[]): PreparedReload {
    const next = configs.map((config): NextPool => {
      const codec = this.#codecFor(config);
      const staying = this.#pools.find((pool) => isSamePool(pool.config, config));
      return { config, codec, staying, pool: staying ?? new Pool(this.#runtime, config, codec) };
    });
    const listeners = this.#listeners.prepare(configs);
    return {
      commit: () => this.#commit(next, listeners),
      abort: () => this.#listeners.abort(listeners),
    };
  }

  /** Nothing in here can fail. */
  #commit(next: readonly NextPool[], listeners: readonly Listener[]): PoolChange[] {
    const before = this.#pools;
    const changes: PoolChange[] = [];
    for (const [i, { config, codec, staying, pool }] of next.entries()) {
      if (staying !== undefined && isUnchanged(staying.config, config)) continue;
      changes.push(changeOf(staying, config, listeners[i]));
      if (staying === undefined) pool.preconnect();
      else pool.reconfigure(config, codec);
    }
    this.#pools = next.map(({ pool }) => pool);
    this.#listeners.commit(listeners, this.#pools);
    for (const pool of before) {
      if (this.#pools.includes(pool)) continue;
      changes.push({ kind: "removed", pool: pool.name, ignored: [] });
      this.#leaving.add(pool);
      pool.leave();
    }
    return changes;
  }

  /** Stops accepting; the clients that there are stay. */
  unlisten(): void {
    this.#listeners.close();
  }

  /** Stops accepting, and lets every client take what it is owed and then go. */
  drain(): void {
    this.unlisten();
    for (const pool of this.#pools) pool.leave();
  }

  /**
   * Turns away clients from some number on.
   *
   * @param max How many there may be.
   */
  limitClients(max: number): void {
    this.#runtime.admission.limit(max);
  }

  /** Ends everything at once. */
  close(): void {
    for (const stop of this.#timers.splice(0)) stop();
    this.#listeners.close();
    for (const pool of this.#all()) pool.close();
    this.#runtime.pacer.stop();
  }

  /** All numbers of all pools at this moment. */
  snapshot(): PoolSnapshot[] {
    return this.#pools.map((pool) => pool.snapshot());
  }

  /** Writes the numbers that are derived into the counters, for others who read them. */
  measure(): void {
    for (const pool of this.#pools) pool.measure();
  }

  #all(): Pool[] {
    return [...this.#pools, ...this.#leaving];
  }

  /** The latest slow requests of all pools, the latest first. */
  slowRequests(): SlowRequest[] {
    return this.#runtime.slowLog.latest();
  }

  /** How late the timers of the event loop were: a copy of the histogram. */
  eventLoopLag(): Float64Array {
    return this.#runtime.eventLoopLag.slice();
  }

  /** The histogram that {@link eventLoopLag} copies. */
  get eventLoopLagNumbers(): Float64Array {
    return this.#runtime.eventLoopLag;
  }

  /** How much memory buffers take. */
  get mbufUsage(): PoolUsage {
    return this.#runtime.mbufs.usage;
  }

  /**
   * Looks a key up.
   *
   * @param pool The pool's name.
   * @param key The key.
   * @returns Where it belongs now; null if there is no such pool.
   */
  locate(pool: string, key: Uint8Array): KeyLocation | null {
    return this.pools.find(({ name }) => name === pool)?.router.locate(key) ?? null;
  }

  /**
   * Does what a client of another worker asks for.
   *
   * @param name The pool's name.
   * @param question See `Consultation`.
   * @returns What is to be said to that; null if there is no such pool.
   */
  consulted(name: string, question: string): string | null {
    const pool = this.pools.find((candidate) => candidate.name === name);
    return pool?.codec.consulted?.(question, pool) ?? null;
  }

  /**
   * Takes note of what another worker has told.
   *
   * @param name The pool's name.
   * @param notice The notice; null if all of them are to be forgotten.
   */
  told(name: string, notice: Notice | null): void {
    this.pools.find((candidate) => candidate.name === name)?.codec.told?.(notice);
  }

  #sweep(): void {
    this.#runtime.mbufs.trim();
    this.#runtime.admission.recover(this.#runtime.turn.nowMs);
    let activity = this.#runtime.connections.total;
    for (const pool of this.#all()) {
      pool.sweep(this.#runtime.turn.nowMs);
      activity += pool.counters[PoolMetric.received] + pool.counters[PoolMetric.sent];
    }
    this.#runtime.idleCollector.sweep(activity);
  }

  /**
   * If the process itself stood still, replies that came in time wait to be read. So what is late is judged by the time
   * before that; it is judged again at the next tick, when they have been read.
   */
  #tick(nowMs: number): void {
    const stoodStill = nowMs - this.#tickedMs > TICK_LATE_MS;
    const judgedMs = stoodStill ? this.#tickedMs + TICK_MS : nowMs;
    record(this.#runtime.eventLoopLag, 0, (nowMs - this.#tickedMs - TICK_MS) * 1000, 1);
    this.#tickedMs = nowMs;
    this.#runtime.measureMemory();
    for (const pool of this.#pools) pool.tick(judgedMs);
    for (const pool of this.#leaving) {
      pool.tick(judgedMs);
      if (pool.isGone) this.#leaving.delete(pool);
    }
  }
}

function changeOf(staying: Pool | undefined, config: PoolConfig, listener: Listener): PoolChange {
  return {
    kind: staying === undefined ? "added" : "changed",
    pool: config.name,
    ignored: ignoredDirectives(listener, config),
  };
}
