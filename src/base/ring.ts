/**
 * A first-in, first-out queue over one array.
 *
 * ```text
 *          head            head + length
 *   [ . . . | a | b | c | d | . . . . ]      capacity is a power of two; both ends wrap
 * ```
 *
 * @module
 */

import { assert } from "./assert.ts";

/** A FIFO that grows by doubling and allocates nothing while it is large enough. */
export class Ring<T> {
  #items: (T | undefined)[];
  #mask: number;
  #head = 0;
  #length = 0;

  /**
   * Makes an empty ring.
   *
   * @param capacity How many items fit before the first growth; rounded up to a power of two.
   */
  constructor(capacity = 8) {
    let size = 2;
    while (size < capacity) size *= 2;
    this.#items = new Array<T | undefined>(size).fill(undefined);
    this.#mask = size - 1;
  }

  /** How many items are in it. */
  get length(): number {
    return this.#length;
  }

  /**
   * Appends an item.
   *
   * @param item The new last one.
   */
  push(item: T): void {
    if (this.#length > this.#mask) this.#resize((this.#mask + 1) * 2);
    this.#items[(this.#head + this.#length) & this.#mask] = item;
    this.#length++;
  }

  /** Takes out the first item and returns it; undefined if the ring is empty. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#length--;
    return item;
  }

  /** The first item, which stays where it is; undefined if the ring is empty. */
  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#items[this.#head];
  }

  /**
   * Reads an item without taking it out.
   *
   * @param index Counted from the first item.
   * @returns The item there.
   */
  at(index: number): T {
    assert(index >= 0 && index < this.#length, "a ring is read inside its bounds");
    return this.#items[(this.#head + index) & this.#mask] as T;
  }

  /**
   * Puts another item in the place of one.
   *
   * @param index Counted from the first item.
   * @param item What is there from now on.
   */
  replace(index: number, item: T): void {
    assert(index >= 0 && index < this.#length, "a ring is written inside its bounds");
    this.#items[(this.#head + index) & this.#mask] = item;
  }

  /** Gives back what a burst made it grow to; call it when the ring has been empty for a while. */
  shrink(): void {
    if (this.#length === 0 && this.#mask > 63) this.#resize(8);
  }

  #resize(size: number): void {
    const items = new Array<T | undefined>(size).fill(undefined);
    for (let i = 0; i < this.#length; i++) items[i] = this.#items[(this.#head + i) & this.#mask];
    this.#items = items;
    this.#mask = size - 1;
    this.#head = 0;
  }
}
