/**
 * How many clients the process takes, whatever their pools admit: as many as there are descriptors for.
 *
 * ```text
 *   no limit known ──a budget──▶ the budget ◀──nothing was short for a while── less
 *         │                          └──────────── no descriptor left ───────────▶ │
 *         └── no descriptor left ──▶ less than there were then, for good
 * ```
 *
 * @module
 */

import { DESCRIPTORS_RESERVED, SHORTAGE_FORGET_MS, TURNED_AWAY_MAX } from "./limits.ts";

/** See the module. */
export class Admission {
  #clients = 0;
  #turnedAway = 0;
  /** How many clients there may be now. */
  #max = Infinity;
  /** How many there may be while nothing is short; Infinity as long as no limit is known. */
  #budget = Infinity;
  #shortMs = -Infinity;

  /** Whether there is room for another client. */
  get hasRoom(): boolean {
    return this.#clients < this.#max;
  }

  /**
   * Whether a client that is turned away may stay until it has read why. Beyond that they take the descriptors that are
   * kept for servers.
   */
  get mayLinger(): boolean {
    return this.#turnedAway < TURNED_AWAY_MAX;
  }

  /**
   * Takes note of a client that has come.
   *
   * @param admitted Whether it is served, and not turned away.
   */
  entered(admitted: boolean): void {
    if (admitted) this.#clients++;
    else this.#turnedAway++;
  }

  /**
   * Takes note that it has gone.
   *
   * @param admitted The same.
   */
  left(admitted: boolean): void {
    if (admitted) this.#clients--;
    else this.#turnedAway--;
  }

  /**
   * Sets how many clients there may be.
   *
   * @param max The budget.
   */
  limit(max: number): void {
    this.#budget = this.#max = max;
  }

  /**
   * Takes note that the process has no descriptor left: either the limit is greater than was looked for, or what was kept
   * for servers has gone to clients' own connections to them. From now on there is room for servers.
   *
   * @param nowMs The time, in milliseconds.
   */
  ranShort(nowMs: number): void {
    this.#shortMs = nowMs;
    const reserved = Math.min(DESCRIPTORS_RESERVED, Math.floor(this.#clients / 4));
    this.#max = Math.max(1, Math.min(this.#max, this.#clients - reserved));
  }

  /**
   * Goes back to the budget, if there is one and nothing has been short for a while.
   *
   * @param nowMs The time, in milliseconds.
   */
  recover(nowMs: number): void {
    if (this.#budget < Infinity && nowMs - this.#shortMs > SHORTAGE_FORGET_MS) this.#max = this.#budget;
  }
}
