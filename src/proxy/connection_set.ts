/**
 * The connections of one server.
 *
 * ```text
 *   shared    [ c0 | c1 | -- | c3 ]     place = dialect × perDialect + number of the client mod perDialect
 *   leased    { c4 }                    each serves one client
 *   idle      { c5, c6 }                each has served one client, and waits for another
 *   retired   { c7, c8 }                no further request comes here; each ends when all before are settled
 * ```
 *
 * A connection is in one of the four at most, and in none once it has ended or while it carries a probe.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import { ServerMetric } from "../metrics/table.ts";
import { type Cause, DONE_WITH, RETIRED } from "./cause.ts";
import { IDLE_PRIVATE_MAX, IDLE_PRIVATE_MS, RETIRED_SILENCE_MAX_MS } from "./limits.ts";
import type { ServerConnection } from "./server_connection.ts";

/** A connection that waits for a client. */
interface Idle {
  readonly connection: ServerConnection;
  readonly dialect: number;
  /** Since when, in milliseconds of the clock; those that wait longest come first. */
  readonly sinceMs: number;
}

/** See the module. */
export class ConnectionSet {
  /** The shared connections; null where none is open or opening. Whoever opens one puts it in. */
  shared: (ServerConnection | null)[];
  /** How many places there are for each dialect. */
  perDialect: number;
  /** Connections that serve one client each. */
  readonly leased: Set<ServerConnection> = new Set();
  readonly #idle: Idle[] = [];
  #dialects: number;
  /** The retired connections, with the time from which on each has been one. */
  readonly #retired = new Map<ServerConnection, number>();

  /**
   * Makes a set without connections.
   *
   * @param dialects How many dialects there are.
   * @param perDialect How many shared connections each of them may have, from 1.
   */
  constructor(dialects: number, perDialect: number) {
    assert(perDialect >= 1, "there is a place for every dialect");
    this.#dialects = dialects;
    this.perDialect = perDialect;
    this.shared = new Array<ServerConnection | null>(dialects * perDialect).fill(null);
  }

  /** Whether there is no connection at all. */
  get isEmpty(): boolean {
    return this.leased.size === 0 && this.#idle.length === 0 && this.#retired.size === 0 &&
      this.shared.every((place) => place === null);
  }

  /** All connections, as a copy, because one that ends leaves its place. */
  all(): ServerConnection[] {
    return [
      ...this.shared.filter((connection) => connection !== null),
      ...this.leased,
      ...this.#idle.map(({ connection }) => connection),
      ...this.#retired.keys(),
    ];
  }

  /**
   * Puts a connection of the first dialect where one is missing.
   *
   * @param connection The connection.
   * @returns False if none is missing.
   */
  fill(connection: ServerConnection): boolean {
    const place = this.shared.indexOf(null);
    if (place < 0 || place >= this.perDialect) return false;
    this.shared[place] = connection;
    return true;
  }

  /**
   * Takes a connection that has ended out.
   *
   * @param connection The connection; it need not be here.
   */
  remove(connection: ServerConnection): void {
    this.leased.delete(connection);
    this.#retired.delete(connection);
    const idle = this.#idle.findIndex((other) => other.connection === connection);
    if (idle >= 0) this.#idle.splice(idle, 1);
    const place = this.shared.indexOf(connection);
    if (place >= 0) this.shared[place] = null;
  }

  /**
   * Takes an idle connection for one client; it is leased from now on.
   *
   * @param dialect Its dialect.
   * @returns The one that was used last; null if none is idle.
   */
  takeIdle(dialect: number): ServerConnection | null {
    const place = this.#idle.findLastIndex((idle) => idle.dialect === dialect);
    if (place < 0) return null;
    const [{ connection }] = this.#idle.splice(place, 1);
    this.leased.add(connection);
    return connection;
  }

  /**
   * Takes a leased connection back.
   *
   * @param connection The connection; nothing is under way on it.
   * @param dialect Its dialect.
   * @param nowMs The time, in milliseconds of the clock.
   * @returns False if it has been retired or enough are idle: it is to be closed.
   */
  giveBack(connection: ServerConnection, dialect: number, nowMs: number): boolean {
    if (!this.leased.has(connection) || this.#idle.length >= IDLE_PRIVATE_MAX) return false;
    this.leased.delete(connection);
    this.#idle.push({ connection, dialect, sinceMs: nowMs });
    return true;
  }

  /**
   * Ends idle connections that nobody has needed for long.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  endIdle(nowMs: number): void {
    while (this.#idle.length > 0 && nowMs - this.#idle[0].sinceMs >= IDLE_PRIVATE_MS) {
      this.#idle[0].connection.close(DONE_WITH);
    }
  }

  /**
   * Keeps further requests from all connections, because others are to take their place. Those that serve one client end
   * when they have nothing under way, even if the client still counts on them.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  retireAll(nowMs: number): void {
    this.retire(nowMs);
    for (const connection of this.leased) this.#retired.set(connection, nowMs);
    this.leased.clear();
    while (this.#idle.length > 0) this.#idle[0].connection.close(RETIRED);
  }

  /**
   * Keeps further requests from all shared connections.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  retire(nowMs: number): void {
    for (let place = 0; place < this.shared.length; place++) {
      const connection = this.shared[place];
      if (connection !== null) this.#retired.set(connection, nowMs);
      this.shared[place] = null;
    }
  }

  /**
   * Takes in a connection that ends when the requests that are queued now are settled.
   *
   * @param connection The connection, which is in no other place.
   * @param nowMs The time, in milliseconds of the clock.
   */
  retireOne(connection: ServerConnection, nowMs: number): void {
    this.#retired.set(connection, nowMs);
  }

  /**
   * Changes how many shared connections there may be. Those that keep their place stay, others retire.
   *
   * @param perDialect How many for each dialect, from 1.
   * @param nowMs The time, in milliseconds of the clock.
   */
  resize(perDialect: number, nowMs: number): void {
    assert(perDialect >= 1, "there is a place for every dialect");
    const staying = new Array<ServerConnection | null>(this.#dialects * perDialect).fill(null);
    for (let place = 0; place < this.shared.length; place++) {
      const number = place % this.perDialect;
      if (number >= perDialect) continue;
      staying[(place - number) / this.perDialect * perDialect + number] = this.shared[place];
      this.shared[place] = null;
    }
    this.retire(nowMs);
    this.perDialect = perDialect;
    this.shared = staying;
  }

  /**
   * Changes how many dialects there are; all shared connections retire.
   *
   * @param dialects How many, from 1.
   * @param nowMs The time, in milliseconds of the clock.
   */
  setDialects(dialects: number, nowMs: number): void {
    this.retire(nowMs);
    this.#dialects = dialects;
    this.shared = new Array<ServerConnection | null>(dialects * this.perDialect).fill(null);
  }

  /**
   * Ends retired connections that are done, and those whose server has been silent for too long to be waited for.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  endRetired(nowMs: number): void {
    for (const [connection, sinceMs] of this.#retired) {
      const isDone = connection.inFlight === 0 && connection.unsentBytes === 0;
      const silentMs = nowMs - Math.max(sinceMs, connection.lastReadMs);
      if (isDone || silentMs >= RETIRED_SILENCE_MAX_MS) connection.close(RETIRED);
    }
  }

  /**
   * Writes how much is queued into a server's numbers. Costs as much as that is.
   *
   * @param counters The numbers.
   */
  measure(counters: Float64Array): void {
    let [inQueue, inQueueBytes, outQueue, outQueueBytes] = [0, 0, 0, 0];
    for (const connection of this.all()) {
      const unsent = connection.unsentRequests();
      inQueue += unsent;
      inQueueBytes += connection.unsentBytes;
      outQueue += connection.inFlight - unsent;
      outQueueBytes += connection.unansweredBytes();
    }
    counters[ServerMetric.inQueue] = inQueue;
    counters[ServerMetric.inQueueBytes] = inQueueBytes;
    counters[ServerMetric.outQueue] = outQueue;
    counters[ServerMetric.outQueueBytes] = outQueueBytes;
  }

  /**
   * Ends all connections; requests under way fail.
   *
   * @param cause Why.
   */
  close(cause: Cause): void {
    for (const connection of this.all()) connection.close(cause);
  }
}
