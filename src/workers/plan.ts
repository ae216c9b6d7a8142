/**
 * What it takes for all workers to use a configuration: free ports, what pools and servers share, and who listens where.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import { formatAddress } from "../net/address.ts";
import type { Network } from "../net/transport.ts";
import { Assignments, elsewhereOf } from "./assignments.ts";
import { CellBook } from "./cell_book.ts";
import type { PoolCells, WorkerConfig } from "./messages.ts";
import { checkPorts } from "./port_check.ts";

/** A configuration, and what it takes. */
export interface Plan {
  /** What the file says of the pools. */
  readonly pools: readonly PoolConfig[];
  /** What all workers share, in the order of the pools. */
  readonly cells: readonly PoolCells[];
  /** The worker of every address that only one of them listens on. */
  readonly workerOf: ReadonlyMap<string, number>;
}

/** Makes plans, and keeps the one in use. */
export class Planner {
  readonly #network: Network;
  readonly #book: CellBook;
  readonly #assignments: Assignments;
  #current: Plan;
  /** Whether the workers listen as the plan in use says. */
  #isInUse = false;

  /**
   * Begins with pools that nobody serves yet.
   *
   * @param network Looks whether ports are free.
   * @param workers How many workers there are.
   * @param kernelSpreads Whether the kernel spreads the clients of one TCP address over all who listen on it.
   * @param pools What the file says of the pools.
   */
  constructor(network: Network, workers: number, kernelSpreads: boolean, pools: readonly PoolConfig[]) {
    this.#network = network;
    this.#book = new CellBook(2 * workers);
    this.#assignments = new Assignments(workers, kernelSpreads);
    this.#current = { pools, cells: [], workerOf: new Map() };
  }

  /** The plan in use; before any is, it has only pools. */
  get current(): Plan {
    return this.#current;
  }

  /**
   * Finds out what a configuration takes. Nothing has changed then.
   *
   * @param pools What the file says of the pools.
   * @returns The plan.
   * @throws {ListenError} If a port is not free.
   */
  make(pools: readonly PoolConfig[]): Plan {
    const held = this.#isInUse ? this.#current.pools.map(({ listen }) => formatAddress(listen.address)) : [];
    checkPorts(this.#network, pools, new Set(held));
    return { pools, cells: this.#book.prepare(pools), workerOf: this.#assignments.prepare(pools) };
  }

  /**
   * Takes note that the workers use a plan.
   *
   * @param plan The plan.
   */
  use(plan: Plan): void {
    this.#current = plan;
    this.#isInUse = true;
    this.#book.commit(plan.pools, plan.cells);
    this.#assignments.commit(plan.workerOf);
  }

  /**
   * Gives back what a worker has taken that has ended.
   *
   * @param slot Its place in shared memory.
   */
  release(slot: number): void {
    this.#book.release(slot);
  }

  /**
   * Has a worker probe what workers have probed that have ended.
   *
   * @param taken The places in shared memory of those that run.
   * @param heir The place of the one that takes over.
   */
  adoptOrphans(taken: ReadonlySet<number>, heir: number): void {
    for (let slot = 0; slot < this.#book.slots; slot++) {
      if (!taken.has(slot)) this.#book.handOver(slot, heir);
    }
  }
}

/**
 * Picks out what one worker is told of a plan.
 *
 * @param plan The plan.
 * @param worker The worker's number.
 * @returns The configuration for it.
 */
export function configOf({ pools, cells, workerOf }: Plan, worker: number): WorkerConfig {
  return { pools, cells, elsewhere: elsewhereOf(workerOf, worker) };
}
