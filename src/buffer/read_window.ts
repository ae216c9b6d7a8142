/**
 * The bytes of one peer that have been read and not yet been used up.
 *
 * ```text
 *   [ used up | unread by the parser | room for the next read ]
 *   0         start                  end                       bytes.length
 * ```
 *
 * The window starts small, because a read that waits needs its buffer and most clients only wait. It
 * grows while reads fill it and shrinks when they no longer do.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { MbufPool } from "./mbuf_pool.ts";

/** Reads in a row that must leave most of the window empty before it shrinks. */
const SMALL_READS_BEFORE_SHRINKING = 16;
/** A window shrinks when reads fill less than one part in so many of it. */
const SHRINK_RATIO = 8;
/** A window grows by this factor. */
const GROWTH = 4;

/** Which sizes a window may have. */
export interface WindowLimits {
  /** The size to start with and to return to, in bytes. */
  readonly bytesMin: number;
  /** The largest size that a fast peer alone makes it grow to, in bytes; one long message may need more. */
  readonly bytesMax: number;
}

/** A read buffer that is parsed in place. */
export class ReadWindow {
  /** The buffer. It may be another one after {@link room} or {@link detach}. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Offset of the first byte that is still needed. */
  start = 0;
  /** Offset after the last byte that was read. */
  end = 0;
  readonly #pool: MbufPool;
  readonly #limits: WindowLimits;
  #smallReads = 0;
  #filled = false;

  /**
   * Makes an empty window of the smallest size.
   *
   * @param pool Where its buffers come from.
   * @param limits Which sizes it may have.
   */
  constructor(pool: MbufPool, limits: WindowLimits) {
    this.#pool = pool;
    this.#limits = limits;
    this.bytes = pool.take(limits.bytesMin);
  }

  /**
   * Where the next read may put its bytes; grows, shrinks or compacts the window first.
   *
   * @returns A view that ends where the buffer ends; never empty.
   */
  room(): Uint8Array<ArrayBuffer> {
    if (this.start === this.end) {
      this.start = this.end = 0;
      this.#adapt();
      return this.bytes;
    }
    if (this.#filled || this.bytes.length - this.end < this.bytes.length >> 2) this.#makeRoom();
    return this.bytes.subarray(this.end);
  }

  /**
   * Notes what a read brought.
   *
   * @param count How many bytes were put at the beginning of {@link room}'s result.
   */
  filled(count: number): void {
    this.end += count;
    this.#filled = this.end === this.bytes.length;
    if (count * SHRINK_RATIO < this.bytes.length) this.#smallReads++;
    else this.#smallReads = 0;
  }

  /**
   * Takes bytes that were read into another array.
   *
   * @param source The bytes; they are copied.
   */
  append(source: Uint8Array): void {
    for (let taken = 0; taken < source.length;) {
      const room = this.room();
      const part = source.subarray(taken, taken + room.length);
      room.set(part);
      this.filled(part.length);
      taken += part.length;
    }
  }

  /**
   * Hands the buffer with all that is in it to the caller, and goes on with an empty one of the same size.
   *
   * @returns The buffer, which the caller owns now.
   */
  detach(): Uint8Array<ArrayBuffer> {
    const buffer = this.bytes;
    this.bytes = this.#pool.take(Math.min(buffer.length, this.#limits.bytesMax));
    this.start = this.end = 0;
    this.#filled = false;
    return buffer;
  }

  /** Gives the buffer back; the window must not be used any more. */
  release(): void {
    this.#pool.give(this.bytes);
    this.bytes = EMPTY;
    this.start = this.end = 0;
  }

  #adapt(): void {
    const size = this.bytes.length;
    const { bytesMin, bytesMax } = this.#limits;
    if (this.#filled && size < bytesMax) this.#exchange(Math.min(size * GROWTH, bytesMax));
    else if (size > bytesMax) this.#exchange(bytesMax);
    else if (this.#smallReads >= SMALL_READS_BEFORE_SHRINKING && size > bytesMin) {
      this.#exchange(Math.max(size / GROWTH, bytesMin));
    }
    this.#filled = false;
  }

  /** Part of a message is in the window, and the rest needs more room behind it. */
  #makeRoom(): void {
    const held = this.end - this.start;
    if (held > this.bytes.length >> 1) this.#exchange(Math.max(this.bytes.length * 2, held * 2));
    else if (this.#filled && this.bytes.length < this.#limits.bytesMax) {
      this.#exchange(Math.min(this.bytes.length * GROWTH, this.#limits.bytesMax));
    } else {
      this.bytes.copyWithin(0, this.start, this.end);
      this.start = 0;
      this.end = held;
    }
    this.#filled = false;
  }

  #exchange(size: number): void {
    const larger = this.#pool.take(size);
    const held = this.end - this.start;
    assert(held < larger.length, "a window keeps room for the next read");
    if (held > 0) larger.set(this.bytes.subarray(this.start, this.end));
    this.#pool.give(this.bytes);
    this.bytes = larger;
    this.start = 0;
    this.end = held;
    this.#smallReads = 0;
  }
}

const EMPTY = new Uint8Array(0);
