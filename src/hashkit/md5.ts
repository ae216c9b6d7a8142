/**
 * MD5 as a 32-bit hash. Slow, and the only hash here that allocates.
 *
 * @module
 */

import { crypto } from "@std/crypto";
import { int32LE } from "./little_endian.ts";

/**
 * Hashes a key with MD5 and keeps the digest's first four bytes, read as a little-endian word.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32.
 */
export function md5(bytes: Uint8Array, start: number, end: number): number {
  return int32LE(crypto.subtle.digestSync("MD5", bytes.subarray(start, end)), 0) >>> 0;
}
