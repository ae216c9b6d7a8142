/**
 * How long a client may be silent before it is taken for a collector that expects JSON without asking.
 *
 * A browser opens several connections for a page, and on a busy machine a moment passes between opening one and asking on it. JSON in
 * place of an answer would spoil the page, so where a browser has just been given the page, more patience is due.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { BROWSERS_MAX, FIRST_BYTES_BROWSER_MS, FIRST_BYTES_MS, PAGE_LOAD_MS } from "./limits.ts";

/** See the module. */
export class Patience {
  /** Until when a page may be loading, by the address it loads to; the longest ago first. */
  readonly #loading = new Map<string, number>();
  readonly #clock: Clock;

  /**
   * Begins without any browser.
   *
   * @param clock Tells the time.
   */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Takes note that a browser has been given the page.
   *
   * @param hostname Where it is.
   */
  gavePage(hostname: string): void {
    this.#loading.delete(hostname);
    this.#loading.set(hostname, this.#clock.now() + PAGE_LOAD_MS);
    for (const oldest of this.#loading.keys()) {
      if (this.#loading.size <= BROWSERS_MAX) break;
      this.#loading.delete(oldest);
    }
  }

  /**
   * Says how long to wait for a client's first byte.
   *
   * @param hostname Where it is.
   * @returns Milliseconds.
   */
  firstBytesMs(hostname: string): number {
    const untilMs = this.#loading.get(hostname) ?? -Infinity;
    return this.#clock.now() < untilMs ? FIRST_BYTES_BROWSER_MS : FIRST_BYTES_MS;
  }
}
