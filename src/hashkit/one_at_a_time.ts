/**
 * Bob Jenkins' one-at-a-time hash (<https://burtleburtle.net/bob/hash/doobs.html>), as libmemcached has it.
 *
 * @module
 */

/**
 * Hashes a key one byte at a time; bytes from 0x80 are sign-extended, as C does with a signed `char`.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32; 0 for an empty key.
 */
export function oneAtATime(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) {
    hash = (hash + ((bytes[i] << 24) >> 24)) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >>> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >>> 11;
  hash = (hash + (hash << 15)) | 0;
  return hash >>> 0;
}
