/**
 * Bob Jenkins' lookup3, `hashlittle` (<https://burtleburtle.net/bob/c/lookup3.c>), with libmemcached's
 * initial value.
 *
 * @module
 */

import { int32LE, tailInt32LE } from "./little_endian.ts";

/** 0xdeadbeef, lookup3's own constant, plus 13, libmemcached's `JENKINS_INITVAL`. */
const INITIAL = 0xdeadbeef + 13;

/**
 * Hashes a key with lookup3: rounds of twelve bytes, then the final mix of the last one to twelve.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32.
 */
export function jenkins(bytes: Uint8Array, start: number, end: number): number {
  let a = (INITIAL + end - start) | 0;
  let b = a;
  let c = a;
  let i = start;
  for (; i + 12 < end; i += 12) {
    a = (a + int32LE(bytes, i)) | 0;
    b = (b + int32LE(bytes, i + 4)) | 0;
    c = (c + int32LE(bytes, i + 8)) | 0;
    a = (a - c) ^ ((c << 4) | (c >>> 28));
    c = (c + b) | 0;
    b = (b - a) ^ ((a << 6) | (a >>> 26));
    a = (a + c) | 0;
    c = (c - b) ^ ((b << 8) | (b >>> 24));
    b = (b + a) | 0;
    a = (a - c) ^ ((c << 16) | (c >>> 16));
    c = (c + b) | 0;
    b = (b - a) ^ ((a << 19) | (a >>> 13));
    a = (a + c) | 0;
    c = (c - b) ^ ((b << 4) | (b >>> 28));
    b = (b + a) | 0;
  }
  if (i >= end) return c >>> 0;

  a = (a + tailInt32LE(bytes, i, end)) | 0;
  b = (b + tailInt32LE(bytes, i + 4, end)) | 0;
  c = (c + tailInt32LE(bytes, i + 8, end)) | 0;
  c = ((c ^ b) - ((b << 14) | (b >>> 18))) | 0;
  a = ((a ^ c) - ((c << 11) | (c >>> 21))) | 0;
  b = ((b ^ a) - ((a << 25) | (a >>> 7))) | 0;
  c = ((c ^ b) - ((b << 16) | (b >>> 16))) | 0;
  a = ((a ^ c) - ((c << 4) | (c >>> 28))) | 0;
  b = ((b ^ a) - ((a << 14) | (a >>> 18))) | 0;
  c = ((c ^ b) - ((b << 24) | (b >>> 8))) | 0;
  return c >>> 0;
}
