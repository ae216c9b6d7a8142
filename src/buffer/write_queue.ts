/**
 * What waits to be written to one peer: a chain of mbufs.
 *
 * ```text
 *   sealed:  [....#######] [###########] …        tail:  [....######........]
 *                ^front, perhaps being written              start   end   room for more
 * ```
 *
 * While a write is under way on the front, its bytes never move and never change; more may be appended behind them.
 * Small pieces are copied together, large ones are handed over. A tail starts as small as what the queue held
 * lately, because ten thousand clients with a reply of forty bytes each need no mbuf each, and grows to an mbuf.
 *
 * @module
 */

import { copyBytes } from "./copy.ts";
import { assert } from "../base/assert.ts";
import { Ring } from "../base/ring.ts";
import type { MbufPool } from "./mbuf_pool.ts";

/** A chunk that grew with the backlog is not made larger than this: one write, and still a class of the pool. */
const CHUNK_BYTES_MAX = 256 * 1024;
/** A tail grows by this factor. */
const GROWTH = 4;

interface Sealed {
  readonly buffer: Uint8Array<ArrayBuffer>;
  start: number;
  readonly end: number;
}

/** A FIFO of bytes. */
export class WriteQueue {
  /** How many bytes wait, those of a write under way included. */
  bytes = 0;
  readonly #pool: MbufPool;
  readonly #sealed = new Ring<Sealed>(2);
  #tail: Uint8Array<ArrayBuffer> | null = null;
  #start = 0;
  #end = 0;
  /** Whether the front is being written. */
  #isWriting = false;
  /** How long tails were lately, in bytes. */
  #usualBytes = 0;

  /**
   * Makes an empty queue; it holds no buffer while it is empty.
   *
   * @param pool Where its buffers come from.
   */
  constructor(pool: MbufPool) {
    this.#pool = pool;
  }

  /**
   * Appends a copy.
   *
   * @param source The array that holds the bytes.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  append(source: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    this.bytes += end - start;
    let tail = this.#tail;
    if (tail === null) tail = this.#open(end - start);
    let room = tail.length - this.#end;
    if (end - start > room && this.#mayGrow(tail)) {
      tail = this.#grow(tail, end - start);
      room = tail.length - this.#end;
    }
    if (end - start > room) {
      tail.set(source.subarray(start, start + room), this.#end);
      this.#end += room;
      start += room;
      this.#seal();
      tail = this.#open(end - start);
    }
    copyBytes(tail, this.#end, source, start, end);
    this.#end += end - start;
  }

  /**
   * Takes the last bytes back, if that can still be done.
   *
   * @param count How many.
   * @returns False if they are being written or have been, or if they are not in the tail with others before them.
   */
  retract(count: number): boolean {
    if (this.#tail === null || this.#end - this.#start <= count) return false;
    if (this.#isWriting && this.#sealed.length === 0) return false;
    this.#end -= count;
    this.bytes -= count;
    return true;
  }

  /**
   * Appends a buffer itself; the queue owns it from now on.
   *
   * @param buffer A whole buffer of the pool.
   * @param start Offset of the first byte that is to be sent.
   * @param end Offset after the last one.
   */
  appendOwned(buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    if (start === end) return this.#pool.give(buffer);
    this.bytes += end - start;
    this.#seal();
    this.#sealed.push({ buffer, start, end });
  }

  /** The bytes to write next, in place; null if there are none. */
  front(): Uint8Array<ArrayBuffer> | null {
    this.#isWriting = this.bytes > 0;
    const sealed = this.#sealed.peek();
    if (sealed !== undefined) return sealed.buffer.subarray(sealed.start, sealed.end);
    return this.#tail === null ? null : this.#tail.subarray(this.#start, this.#end);
  }

  /**
   * Takes away what was written.
   *
   * @param count How many bytes of {@link front}'s last result.
   */
  written(count: number): void {
    this.bytes -= count;
    this.#isWriting = false;
    const sealed = this.#sealed.peek();
    if (sealed !== undefined) {
      sealed.start += count;
      assert(sealed.start <= sealed.end, "no more is written than was there");
      if (sealed.start < sealed.end) return;
      this.#sealed.shift();
      this.#pool.give(sealed.buffer);
      return;
    }
    this.#start += count;
    assert(this.#tail !== null && this.#start <= this.#end, "no more is written than was there");
    if (this.#start === this.#end) this.#releaseTail();
  }

  /** Drops everything. */
  clear(): void {
    for (let sealed = this.#sealed.shift(); sealed !== undefined; sealed = this.#sealed.shift()) {
      this.#pool.give(sealed.buffer);
    }
    this.#releaseTail();
    this.bytes = 0;
    this.#isWriting = false;
  }

  /** Opens a new tail; the longer the backlog, the larger, so that a long one takes few writes. */
  #open(bytesMin: number): Uint8Array<ArrayBuffer> {
    const size = Math.max(bytesMin, Math.min(this.bytes, CHUNK_BYTES_MAX), this.#usualBytes);
    this.#tail = this.#pool.take(size);
    this.#start = 0;
    this.#end = 0;
    return this.#tail;
  }

  #mayGrow(tail: Uint8Array): boolean {
    return tail.length < this.#pool.mbufBytes && !(this.#isWriting && this.#sealed.length === 0);
  }

  /** Puts what is in the tail into a larger one. */
  #grow(tail: Uint8Array<ArrayBuffer>, bytesMore: number): Uint8Array<ArrayBuffer> {
    const held = this.#end - this.#start;
    const larger = this.#pool.take(
      Math.max(held + bytesMore, Math.min(tail.length * GROWTH, this.#pool.mbufBytes)),
    );
    larger.set(tail.subarray(this.#start, this.#end));
    this.#pool.give(tail);
    this.#tail = larger;
    this.#start = 0;
    this.#end = held;
    return larger;
  }

  #seal(): void {
    if (this.#tail === null) return;
    this.#sealed.push({ buffer: this.#tail, start: this.#start, end: this.#end });
    this.#tail = null;
  }

  #releaseTail(): void {
    if (this.#tail === null) return;
    this.#usualBytes = Math.min(Math.max(this.#end, this.#usualBytes >> 1), this.#pool.mbufBytes);
    this.#pool.give(this.#tail);
    this.#tail = null;
  }
}
