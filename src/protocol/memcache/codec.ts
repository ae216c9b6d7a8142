/**
 * The memcached protocol as one pool uses it.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { Codec, Dialect, RequestDecoder, RequestDescription, SplitReplies } from "../contract.ts";
import { type ClientFacts, NO_CLIENT, NO_POOL, type PoolFacts } from "../facts.ts";
import { REQUEST_MAGIC } from "./binary/header.ts";
import { isHiddenBinary } from "./binary/quiet.ts";
import { binaryReply, BinaryStatus } from "./binary/reply.ts";
import { binaryDialect, isBinarySuccess, textDialect } from "./dialects.ts";
import { KEY_BYTES_MAX } from "./limits.ts";
import { type MemcacheAuth, memcacheSettingsOf, NO_AUTH, type SharedMemcacheSettings } from "./login.ts";
import { isHiddenMeta } from "./meta/quiet.ts";
import { MergeCode, mergeCodeOf, mergeOpaqueOf } from "./merge_code.ts";
import { mergeOutcomes } from "./merge_outcomes.ts";
import { mergeBinaryStatistics, mergeTextStatistics } from "./merge_statistics.ts";
import { CROSS_SERVER, META_NOOP_DONE, OK } from "./replies.ts";
import { MemcacheRequestDecoder } from "./request_decoder.ts";
import type { ReadStatistics } from "./statistics.ts";
import { tagCode, TagEncoding, tagEncoding, tagOpaque } from "./tag.ts";
import { describeBinary } from "./binary/describe.ts";
import { describeLine } from "./text/describe.ts";
import { mergeItems } from "./text/merge_items.ts";
import { isWord } from "./word_table.ts";

function isNoopDone(bytes: Uint8Array, start: number, end: number): boolean {
  return isWord(META_NOOP_DONE, bytes, start, end);
}

function isOk(bytes: Uint8Array, start: number, end: number): boolean {
  return isWord(OK, bytes, start, end);
}

/** {@link Codec} for memcached. */
export class MemcacheCodec implements Codec {
  /** See {@link Codec.name}. */
  readonly name = "memcache";
  /** See {@link Codec.dialects}. */
  readonly dialects: readonly Dialect[];
  /** See {@link Codec.crossServerReply}. */
  readonly crossServerReply: Uint8Array<ArrayBuffer> = CROSS_SERVER;
  /** See {@link Codec.mergesByKey}: a server leaves out what it does not have. */
  readonly mergesByKey = true;
  readonly #errors = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #keyBytesMax: number;
  readonly #readStatistics: ReadStatistics;
  readonly #allowsFlush: boolean;
  /** What all clients of the pool have in common, those that came before the latest reload included. */
  #settings: SharedMemcacheSettings;
  #decoders = new WeakMap<ClientFacts, MemcacheRequestDecoder>();

  /**
   * Makes the protocol of a pool.
   *
   * @param keyBytesMax How many bytes a key may have; no more than memcached itself takes.
   * @param readStatistics Reads what is said to clients that ask for statistics.
   * @param allowsFlush Whether clients may empty all servers.
   * @param auth Who may use the pool, and as whom it uses its servers.
   */
  constructor(
    keyBytesMax: number = KEY_BYTES_MAX,
    readStatistics: ReadStatistics = () => [],
    allowsFlush = false,
    auth: MemcacheAuth = NO_AUTH,
  ) {
    const settings = memcacheSettingsOf(auth);
    this.#settings = { current: settings };
    this.dialects = [
      ...(settings.textDialect === null ? [] : [textDialect(auth.serverAuth)]),
      ...(settings.binaryDialect === null ? [] : [binaryDialect(auth.serverAuth)]),
    ];
    this.#readStatistics = readStatistics;
    this.#allowsFlush = allowsFlush;
    this.#keyBytesMax = Math.min(keyBytesMax, KEY_BYTES_MAX);
  }

  /** See {@link Codec.newRequestDecoder}. */
  newRequestDecoder(client: ClientFacts = NO_CLIENT, pool: PoolFacts = NO_POOL): RequestDecoder {
    const decoder = new MemcacheRequestDecoder(
      this.#keyBytesMax,
      this.#readStatistics,
      this.#allowsFlush,
      this.#settings,
      () => pool.loginRefused(client),
    );
    this.#decoders.set(client, decoder);
    return decoder;
  }

  /** See {@link Codec.succeed}: logins go on. */
  succeed(before: Codec, pool: PoolFacts): void {
    if (!(before instanceof MemcacheCodec)) return;
    const { current } = this.#settings;
    this.#settings = before.#settings;
    this.#settings.current = current;
    this.#decoders = before.#decoders;
    for (const client of pool.clients()) this.#decoders.get(client)?.adopt();
  }

  /** See {@link Codec.errorReply}. */
  errorReply(text: string, tag: number): Uint8Array<ArrayBuffer> {
    if (tagEncoding(tag) === TagEncoding.BINARY) {
      return binaryReply(tagCode(tag), tagOpaque(tag), BinaryStatus.TEMPORARY_FAILURE, encode(text));
    }
    let reply = this.#errors.get(text);
    if (reply === undefined) this.#errors.set(text, reply = encode(`SERVER_ERROR ${text}\r\n`));
    return reply;
  }

  /** See {@link Codec.translate}: what quiet requests do not tell is left out. */
  translate(tag: number, bytes: Uint8Array<ArrayBuffer>, start: number): boolean {
    const code = tagCode(tag);
    return tagEncoding(tag) === TagEncoding.BINARY
      ? !isHiddenBinary(code, bytes, start)
      : !isHiddenMeta(code, bytes, start);
  }

  /** See {@link Codec.describe}. */
  describe(head: Uint8Array): RequestDescription | null {
    return head[0] === REQUEST_MAGIC ? describeBinary(head) : describeLine(head);
  }

  /** See {@link Codec.merge}. */
  merge(replies: SplitReplies, out: WriteQueue): void {
    switch (mergeCodeOf(replies.merge)) {
      case MergeCode.ITEMS:
        return mergeItems(replies, out);
      case MergeCode.TEXT_OUTCOME:
        return mergeOutcomes(replies, out, isOk);
      case MergeCode.BINARY_OUTCOME:
        return mergeOutcomes(replies, out, isBinarySuccess);
      case MergeCode.TEXT_STATISTICS:
        return mergeTextStatistics(replies, out);
      case MergeCode.BARRIER:
        return mergeOutcomes(replies, out, isNoopDone);
      case MergeCode.BINARY_STATISTICS:
        return mergeBinaryStatistics(replies, mergeOpaqueOf(replies.merge), out);
    }
  }
}
