/**
 * Keeps what all workers share for each pool and server, from one configuration to the next.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import { handVerdict } from "../liveness/shared_verdict.ts";
import { formatAddress } from "../net/address.ts";
import { isSamePool } from "../proxy/pool_change.ts";
import type { PoolCells, VerdictCell } from "./messages.ts";
import { releaseSlot } from "./shared_ledger.ts";

/** See the module. */
export class CellBook {
  /** How many places workers may have in shared memory. */
  readonly slots: number;
  #pools: readonly PoolConfig[] = [];
  #cells: readonly PoolCells[] = [];

  /**
   * Makes an empty book.
   *
   * @param slots How many places workers may have in shared memory.
   */
  constructor(slots: number) {
    this.slots = slots;
  }

  /** The cells of the configuration in use, in the order of its pools. */
  get cells(): readonly PoolCells[] {
    return this.#cells;
  }

  /**
   * Makes the cells of another configuration: those of pools and servers that stay, and new ones.
   *
   * @param pools What the file says of the pools.
   * @returns Their cells, in their order; nothing has changed yet.
   */
  prepare(pools: readonly PoolConfig[]): PoolCells[] {
    return pools.map((pool) => {
      const at = this.#pools.findIndex((other) => isSamePool(other, pool));
      const before = at < 0 ? null : this.#cells[at];
      return {
        pool: pool.name,
        issued: before?.issued ?? new BigInt64Array(shared(BigInt64Array.BYTES_PER_ELEMENT)),
        admitted: before?.admitted ?? newCells(1 + this.slots),
        lent: before?.lent ?? newCells(1 + this.slots),
        verdicts: pool.servers.map(({ name, address }) =>
          verdictOf(before?.verdicts ?? [], name, formatAddress(address))
        ),
      };
    });
  }

  /**
   * Keeps the cells of the configuration that is in use now.
   *
   * @param pools What the file says of the pools.
   * @param cells What {@link prepare} made for them.
   */
  commit(pools: readonly PoolConfig[], cells: readonly PoolCells[]): void {
    this.#pools = pools;
    this.#cells = cells;
  }

  /**
   * Gives back what a worker has taken that has ended.
   *
   * @param slot Its place in shared memory.
   */
  release(slot: number): void {
    for (const { admitted, lent } of this.#cells) {
      releaseSlot(admitted, slot);
      releaseSlot(lent, slot);
    }
  }

  /**
   * Has one worker probe the servers that another one has probed.
   *
   * @param from The place in shared memory of the worker that has ended.
   * @param to That of the one that takes over.
   */
  handOver(from: number, to: number): void {
    for (const { verdicts } of this.#cells) {
      for (const { cell } of verdicts) handVerdict(cell, from, to);
    }
  }
}

function shared(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

function newCells(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(shared(length * Int32Array.BYTES_PER_ELEMENT));
}

function verdictOf(before: readonly VerdictCell[], server: string, address: string): VerdictCell {
  return before.find((verdict) => verdict.server === server && verdict.address === address) ??
    { server, address, cell: newCells(1) };
}
