/**
 * Austin Appleby's MurmurHash2, 32 bits (<https://github.com/aappleby/smhasher>), seeded with the key's
 * length as libmemcached does.
 *
 * @module
 */

import { int32LE, tailInt32LE } from "./little_endian.ts";

const MULTIPLIER = 0x5bd1e995;
const SEED_FACTOR = 0xdeadbeef;

/**
 * Hashes a key with MurmurHash2; the seed is 0xdeadbeef times the length.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32; 0 for an empty key.
 */
export function murmur(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  let hash = Math.imul(SEED_FACTOR, length) ^ length;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    let word = Math.imul(int32LE(bytes, i), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  if (i < end) hash = Math.imul(hash ^ tailInt32LE(bytes, i, end), MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return (hash ^ (hash >>> 15)) >>> 0;
}
