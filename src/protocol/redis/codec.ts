/**
 * The redis protocol as one pool uses it.
 *
 * @module
 */

import { concat, encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type {
  Codec,
  Dialect,
  ReplyDecoder,
  RequestDecoder,
  RequestDescription,
  SplitReplies,
} from "../contract.ts";
import { describeRequest } from "./describe.ts";
import { mergeReplies } from "./merge.ts";
import { CROSSSLOT } from "./replies.ts";
import { RedisRequestDecoder } from "./request_decoder.ts";
import { isErrorReply, RespReplyDecoder } from "./resp_reply.ts";
import type { SessionOptions } from "./session.ts";

/** RESP2, which every server speaks without being asked. */
class Resp2 implements Dialect {
  readonly name = "RESP2";
  /** AUTH first, then SELECT, as each needs the one before it. */
  readonly greeting: Uint8Array<ArrayBuffer>;
  readonly greetingSteps: readonly string[];
  readonly probe = encode("*1\r\n$4\r\nPING\r\n");

  constructor({ password, db }: SessionOptions) {
    const login = password === null ? [] : [request(encode("AUTH"), password)];
    const select = db === 0 ? [] : [request(encode("SELECT"), encode(String(db)))];
    this.greeting = concat([...login, ...select]);
    this.greetingSteps = [...login.map(() => "AUTH"), ...select.map(() => `SELECT ${db}`)];
  }

  newReplyDecoder(): ReplyDecoder {
    return new RespReplyDecoder();
  }

  isGood(bytes: Uint8Array, start: number): boolean {
    return !isErrorReply(bytes, start);
  }
}

/** {@link Codec} for redis. */
export class RedisCodec implements Codec {
  /** See {@link Codec.name}. */
  readonly name = "redis";
  /** See {@link Codec.dialects}. */
  readonly dialects: readonly Dialect[];
  /** See {@link Codec.crossServerReply}. */
  readonly crossServerReply: Uint8Array<ArrayBuffer> = CROSSSLOT;
  /** See {@link Codec.mergesByKey}: redis answers every key, so their order is enough. */
  readonly mergesByKey = false;
  readonly #options: SessionOptions;
  readonly #errors = new Map<string, Uint8Array<ArrayBuffer>>();

  /**
   * Makes the protocol of a pool.
   *
   * @param options The pool's password and database, which are also sent to its servers, and its limits.
   */
  constructor(options: SessionOptions) {
    this.#options = options;
    this.dialects = [new Resp2(options)];
  }

  /** See {@link Codec.newRequestDecoder}. */
  newRequestDecoder(): RequestDecoder {
    return new RedisRequestDecoder(this.#options);
  }

  /** See {@link Codec.errorReply}. */
  errorReply(text: string): Uint8Array<ArrayBuffer> {
    let reply = this.#errors.get(text);
    if (reply === undefined) this.#errors.set(text, reply = encode(`-ERR ${text}\r\n`));
    return reply;
  }

  /** See {@link Codec.translate}: no request has a tag. */
  translate(): boolean {
    return true;
  }

  /** See {@link Codec.describe}. */
  describe(head: Uint8Array): RequestDescription | null {
    return describeRequest(head);
  }

  /** See {@link Codec.merge}. */
  merge(replies: SplitReplies, out: WriteQueue): void {
    mergeReplies(replies, out);
  }
}

function request(...words: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const parts = words.flatMap((word) => [encode(`$${word.length}\r\n`), word, encode("\r\n")]);
  return concat([encode(`*${words.length}\r\n`), ...parts]);
}
