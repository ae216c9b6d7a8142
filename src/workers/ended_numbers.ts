/**
 * The counters of workers that have ended: what they have counted stays counted.
 *
 * @module
 */

import { sharedMemory } from "../metrics/memory.ts";
import { addEnded, emptyNumbers, type PoolNumbers, type PoolShape } from "../metrics/pool_numbers.ts";

/** See the module. They lie in shared memory, because clients of all workers may ask for them. */
export class EndedNumbers {
  #shapes: readonly PoolShape[] = [];
  #pools: readonly PoolNumbers[] = [];

  /** The counters of the pools for which there are any. */
  get pools(): readonly PoolNumbers[] {
    return this.#pools;
  }

  /**
   * Finds the counters of a pool.
   *
   * @param name Its name.
   * @returns Its counters; null if no worker that had it has ended.
   */
  find(name: string): PoolNumbers | null {
    return this.#pools.find((pool) => pool.name === name) ?? null;
  }

  /**
   * Goes on with other pools and servers. Counters of those that stay are kept.
   *
   * @param shapes The pools of the configuration in use.
   * @param staying The names of those that were in the one before, and are the same pools.
   */
  reshape(shapes: readonly PoolShape[], staying: ReadonlySet<string>): void {
    this.#shapes = shapes;
    this.#pools = this.#pools.filter(({ name }) => staying.has(name)).flatMap((before) => {
      const shape = shapes.find(({ name }) => name === before.name);
      return shape === undefined ? [] : [sumOf(shape, before)];
    });
  }

  /**
   * Adds what a worker has counted that has ended.
   *
   * @param ended The numbers of its pools; those that are not in the configuration any more are left out.
   */
  add(ended: readonly PoolNumbers[]): void {
    for (const numbers of ended) {
      const shape = this.#shapes.find(({ name }) => name === numbers.name);
      if (shape === undefined) continue;
      const total = this.find(numbers.name);
      if (total === null) this.#pools = [...this.#pools, sumOf(shape, numbers)];
      else addEnded(total, numbers);
    }
  }
}

function sumOf(shape: PoolShape, numbers: PoolNumbers): PoolNumbers {
  const sum = emptyNumbers(shape, sharedMemory);
  addEnded(sum, numbers);
  return sum;
}
