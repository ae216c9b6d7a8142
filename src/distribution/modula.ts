/**
 * Modula: the hash modulo the total weight. Simple, but nearly every key moves when a server comes or goes.
 *
 * The reference has a table in which each live server stands as often as its weight says. Only the ends of
 * these runs are kept here, so memory does not grow with the weights:
 *
 * ```text
 *   weights 2, 3 (ejected), 1    the reference's table  [ 0 | 0 | 2 ]
 *                                ends     [ 2 | 3 ]
 *                                indexes  [ 0 | 2 ]
 * ```
 *
 * @module
 */

import type { Continuum, WeightedServer } from "./continuum.ts";

/** The live servers' runs in the table. */
export class ModulaContinuum implements Continuum {
  /** How many slots the table has: the total weight of the live servers. */
  readonly points: number;
  readonly #ends: Float64Array;
  readonly #indexes: Uint32Array;

  /**
   * Builds the table.
   *
   * @param servers Every server of the pool, in ring order.
   * @param live Which of them are live, in the same order.
   */
  constructor(servers: readonly WeightedServer[], live: readonly boolean[]) {
    const liveServers = live.reduce((count, isLive) => count + (isLive ? 1 : 0), 0);
    this.#ends = new Float64Array(liveServers);
    this.#indexes = new Uint32Array(liveServers);
    let run = 0;
    let slots = 0;
    for (let i = 0; i < servers.length; i++) {
      if (!live[i]) continue;
      slots += servers[i].weight;
      this.#ends[run] = slots;
      this.#indexes[run] = i;
      run++;
    }
    this.points = slots;
  }

  /** See {@link Continuum.dispatch}. */
  dispatch(hash: number): number {
    if (this.points === 0) return -1;
    return this.#indexes[runOf(this.#ends, hash % this.points)];
  }
}

/** Which run a slot lies in: the first one that ends after it. */
function runOf(ends: Float64Array, slot: number): number {
  let start = 0;
  let end = ends.length - 1;
  while (start < end) {
    const middle = (start + end) >>> 1;
    if (ends[middle] <= slot) start = middle + 1;
    else end = middle;
  }
  return start;
}
