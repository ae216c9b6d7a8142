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

/** Admits the clients of one pool, and numbers them. */
export interface ClientLedger {
  /** How many clients have come. */
  readonly issued: number;
  /** Takes the number of a client that comes, from 0; no other client of the pool has had it. */
  nextId(): number;
  /**
   * Takes a place for a client.
   *
   * @param max How many places there are; 0 for no limit.
   * @returns False if all are taken.
   */
  admit(max: number): boolean;
  /** Gives a place back. */
  release(): void;
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

/** The ledger of a proxy that is alone. */
export class OwnLedger implements ClientLedger {
  #issued = 0;
  #taken = 0;

  /** See {@link ClientLedger.issued}. */
  get issued(): number {
    return this.#issued;
  }

  /** See {@link ClientLedger.nextId}. */
  nextId(): number {
    return this.#issued++;
  }

  /** See {@link ClientLedger.admit}. */
  admit(max: number): boolean {
    if (max > 0 && this.#taken >= max) return false;
    this.#taken++;
    return true;
  }

  /** See {@link ClientLedger.release}. */
  release(): void {
    this.#taken--;
  }
}

/** The shares of a proxy that is alone. */
export const ALONE: Shares = Object.freeze({
  memory: privateMemory,
  ledger: () => new OwnLedger(),
  verdict: () => null,
  others: () => null,
});
