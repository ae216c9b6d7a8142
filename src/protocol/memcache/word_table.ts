/**
 * Finding a word of a protocol among a fixed set, straight from the bytes.
 *
 * @module
 */

import { assert } from "../../base/assert.ts";
import { encode } from "../../base/ascii.ts";

/** Words are shorter than this, so that length and first byte make one small index. */
const LENGTH_END = 16;

interface Entry<T> {
  readonly bytes: Uint8Array;
  readonly value: T;
}

/** A fixed set of words, each with a value. */
export class WordTable<T> {
  /** By first byte and length: few words share both. */
  readonly #entries: Entry<T>[][] = Array.from({ length: 256 * LENGTH_END }, () => []);

  /**
   * Makes the table.
   *
   * @param words Each word with its value; ASCII, 1 to 15 bytes, none twice.
   */
  constructor(words: Iterable<readonly [string, T]>) {
    for (const [word, value] of words) {
      const bytes = encode(word);
      assert(bytes.length > 0 && bytes.length < LENGTH_END, "a word has 1 to 15 bytes");
      assert(this.find(bytes, 0, bytes.length) === null, "no word is in the table twice");
      this.#entries[bytes[0] * LENGTH_END + bytes.length].push({ bytes, value });
    }
  }

  /**
   * Looks a word up; upper and lower case differ.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns Its value; null if it is not in the table.
   */
  find(bytes: Uint8Array, start: number, end: number): T | null {
    const length = end - start;
    if (length <= 0 || length >= LENGTH_END) return null;
    const entries = this.#entries[bytes[start] * LENGTH_END + length];
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i];
      if (isWord(entry.bytes, bytes, start, end)) return entry.value;
    }
    return null;
  }
}

/**
 * Whether some bytes are a word.
 *
 * @param word The word.
 * @param bytes The array that holds the bytes.
 * @param start Offset of the first byte.
 * @param end Offset after the last byte.
 * @returns True if they are equal.
 */
export function isWord(word: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}
