/**
 * The record of one request on its way.
 *
 * ```text
 *   client's slots (in the order of its requests)      server connection's FIFO (in the order of sending)
 *       [ r1 | r2 | r3 ]                                     [ r1 | r7 | r3 ]
 * ```
 *
 * A record is in its client's slots until the client has its reply, and in the FIFO until the server has
 * answered. Whichever lets go first leaves it to the other: a client that goes away clears `client`, a
 * request that timed out is replaced in the FIFO by {@link TOMBSTONE}.
 *
 * @module
 */

import { copyBytes } from "../buffer/copy.ts";
import type { MbufPool } from "../buffer/mbuf_pool.ts";
import type { HeldReply } from "../protocol/contract.ts";
import type { ClientConnection } from "./client_connection.ts";
import type { SplitRequest } from "./split.ts";

const NOTHING = new Uint8Array(0);

/** One request, or one fragment of a split one. */
export class Request implements HeldReply {
  /** Who waits for the reply; null if nobody does any more. */
  client: ClientConnection | null = null;
  /** The split request that this is a fragment of, or that fills this slot; null for an ordinary one. */
  split: SplitRequest | null = null;
  /** Whether the whole reply is here and waits for its turn. */
  done = false;
  /** Whether a part of the reply has already left for the client. */
  started = false;
  /** What its protocol wants to know again when it is answered; 0 if nothing. */
  tag = 0;
  /** What it does to its keys: its class of commands in the statistics. */
  access = 0;
  /** Whether its protocol tells the client nothing of the reply. */
  silent = false;
  /** When it was queued, in milliseconds of the clock. */
  startMs = 0;
  /** How long it is, in bytes. */
  length = 0;
  /** Where it ends in all that was ever queued on its server connection, in bytes. */
  streamEnd = 0;
  /** The reply, or what has come of it. */
  bytes: Uint8Array<ArrayBuffer> = NOTHING;
  /** Offset of the reply's first byte. */
  readonly start = 0;
  /** Offset after the reply's last byte. */
  end = 0;
  #owned = false;

  /**
   * Keeps a copy of a part of the reply.
   *
   * @param pool Where the buffer for it comes from.
   * @param source The array that holds it.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  hold(pool: MbufPool, source: Uint8Array, start: number, end: number): void {
    const length = this.end + end - start;
    if (!this.#owned || length > this.bytes.length) {
      const larger = pool.take(this.end === 0 ? length : Math.max(length, this.bytes.length * 2));
      if (this.end > 0) larger.set(this.bytes.subarray(0, this.end));
      this.dropHeld(pool);
      this.bytes = larger;
      this.#owned = true;
    }
    copyBytes(this.bytes, this.end, source, start, end);
    this.end = length;
  }

  /**
   * Keeps a constant reply in place of all that has come.
   *
   * @param pool Where the buffer of what has come goes back to.
   * @param reply The reply; it is not copied.
   */
  holdConstant(pool: MbufPool, reply: Uint8Array<ArrayBuffer>): void {
    this.dropHeld(pool);
    this.bytes = reply;
    this.end = reply.length;
  }

  /**
   * Gives the held reply to whoever owns it from now on.
   *
   * @returns True if `bytes` is a buffer of the pool that must be given back; false if it is a constant.
   */
  surrender(): boolean {
    const owned = this.#owned;
    this.#owned = false;
    return owned;
  }

  /**
   * Forgets the held reply, or lets another take its place.
   *
   * @param pool Where its buffer goes back to.
   */
  dropHeld(pool: MbufPool): void {
    if (this.#owned) pool.give(this.bytes);
    this.#owned = false;
    this.bytes = NOTHING;
  }

  /** Makes the record ready for its next use; the held reply must be gone. */
  reset(): void {
    this.client = null;
    this.split = null;
    this.done = false;
    this.started = false;
    this.tag = 0;
    this.silent = false;
    this.bytes = NOTHING;
    this.end = 0;
    this.#owned = false;
  }
}

/** Stands in a FIFO for a request whose time ran out: its reply, should it come, is thrown away. */
export const TOMBSTONE: Request = new Request();

/** The most records that are kept for reuse: more than a busy turn needs. */
const FREE_MAX = 65_536;

/** Records that are not in use. */
export class RequestPool {
  readonly #mbufs: MbufPool;
  readonly #free: Request[] = [];

  /**
   * Makes an empty pool.
   *
   * @param mbufs Where held replies go back to.
   */
  constructor(mbufs: MbufPool) {
    this.#mbufs = mbufs;
  }

  /** Takes a record; all its fields are at rest. */
  take(): Request {
    return this.#free.pop() ?? new Request();
  }

  /**
   * Takes a record back.
   *
   * @param request A record that is in no queue any more.
   */
  give(request: Request): void {
    if (request.bytes !== NOTHING) request.dropHeld(this.#mbufs);
    request.reset();
    if (this.#free.length < FREE_MAX) this.#free.push(request);
  }
}
