/**
 * Keeps a line that is said again and again from filling the log.
 *
 * ```text
 *   said     a a a a a a a a a a a          a a
 *   written  a a a a a · · · · · ·  (10 s)  "a" was repeated 6 times more, a a
 * ```
 *
 * @module
 */

import { REPEAT_MS, REPEATING_LINES_MAX, REPEATS_MAX } from "./limits.ts";

interface Line {
  readonly sinceMs: number;
  count: number;
}

/** What becomes of a line: whether it is written, and how many like it were not, as long as that has not been told. */
export interface Verdict {
  /** Whether it is to be written. */
  readonly write: boolean;
  /** How many lines like it were left out before it. */
  readonly leftOut: number;
}

const WRITE: Verdict = Object.freeze({ write: true, leftOut: 0 });
const LEAVE_OUT: Verdict = Object.freeze({ write: false, leftOut: 0 });

/** Counts lines that are alike. */
export class Repeats {
  readonly #lines = new Map<string, Line>();

  /**
   * Judges a line.
   *
   * @param key What it has in common with its repetitions: its module and text.
   * @param nowMs The time, in milliseconds of any clock.
   * @returns What becomes of it.
   */
  judge(key: string, nowMs: number): Verdict {
    const line = this.#lines.get(key);
    if (line !== undefined && nowMs - line.sinceMs < REPEAT_MS) {
      return ++line.count <= REPEATS_MAX ? WRITE : LEAVE_OUT;
    }
    this.#lines.delete(key);
    if (this.#lines.size >= REPEATING_LINES_MAX) this.#forgetOldest();
    this.#lines.set(key, { sinceMs: nowMs, count: 1 });
    const leftOut = line === undefined ? 0 : Math.max(0, line.count - REPEATS_MAX);
    return leftOut === 0 ? WRITE : { write: true, leftOut };
  }

  #forgetOldest(): void {
    for (const key of this.#lines.keys()) {
      this.#lines.delete(key);
      return;
    }
  }
}
