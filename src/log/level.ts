/**
 * The twelve levels of the log, under the reference's names.
 *
 * @module
 */

/** How much a line matters: the smaller, the more. `-v N` shows the levels up to N. */
export type LogLevel = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10 | 11;

/** The levels by name. */
export const Level = {
  EMERG: 0,
  ALERT: 1,
  CRIT: 2,
  ERR: 3,
  WARN: 4,
  NOTICE: 5,
  INFO: 6,
  DEBUG: 7,
  VERB: 8,
  VVERB: 9,
  VVVERB: 10,
  PVERB: 11,
} as const;

/**
 * Makes a level of any number.
 *
 * @param value What `-v` was given.
 * @returns The nearest level.
 */
export function clampLevel(value: number): LogLevel {
  return Math.min(Math.max(Math.trunc(value), Level.EMERG), Level.PVERB) as LogLevel;
}
