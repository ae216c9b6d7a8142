/**
 * One worker of the fleet, through all the isolates that it has had.
 *
 * @module
 */

import { ReconnectBackoff } from "../liveness/reconnect_backoff.ts";
import { HISTOGRAM_LENGTH } from "../metrics/histogram.ts";
import { workerMetrics } from "../metrics/table.ts";
import { RESTART_FORGET_MS, RESTART_MAX_MS, RESTART_MIN_MS } from "./limits.ts";
import type { WorkerHandle } from "./worker_handle.ts";

/** See the module. */
export class Member {
  /** Its number, from 0. */
  readonly worker: number;
  /** The isolate that serves or is being started; null if there is none at the moment. */
  current: WorkerHandle | null = null;
  /** The isolate that was replaced and still has clients; null if there is none. */
  leaving: WorkerHandle | null = null;
  /** How many times it has been started again. */
  restarts = 0;
  /** The counters of the isolates that it has had. */
  readonly before = {
    values: new Float64Array(workerMetrics.length),
    eventLoopLag: new Float64Array(HISTOGRAM_LENGTH),
  };
  readonly #workers: number;
  readonly #backoff: ReconnectBackoff;

  /**
   * Makes a worker without an isolate.
   *
   * @param worker Its number, from 0.
   * @param workers How many there are.
   * @param random Numbers from 0 to below 1.
   */
  constructor(worker: number, workers: number, random: () => number) {
    this.worker = worker;
    this.#workers = workers;
    this.#backoff = new ReconnectBackoff(RESTART_MIN_MS, RESTART_MAX_MS, random);
  }

  /** The isolates that run. */
  handles(): WorkerHandle[] {
    return [this.current, this.leaving].filter((handle) => handle !== null);
  }

  /** A place in shared memory for another isolate: each worker has two, because one may leave while the next serves. */
  freeSlot(): number {
    const taken = this.handles().some(({ slot }) => slot === this.worker);
    return taken ? this.worker + this.#workers : this.worker;
  }

  /**
   * Takes note that an isolate has ended.
   *
   * @param handle Which one.
   * @param nowMs The time, in milliseconds of the clock.
   * @returns True if that was not meant to be.
   */
  ended(handle: WorkerHandle, nowMs: number): boolean {
    this.#keep(handle);
    if (this.leaving === handle) this.leaving = null;
    if (this.current !== handle) return false;
    this.current = null;
    if (nowMs - handle.startedMs >= RESTART_FORGET_MS) this.#backoff.connected();
    this.#backoff.failed(nowMs);
    return true;
  }

  /**
   * Says how long to wait before the next isolate is started.
   *
   * @param nowMs The time, in milliseconds of the clock.
   * @returns Milliseconds.
   */
  pauseMs(nowMs: number): number {
    return Math.max(0, this.#backoff.retryDueMs - nowMs);
  }

  /** Keeps what an isolate has counted. */
  #keep({ numbers }: WorkerHandle): void {
    if (numbers === null) return;
    for (const [i, { kind }] of workerMetrics.entries()) {
      if (kind === "counter") this.before.values[i] += numbers.values[i];
    }
    for (let i = 0; i < HISTOGRAM_LENGTH; i++) this.before.eventLoopLag[i] += numbers.eventLoopLag[i];
  }
}
