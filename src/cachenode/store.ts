/**
 * What a cache node remembers: values under keys, each with an expiry.
 *
 * Invariants: no more entries and bytes than the limits say (but for a single entry, which always fits);
 * an entry that has expired is never seen.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { ENTRY_OVERHEAD_BYTES, STORE_BYTES_MAX, STORE_ENTRIES_MAX } from "./limits.ts";

/** The expiry of an entry that has none. */
export const NEVER: number = Infinity;

/** A value and what belongs to it. */
export interface Entry {
  /** The value; it is never changed, only replaced. */
  readonly value: Uint8Array<ArrayBuffer>;
  /** memcached's flags: 32 bits that only clients understand. */
  readonly flags: number;
  /** A number that no other write of this store got: memcached's "cas unique". */
  readonly version: number;
  /** When it expires, in milliseconds since the Unix epoch; {@link NEVER} for not at all. */
  expiresAtMs: number;
}

/** How much a store may hold. */
export interface StoreLimits {
  /** Keys, values and their overhead, in bytes. */
  readonly bytesMax: number;
  /** How many entries. */
  readonly entriesMax: number;
}

/** What a node's store holds unless it is told otherwise. */
const DEFAULT_LIMITS: StoreLimits = { bytesMax: STORE_BYTES_MAX, entriesMax: STORE_ENTRIES_MAX };

/** Entries by key. When it is full, those that were written the longest ago make room. */
export class CacheStore {
  /** The bytes of all entries, their overhead included. */
  bytes = 0;
  readonly #clock: Clock;
  readonly #limits: StoreLimits;
  /** In the order of the last write, which is the order of eviction. */
  readonly #entries = new Map<string, Entry>();
  #version = 0;
  #clearAtMs = NEVER;
  #sweeping: MapIterator<[string, Entry]> | null = null;

  /**
   * Makes an empty store.
   *
   * @param clock Tells the time.
   * @param limits How much it may hold.
   */
  constructor(clock: Clock, limits: StoreLimits = DEFAULT_LIMITS) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** How many entries there are; those that have expired and were not found yet are counted. */
  get size(): number {
    this.#clearIfDue();
    return this.#entries.size;
  }

  /** How many bytes it may hold. */
  get bytesMax(): number {
    return this.#limits.bytesMax;
  }

  /** The time that expiry goes by, in milliseconds since the Unix epoch. */
  get nowMs(): number {
    return this.#clock.wallTime();
  }

  /**
   * Looks an entry up.
   *
   * @param key The key, one character per byte.
   * @returns The entry; undefined if there is none or it has expired.
   */
  get(key: string): Entry | undefined {
    this.#clearIfDue();
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAtMs > this.nowMs) return entry;
    this.#remove(key, entry);
    return undefined;
  }

  /**
   * Writes an entry in the place of an older one, and makes room for it.
   *
   * @param key The key, one character per byte.
   * @param value The value, which belongs to the store from now on.
   * @param expiresAtMs When it expires, in milliseconds since the Unix epoch.
   * @param flags memcached's flags.
   */
  set(key: string, value: Uint8Array<ArrayBuffer>, expiresAtMs: number = NEVER, flags = 0): void {
    this.delete(key);
    this.#entries.set(key, { value, flags, version: ++this.#version, expiresAtMs });
    this.bytes += costOf(key, value);
    this.#evict();
  }

  /**
   * Removes an entry.
   *
   * @param key The key, one character per byte.
   * @returns Whether there was one that had not expired.
   */
  delete(key: string): boolean {
    const entry = this.get(key);
    if (entry === undefined) return false;
    this.#remove(key, entry);
    return true;
  }

  /** Removes everything. */
  clear(): void {
    this.#entries.clear();
    this.#sweeping = null;
    this.#clearAtMs = NEVER;
    this.bytes = 0;
  }

  /**
   * Removes everything that will be there at some time; a later call replaces an earlier one.
   *
   * @param atMs When, in milliseconds since the Unix epoch.
   */
  clearAt(atMs: number): void {
    this.#clearAtMs = atMs;
    this.#clearIfDue();
  }

  /**
   * Visits some entries, going on where the last call stopped, and removes those that have expired.
   *
   * @param entriesMax How many to visit.
   * @returns How many were removed.
   */
  sweep(entriesMax: number): number {
    this.#clearIfDue();
    const nowMs = this.nowMs;
    let removed = 0;
    this.#sweeping ??= this.#entries.entries();
    for (let visited = 0; visited < entriesMax; visited++) {
      const next = this.#sweeping.next();
      if (next.done) {
        this.#sweeping = null;
        break;
      }
      const [key, entry] = next.value;
      if (entry.expiresAtMs > nowMs) continue;
      this.#remove(key, entry);
      removed++;
    }
    return removed;
  }

  #clearIfDue(): void {
    if (this.#clearAtMs <= this.nowMs) this.clear();
  }

  #evict(): void {
    const { bytesMax, entriesMax } = this.#limits;
    while (this.#entries.size > 1 && (this.bytes > bytesMax || this.#entries.size > entriesMax)) {
      const [key, entry] = this.#entries.entries().next().value!;
      this.#remove(key, entry);
    }
  }

  #remove(key: string, entry: Entry): void {
    this.#entries.delete(key);
    this.bytes -= costOf(key, entry.value);
  }
}

function costOf(key: string, value: Uint8Array): number {
  return key.length + value.length + ENTRY_OVERHEAD_BYTES;
}
