/**
 * libmemcached's "crc32": 15 bits of the standard CRC-32. On a ketama ring nearly every key lands on the
 * first points; it exists for the sake of data that was placed with it.
 *
 * @module
 */

import { crc32a } from "./crc32a.ts";

/**
 * Hashes a key with CRC-32 and keeps bits 16 to 30.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, 0 to 32767.
 */
export function crc32(bytes: Uint8Array, start: number, end: number): number {
  return (crc32a(bytes, start, end) >>> 16) & 0x7fff;
}
