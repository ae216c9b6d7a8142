/**
 * A request whose keys are on several servers: one fragment for each of them, one reply for all.
 *
 * @module
 */

import type { MbufPool } from "../buffer/mbuf_pool.ts";
import type { HeldReply, RequestDecoder, SplitReplies } from "../protocol/contract.ts";
import type { Request } from "./request.ts";

/** What becomes of the fragments, in whatever order they are answered. */
export class SplitRequest implements SplitReplies {
  /** See {@link SplitReplies.merge}. */
  merge = 0;
  /** See {@link SplitReplies.keyCount}. */
  keyCount = 0;
  /** See {@link SplitReplies.fragmentOf}. */
  fragmentOf: Uint16Array = new Uint16Array(16);
  /** See {@link SplitReplies.frame}. */
  frame: Uint8Array<ArrayBuffer> | null = null;
  /** See {@link SplitReplies.keys}. */
  keys: Int32Array = new Int32Array(0);
  /** The slot of the whole request among its client's. */
  readonly slot: Request;
  /** The fragments, by number. */
  readonly fragments: Request[] = [];
  /** How many of them are not answered yet. */
  pending = 0;

  /**
   * Begins a split request.
   *
   * @param slot Its slot among the client's.
   * @param decoder What has just decoded it.
   */
  constructor(slot: Request, decoder: RequestDecoder) {
    this.slot = slot;
    this.merge = decoder.merge;
    this.keyCount = decoder.keyCount;
    if (this.fragmentOf.length < this.keyCount) this.fragmentOf = new Uint16Array(this.keyCount);
  }

  /** See {@link SplitReplies.fragmentCount}. */
  get fragmentCount(): number {
    return this.fragments.length;
  }

  /** See {@link SplitReplies.reply}. */
  reply(fragment: number): HeldReply {
    return this.fragments[fragment];
  }

  /**
   * Keeps a copy of the request, because the merge will ask for the keys.
   *
   * @param pool Where the buffer comes from.
   * @param decoder What has just decoded it.
   */
  keepFrame(pool: MbufPool, decoder: RequestDecoder): void {
    const { frame, frameStart, frameEnd } = decoder;
    this.frame = pool.take(frameEnd - frameStart);
    this.frame.set(frame.subarray(frameStart, frameEnd));
    this.keys = decoder.keys.slice(0, 2 * this.keyCount);
  }

  /**
   * Gives the copy of the request back.
   *
   * @param pool Where it goes.
   */
  dropFrame(pool: MbufPool): void {
    if (this.frame !== null) pool.give(this.frame);
    this.frame = null;
  }
}
