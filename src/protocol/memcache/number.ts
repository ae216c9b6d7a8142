/**
 * Numbers of the text protocol, read more strictly than memcached reads them.
 *
 * memcached uses `strtol` and its kin: these skip white space, take a plus sign, and wrap. Whatever two
 * readers may understand differently is refused here, so that a server sees a request end where we do.
 *
 * @module
 */

import { DIGIT_0, MINUS } from "../../base/ascii.ts";

/** What values a number may have. */
export interface NumberKind {
  /** Whether a minus sign is allowed. */
  readonly signed: boolean;
  /** The digits of the largest absolute value. */
  readonly max: string;
}

/** Flags, and the level of `verbosity`. */
export const UINT32: NumberKind = { signed: false, max: "4294967295" };
/** A time of expiry: memcached keeps it in 32 bits, negative means at once. */
export const INT32: NumberKind = { signed: true, max: "2147483647" };
/** A CAS value. */
export const UINT64: NumberKind = { signed: false, max: "18446744073709551615" };

/**
 * Whether a word is a number of some kind: decimal digits, leading zeros allowed.
 *
 * @param kind Which values it may have.
 * @param bytes The array that holds the word.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @returns False if it has any other byte or is out of range.
 */
export function isNumber(kind: NumberKind, bytes: Uint8Array, start: number, end: number): boolean {
  if (kind.signed && start < end && bytes[start] === MINUS) start++;
  if (!isDigits(bytes, start, end)) return false;
  const { max } = kind;
  if (end - start < max.length) return true;
  while (end - start > max.length && bytes[start] === DIGIT_0) start++;
  if (end - start > max.length) return false;
  for (let i = 0; i < max.length; i++) {
    const difference = bytes[start + i] - max.charCodeAt(i);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

/**
 * Reads a length: decimal digits without a sign.
 *
 * @param max The largest length that is told exactly.
 * @param bytes The array that holds the word.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @returns The length; `max + 1` for any larger one; -1 if the word is no length.
 */
export function readLength(max: number, bytes: Uint8Array, start: number, end: number): number {
  if (!isDigits(bytes, start, end)) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    value = value * 10 + bytes[at] - DIGIT_0;
    if (value > max) return max + 1;
  }
  return value;
}

/**
 * Whether a word has decimal digits only, at least one.
 *
 * @param bytes The array that holds the word.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @returns False for an empty word or one with any other byte.
 */
export function isDigits(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - DIGIT_0;
    if (digit < 0 || digit > 9) return false;
  }
  return start < end;
}
