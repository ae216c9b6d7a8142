/**
 * Random: any live server, whatever the key and the weights.
 *
 * @module
 */

import type { Continuum } from "./continuum.ts";

/** The live servers, one of which is drawn for each key. */
export class RandomContinuum implements Continuum {
  readonly #indexes: Uint32Array;
  readonly #random: () => number;

  /**
   * Notes the live servers.
   *
   * @param live Which servers are live, in ring order.
   * @param random Numbers from 0 to below 1.
   */
  constructor(live: readonly boolean[], random: () => number) {
    this.#indexes = Uint32Array.from(live.flatMap((isLive, i) => isLive ? [i] : []));
    this.#random = random;
  }

  /** How many servers are live. */
  get points(): number {
    return this.#indexes.length;
  }

  /**
   * Draws a server.
   *
   * @param _hash Not looked at: the same key leads anywhere.
   * @returns The server's index, or -1 if none is live.
   */
  dispatch(_hash: number): number {
    const { length } = this.#indexes;
    return length === 0 ? -1 : this.#indexes[Math.floor(this.#random() * length)];
  }
}
