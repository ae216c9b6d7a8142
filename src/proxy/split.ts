/**
 * A request whose keys are on several servers: one fragment for each of them, one reply for all.
 *
 * @module
 */

import type { MbufPool } from "../buffer/mbuf_pool.ts";
import type { HeldReply, RequestDecoder, SplitReplies } from "../protocol/contract.ts";
import type { Sequel } from "../protocol/private.ts";
import type { ClientConnection } from "./client_connection.ts";
import type { Request } from "./request.ts";
import type { Server } from "./server.ts";

/** What becomes of the fragments, in whatever order they are answered. */
export class SplitRequest implements SplitReplies {
  /** See {@link SplitReplies.merge}. */
  merge = 0;
  /** See {@link SplitReplies.keyCount}. */
  keyCount = 0;
  /** See {@link SplitReplies.missOnError}. */
  missOnError = false;
  /** See {@link SplitReplies.fragmentOf}. */
  fragmentOf: Uint16Array<ArrayBuffer> = new Uint16Array(16);
  /** See {@link SplitReplies.frame}. */
  frame: Uint8Array<ArrayBuffer> | null = null;
  /** How many bytes of `frame` the copy takes. */
  frameLength = 0;
  /** See {@link SplitReplies.keys}. */
  keys: Int32Array = NO_KEYS;
  /** Where the fragments of a request went that went to all servers, by number; empty for other requests. */
  servers: readonly Server[] = NO_SERVERS;
  /** The slot of the whole request among its client's; null while the record is not in use. */
  slot: Request | null = null;
  /** The fragments, by number. */
  readonly fragments: Request[] = [];
  /** How many of them are not answered yet. */
  pending = 0;
  /** What follows when the reply has come; null if nothing. */
  sequel: readonly Sequel[] | null = null;
  /** Calls off the timer after which replies that have not come are not waited for; null if there is none. */
  patience: (() => void) | null = null;
  /** The server whose reply the protocol will look at; null if it will not. */
  watchedServer: Server | null = null;
  /** Whether something else may be sent when it has looked. */
  mayRetry = false;

  /** See {@link SplitReplies.fragmentCount}. */
  get fragmentCount(): number {
    return this.fragments.length;
  }

  /** See {@link SplitReplies.reply}. */
  reply(fragment: number): HeldReply {
    return this.fragments[fragment];
  }

  /** See {@link SplitReplies.serverName}. */
  serverName(fragment: number): string {
    return this.servers[fragment].name;
  }

  /**
   * Makes the record of its next fragment.
   *
   * @param client Who waits for the whole.
   * @param decoder What has just decoded it.
   * @returns The record, which is to be sent.
   */
  addFragment(client: ClientConnection, decoder: RequestDecoder): Request {
    const request = client.pool.runtime.requests.take();
    request.client = client;
    request.tag = decoder.tag;
    request.access = decoder.access;
    request.split = this;
    this.fragments.push(request);
    return request;
  }

  /**
   * Keeps a copy of the request, because the merge will ask for the keys.
   *
   * @param pool Where the buffer comes from.
   * @param decoder What has just decoded it.
   */
  keepFrame(pool: MbufPool, decoder: RequestDecoder): void {
    const { frame, frameStart, frameEnd } = decoder;
    this.keepNote(pool, frame.subarray(frameStart, frameEnd));
    this.keys = decoder.keys.slice(0, 2 * this.keyCount);
  }

  /**
   * Keeps a copy of what the merge will ask for in place of the request.
   *
   * @param pool Where the buffer comes from.
   * @param note The bytes.
   */
  keepNote(pool: MbufPool, note: Uint8Array): void {
    this.frame = pool.take(note.length);
    this.frame.set(note);
    this.frameLength = note.length;
  }
}

const NO_KEYS = new Int32Array(0);
const NO_SERVERS: readonly Server[] = [];
/** The most records that are kept for reuse. */
const FREE_MAX = 4096;
/** A record whose request had more keys than this is not kept. */
const KEPT_KEYS_MAX = 1024;

/** Records of split requests that are not in use. */
export class SplitPool {
  readonly #mbufs: MbufPool;
  readonly #free: SplitRequest[] = [];

  /**
   * Makes an empty pool.
   *
   * @param mbufs Where copies of requests go back to.
   */
  constructor(mbufs: MbufPool) {
    this.#mbufs = mbufs;
  }

  /**
   * Begins a split request.
   *
   * @param slot Its slot among the client's.
   * @param decoder What has just decoded it.
   * @param missOnError Whether keys whose server fails count as not there.
   * @returns A record without fragments.
   */
  take(slot: Request, decoder: RequestDecoder, missOnError: boolean): SplitRequest {
    const split = this.#free.pop() ?? new SplitRequest();
    split.slot = slot;
    split.merge = decoder.merge;
    split.keyCount = decoder.keyCount;
    split.missOnError = missOnError;
    slot.split = split;
    return split;
  }

  /**
   * Takes a record back. Its fragments' records go their own way.
   *
   * @param split A record that nothing refers to any more.
   */
  give(split: SplitRequest): void {
    if (split.frame !== null) this.#mbufs.give(split.frame);
    split.frame = null;
    split.patience?.();
    split.patience = null;
    split.watchedServer = null;
    split.sequel = null;
    split.servers = NO_SERVERS;
    split.keys = NO_KEYS;
    split.slot = null;
    split.fragments.length = 0;
    split.pending = 0;
    if (split.keyCount <= KEPT_KEYS_MAX && this.#free.length < FREE_MAX) this.#free.push(split);
  }
}
