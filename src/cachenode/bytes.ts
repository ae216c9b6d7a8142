/**
 * Bytes of a request as keys and numbers.
 *
 * @module
 */

/** How many characters are made at once: far fewer than a call may have arguments. */
const CHUNK_BYTES = 4096;

/** The smallest integer of 64 bits with a sign. */
export const INT64_MIN: bigint = -(2n ** 63n);
/** The largest integer of 64 bits with a sign. */
export const INT64_MAX: bigint = 2n ** 63n - 1n;
/** The largest integer of 64 bits without a sign. */
export const UINT64_MAX: bigint = 2n ** 64n - 1n;

/**
 * Makes text of any bytes so that different bytes give different text.
 *
 * @param bytes The array that holds them.
 * @param start Offset of the first byte.
 * @param end Offset after the last byte.
 * @returns One character per byte; ASCII is itself.
 */
export function textOf(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  for (let at = start; at < end; at += CHUNK_BYTES) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + CHUNK_BYTES, end)));
  }
  return text;
}

/**
 * Makes bytes of text that {@link textOf} made.
 *
 * @param text One character per byte.
 * @returns A fresh array.
 */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * Reads a signed integer as strictly as redis does (`string2ll`): no plus sign, no leading zeros, no spaces.
 *
 * @param text The digits.
 * @returns The integer; null if it is none or has more than 64 bits.
 */
export function parseInt64(text: string): bigint | null {
  if (!/^(?:0|-?[1-9][0-9]{0,18})$/.test(text)) return null;
  const value = BigInt(text);
  return value < INT64_MIN || value > INT64_MAX ? null : value;
}
