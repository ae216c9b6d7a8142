/**
 * CRC-16 with CCITT's polynomial 0x1021 (the table of XMODEM and of Redis Cluster), but over a 32-bit
 * accumulator that is never cut back to 16 bits. The result is therefore not a true CRC-16; it is what places
 * keys in the reference.
 *
 * @module
 */

const POLYNOMIAL = 0x1021;

const table = makeTable();

function makeTable(): Uint16Array {
  const entries = new Uint16Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000) !== 0 ? (crc << 1) ^ POLYNOMIAL : crc << 1;
    entries[byte] = crc;
  }
  return entries;
}

/**
 * Hashes a key with the unmasked CRC-16.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32; 0 for an empty key.
 */
export function crc16(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0;
  for (let i = start; i < end; i++) crc = (crc << 8) ^ table[((crc >> 8) ^ bytes[i]) & 0xff];
  return crc >>> 0;
}
