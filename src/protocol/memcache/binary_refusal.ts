/**
 * The binary protocol, which is recognised and refused.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";

/** The first byte of a binary request; no text request begins with it. */
export const BINARY_REQUEST_MAGIC = 0x80;
/** The length of every binary header. */
export const BINARY_HEADER_BYTES = 24;

const RESPONSE_MAGIC = 0x81;
const UNKNOWN_COMMAND_STATUS = 0x0081;
const UNKNOWN_COMMAND_TEXT = encode("Unknown command");
const OPAQUE_START = 12;
const OPAQUE_END = 16;

/**
 * The reply to a request of the binary protocol: "Unknown command", as protocol_binary.txt defines it.
 *
 * @param bytes The array that holds the request.
 * @param start Offset of its header, which has arrived as a whole.
 * @returns The reply; it carries the request's opcode and opaque.
 */
export function refuseBinary(bytes: Uint8Array, start: number): Uint8Array<ArrayBuffer> {
  const reply = new Uint8Array(BINARY_HEADER_BYTES + UNKNOWN_COMMAND_TEXT.length);
  const view = new DataView(reply.buffer);
  view.setUint8(0, RESPONSE_MAGIC);
  view.setUint8(1, bytes[start + 1]);
  view.setUint16(6, UNKNOWN_COMMAND_STATUS);
  view.setUint32(8, UNKNOWN_COMMAND_TEXT.length);
  reply.set(bytes.subarray(start + OPAQUE_START, start + OPAQUE_END), OPAQUE_START);
  reply.set(UNKNOWN_COMMAND_TEXT, BINARY_HEADER_BYTES);
  return reply;
}
