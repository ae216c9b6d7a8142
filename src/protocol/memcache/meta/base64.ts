/**
 * Keys in base64, decoded as memcached decodes them (its base64.c), because both have to mean the same key.
 *
 * @module
 */

import { encode, EQUALS } from "../../../base/ascii.ts";

const ALPHABET = encode("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const FOREIGN = 0x80;

/** The value of every byte; {@link FOREIGN} for those that are skipped. */
const VALUES = new Uint8Array(256).fill(FOREIGN);
for (let i = 0; i < ALPHABET.length; i++) VALUES[ALPHABET[i]] = i;
VALUES[EQUALS] = 0;

/**
 * Decodes base64. Bytes that do not belong to it are skipped; what is behind the padding is not looked at, but counts.
 *
 * @param out Where the result goes, from the first byte on; as long as the source at least.
 * @param bytes The array that holds the source.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @returns How many bytes the result has; 0 if the source is no base64.
 */
export function decodeBase64(out: Uint8Array, bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at < end; at++) if (VALUES[bytes[at]] !== FOREIGN) count++;
  if (count === 0 || count % 4 !== 0) return 0;
  let length = 0;
  let padding = 0;
  let block = 0;
  count = 0;
  for (let at = start; at < end; at++) {
    const value = VALUES[bytes[at]];
    if (value === FOREIGN) continue;
    if (bytes[at] === EQUALS) padding++;
    block = block << 6 | value;
    if (++count % 4 !== 0) continue;
    out[length] = block >> 16;
    out[length + 1] = block >> 8;
    out[length + 2] = block;
    length += 3;
    block = 0;
    if (padding > 2) return 0;
    if (padding > 0) return length - padding;
  }
  return length;
}
