/**
 * From a key to the server that has it now.
 *
 * @module
 */

import { encode } from "../base/ascii.ts";
import type { EjectPolicy } from "../config/config.ts";
import { buildContinuum, type Continuum } from "../distribution/continuum.ts";
import { KeyHasher } from "../distribution/hash_tag.ts";
import type { DistributionName } from "../distribution/names.ts";
import { hashByName } from "../hashkit/hashkit.ts";
import type { HashName } from "../hashkit/names.ts";
import type { Server } from "./server.ts";

/** Chooses servers. */
export interface Router {
  /**
   * The server of a key.
   *
   * @param bytes The array that holds the key.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns The server, or null if none is live.
   */
  route(bytes: Uint8Array, start: number, end: number): Server | null;
  /** The server for requests without a key, or null if none is live. */
  any(): Server | null;
  /** Takes note that servers were ejected or have come back; keys go elsewhere only if the pool wants that. */
  rebuild(): void;
}

/** How a pool spreads its keys. */
export interface Placement {
  /** The hash function. */
  readonly hash: HashName;
  /** The opening and the closing byte of a hash tag, or null. */
  readonly hashTag: readonly [number, number] | null;
  /** What turns hashes into servers. */
  readonly distribution: DistributionName;
  /** Only with `rehash` do the keys of an ejected server go elsewhere. */
  readonly ejectPolicy: EjectPolicy;
}

/** The key that the reference sends keyless requests to the server of. */
const PLACEHOLDER = encode("placeholder");

/** A router over one list of servers; another list needs another router. */
export class ContinuumRouter implements Router {
  readonly #servers: readonly Server[];
  readonly #hasher: KeyHasher;
  readonly #distribution: DistributionName;
  readonly #rehashes: boolean;
  readonly #random: () => number;
  #continuum: Continuum;
  /** The server of a pool that has only one, which needs no hashing. */
  #only: Server | null = null;

  /**
   * Makes a router.
   *
   * @param servers The servers in the order of the ring.
   * @param placement How keys are spread over them.
   * @param random Numbers from 0 to below 1.
   */
  constructor(servers: readonly Server[], placement: Placement, random: () => number) {
    this.#servers = servers;
    this.#hasher = new KeyHasher(hashByName(placement.hash), placement.hashTag);
    this.#distribution = placement.distribution;
    this.#rehashes = placement.ejectPolicy === "rehash";
    this.#random = random;
    this.#continuum = this.#build();
  }

  /** See {@link Router.route}. */
  route(bytes: Uint8Array, start: number, end: number): Server | null {
    if (this.#only !== null) return this.#only;
    const index = this.#continuum.dispatch(this.#hasher.hash(bytes, start, end));
    return index < 0 ? null : this.#servers[index];
  }

  /** See {@link Router.any}. */
  any(): Server | null {
    return this.route(PLACEHOLDER, 0, PLACEHOLDER.length);
  }

  /** See {@link Router.rebuild}. */
  rebuild(): void {
    this.#continuum = this.#build();
  }

  #build(): Continuum {
    const servers = this.#servers;
    const live = servers.map((server) => server.health.live || !this.#rehashes);
    this.#only = servers.length === 1 && live[0] ? servers[0] : null;
    return buildContinuum(this.#distribution, servers.map((server) => server.config), live, this.#random);
  }
}
