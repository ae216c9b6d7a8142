/**
 * Hash tags: the part of a key that decides where the key goes, as in `{user1}.name`.
 *
 * @module
 */

import type { Hash } from "../hashkit/hashkit.ts";

/** Hashes keys for one pool: takes out the hash tag if the pool has one, then applies the pool's hash. */
export class KeyHasher {
  readonly #hash: Hash;
  readonly #tagged: boolean;
  readonly #open: number;
  readonly #close: number;

  /**
   * Makes a hasher.
   *
   * @param hash The pool's hash function.
   * @param tag The opening and the closing byte of a hash tag, which may be the same; null if keys are hashed
   * whole.
   */
  constructor(hash: Hash, tag: readonly [number, number] | null) {
    this.#hash = hash;
    this.#tagged = tag !== null;
    this.#open = tag === null ? 0 : tag[0];
    this.#close = tag === null ? 0 : tag[1];
  }

  /**
   * Hashes a key.
   *
   * The tag lies between the first opening byte and the first closing byte after it. A key is hashed whole if
   * either is missing or nothing lies between them.
   *
   * @param bytes The array that holds the key.
   * @param start Offset of the key's first byte.
   * @param end Offset after its last byte.
   * @returns The hash, a uint32; 0 for an empty key, whatever the hash function says of it.
   */
  hash(bytes: Uint8Array, start: number, end: number): number {
    if (start >= end) return 0;
    const hash = this.#hash;
    if (this.#tagged) {
      const tagStart = indexOfByte(bytes, this.#open, start, end) + 1;
      const tagEnd = indexOfByte(bytes, this.#close, tagStart, end);
      if (tagStart < tagEnd && tagEnd < end) return hash(bytes, tagStart, tagEnd);
    }
    return hash(bytes, start, end);
  }
}

/**
 * The offset of the first such byte, or `end`. Unlike `Uint8Array.indexOf`, it never looks beyond the key.
 */
function indexOfByte(bytes: Uint8Array, byte: number, start: number, end: number): number {
  let i = start;
  while (i < end && bytes[i] !== byte) i++;
  return i;
}
