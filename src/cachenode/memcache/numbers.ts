/**
 * Numbers as memcached reads them: like C's strtol and strtoull, but to the end of the word.
 *
 * @module
 */

import { UINT64_MAX } from "../bytes.ts";
import { NEVER } from "../store.ts";

/** An expiry above so many seconds (30 days) is a time since the Unix epoch: memcached's REALTIME_MAXDELTA. */
const RELATIVE_EXPIRY_MAX_S = 60 * 60 * 24 * 30;
const INT32_MAX = 2 ** 31 - 1;

/**
 * Reads an integer of 32 bits with a sign.
 *
 * @param word The digits.
 * @returns The integer; null if it is none or does not fit.
 */
export function parseInt32(word: string): number | null {
  const value = /^[+-]?[0-9]+$/.test(word) ? Number(word) : NaN;
  return value >= -INT32_MAX - 1 && value <= INT32_MAX ? value : null;
}

/**
 * Reads an integer of 64 bits without a sign.
 *
 * @param text The digits; a blank and anything may follow them.
 * @returns The integer; null if it is none or does not fit.
 */
export function parseUint64(text: string): bigint | null {
  const found = /^\+?([0-9]+)(?:\s|$)/.exec(text);
  if (found === null) return null;
  const value = BigInt(found[1]);
  return value > UINT64_MAX ? null : value;
}

/**
 * Reads flags.
 *
 * @param word The digits.
 * @returns The lower 32 bits, which are all that memcached keeps; null if it is no number of 64 bits.
 */
export function parseFlags(word: string): number | null {
  const value = parseUint64(word);
  return value === null ? null : Number(BigInt.asUintN(32, value));
}

/**
 * Finds the time that an expiry means.
 *
 * @param seconds 0 for never, negative for at once, up to 30 days from now on, more since the Unix epoch.
 * @param nowMs The time, in milliseconds since the Unix epoch.
 * @returns Milliseconds since the Unix epoch.
 */
export function expiryTimeMs(seconds: number, nowMs: number): number {
  if (seconds === 0) return NEVER;
  if (seconds < 0) return nowMs;
  return seconds > RELATIVE_EXPIRY_MAX_S ? seconds * 1000 : nowMs + seconds * 1000;
}
