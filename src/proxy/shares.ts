/**
 * What the workers of one process have in common, as the data path of one of them sees it: the limit on clients, their
 * numbers, the verdicts on servers, and what the other workers have counted.
 *
 * A proxy that is alone has all that for itself, in plain fields.
 *
 * @module
 */

import type { PoolConfig, ServerConfig } from "../config/config.ts";
import type { SharedVerdict } from "../liveness/shared_verdict.ts";
import { type NumberMemory, privateMemory } from "../metrics/memory.ts";
import type { PoolNumbers } from "../metrics/pool_numbers.ts";
import type { Peers } from "../protocol/peers.ts";

/** Gives out what there is only so much of. */
export interface Places {
  /**
   * Takes a place.
   *
   * @param max How many places there are; 0 for no limit.
   * @returns False if all are taken.
   */
  admit(max: number): boolean;
  /** Gives a place back. */
  release(): void;
}

/** Admits the clients of one pool, and numbers them. */
export interface ClientLedger extends Places {
  /** How many clients have come. */
  readonly issued: number;
  /** Takes the number of a client that comes, from 0; no other client of the pool has had it. */
  nextId(): number;
}

/** The other workers, for one pool. */
export interface PoolPeers extends Peers {
  /**
   * Asks all of them something.
   *
   * @param question See `Consultation`.
   * @param heard Is called once, later: with what those say that have the pool, or null if not all have answered in time or
   *   too much is being asked already.
   */
  ask(question: string, heard: (answers: readonly string[] | null) => void): void;
}

/** What the other workers have counted for one pool. */
export interface OtherNumbers {
  /** The numbers of the workers that run, but for this one. */
  readonly running: readonly PoolNumbers[];
  /** The counters of those that have ended; null if none has. */
  readonly ended: PoolNumbers | null;
}

/** See the module. */
export interface Shares {
  /** Where counters and histograms lie. */
  readonly memory: NumberMemory;
  /**
   * Gives the ledger of a pool that is being made.
   *
   * @param pool What the file says of it.
   * @returns Its clients' places and numbers.
   */
  ledger(pool: PoolConfig): ClientLedger;
  /**
   * Gives the places for connections to servers that clients of a pool have to themselves.
   *
   * @param pool What the file says of it.
   * @returns The places.
   */
  privatePlaces(pool: PoolConfig): Places;
  /**
   * Gives the other workers.
   *
   * @param pool The pool's name.
   * @returns Who may be asked; null if this one is alone.
   */
  peers(pool: string): PoolPeers | null;
  /**
   * Gives the verdict on a server that is being made.
   *
   * @param pool The name of its pool.
   * @param server What the file says of it.
   * @returns What all workers agree on; null if this one judges alone.
   */
  verdict(pool: string, server: ServerConfig): SharedVerdict | null;
  /**
   * Gives what the other workers have counted.
   *
   * @param pool The pool's name.
   * @returns Their numbers; null if this one is alone.
   */
  others(pool: string): OtherNumbers | null;
}

/** The places of a proxy that is alone. */
export class OwnPlaces implements Places {
  #taken = 0;

  /** See {@link Places.admit}. */
  admit(max: number): boolean {
    if (max > 0 && this.#taken >= max) return false;
    this.#taken++;
    return true;
  }

  /** See {@link Places.release}. */
  release(): void {
    this.#taken--;
  }
}

/** The ledger of a proxy that is alone. */
export class OwnLedger extends OwnPlaces implements ClientLedger {
  #issued = 0;

  /** See {@link ClientLedger.issued}. */
  get issued(): number {
    return this.#issued;
  }

  /** See {@link ClientLedger.nextId}. */
  nextId(): number {
    return this.#issued++;
  }
}

/** The shares of a proxy that is alone. */
export const ALONE: Shares = Object.freeze({
  memory: privateMemory,
  ledger: () => new OwnLedger(),
  privatePlaces: () => new OwnPlaces(),
  peers: () => null,
  verdict: () => null,
  others: () => null,
});
