/**
 * Messages of memcached's binary protocol, for tests.
 *
 * @module
 */

import { concat, encode } from "../../src/base/ascii.ts";

/** The opcodes by their names in the protocol's document. */
export const Op = {
  GET: 0x00,
  SET: 0x01,
  ADD: 0x02,
  REPLACE: 0x03,
  DELETE: 0x04,
  INCREMENT: 0x05,
  DECREMENT: 0x06,
  QUIT: 0x07,
  FLUSH: 0x08,
  GETQ: 0x09,
  NOOP: 0x0a,
  VERSION: 0x0b,
  GETK: 0x0c,
  GETKQ: 0x0d,
  APPEND: 0x0e,
  PREPEND: 0x0f,
  STAT: 0x10,
  SETQ: 0x11,
  ADDQ: 0x12,
  REPLACEQ: 0x13,
  DELETEQ: 0x14,
  INCREMENTQ: 0x15,
  DECREMENTQ: 0x16,
  QUITQ: 0x17,
  FLUSHQ: 0x18,
  APPENDQ: 0x19,
  PREPENDQ: 0x1a,
  TOUCH: 0x1c,
  GAT: 0x1d,
  GATQ: 0x1e,
  SASL_LIST: 0x20,
  SASL_AUTH: 0x21,
  SASL_STEP: 0x22,
  GATK: 0x23,
  GATKQ: 0x24,
} as const;

/** What a message has besides its opcode. */
export interface BinaryParts {
  /** The opaque; 0 unless given. */
  readonly opaque?: number;
  /** The CAS; 0 unless given. */
  readonly cas?: bigint;
  /** The extras; none unless given. */
  readonly extras?: Uint8Array;
  /** The key; none unless given. */
  readonly key?: string;
  /** The value; none unless given. */
  readonly value?: string | Uint8Array;
  /** The status, of a reply; 0 unless given. */
  readonly status?: number;
}

/**
 * Builds a request.
 *
 * @param opcode Its opcode.
 * @param parts What else it has.
 * @returns The request.
 */
export function binaryRequest(opcode: number, parts: BinaryParts = {}): Uint8Array<ArrayBuffer> {
  return message(0x80, opcode, parts);
}

/**
 * Builds a reply.
 *
 * @param opcode Its opcode.
 * @param parts What else it has.
 * @returns The reply.
 */
export function binaryReplyOf(opcode: number, parts: BinaryParts = {}): Uint8Array<ArrayBuffer> {
  return message(0x81, opcode, parts);
}

/**
 * Builds extras of numbers.
 *
 * @param words Numbers of 32 bits, in order.
 * @returns The extras.
 */
export function extrasOf(...words: readonly number[]): Uint8Array<ArrayBuffer> {
  const extras = new DataView(new ArrayBuffer(4 * words.length));
  words.forEach((word, i) => extras.setUint32(4 * i, word));
  return new Uint8Array(extras.buffer);
}

function message(magic: number, opcode: number, parts: BinaryParts): Uint8Array<ArrayBuffer> {
  const { opaque = 0, cas = 0n, extras = new Uint8Array(0), key = "", value = "", status = 0 } = parts;
  const keyBytes = encode(key);
  const valueBytes = typeof value === "string" ? encode(value) : value;
  const header = new DataView(new ArrayBuffer(24));
  header.setUint8(0, magic);
  header.setUint8(1, opcode);
  header.setUint16(2, keyBytes.length);
  header.setUint8(4, extras.length);
  header.setUint16(6, status);
  header.setUint32(8, extras.length + keyBytes.length + valueBytes.length);
  header.setUint32(12, opaque);
  header.setBigUint64(16, cas);
  return concat([new Uint8Array(header.buffer), extras, keyBytes, valueBytes]);
}
