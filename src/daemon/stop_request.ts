/**
 * That the process is to end: asked for once, and a second time by somebody who is in a hurry.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";

/**
 * For how long the same signal is the same request, in milliseconds. Ctrl-C under a task runner arrives twice, from the
 * terminal and from the runner, within one or two; nobody presses it twice so quickly.
 */
const ECHO_MS = 100;

/** Waits for signals that end the process. */
export class StopRequest {
  readonly #clock: Clock;
  readonly #requested = Promise.withResolvers<void>();
  readonly #hurried = Promise.withResolvers<void>();
  /** The first signal, and when it came by the clock; null before it. */
  #first: { readonly signal: string; readonly ms: number } | null = null;

  /**
   * Makes a request that nobody has made yet.
   *
   * @param clock Tells signals that are the same one apart from others.
   */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the process has been asked to end. */
  get isMade(): boolean {
    return this.#first !== null;
  }

  /** Is resolved when the process is asked to end. */
  get requested(): Promise<void> {
    return this.#requested.promise;
  }

  /** Is resolved when it is asked again. */
  get hurried(): Promise<void> {
    return this.#hurried.promise;
  }

  /**
   * Takes note of a signal.
   *
   * @param signal Which one.
   */
  signal(signal: string): void {
    const ms = this.#clock.now();
    if (this.#first === null) {
      this.#first = { signal, ms };
      this.#requested.resolve();
    } else if (signal !== this.#first.signal || ms - this.#first.ms >= ECHO_MS) {
      this.#hurried.resolve();
    }
  }
}
