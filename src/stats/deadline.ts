/**
 * One deadline that moves.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";

/**
 * Calls a function when a connection has taken too long; at most one deadline is set at a time.
 *
 * The time is waited in two halves: a process that was too busy to look for the whole of it reads between them what has come
 * meanwhile, and is then no longer of the opinion that nothing came.
 */
export class Deadline {
  #cancel: () => void = () => {};
  #setAtMs: number;
  readonly #clock: Clock;
  readonly #expired: () => void;

  /**
   * Makes a deadline that is not set.
   *
   * @param clock Tells the time.
   * @param expired What to call.
   */
  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock;
    this.#expired = expired;
    this.#setAtMs = clock.now();
  }

  /** When it was last set, which is when something happened; or when it was made. In milliseconds of the clock. */
  get setAtMs(): number {
    return this.#setAtMs;
  }

  /**
   * Sets the deadline, in place of the one before.
   *
   * @param delayMs Milliseconds from now.
   */
  set(delayMs: number): void {
    this.#cancel();
    this.#setAtMs = this.#clock.now();
    this.#cancel = this.#clock.after(() => {
      this.#cancel = this.#clock.after(this.#expired, delayMs / 2);
    }, delayMs / 2);
  }

  /** Takes the deadline away. */
  clear(): void {
    this.#cancel();
    this.#cancel = () => {};
  }
}
