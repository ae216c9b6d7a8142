/**
 * The header of binary messages.
 *
 * ```text
 *   0 magic | 1 opcode | 2 key length | 4 extras length | 5 data type | 6 status (of a reply)
 *   8 body length: extras, key and value | 12 opaque | 16 CAS | 24 extras, key, value
 * ```
 *
 * @module
 */

/** The first byte of a request; no text request begins with it. */
export const REQUEST_MAGIC = 0x80;
/** The first byte of a reply. */
export const REPLY_MAGIC = 0x81;
/** The length of every header. */
export const HEADER_BYTES = 24;
/** Where the opcode is. */
export const OPCODE_AT = 1;
/** Where the length of the key is; 2 bytes, big endian like all numbers. */
export const KEY_LENGTH_AT = 2;
/** Where the length of the extras is; 1 byte. */
export const EXTRAS_LENGTH_AT = 4;
/** Where the status of a reply is; 2 bytes. */
export const STATUS_AT = 6;
/** Where the length of the body is; 4 bytes. */
export const BODY_LENGTH_AT = 8;
/** Where the opaque is; 4 bytes. */
export const OPAQUE_AT = 12;

/**
 * Reads a number of two bytes.
 *
 * @param bytes The array that holds it.
 * @param at Offset of its first byte.
 * @returns 0 to 65535.
 */
export function readUint16(bytes: Uint8Array, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}

/**
 * Reads a number of four bytes.
 *
 * @param bytes The array that holds it.
 * @param at Offset of its first byte.
 * @returns 0 to 2^32 - 1.
 */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
}
