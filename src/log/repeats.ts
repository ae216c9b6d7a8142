/**
 * Keeps a line that is said again and again from filling the log.
 *
 * ```text
 *   said     a a a a a a a a a a a          b                                   a
 *   written  a a a a a · · · · · ·  (10 s)  "6 lines more were like this: a" b  a
 * ```
 *
 * @module
 */

import type { LogLevel } from "./level.ts";
import { REPEAT_MS, REPEATING_LINES_MAX, REPEATS_MAX } from "./limits.ts";

/** A line of which some were left out. */
export interface RepeatedLine {
  /** How much it matters. */
  readonly level: LogLevel;
  /** Its module and text. */
  readonly line: string;
  /** How many like it were not written. */
  readonly leftOut: number;
}

interface Counted {
  readonly level: LogLevel;
  readonly sinceMs: number;
  count: number;
}

/** Counts lines that are alike. */
export class Repeats {
  /** By what they have in common; those that were first said the longest ago come first. */
  readonly #lines = new Map<string, Counted>();

  /**
   * Counts a line. {@link over} is asked first.
   *
   * @param line What it has in common with its repetitions: its module and text.
   * @param level How much it matters.
   * @param nowMs The time, in milliseconds of any clock.
   * @returns Whether it is to be written.
   */
  admits(line: string, level: LogLevel, nowMs: number): boolean {
    const counted = this.#lines.get(line);
    if (counted !== undefined) return ++counted.count <= REPEATS_MAX;
    this.#lines.set(line, { level, sinceMs: nowMs, count: 1 });
    return true;
  }

  /**
   * Forgets the lines whose time is over, and the oldest if there are too many.
   *
   * @param nowMs The time, in milliseconds of the same clock; Infinity forgets all.
   * @returns Those of which some were left out.
   */
  over(nowMs: number): RepeatedLine[] {
    const told: RepeatedLine[] = [];
    for (const [line, { level, sinceMs, count }] of this.#lines) {
      if (nowMs - sinceMs < REPEAT_MS && this.#lines.size < REPEATING_LINES_MAX) break;
      this.#lines.delete(line);
      if (count > REPEATS_MAX) told.push({ level, line, leftOut: count - REPEATS_MAX });
    }
    return told;
  }
}
