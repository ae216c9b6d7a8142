/**
 * Joins requests that a server answers together as well as one by one, such as memcached's `get a` and `get b` to
 * `get a b`: a server sends the reply to each request by itself, which costs it several times the work of finding an item.
 *
 * ```text
 *   written     … get a\r\n          still in the queue: its end is taken back, and " b\r\n" is put there
 *   requests    [ a ][ b ][ set ]    each has its own record, as without joining
 *   joins       { first: a, keys: a b }
 * ```
 *
 * Only what follows another one directly is joined, and only while that has not been handed to the runtime; so nothing
 * waits for company, and the order of requests stays.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import { copyBytes } from "../buffer/copy.ts";
import type { WriteQueue } from "../buffer/write_queue.ts";
import type { JoinedKeys, JoinedReplies, ReplyDecoder, RequestDecoder } from "../protocol/contract.ts";
import { JOINED_BYTES_MAX, JOINED_KEYS_MAX } from "./limits.ts";

/** Records of joins that are kept for the next ones, per connection. */
const SPARE_MAX = 8;

/** Requests that were joined, and by which keys the protocol tells their replies apart. */
class Join implements JoinedKeys {
  /** How many requests had been answered over the connection before the first of these. */
  first = 0;
  /** See {@link JoinedKeys.count}. */
  count = 0;
  /** See {@link JoinedKeys.bytes}. */
  readonly bytes = new Uint8Array(JOINED_BYTES_MAX);
  /** See {@link JoinedKeys.ends}. */
  readonly ends = new Int32Array(JOINED_KEYS_MAX);

  /** How many bytes the keys have. */
  get length(): number {
    return this.count === 0 ? 0 : this.ends[this.count - 1];
  }

  add(source: Uint8Array, start: number, end: number): void {
    const at = this.length;
    copyBytes(this.bytes, at, source, start, end);
    this.ends[this.count++] = at + end - start;
  }

  /** Whether a key is there already: which of two equal ones a reply is for could not be told. */
  has(source: Uint8Array, start: number, end: number): boolean {
    const { bytes, ends } = this;
    for (let key = 0, at = 0; key < this.count; at = ends[key++]) {
      if (ends[key] - at !== end - start) continue;
      let same = 0;
      // From the end: keys of one kind begin alike.
      while (start + same < end && bytes[ends[key] - 1 - same] === source[end - 1 - same]) same++;
      if (start + same === end) return true;
    }
    return false;
  }
}

/** See the module. */
export class Joiner {
  readonly #decoder: ReplyDecoder;
  readonly #out: WriteQueue;
  /** What was joined and has not been answered, in the order of the requests. */
  readonly #joins = new Ring<Join>(4);
  readonly #spare: Join[] = [];
  /** What the next request may be joined to. */
  #open = new Join();
  /** How many bytes had been queued when it was queued; -1 if there is none. */
  #openEnd = -1;
  /** What is being answered, or was last; null if nothing has been. */
  #current: Join | null = null;
  #replies: JoinedReplies | null = null;

  /**
   * Makes the joiner of a connection.
   *
   * @param decoder What decodes its replies.
   * @param out What waits to be written.
   */
  constructor(decoder: ReplyDecoder, out: WriteQueue) {
    this.#decoder = decoder;
    this.#out = out;
  }

  /** What was found with the reply at hand; null if nothing that was joined has been answered yet. */
  get replies(): JoinedReplies | null {
    return this.#replies;
  }

  /**
   * Takes note of a request that others may be joined to.
   *
   * @param first How many requests will have been answered before this one.
   * @param queuedBytes How many bytes have been queued, this request's included.
   * @param decoder What has decoded it.
   */
  begin(first: number, queuedBytes: number, { frame, frameStart, keys }: RequestDecoder): void {
    // One that nothing was joined to is an ordinary request.
    if (this.#open.count > 1) this.#open = this.#spare.pop() ?? new Join();
    const open = this.#open;
    open.first = first;
    open.count = 0;
    this.#openEnd = -1;
    if (keys[1] - keys[0] > JOINED_BYTES_MAX) return;
    open.add(frame, frameStart + keys[0], frameStart + keys[1]);
    this.#openEnd = queuedBytes;
  }

  /**
   * Joins a request to the one before it, unless something else was queued meanwhile, that one has left, there are enough,
   * or the key is among them.
   *
   * @param queuedBytes How many bytes have been queued.
   * @param decoder What has decoded it.
   * @returns By how many bytes the queue has grown; 0 if it is not joined.
   */
  join(queuedBytes: number, { frame, frameStart, keys, units, fragmentTail }: RequestDecoder): number {
    if (queuedBytes !== this.#openEnd || this.#out.bytes === 0) return 0;
    const open = this.#open;
    const start = frameStart + keys[0];
    const end = frameStart + keys[1];
    if (open.count === JOINED_KEYS_MAX) return 0;
    if (open.length + end - start > JOINED_BYTES_MAX || open.has(frame, start, end)) return 0;
    if (!this.#out.retract(fragmentTail.length)) return 0;
    this.#out.append(frame, frameStart + units[0], frameStart + units[1]);
    this.#out.append(fragmentTail, 0, fragmentTail.length);
    open.add(frame, start, end);
    if (open.count === 2) this.#joins.push(open);
    const grown = units[1] - units[0];
    this.#openEnd = queuedBytes + grown;
    return grown;
  }

  /**
   * Tells the decoder if the next reply is for joined requests. Call it before it decodes.
   *
   * @param answered How many requests have been answered.
   */
  announce(answered: number): void {
    const next = this.#joins.peek();
    if (next === undefined || next.first !== answered) return;
    // All of the one before it has been answered, or this one's turn would not have come.
    if (this.#current !== null && this.#spare.length < SPARE_MAX) this.#spare.push(this.#current);
    // Nothing more is joined to what is being answered.
    if (next === this.#open) this.#openEnd = -1;
    this.#current = this.#joins.shift()!;
    this.#replies = this.#decoder.beginJoined!(next);
  }
}
