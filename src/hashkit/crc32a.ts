/**
 * The standard CRC-32 (IEEE 802.3, reflected polynomial 0xedb88320), as in zlib.
 *
 * @module
 */

const POLYNOMIAL = 0xedb88320;

// Signed entries keep the loop below in 32-bit integers; unsigned ones above 2^31 would turn into doubles.
const table = makeTable();

function makeTable(): Int32Array {
  const entries = new Int32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    entries[byte] = crc;
  }
  return entries;
}

/**
 * Hashes a key with CRC-32.
 *
 * @param bytes The array that holds the key.
 * @param start Offset of the key's first byte.
 * @param end Offset after its last byte.
 * @returns The hash, a uint32; 0 for an empty key.
 */
export function crc32a(bytes: Uint8Array, start: number, end: number): number {
  let crc = -1;
  for (let i = start; i < end; i++) crc = (crc >>> 8) ^ table[(crc ^ bytes[i]) & 0xff];
  return ~crc >>> 0;
}
