/**
 * Paul Hsieh's SuperFastHash (<http://www.azillionmonkeys.com/qed/hash.html>), as libmemcached has it.
 *
 * @module
 */

import { uint16LE } from "./little_endian.ts";

/**
 * Hashes a key with SuperFastHash; of the bytes from 0x80, only the last of a three-byte tail is
 * sign-extended.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32; 0 for an empty key.
 */
export function hsieh(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0;
  let i = start;
  for (; i + 4 <= end; i += 4) {
    hash = (hash + uint16LE(bytes, i)) | 0;
    hash = (hash << 16) ^ (uint16LE(bytes, i + 2) << 11) ^ hash;
    hash = (hash + (hash >>> 11)) | 0;
  }
  switch (end - i) {
    case 3:
      hash = (hash + uint16LE(bytes, i)) | 0;
      hash ^= hash << 16;
      hash ^= ((bytes[i + 2] << 24) >> 24) << 18;
      hash = (hash + (hash >>> 11)) | 0;
      break;
    case 2:
      hash = (hash + uint16LE(bytes, i)) | 0;
      hash ^= hash << 11;
      hash = (hash + (hash >>> 17)) | 0;
      break;
    case 1:
      hash = (hash + bytes[i]) | 0;
      hash ^= hash << 10;
      hash = (hash + (hash >>> 1)) | 0;
      break;
  }
  hash ^= hash << 3;
  hash = (hash + (hash >>> 5)) | 0;
  hash ^= hash << 4;
  hash = (hash + (hash >>> 17)) | 0;
  hash ^= hash << 25;
  hash = (hash + (hash >>> 6)) | 0;
  return hash >>> 0;
}
