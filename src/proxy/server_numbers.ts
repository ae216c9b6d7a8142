/**
 * What one server's numbers are kept in, where other workers may see them.
 *
 * @module
 */

import type { ServerConfig } from "../config/config.ts";
import type { ServerHealth } from "../liveness/server_health.ts";
import { Counters } from "../metrics/counters.ts";
import { Latency } from "../metrics/latency.ts";
import { findServer, HEALTH_LENGTH, SERVER_STATES, type ServerNumbers } from "../metrics/pool_numbers.ts";
import type { ServerSnapshot } from "../metrics/snapshot.ts";
import { ServerMetric } from "../metrics/table.ts";
import { formatAddress } from "../net/address.ts";
import type { Shares } from "./shares.ts";

/** The numbers of a server of this worker. */
export class OwnServerNumbers implements ServerNumbers {
  /** See {@link ServerNumbers.name}. */
  readonly name: string;
  /** See {@link ServerNumbers.address}. */
  readonly address: string;
  /** See {@link ServerNumbers.values}. */
  readonly values: Float64Array;
  /** See {@link ServerNumbers.latency}. */
  readonly latency: Float64Array;
  /** See {@link ServerNumbers.health}. */
  readonly health: Float64Array;
  /** Counts into {@link latency}. */
  readonly times: Latency;
  readonly #pool: string;
  readonly #shares: Shares;

  /**
   * Makes numbers that all stand at zero.
   *
   * @param config The server.
   * @param pool The name of its pool.
   * @param shares Where they lie, and what other workers count.
   */
  constructor({ name, address }: ServerConfig, pool: string, shares: Shares) {
    const { memory } = shares;
    this.#pool = pool;
    this.#shares = shares;
    this.name = name;
    this.address = formatAddress(address);
    this.values = new Counters("server", memory).values;
    this.times = new Latency(memory);
    this.latency = this.times.counts;
    this.health = memory(HEALTH_LENGTH);
  }

  /**
   * Writes what the server's health is.
   *
   * @param health The health.
   * @param nowMs The time, in milliseconds of the health's clock.
   * @param wallTimeMs The same time, in milliseconds since the epoch.
   */
  measure({ live, failing, state, sinceMs }: ServerHealth, nowMs: number, wallTimeMs: number): void {
    this.values[ServerMetric.live] = live ? 1 : 0;
    this.values[ServerMetric.failing] = failing ? 1 : 0;
    this.health[0] = SERVER_STATES.indexOf(state);
    this.health[1] = sinceMs === null ? 0 : wallTimeMs - (nowMs - sinceMs);
  }

  /**
   * Shows the numbers as they are now; the histograms are no copies.
   *
   * @param weight The server's share of the ring.
   * @param health What the server's health is.
   * @param nowMs The time, in milliseconds of the health's clock.
   * @returns The numbers.
   */
  snapshot(weight: number, { state, sinceMs }: ServerHealth, nowMs: number): ServerSnapshot {
    return {
      name: this.name,
      address: this.address,
      weight,
      state,
      stateAgeMs: sinceMs === null ? null : nowMs - sinceMs,
      values: this.values.slice(),
      latency: this.times.view(),
    };
  }

  /**
   * Adds what other workers have counted of the server to what this one has.
   *
   * @param metric Which number: the index of its row.
   * @returns All of them together.
   */
  total(metric: number): number {
    const others = this.#shares.others(this.#pool);
    let sum = this.values[metric];
    for (const pool of others?.running ?? []) sum += findServer(pool, this)?.values[metric] ?? 0;
    if (others?.ended) sum += findServer(others.ended, this)?.values[metric] ?? 0;
    return sum;
  }
}
