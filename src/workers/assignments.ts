/**
 * Which worker listens where.
 *
 * Where the kernel spreads the clients of one address over several sockets (Linux, TCP), all workers listen. Everywhere
 * else one of them does, because a connection that one isolate has accepted cannot be handed to another: Unix sockets
 * always, and TCP on other systems. Such addresses are spread over the workers, and each stays where it is.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import { type Address, formatAddress } from "../net/address.ts";

/** See the module. */
export class Assignments {
  readonly #workers: number;
  readonly #kernelSpreads: boolean;
  /** The worker of every address that only one of them listens on. */
  #workerOf: ReadonlyMap<string, number> = new Map();

  /**
   * Makes assignments of nothing.
   *
   * @param workers How many workers there are.
   * @param kernelSpreads Whether the kernel spreads the clients of one TCP address over all who listen on it.
   */
  constructor(workers: number, kernelSpreads: boolean) {
    this.#workers = workers;
    this.#kernelSpreads = kernelSpreads;
  }

  /**
   * Tells whether all workers listen on an address.
   *
   * @param address The address.
   * @returns False if only one does.
   */
  isForAll(address: Address): boolean {
    return this.#kernelSpreads && address.transport === "tcp";
  }

  /**
   * Assigns the addresses of a configuration.
   *
   * @param pools What the file says of the pools.
   * @returns The worker of every address that only one of them listens on; nothing has changed yet.
   */
  prepare(pools: readonly PoolConfig[]): ReadonlyMap<string, number> {
    const places = pools.map(({ listen }) => listen.address)
      .filter((address) => !this.isForAll(address)).map(formatAddress);
    const load = new Array<number>(this.#workers).fill(0);
    const next = new Map<string, number>();
    const assign = (place: string, worker: number): void => {
      next.set(place, worker);
      load[worker]++;
    };
    for (const place of places) {
      const worker = this.#workerOf.get(place);
      if (worker !== undefined) assign(place, worker);
    }
    for (const place of places) if (!next.has(place)) assign(place, load.indexOf(Math.min(...load)));
    return next;
  }

  /**
   * Keeps the assignments of the configuration that is in use now.
   *
   * @param workerOf What {@link prepare} returned.
   */
  commit(workerOf: ReadonlyMap<string, number>): void {
    this.#workerOf = workerOf;
  }
}

/**
 * Lists the addresses that a worker leaves to others.
 *
 * @param workerOf The worker of every address that only one of them listens on.
 * @param worker The worker's number.
 * @returns The addresses, as people write them.
 */
export function elsewhereOf(workerOf: ReadonlyMap<string, number>, worker: number): string[] {
  return [...workerOf].filter(([, other]) => other !== worker).map(([place]) => place);
}
