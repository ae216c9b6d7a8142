/**
 * The memcached protocol as one pool uses it.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { Codec, Dialect, RequestDecoder, RequestDescription, SplitReplies } from "../contract.ts";
import { KEY_BYTES_MAX } from "./limits.ts";
import { CROSS_SERVER } from "./replies.ts";
import { describeLine } from "./text/describe.ts";
import { mergeItems } from "./text/merge_items.ts";
import { TextReplyDecoder } from "./text/reply_decoder.ts";
import { TextRequestDecoder } from "./text/request_decoder.ts";
import { isWord } from "./word_table.ts";

const VERSION = encode("VERSION ");

/** The text protocol. */
const TEXT: Dialect = {
  name: "text",
  greeting: new Uint8Array(0),
  greetingSteps: [],
  probe: encode("version\r\n"),
  newReplyDecoder: () => new TextReplyDecoder(),
  isGood: (bytes, start, end) =>
    end - start > VERSION.length && isWord(VERSION, bytes, start, start + VERSION.length),
};

/** {@link Codec} for memcached. */
export class MemcacheCodec implements Codec {
  /** See {@link Codec.name}. */
  readonly name = "memcache";
  /** See {@link Codec.dialects}. */
  readonly dialects: readonly Dialect[] = [TEXT];
  /** See {@link Codec.crossServerReply}. */
  readonly crossServerReply: Uint8Array<ArrayBuffer> = CROSS_SERVER;
  /** See {@link Codec.mergesByKey}: a server leaves out what it does not have. */
  readonly mergesByKey = true;
  readonly #errors = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #keyBytesMax: number;

  /**
   * Makes the protocol of a pool.
   *
   * @param keyBytesMax How many bytes a key may have; no more than memcached itself takes.
   */
  constructor(keyBytesMax: number = KEY_BYTES_MAX) {
    this.#keyBytesMax = Math.min(keyBytesMax, KEY_BYTES_MAX);
  }

  /** See {@link Codec.newRequestDecoder}. */
  newRequestDecoder(): RequestDecoder {
    return new TextRequestDecoder(this.#keyBytesMax);
  }

  /** See {@link Codec.errorReply}. */
  errorReply(text: string): Uint8Array<ArrayBuffer> {
    let reply = this.#errors.get(text);
    if (reply === undefined) this.#errors.set(text, reply = encode(`SERVER_ERROR ${text}\r\n`));
    return reply;
  }

  /** See {@link Codec.translate}: no request has a tag. */
  translate(): boolean {
    return true;
  }

  /** See {@link Codec.describe}. */
  describe(head: Uint8Array): RequestDescription | null {
    return describeLine(head);
  }

  /** See {@link Codec.merge}: all that is split are lists of items. */
  merge(replies: SplitReplies, out: WriteQueue): void {
    mergeItems(replies, out);
  }
}
