/**
 * The redis protocol as one pool uses it.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { Codec, Dialect, RequestDecoder, RequestDescription, SplitReplies } from "../contract.ts";
import { type ClientFacts, NO_POOL, type PoolFacts } from "../facts.ts";
import type { Notice } from "../peers.ts";
import { describeRequest } from "./describe.ts";
import { makeDialects } from "./dialects.ts";
import { answerPeer } from "./local/client_list.ts";
import { mergeReplies, type MergeSurroundings } from "./merge.ts";
import { isKeptKeysReply } from "./merge_all.ts";
import { CROSSSLOT, NOTHING } from "./replies.ts";
import { RedisRequestDecoder } from "./request_decoder.ts";
import { KEYS_TAG, type RedisSession, SILENT_TAG } from "./session.ts";
import { type SessionOptions, type SharedSettings, shareSettings } from "./settings.ts";

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
  #surroundings: MergeSurroundings;
  /** What all clients of the pool have in common, those that came before the latest reload included. */
  #settings: SharedSettings;
  /** The clients' sessions, for those who ask about other clients. */
  #sessions = new WeakMap<ClientFacts, RedisSession>();
  readonly #errors = new Map<string, Uint8Array<ArrayBuffer>>();

  /**
   * Makes the protocol of a pool.
   *
   * @param options What the pool asks of its clients, and its servers ask of it.
   * @param random Gives numbers from 0 to below 1.
   */
  constructor(options: SessionOptions, random: () => number = Math.random) {
    this.#options = options;
    this.#settings = shareSettings(options);
    this.#surroundings = { random, pool: NO_POOL, commandUse: () => this.#settings.current };
    const { user, password } = options.serverAuth ?? { user: null, password: options.password };
    this.dialects = makeDialects({ user, password, databases: this.#settings.current.databases });
  }

  /** See {@link Codec.succeed}: sessions, and with them names and logins, go on. */
  succeed(before: Codec, pool: PoolFacts): void {
    if (!(before instanceof RedisCodec)) return;
    this.#surroundings = { ...this.#surroundings, pool };
    const { current } = this.#settings;
    this.#settings = before.#settings;
    this.#settings.current = current;
    this.#sessions = before.#sessions;
    for (const client of pool.clients()) this.#sessions.get(client)?.adopt();
  }

  /** See {@link Codec.newRequestDecoder}. */
  newRequestDecoder(client: ClientFacts, pool: PoolFacts): RequestDecoder {
    if (this.#surroundings.pool !== pool) {
      this.#surroundings = { ...this.#surroundings, pool };
      this.#settings.scripts.shareWith(pool.peers);
    }
    return new RedisRequestDecoder(this.#options, {
      client,
      pool,
      peers: this.#sessions,
      settings: this.#settings,
    });
  }

  /** See {@link Codec.consulted}. */
  consulted(question: string, pool: PoolFacts): string {
    return answerPeer(question, pool, this.#sessions);
  }

  /** See {@link Codec.told}: of scripts. */
  told(notice: Notice | null): void {
    this.#settings.scripts.told(notice);
  }

  /** See {@link Codec.errorReply}. */
  errorReply(text: string, tag: number): Uint8Array<ArrayBuffer> {
    if (tag === SILENT_TAG) return NOTHING;
    let reply = this.#errors.get(text);
    if (reply === undefined) this.#errors.set(text, reply = encode(`-ERR ${text}\r\n`));
    return reply;
  }

  /** See {@link Codec.translate}: who wants no reply gets none, and too many keys are not kept to be merged. */
  translate(tag: number, bytes: Uint8Array, start: number, end: number): boolean {
    return tag === KEYS_TAG && isKeptKeysReply(bytes, start, end);
  }

  /** See {@link Codec.describe}. */
  describe(head: Uint8Array): RequestDescription | null {
    return describeRequest(head);
  }

  /** See {@link Codec.merge}. */
  merge(replies: SplitReplies, out: WriteQueue): void {
    mergeReplies(replies, out, this.#surroundings);
  }
}
