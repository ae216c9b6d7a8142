/**
 * `client_connections` and `private_connections` for the whole process: one number that all workers take places from.
 *
 * ```text
 *   taken      [ all | slot 0 | slot 1 | … ]   all = the sum of the slots, but for the moment between two steps
 * ```
 *
 * What a worker had taken when it ends is given back from its slot. A worker that is ended between taking a place and
 * noting it would leave that place taken; between these two steps there is no point at which the engine looks whether it
 * is to end.
 *
 * @module
 */

import type { ClientLedger, Places } from "../proxy/shares.ts";

/** Where the number of all places taken is. */
const ALL = 0;

/** One worker's view of places that there are only so many of for the process. */
export class SharedPlaces implements Places {
  readonly #taken: Int32Array;
  readonly #own: number;

  /**
   * Takes part in giving places out.
   *
   * @param taken The places that are taken.
   * @param slot The worker's place in shared memory.
   */
  constructor(taken: Int32Array, slot: number) {
    this.#taken = taken;
    this.#own = 1 + slot;
  }

  /** See {@link Places.admit}. */
  admit(max: number): boolean {
    const places = this.#taken;
    let taken: number;
    do {
      taken = Atomics.load(places, ALL);
      if (max > 0 && taken >= max) return false;
    } while (Atomics.compareExchange(places, ALL, taken, taken + 1) !== taken);
    Atomics.add(places, this.#own, 1);
    return true;
  }

  /** See {@link Places.release}. */
  release(): void {
    const places = this.#taken;
    let own: number;
    do {
      own = Atomics.load(places, this.#own);
      // This worker has been ended, and does not know it yet: all that it had has been given back.
      if (own <= 0) return;
    } while (Atomics.compareExchange(places, this.#own, own, own - 1) !== own);
    Atomics.sub(places, ALL, 1);
  }
}

/** One worker's view of the ledger of a pool. */
export class SharedLedger extends SharedPlaces implements ClientLedger {
  readonly #issued: BigInt64Array;

  /**
   * Takes part in a ledger.
   *
   * @param issued One number that all workers share: how many clients have come.
   * @param admitted The places that are taken.
   * @param slot The worker's place in shared memory.
   */
  constructor(issued: BigInt64Array, admitted: Int32Array, slot: number) {
    super(admitted, slot);
    this.#issued = issued;
  }

  /** See {@link ClientLedger.issued}. */
  get issued(): number {
    return Number(Atomics.load(this.#issued, 0));
  }

  /** See {@link ClientLedger.nextId}. */
  nextId(): number {
    return Number(Atomics.add(this.#issued, 0, 1n));
  }
}

/**
 * Gives back all places of a worker that has ended.
 *
 * @param taken The places of a pool.
 * @param slot The worker's place in shared memory.
 * @returns How many there were.
 */
export function releaseSlot(taken: Int32Array, slot: number): number {
  const places = Atomics.exchange(taken, 1 + slot, 0);
  Atomics.sub(taken, ALL, places);
  return places;
}
