/**
 * What one client knows of its own keys.
 *
 * @module
 */

import type { Soak } from "./soak.ts";
import { readValue } from "./value.ts";

/** What is known of one key. */
interface Knowledge {
  /** The number of the write whose value is stored; null if none is. */
  write: number | null;
  /** False after a write that failed: it may have been carried out or not. */
  isSure: boolean;
  /** The soak's epoch when that became known. */
  epoch: number;
}

/** The keys that only one client writes. */
export class Model {
  readonly #soak: Soak;
  readonly #isExact: boolean;
  readonly #keys: readonly string[];
  readonly #known = new Map<string, Knowledge>();
  #write = 0;

  /**
   * Makes a model of keys of which nothing is known.
   *
   * @param soak The soak.
   * @param prefix What the keys begin with.
   * @param count How many there are.
   * @param isExact Whether a value that is not the latest one is a wrong one; a memcached may drop any, and
   *   a key that was on another server for a while finds its old value when it comes back.
   */
  constructor(soak: Soak, prefix: string, count: number, isExact: boolean) {
    this.#soak = soak;
    this.#isExact = isExact;
    this.#keys = Array.from({ length: count }, (_, i) => `${prefix}:${i}`);
    for (const key of this.#keys) this.unsure(key);
  }

  /**
   * Draws keys.
   *
   * @param count How many; the same one may come again.
   */
  draw(count: number): string[] {
    return Array.from({ length: count }, () => this.#soak.random.pick(this.#keys));
  }

  /** A number for the next write. */
  nextWrite(): number {
    return ++this.#write;
  }

  /**
   * Takes note that a server has carried out a write.
   *
   * @param key The key.
   * @param write Its number; null if the key was deleted.
   */
  wrote(key: string, write: number | null): void {
    this.#known.set(key, { write, isSure: true, epoch: this.#soak.epoch });
  }

  /**
   * Takes note that a write may have been carried out or not.
   *
   * @param key The key.
   */
  unsure(key: string): void {
    this.#known.set(key, { write: null, isSure: false, epoch: this.#soak.epoch });
  }

  /**
   * Checks what came for a key.
   *
   * @param key The key.
   * @param value Its value; null if the reply says that there is none.
   * @returns What is wrong with it, in words; null if nothing is.
   */
  check(key: string, value: string | null): string | null {
    const { write, isSure, epoch } = this.#known.get(key)!;
    if (value === null) {
      const mayBeGone = !this.#isExact || epoch !== this.#soak.epoch || epoch % 2 === 1;
      return write === null || mayBeGone ? null : `"${key}" is gone, write ${write} was confirmed`;
    }
    const found = readValue(key, value);
    if (found === null) return `for "${key}" came ${value.length} bytes: "${value.slice(0, 100)}"`;
    if (!this.#isExact || !isSure || found === write) return null;
    return `"${key}" has the value of write ${found}, confirmed was ${write}`;
  }
}
