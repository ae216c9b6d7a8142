/**
 * The pool of message buffers (mbufs): plain `Uint8Array`s whose sizes are powers of two.
 *
 * Whoever takes a buffer owns it until it gives it back or hands it on; a buffer that is lost is merely
 * collected as garbage. Sizes above the largest class are allocated as they are and never kept.
 *
 * @module
 */

import { assert } from "../base/assert.ts";

/** The smallest class: 256 bytes. */
const CLASS_MIN_LOG2 = 8;
/** The largest class: 1 MiB. */
const CLASS_MAX_LOG2 = 20;
const CLASSES = CLASS_MAX_LOG2 - CLASS_MIN_LOG2 + 1;
/** What one class keeps for reuse at the most, in bytes: enough for a busy turn, little beside the runtime itself. */
const RETAINED_BYTES_MAX = 4 * 1024 * 1024;

/**
 * Up to this size buffers are pieces of a larger allocation, in bytes: an allocation of its own costs some 300 bytes
 * beside what it holds, which counts with ten thousand clients that wait with a small buffer each.
 */
const PIECE_BYTES_MAX = 2048;
/** What such pieces are cut from, in bytes. */
const SLAB_BYTES = 32 * 1024;

/** How much memory the pool holds. */
export interface PoolUsage {
  /** Bytes that are out in the hands of connections. */
  readonly usedBytes: number;
  /** Bytes that wait for reuse. */
  readonly freeBytes: number;
}

/** Hands out buffers and takes them back. */
export class MbufPool {
  /** The size that connections use for a chunk of output, in bytes: a power of two. */
  readonly mbufBytes: number;
  readonly #free: Uint8Array<ArrayBuffer>[][] = Array.from({ length: CLASSES }, () => []);
  /** The fewest free buffers since the last trim, per class: that many were not needed at all. */
  readonly #spare: number[] = new Array<number>(CLASSES).fill(0);
  #usedBytes = 0;
  #slab = new ArrayBuffer(0);
  #slabStart = 0;

  /**
   * Makes a pool that is still empty.
   *
   * @param mbufBytes The size of an mbuf as `-m` gives it, in bytes; rounded up to a power of two.
   */
  constructor(mbufBytes: number) {
    assert(mbufBytes >= 1, "an mbuf has a size");
    this.mbufBytes = sizeOfClass(classFor(mbufBytes), mbufBytes);
  }

  /** What the pool holds now. */
  get usage(): PoolUsage {
    let freeBytes = 0;
    for (let i = 0; i < CLASSES; i++) freeBytes += this.#free[i].length * (1 << (i + CLASS_MIN_LOG2));
    return { usedBytes: this.#usedBytes, freeBytes };
  }

  /**
   * Takes a buffer; what is in it is left over from its last use.
   *
   * @param bytesMin How many bytes it must hold.
   * @returns A buffer of at least that size.
   */
  take(bytesMin: number): Uint8Array<ArrayBuffer> {
    const index = classFor(bytesMin);
    if (index >= CLASSES) {
      this.#usedBytes += bytesMin;
      return new Uint8Array(bytesMin);
    }
    const size = 1 << (index + CLASS_MIN_LOG2);
    this.#usedBytes += size;
    const free = this.#free[index];
    const buffer = free.pop();
    if (buffer === undefined) return size <= PIECE_BYTES_MAX ? this.#cut(size) : new Uint8Array(size);
    if (free.length < this.#spare[index]) this.#spare[index] = free.length;
    return buffer;
  }

  /**
   * Takes a buffer back. Its owner must not touch it afterwards.
   *
   * @param buffer What {@link take} gave, whole.
   */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    const size = buffer.length;
    this.#usedBytes -= size;
    const index = classFor(size);
    if (index >= CLASSES) return;
    assert(size === 1 << (index + CLASS_MIN_LOG2), "only whole buffers of this pool come back to it");
    const free = this.#free[index];
    if (free.length * size < RETAINED_BYTES_MAX) free.push(buffer);
  }

  /** What is left of a slab that is too short for a piece is lost until the whole slab is collected. */
  #cut(size: number): Uint8Array<ArrayBuffer> {
    if (this.#slabStart + size > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(SLAB_BYTES);
      this.#slabStart = 0;
    }
    const piece = new Uint8Array(this.#slab, this.#slabStart, size);
    this.#slabStart += size;
    return piece;
  }

  /** Lets go of half of what was not needed since the last call. Call it every few seconds. */
  trim(): void {
    for (let i = 0; i < CLASSES; i++) {
      const free = this.#free[i];
      free.length -= Math.ceil(Math.min(this.#spare[i], free.length) / 2);
      this.#spare[i] = free.length;
    }
  }
}

function classFor(bytes: number): number {
  if (bytes <= 1 << CLASS_MIN_LOG2) return 0;
  return 32 - Math.clz32(bytes - 1) - CLASS_MIN_LOG2;
}

function sizeOfClass(index: number, bytes: number): number {
  return index < CLASSES ? 1 << (index + CLASS_MIN_LOG2) : bytes;
}
