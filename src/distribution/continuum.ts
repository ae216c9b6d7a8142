/**
 * The map from hashes to servers, and how one is built.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import { KetamaContinuum } from "./ketama.ts";
import { ModulaContinuum } from "./modula.ts";
import type { DistributionName } from "./names.ts";
import { RandomContinuum } from "./random.ts";

/** What a distribution needs to know of a server. */
export interface WeightedServer {
  /** The name on the ring. */
  readonly name: string;
  /** Its share of the ring: an integer from 1. */
  readonly weight: number;
}

/** Which server a hash leads to, for one set of live servers; it never changes. */
export interface Continuum {
  /** How many entries it has, as the reference counts them; 0 if no server is live. */
  readonly points: number;
  /**
   * Finds the server for a key.
   *
   * @param hash The key's hash, a uint32.
   * @returns The server's index, or -1 if none is live.
   */
  dispatch(hash: number): number;
}

/**
 * Builds the continuum over the live servers.
 *
 * @param distribution How keys are spread.
 * @param servers Every server of the pool, in ring order; an index into it is what `dispatch` answers.
 * @param live Which of them are live, in the same order.
 * @param random Numbers from 0 to below 1; only `random` draws from it, once per dispatch.
 * @returns A continuum that does not follow later changes of `servers` and `live`.
 */
export function buildContinuum(
  distribution: DistributionName,
  servers: readonly WeightedServer[],
  live: readonly boolean[],
  random: () => number,
): Continuum {
  assert(servers.length === live.length, "every server is either live or not");
  switch (distribution) {
    case "ketama":
      return new KetamaContinuum(servers, live);
    case "modula":
      return new ModulaContinuum(servers, live);
    case "random":
      return new RandomContinuum(live, random);
  }
}
