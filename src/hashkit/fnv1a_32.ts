/**
 * FNV-1a, 32 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>).
 *
 * @module
 */

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * Hashes a key with FNV-1a; bytes from 0x80 are sign-extended, as C does with a signed `char`.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32.
 */
export function fnv1a32(bytes: Uint8Array, start: number, end: number): number {
  let hash = OFFSET_BASIS;
  for (let i = start; i < end; i++) {
    hash = Math.imul(hash ^ ((bytes[i] << 24) >> 24), PRIME);
  }
  return hash >>> 0;
}
