/**
 * The data path of the whole process, whether one event loop serves all clients or several workers do.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import type { LogLevel } from "../log/level.ts";
import type { KeyLocation, PoolSnapshot, SlowRequest, WorkerSnapshot } from "../metrics/snapshot.ts";
import type { Address } from "../net/address.ts";
import type { PoolChange } from "../proxy/pool_change.ts";

/** All numbers of the data path at one moment. */
export interface PlaneNumbers {
  /** How many connections there have been: clients, servers and listeners. */
  readonly totalConnections: number;
  /** How many of them are open. */
  readonly currConnections: number;
  /** Bytes of mbufs in use. */
  readonly mbufUsedBytes: number;
  /** Bytes of mbufs that wait for reuse. */
  readonly mbufFreeBytes: number;
  /** How late the timers of the event loops were: one histogram. */
  readonly eventLoopLag: Float64Array;
  /** The pools, in the order of the configuration. */
  readonly pools: readonly PoolSnapshot[];
  /** Each worker; none if there is only the main event loop. */
  readonly workers: readonly WorkerSnapshot[];
}

/** Ends single workers, for operators. */
export interface WorkerControl {
  /**
   * Lets the clients of a worker go, and starts another in its place.
   *
   * @param worker Its number, from 0.
   * @returns Why it cannot be done, or null: the other one serves.
   */
  restart(worker: number): Promise<string | null>;
  /**
   * Ends a worker at once; its clients are disconnected, and another is started in its place.
   *
   * @param worker Its number, from 0.
   * @returns Why it cannot be done, or null: it was told.
   */
  kill(worker: number): string | null;
}

/** See the module. */
export interface DataPlane {
  /** Ends single workers; null if there is only the main event loop. */
  readonly control: WorkerControl | null;
  /** How many clients there are. */
  readonly clientCount: number;
  /** Whether it has been drained, and everybody has what was owed. */
  readonly isDrained: boolean;
  /**
   * Listens for all pools and serves them.
   *
   * @returns Where they listen, in their order. Rejects with a {@link ListenError} or a {@link PlaneError}; nothing
   *   listens then.
   */
  start(): Promise<readonly Address[]>;
  /**
   * Goes on with another configuration: all of it, everywhere, or nothing of it.
   *
   * @param pools What the file says of the pools now.
   * @returns What has changed. Rejects as {@link start} does; everything goes on as it was then.
   */
  reload(pools: readonly PoolConfig[]): Promise<readonly PoolChange[]>;
  /** Stops accepting, and lets every client take what it is owed and then go. */
  drain(): void;
  /**
   * Turns away clients from some number on, whatever their pools admit.
   *
   * @param max How many there may be in all.
   */
  limitClients(max: number): void;
  /** Ends everything at once. Resolves when nothing is left. */
  close(): Promise<void>;
  /** Takes all numbers as they are now. */
  numbers(): PlaneNumbers;
  /** The latest slow requests of all pools, the latest first. */
  slowRequests(): Promise<readonly SlowRequest[]>;
  /**
   * Looks a key up.
   *
   * @param pool The pool's name.
   * @param key The key.
   * @returns Where it belongs now; null if there is no such pool.
   */
  locate(pool: string, key: Uint8Array): Promise<KeyLocation | null>;
  /**
   * Says which lines the log takes now.
   *
   * @param level The greatest level that is written.
   */
  logLevelChanged(level: LogLevel): void;
}

/** The workers cannot be started, or will not use a configuration. */
export class PlaneError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "PlaneError";
}
