/**
 * The decoder for what a memcached server sends in the binary protocol.
 *
 * Every reply is a header and a body whose length the header tells. The header is kept until it is complete, the
 * body goes by as it comes.
 *
 * @module
 */

import {
  BAD,
  DONE,
  MORE,
  REPLY_FINE,
  type ReplyDecoder,
  type ReplyKind,
  type Status,
} from "../../contract.ts";
import { VALUE_BYTES_MAX } from "../limits.ts";
import {
  BODY_LENGTH_AT,
  EXTRAS_LENGTH_AT,
  HEADER_BYTES,
  KEY_LENGTH_AT,
  readUint16,
  readUint32,
  REPLY_MAGIC,
} from "./header.ts";

/** The longest body: an item of the largest size with its key. */
const BODY_BYTES_MAX = VALUE_BYTES_MAX + 1024;

/** {@link ReplyDecoder} for memcached's binary protocol. */
export class BinaryReplyDecoder implements ReplyDecoder {
  /** See {@link ReplyDecoder.position}. */
  position = 0;
  /** See {@link ReplyDecoder.kind}: no reply says that a server cannot serve at all. */
  readonly kind: ReplyKind = REPLY_FINE;
  /** Bytes of the body that are still to come; -1 before the header is complete. */
  #body = -1;

  /** See {@link ReplyDecoder.decode}. */
  decode(bytes: Uint8Array, start: number, end: number): Status {
    this.position = start;
    if (this.#body < 0) {
      if (start < end && bytes[start] !== REPLY_MAGIC) return BAD;
      if (end - start < HEADER_BYTES) return MORE;
      const body = readUint32(bytes, start + BODY_LENGTH_AT);
      const head = readUint16(bytes, start + KEY_LENGTH_AT) + bytes[start + EXTRAS_LENGTH_AT];
      if (head > body || body > BODY_BYTES_MAX) return BAD;
      this.#body = body;
      this.position += HEADER_BYTES;
    }
    const passed = Math.min(this.#body, end - this.position);
    this.#body -= passed;
    this.position += passed;
    if (this.#body > 0) return MORE;
    this.#body = -1;
    return DONE;
  }
}
