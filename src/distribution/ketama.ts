/**
 * Ketama: consistent hashing on a ring of 2^32 values, with the points of libmemcached and of the reference.
 *
 * ```text
 *   values   [ 20075150 | 23409604 | 29345296 | ... | 4289099568 ]    sorted; a hash belongs to the first
 *   indexes  [        0 |        1 |        1 | ... |          2 ]    point at or after it, and beyond the
 *                                                                     last point to the first
 * ```
 *
 * @module
 */

import { crypto } from "@std/crypto";
import { encode } from "../base/ascii.ts";
import { assert } from "../base/assert.ts";
import { int32LE } from "../hashkit/little_endian.ts";
import type { Continuum, WeightedServer } from "./continuum.ts";

/** Points of a server of average weight; `KETAMA_POINTS_PER_SERVER` of the reference. */
const POINTS_PER_SERVER = 160;

/** An MD5 digest is four points. */
const POINTS_PER_GROUP = 4;

/** The text under a digest is cut here, as in the reference, which formats it in a buffer of 273 bytes. */
const GROUP_TEXT_BYTES_MAX = 272;

/**
 * While a ring is built, one number holds value * INDEX_RANGE + server index; it fits the 53 bits of a
 * double.
 */
const INDEX_RANGE = 2 ** 21;

/** The most parts that the range of hashes is cut into: 2^16, 256 KiB. */
const PART_BITS_MAX = 16;

/**
 * The ring over the live servers. Of points with the same value, the server with the lowest index owns the
 * keys.
 */
export class KetamaContinuum implements Continuum {
  /** The points of the ring, ascending. */
  readonly values: Uint32Array;
  /** For each point, the index of its server. */
  readonly indexes: Uint32Array;
  /** For each part of the range of hashes, the first point that is not below it: where a search begins. */
  readonly #parts: Uint32Array;
  /** How far a hash is shifted to give its part. */
  readonly #shift: number;

  /**
   * Builds the ring.
   *
   * @param servers Every server of the pool, in ring order; fewer than 2^21.
   * @param live Which of them are live, in the same order.
   */
  constructor(servers: readonly WeightedServer[], live: readonly boolean[]) {
    const points = makePoints(servers, live);
    this.values = new Uint32Array(points.length);
    this.indexes = new Uint32Array(points.length);
    for (let i = 0; i < points.length; i++) {
      const value = Math.floor(points[i] / INDEX_RANGE);
      this.values[i] = value;
      this.indexes[i] = points[i] - value * INDEX_RANGE;
    }
    const bits = Math.min(PART_BITS_MAX, 33 - Math.clz32(points.length));
    this.#shift = 32 - bits;
    this.#parts = makeParts(this.values, bits);
  }

  /** How many points the ring has: 160 per live server, less what rounding takes. */
  get points(): number {
    return this.values.length;
  }

  /**
   * Finds the point that a hash belongs to.
   *
   * @param hash A uint32.
   * @returns The point's position in `values`, or -1 if no server is live.
   */
  position(hash: number): number {
    const { values } = this;
    if (values.length === 0) return -1;
    let position = this.#parts[hash >>> this.#shift];
    while (position < values.length && values[position] < hash) position++;
    return position === values.length ? 0 : position;
  }

  /** See {@link Continuum.dispatch}. */
  dispatch(hash: number): number {
    const position = this.position(hash);
    return position < 0 ? -1 : this.indexes[position];
  }
}

/**
 * Parts that are as many as the points, or twice as many, have one point each on average: from there to the right one
 * is a step or two, where a binary search over 320 points takes eight, each of them mispredicted (39 ns against 6).
 */
function makeParts(values: Uint32Array, bits: number): Uint32Array {
  const parts = new Uint32Array(2 ** bits);
  const size = 2 ** (32 - bits);
  let position = 0;
  for (let part = 0; part < parts.length; part++) {
    while (position < values.length && values[position] < part * size) position++;
    parts[part] = position;
  }
  return parts;
}

/**
 * All points, sorted. The server's index is in the low bits, so equal values are in the order of their
 * servers: the same that a stable sort gives, which the reference's qsort is with glibc.
 */
function makePoints(servers: readonly WeightedServer[], live: readonly boolean[]): Float64Array {
  assert(servers.length < INDEX_RANGE, "a server's index fits the low bits of a point");
  let liveServers = 0;
  let totalWeight = 0;
  for (let i = 0; i < servers.length; i++) {
    if (!live[i]) continue;
    liveServers++;
    totalWeight += servers[i].weight;
  }
  const groups = servers.map(({ weight }, i) => live[i] ? groupsOf(weight, totalWeight, liveServers) : 0);
  const points = new Float64Array(POINTS_PER_GROUP * groups.reduce((sum, count) => sum + count, 0));
  let length = 0;
  for (let i = 0; i < servers.length; i++) {
    for (let group = 0; group < groups[i]; group++) {
      const digest = groupDigest(servers[i].name, group);
      for (let offset = 0; offset < digest.length; offset += 4) {
        points[length++] = (int32LE(digest, offset) >>> 0) * INDEX_RANGE + i;
      }
    }
  }
  return points.sort();
}

/**
 * How many groups of points a server gets: `floorf((float)(pct * 160 / 4 * (float)nlive + 1e-10))`, where the
 * C code rounds to a float after each step. Rounding down can leave a server with none.
 */
function groupsOf(weight: number, totalWeight: number, liveServers: number): number {
  const share = Math.fround(Math.fround(weight) / Math.fround(totalWeight));
  const perServer = Math.fround(Math.fround(share * POINTS_PER_SERVER) / POINTS_PER_GROUP);
  const groups = Math.fround(perServer * Math.fround(liveServers));
  return Math.floor(Math.fround(groups + 1e-10));
}

function groupDigest(name: string, group: number): Uint8Array {
  return crypto.subtle.digestSync("MD5", encode(`${name}-${group}`).subarray(0, GROUP_TEXT_BYTES_MAX));
}
