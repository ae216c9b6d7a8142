/**
 * Exponential backoff with jitter: how long to wait before the next attempt.
 *
 * @module
 */

import { assert } from "../base/assert.ts";

/**
 * Pauses that double from a minimum up to a maximum. Each is drawn at random, so that proxies which lost a
 * server at the same moment do not come back to it at the same moment.
 */
export class Backoff {
  readonly #minMs: number;
  readonly #maxMs: number;
  readonly #jitter: number;
  readonly #random: () => number;
  #baseMs: number;

  /**
   * Starts at the minimum.
   *
   * @param minMs The shortest pause in milliseconds; less than 1 counts as 1, which keeps the doubling going.
   * @param maxMs The longest pause in milliseconds; less than the shortest counts as the shortest.
   * @param jitter By which share the longest draw exceeds the shortest, 0 to 1.
   * @param random Numbers from 0 to below 1.
   */
  constructor(minMs: number, maxMs: number, jitter: number, random: () => number) {
    assert(jitter >= 0 && jitter <= 1, "jitter is a share from 0 to 1");
    this.#minMs = Math.max(1, minMs);
    this.#maxMs = Math.max(this.#minMs, maxMs);
    this.#jitter = jitter;
    this.#random = random;
    this.#baseMs = this.#minMs;
  }

  /**
   * Takes the next pause; the base of the one after it is twice as long.
   *
   * @returns Milliseconds with a fraction, never below the minimum nor above the maximum: from the base to `1
   * + jitter` times the base, or the same stretch with the maximum as its upper end.
   */
  next(): number {
    const spread = 1 + this.#jitter;
    const longestMs = Math.min(this.#baseMs * spread, this.#maxMs);
    const shortestMs = Math.max(longestMs / spread, this.#minMs);
    this.#baseMs = Math.min(this.#baseMs * 2, this.#maxMs);
    return shortestMs + this.#random() * (longestMs - shortestMs);
  }

  /** Goes back to the minimum. */
  reset(): void {
    this.#baseMs = this.#minMs;
  }
}
