/**
 * Binary replies that the proxy gives itself, in memcached's words where it has some.
 *
 * @module
 */

import { encode } from "../../../base/ascii.ts";
import {
  BODY_LENGTH_AT,
  HEADER_BYTES,
  KEY_LENGTH_AT,
  OPAQUE_AT,
  OPCODE_AT,
  REPLY_MAGIC,
  STATUS_AT,
} from "./header.ts";

/** The outcomes that a reply can tell; the numbers of protocol_binary.h. */
export const BinaryStatus = {
  /** All is well. */
  SUCCESS: 0x0000,
  /** There is no such item. */
  NOT_FOUND: 0x0001,
  /** The value is beyond the limit. */
  TOO_LARGE: 0x0003,
  /** The request is not as its opcode wants it. */
  INVALID: 0x0004,
  /** It is not allowed. */
  AUTH_ERROR: 0x0020,
  /** More is needed to log in. */
  AUTH_CONTINUE: 0x0021,
  /** There is no such opcode. */
  UNKNOWN_COMMAND: 0x0081,
  /** It did not work out this time. */
  TEMPORARY_FAILURE: 0x0086,
} as const;
/** One of {@link BinaryStatus}. */
export type BinaryStatus = typeof BinaryStatus[keyof typeof BinaryStatus];

/** No body. */
export const NO_TEXT: Uint8Array<ArrayBuffer> = new Uint8Array(0);
/** Said of an item that is not there. */
export const NOT_FOUND_TEXT: Uint8Array<ArrayBuffer> = encode("Not found");
/** Said to a value beyond the limit. */
export const TOO_LARGE_TEXT: Uint8Array<ArrayBuffer> = encode("Too large.");
/** Said to lengths that do not fit the opcode, before the connection ends. */
export const INVALID_TEXT: Uint8Array<ArrayBuffer> = encode("Invalid arguments");
/** Said to what is not allowed. */
export const AUTH_ERROR_TEXT: Uint8Array<ArrayBuffer> = encode("Auth failure.");
/** Said to who has logged in. */
export const AUTHENTICATED_TEXT: Uint8Array<ArrayBuffer> = encode("Authenticated");
/** Said to an opcode that is not supported. */
export const UNKNOWN_COMMAND_TEXT: Uint8Array<ArrayBuffer> = encode("Unknown command");

/**
 * Builds a reply without extras, and with CAS 0.
 *
 * @param opcode The opcode of the request.
 * @param opaque The opaque of the request.
 * @param status The outcome.
 * @param body Its key and value.
 * @param keyBytes How many bytes of these are the key.
 * @returns The reply.
 */
export function binaryReply(
  opcode: number,
  opaque: number,
  status: BinaryStatus,
  body: Uint8Array,
  keyBytes = 0,
): Uint8Array<ArrayBuffer> {
  const reply = new Uint8Array(HEADER_BYTES + body.length);
  const view = new DataView(reply.buffer);
  view.setUint8(0, REPLY_MAGIC);
  view.setUint8(OPCODE_AT, opcode);
  view.setUint16(KEY_LENGTH_AT, keyBytes);
  view.setUint16(STATUS_AT, status);
  view.setUint32(BODY_LENGTH_AT, body.length);
  view.setUint32(OPAQUE_AT, opaque);
  reply.set(body, HEADER_BYTES);
  return reply;
}
