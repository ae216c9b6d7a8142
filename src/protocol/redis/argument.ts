/**
 * Reads single arguments of a request where they lie.
 *
 * @module
 */

import { DIGIT_0, MINUS } from "../../base/ascii.ts";

const UPPER_A = 0x41;
const LETTERS = 26;
/** The bit that tells a lower-case letter from its upper-case one. */
const CASE_BIT = 0x20;

/** 19 digits hold every 64-bit integer. */
const INTEGER_DIGITS_MAX = 19;
/** The first integer that needs more than 64 bits with a sign. */
const INTEGER_LIMIT = 2 ** 63;

/**
 * Parses a decimal integer as strictly as redis does: no plus sign, no leading zeros, no spaces.
 *
 * @param bytes The array that holds the argument.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @returns The integer, rounded if it is above 2^53; NaN if it is none or, so rounded, does not fit into 64
 *   bits.
 */
export function parseInteger(bytes: Uint8Array, start: number, end: number): number {
  const isNegative = start < end && bytes[start] === MINUS;
  const digitsStart = isNegative ? start + 1 : start;
  const digits = end - digitsStart;
  if (digits < 1 || digits > INTEGER_DIGITS_MAX) return NaN;
  if (bytes[digitsStart] === DIGIT_0) return digits === 1 && !isNegative ? 0 : NaN;
  let value = 0;
  for (let i = digitsStart; i < end; i++) {
    const digit = bytes[i] - DIGIT_0;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  if (value >= INTEGER_LIMIT) return NaN;
  return isNegative ? -value : value;
}

/**
 * Compares an argument with a word; exact but for the case of the letters A to Z.
 *
 * @param word A word in lower case.
 * @param bytes The array that holds the argument.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @param wordStart Offset in `word` from which on it counts.
 * @returns Whether it is that word.
 */
export function wordEquals(
  word: Uint8Array,
  bytes: Uint8Array,
  start: number,
  end: number,
  wordStart = 0,
): boolean {
  if (end - start !== word.length - wordStart) return false;
  for (let i = start, j = wordStart; i < end; i++, j++) {
    const byte = bytes[i];
    if (((byte - UPPER_A) >>> 0 < LETTERS ? byte | CASE_BIT : byte) !== word[j]) return false;
  }
  return true;
}

/**
 * Compares an argument with a word, by the argument's index.
 *
 * @param index Which argument.
 * @param word A word in lower case.
 * @param args Start and end of argument i at `2 * i` and `2 * i + 1`, relative to `base`.
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @returns Whether it is that word, in whichever case.
 */
export function isWordAt(
  index: number,
  word: Uint8Array,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
): boolean {
  return wordEquals(word, bytes, base + args[2 * index], base + args[2 * index + 1]);
}
