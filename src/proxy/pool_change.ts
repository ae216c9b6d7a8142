/**
 * How the pools of one configuration relate to those of the next.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";

/** What a reload did to a pool that was not the same before. */
export interface PoolChange {
  /** What was done. A pool that gets another protocol is removed, and added anew. */
  readonly kind: "added" | "changed" | "removed";
  /** The pool's name. */
  readonly pool: string;
  /** Directives that have changed and take effect only with the next start. */
  readonly ignored: readonly string[];
}

/**
 * Tells whether a pool can go on as another.
 *
 * @param one A pool.
 * @param other Another, or the same.
 * @returns True if they have the same name and the same protocol.
 */
export function isSamePool(one: PoolConfig, other: PoolConfig): boolean {
  return one.name === other.name && one.protocol === other.protocol;
}

/**
 * Tells whether nothing of a pool has changed.
 *
 * @param one A pool, as the loader made it.
 * @param other Another, or the same; the loader writes the fields of all pools in one order.
 * @returns True if all directives mean the same.
 */
export function isUnchanged(one: PoolConfig, other: PoolConfig): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
