/**
 * What all workers of a process agree on about one server: whether it is ejected, and who probes it.
 *
 * ```text
 *            eject() by k                 the worker k ends: somebody else gets it
 *    0 ─────────────────────────▶ k + 1 ──────────────────────────────────────────▶ j + 1
 *  live ◀───────────────────────  ejected, probed by k
 *            restore() by k
 * ```
 *
 * The verdict is one number in memory that the workers share; it changes only by comparing and exchanging, so that of two
 * workers that eject a server at the same moment one does, and the other follows.
 *
 * @module
 */

import type { ServerHealth } from "./server_health.ts";

/** The number that stands for a server that takes part in the continuum. */
const LIVE = 0;

/** One server's verdict as one worker sees it. */
export class SharedVerdict {
  readonly #cell: Int32Array;
  readonly #mine: number;

  /**
   * Takes part in a verdict.
   *
   * @param cell One number that all workers share.
   * @param worker This worker's number, from 0.
   */
  constructor(cell: Int32Array, worker: number) {
    this.#cell = cell;
    this.#mine = worker + 1;
  }

  /** Whether the server takes part in the continuum. */
  get isLive(): boolean {
    return Atomics.load(this.#cell, 0) === LIVE;
  }

  /**
   * Says that the server is ejected, and that this worker probes it.
   *
   * @returns False if another worker has said so before.
   */
  eject(): boolean {
    return Atomics.compareExchange(this.#cell, 0, LIVE, this.#mine) === LIVE;
  }

  /** Says that the server has answered this worker's probe. */
  restore(): void {
    Atomics.compareExchange(this.#cell, 0, this.#mine, LIVE);
  }

  /**
   * Brings the health of the server in this worker in line with the verdict. Call it with every tick.
   *
   * @param health What this worker makes of the server.
   * @param nowMs The time, in milliseconds of the health's clock.
   * @returns True if the server has left the continuum or come back to it.
   */
  bringInLine(health: ServerHealth, nowMs: number): boolean {
    const verdict = Atomics.load(this.#cell, 0);
    if (verdict === LIVE) return health.live ? false : health.followBack(nowMs);
    if (verdict !== this.#mine) return health.follow(nowMs);
    const hasLeft = health.live && health.follow(nowMs);
    health.takeOver(nowMs);
    return hasLeft;
  }
}

/**
 * Hands what an ended worker probes to another one.
 *
 * @param cell The verdict on one server.
 * @param from The number of the worker that has ended.
 * @param to The number of the worker that takes over.
 */
export function handVerdict(cell: Int32Array, from: number, to: number): void {
  Atomics.compareExchange(cell, 0, from + 1, to + 1);
}
