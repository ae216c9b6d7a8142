/**
 * FNV-1a, 64 bits, of which the low 32 are kept (<http://www.isthe.com/chongo/tech/comp/fnv/>).
 *
 * The prime is 2^40 + 0x1b3. The low half of a product depends on the low halves of its factors only, so
 * 32-bit arithmetic with the low halves of the offset basis (0xcbf29ce484222325) and of the prime gives the
 * same bits.
 *
 * @module
 */

const OFFSET_BASIS = 0x84222325;
const PRIME = 0x1b3;

/**
 * Hashes a key with the low half of FNV-1a; bytes from 0x80 are sign-extended, as C does with a signed
 * `char`.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32.
 */
export function fnv1a64(bytes: Uint8Array, start: number, end: number): number {
  let hash = OFFSET_BASIS;
  for (let i = start; i < end; i++) {
    hash = Math.imul(hash ^ ((bytes[i] << 24) >> 24), PRIME);
  }
  return hash >>> 0;
}
