/**
 * The last minutes of one pool and of its servers.
 *
 * @module
 */

import { HISTOGRAM_LENGTH } from "../../metrics/histogram.ts";
import type { PoolSnapshot, ServerSnapshot } from "../../metrics/snapshot.ts";
import { percentileOf, sampleOf } from "./change.ts";
import { POOL_SERIES } from "./series.ts";
import { ServerHistory } from "./server_history.ts";
import type { Timeline } from "./timeline.ts";
import { Tracks } from "./tracks.ts";

/** Where and when a sample is taken. */
export interface Moment {
  /** Its place in the columns of pools. */
  readonly at: number;
  /** How long ago the last one was. */
  readonly seconds: number;
  /** Its place in the columns of servers; null if they are not sampled this time. */
  readonly serverAt: number | null;
  /** How long ago servers were sampled. */
  readonly serverSeconds: number;
}

/** Names a server among all that its pool has had: one that has moved is another. */
function identityOf({ name, address }: ServerSnapshot): string {
  return `${name} ${address}`;
}

/**
 * Gives percentiles of what has come, at the places of their series.
 *
 * @param values A number per series of {@link POOL_SERIES}; percentiles are set.
 * @param growth What has come into the histogram.
 */
export function setPercentiles(values: Float64Array, growth: Float64Array): void {
  POOL_SERIES.forEach((series, i) => {
    if (series.kind === "percentile") values[i] = percentileOf(growth, series);
  });
}

/** See the module. */
export class PoolHistory {
  /** Its samples. */
  readonly tracks: Tracks;
  #before: Float64Array;
  #servers = new Map<string, ServerHistory>();
  readonly #serverTimeline: Timeline;

  /**
   * Begins with a pool as it is, so that what came before does not count.
   *
   * @param timeline When pools are sampled.
   * @param serverTimeline When servers are sampled.
   * @param pool The pool.
   */
  constructor(timeline: Timeline, serverTimeline: Timeline, pool: PoolSnapshot) {
    this.tracks = new Tracks(timeline, POOL_SERIES);
    this.#serverTimeline = serverTimeline;
    this.#before = pool.values;
  }

  /**
   * Finds the history of one of its servers.
   *
   * @param server The server.
   * @returns Its history; undefined if it has not been sampled yet.
   */
  server(server: ServerSnapshot): ServerHistory | undefined {
    return this.#servers.get(identityOf(server));
  }

  /**
   * Keeps a sample of the pool, and of its servers when it is time.
   *
   * @param pool The pool.
   * @param moment When.
   * @param growth Gets added what has come into the histograms of its servers.
   * @returns The sample: a number per series.
   */
  sample(pool: PoolSnapshot, moment: Moment, growth: Float64Array): Float64Array {
    const own = new Float64Array(HISTOGRAM_LENGTH);
    this.#look(pool.servers, own);
    const values = Float64Array.from(POOL_SERIES, (series) => {
      if (series.scope === "pool") return sampleOf(series, pool.values, this.#before, moment.seconds);
      return pool.servers.reduce((sum, server) => sum + sampleOf(series, server.values, server.values, 1), 0);
    });
    setPercentiles(values, own);
    for (let i = 0; i < own.length; i++) growth[i] += own[i];
    this.#before = pool.values;
    this.tracks.write(moment.at, values);
    const { serverAt, serverSeconds } = moment;
    if (serverAt !== null) {
      for (const server of pool.servers) this.server(server)!.sample(server, serverAt, serverSeconds);
    }
    return values;
  }

  /** Looks at the histograms, and forgets servers that are gone. */
  #look(servers: readonly ServerSnapshot[], growth: Float64Array): void {
    const seen = new Map<string, ServerHistory>();
    for (const server of servers) {
      const identity = identityOf(server);
      const history = this.#servers.get(identity) ?? new ServerHistory(this.#serverTimeline, server);
      history.look(server, growth);
      seen.set(identity, history);
    }
    this.#servers = seen;
  }
}
