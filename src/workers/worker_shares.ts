/**
 * {@link Shares} over the memory that the main isolate hands to a worker.
 *
 * @module
 */

import type { PoolConfig, ServerConfig } from "../config/config.ts";
import { SharedVerdict } from "../liveness/shared_verdict.ts";
import { type NumberMemory, sharedMemory } from "../metrics/memory.ts";
import type { PoolNumbers } from "../metrics/pool_numbers.ts";
import { formatAddress } from "../net/address.ts";
import {
  type ClientLedger,
  type OtherNumbers,
  OwnLedger,
  OwnPlaces,
  type Places,
  type PoolPeers,
  type Shares,
} from "../proxy/shares.ts";
import type { PoolCells } from "./messages.ts";
import { SharedLedger, SharedPlaces } from "./shared_ledger.ts";
import type { WorkerPeers } from "./worker_peers.ts";

/** See the module. */
export class WorkerShares implements Shares {
  /** See {@link Shares.memory}. */
  readonly memory: NumberMemory = sharedMemory;
  /** The other workers, for all pools. */
  readonly peersOfAll: WorkerPeers;
  readonly #slot: number;
  #cells: readonly PoolCells[] = [];
  #running: readonly PoolNumbers[] = [];
  #ended: readonly PoolNumbers[] = [];

  /**
   * Makes shares of nothing yet.
   *
   * @param slot The worker's place in shared memory.
   * @param peers The other workers.
   */
  constructor(slot: number, peers: WorkerPeers) {
    this.#slot = slot;
    this.peersOfAll = peers;
  }

  /**
   * Takes what pools and servers share that are made from now on.
   *
   * @param cells Of all pools of a configuration.
   */
  use(cells: readonly PoolCells[]): void {
    this.#cells = cells;
  }

  /**
   * Takes note of what other workers count.
   *
   * @param running The numbers of all pools of all other workers.
   * @param ended The counters of all pools of workers that have ended.
   */
  meet(running: readonly PoolNumbers[], ended: readonly PoolNumbers[]): void {
    this.#running = running;
    this.#ended = ended;
  }

  /** See {@link Shares.ledger}. */
  ledger({ name }: PoolConfig): ClientLedger {
    const cells = this.#cells.find(({ pool }) => pool === name);
    return cells === undefined ? new OwnLedger() : new SharedLedger(cells.issued, cells.admitted, this.#slot);
  }

  /** See {@link Shares.privatePlaces}. */
  privatePlaces({ name }: PoolConfig): Places {
    const cells = this.#cells.find(({ pool }) => pool === name);
    return cells === undefined ? new OwnPlaces() : new SharedPlaces(cells.lent, this.#slot);
  }

  /** See {@link Shares.peers}. */
  peers(pool: string): PoolPeers {
    return this.peersOfAll.of(pool);
  }

  /** See {@link Shares.verdict}. */
  verdict(pool: string, { name, address }: ServerConfig): SharedVerdict | null {
    const place = formatAddress(address);
    const found = this.#cells.find((cells) => cells.pool === pool)?.verdicts
      .find((cell) => cell.server === name && cell.address === place);
    return found === undefined ? null : new SharedVerdict(found.cell, this.#slot);
  }

  /** See {@link Shares.others}. */
  others(pool: string): OtherNumbers | null {
    return {
      running: this.#running.filter(({ name }) => name === pool),
      ended: this.#ended.find(({ name }) => name === pool) ?? null,
    };
  }
}
