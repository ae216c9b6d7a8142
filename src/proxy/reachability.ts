/**
 * Whether a server may be connected to, and what clients are told if not.
 *
 * ```text
 *   a dialect that it does not speak ──▶ no, until it may have become another server
 *   ejected                          ──▶ no, until it is back
 *   failed twice or more in a row    ──▶ no, until the pause between two attempts is over
 * ```
 *
 * @module
 */

import { ReconnectBackoff } from "../liveness/reconnect_backoff.ts";
import type { ServerHealth } from "../liveness/server_health.ts";
import { PoolMetric } from "../metrics/table.ts";
import type { Dialect } from "../protocol/contract.ts";
import { type Cause, errorMetricOf, NO_SERVER_TEXT } from "./cause.ts";
import { RECONNECT_MAX_MS, RECONNECT_MIN_MS } from "./limits.ts";

/** See the module. */
export class Reachability {
  /** What clients are told for whom there was no connection last. */
  refusal: string = NO_SERVER_TEXT;
  /** Which number of the pool counts what is refused so. */
  refusalMetric: number = PoolMetric.errorRefused;
  readonly #health: ServerHealth;
  readonly #backoff: ReconnectBackoff;
  /** For each dialect whether the server has said that it does not speak it. */
  #unspoken: boolean[];
  /** What clients are told while the server cannot be reached. */
  #lastFailure: string = NO_SERVER_TEXT;
  /** Which number of the pool counts the requests that fail meanwhile. */
  #lastFailureMetric: number = PoolMetric.errorRefused;

  /**
   * Makes what is known of a server that nobody has connected to.
   *
   * @param health Whether it is ejected.
   * @param dialects How many dialects there are.
   * @param random Spreads the attempts: 0 to below 1.
   */
  constructor(health: ServerHealth, dialects: number, random: () => number) {
    this.#health = health;
    this.#backoff = new ReconnectBackoff(RECONNECT_MIN_MS, RECONNECT_MAX_MS, random);
    this.#unspoken = new Array<boolean>(dialects).fill(false);
  }

  /**
   * Whether it speaks a dialect, as far as is known.
   *
   * @param dialect A place in the codec's list.
   * @returns False once it has said that it does not; true again when it may have become another.
   */
  speaks(dialect: number): boolean {
    return !this.#unspoken[dialect];
  }

  /**
   * Whether a connection may be opened; if not, `refusal` says why.
   *
   * @param dialect A place in the codec's list.
   * @param dialects The codec's list.
   * @param nowMs The time, in milliseconds of the clock.
   * @returns True if it may.
   */
  mayConnect(dialect: number, dialects: readonly Dialect[], nowMs: number): boolean {
    if (this.#unspoken[dialect]) {
      this.refuse(`the server does not speak ${dialects[dialect].name}`, PoolMetric.errorOther);
      return false;
    }
    const { live } = this.#health;
    if (live && this.#backoff.mayConnect(nowMs)) return true;
    this.refuse(this.#lastFailure, live ? this.#lastFailureMetric : PoolMetric.errorEjected);
    return false;
  }

  /**
   * Says why there is no connection.
   *
   * @param reason What the client is told.
   * @param metric Which number of the pool counts it.
   * @returns The connection that there is not.
   */
  refuse(reason: string, metric: number): null {
    this.refusal = reason;
    this.refusalMetric = metric;
    return null;
  }

  /**
   * Says that there is no connection because the server is ejected.
   *
   * @returns The connection that there is not.
   */
  refuseEjected(): null {
    return this.refuse(this.#lastFailure, PoolMetric.errorEjected);
  }

  /** Takes note that it has answered: the next attempt need not wait. */
  answered(): void {
    this.#backoff.connected();
  }

  /**
   * Takes note that a connection failed.
   *
   * @param cause Why.
   * @param nowMs The time, in milliseconds of the clock.
   */
  failed(cause: Cause, nowMs: number): void {
    this.#lastFailure = cause.text;
    this.#lastFailureMetric = errorMetricOf(cause);
    this.#backoff.failed(nowMs);
  }

  /**
   * Takes note that it has said that it does not speak a dialect.
   *
   * @param dialect A place in the codec's list.
   * @returns Whether that is news.
   */
  doesNotSpeak(dialect: number): boolean {
    const isNews = !this.#unspoken[dialect];
    this.#unspoken[dialect] = true;
    return isNews;
  }

  /**
   * Forgets which dialects it does not speak: it may have become another server, or the dialects others.
   *
   * @param dialects How many there are; as many as before unless given.
   */
  forgetDialects(dialects: number = this.#unspoken.length): void {
    this.#unspoken = new Array<boolean>(dialects).fill(false);
  }
}
