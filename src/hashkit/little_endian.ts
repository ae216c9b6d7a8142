/**
 * Little-endian words out of a byte array, as the multi-byte hashes read them.
 *
 * @module
 */

/**
 * Reads four bytes as a little-endian 32-bit word.
 *
 * @param bytes The array to read from.
 * @param offset Offset of the lowest byte; three more must follow.
 * @returns The word as a signed integer, so that 32-bit arithmetic on it stays in integers.
 */
export function int32LE(bytes: Uint8Array, offset: number): number {
  return bytes[offset] | (bytes[offset + 1] << 8) | (bytes[offset + 2] << 16) | (bytes[offset + 3] << 24);
}

/**
 * Reads what is left of a key as a little-endian 32-bit word; bytes beyond the end count as zero.
 *
 * @param bytes The array to read from.
 * @param offset Offset of the lowest byte; may lie at or beyond the end.
 * @param end Offset after the last byte of the key.
 * @returns The word as a signed integer.
 */
export function tailInt32LE(bytes: Uint8Array, offset: number, end: number): number {
  let word = 0;
  if (offset + 3 < end) word = bytes[offset + 3] << 24;
  if (offset + 2 < end) word |= bytes[offset + 2] << 16;
  if (offset + 1 < end) word |= bytes[offset + 1] << 8;
  if (offset < end) word |= bytes[offset];
  return word;
}

/**
 * Reads two bytes as a little-endian 16-bit word.
 *
 * @param bytes The array to read from.
 * @param offset Offset of the low byte; one more must follow.
 * @returns The word, 0 to 65535.
 */
export function uint16LE(bytes: Uint8Array, offset: number): number {
  return bytes[offset] | (bytes[offset + 1] << 8);
}
