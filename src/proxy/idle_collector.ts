/**
 * Gives memory back after a burst.
 *
 * The engine collects garbage when something is allocated, so what a burst left behind would stay until there is work
 * again. When nothing has come for a while it is collected, which then holds nobody up.
 *
 * @module
 */

import { COLLECT_AT_IDLE_SWEEPS } from "./limits.ts";

/** Watches for idleness; see the module. */
export class IdleCollector {
  readonly #collect: (() => void) | null;
  #activity = NaN;
  #idleSweeps = 0;

  /**
   * Makes a collector.
   *
   * @param collect Collects garbage; null where the engine has not been told to let us.
   */
  constructor(collect: (() => void) | null) {
    this.#collect = collect;
  }

  /**
   * Looks whether something has happened since the last time.
   *
   * @param activity A number that changes whenever something comes from a client or goes to one.
   */
  sweep(activity: number): void {
    if (activity !== this.#activity) {
      this.#activity = activity;
      this.#idleSweeps = 0;
    } else if (COLLECT_AT_IDLE_SWEEPS.includes(++this.#idleSweeps)) this.#collect?.();
  }
}
