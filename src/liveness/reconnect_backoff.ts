/**
 * When a connection to a server may be tried again.
 *
 * @module
 */

import { Backoff } from "./backoff.ts";

/**
 * A pause is drawn from its base to one and a half times it: enough to part proxies that lost a server
 * together.
 */
const JITTER = 0.5;

/**
 * Paces the attempts to connect to one server: the first retry at once, because most losses are a restart
 * that is already over or a single reset, and then ever longer pauses.
 */
export class ReconnectBackoff {
  readonly #backoff: Backoff;
  #failures = 0;
  #retryDueMs = -Infinity;

  /**
   * Makes one that may connect now.
   *
   * @param minMs The shortest pause after the second failure in a row, in milliseconds.
   * @param maxMs The longest pause of all, in milliseconds.
   * @param random Numbers from 0 to below 1.
   */
  constructor(minMs: number, maxMs: number, random: () => number) {
    this.#backoff = new Backoff(minMs, maxMs, JITTER, random);
  }

  /**
   * From when on an attempt is allowed, in milliseconds of the caller's clock; -Infinity before any failure.
   */
  get retryDueMs(): number {
    return this.#retryDueMs;
  }

  /**
   * Tells whether an attempt is allowed. Whether one is under way already is the caller's to know.
   *
   * @param nowMs The time, in milliseconds.
   * @returns True from `retryDueMs` on.
   */
  mayConnect(nowMs: number): boolean {
    return nowMs >= this.#retryDueMs;
  }

  /**
   * Ends the series of failures. Call it when the server has answered something, not when it has only
   * accepted: one that accepts and closes would else be connected to without any pause.
   */
  connected(): void {
    this.#failures = 0;
    this.#retryDueMs = -Infinity;
    this.#backoff.reset();
  }

  /**
   * Counts an attempt or a connection that failed.
   *
   * @param nowMs The time, in milliseconds.
   */
  failed(nowMs: number): void {
    this.#failures++;
    this.#retryDueMs = this.#failures === 1 ? nowMs : nowMs + this.#backoff.next();
  }
}
