/**
 * The last 15 minutes of everything, sampled once a second from snapshots, away from the data path.
 *
 * @module
 */

import { HISTOGRAM_LENGTH } from "../../metrics/histogram.ts";
import type { ProcessSnapshot } from "../../metrics/snapshot.ts";
import { percentileOf, sampleOf, turnIntoGrowth } from "./change.ts";
import { SAMPLES_MAX, SAMPLES_PER_SERVER_SAMPLE, SERVER_SAMPLES_MAX } from "./limits.ts";
import { type Moment, PoolHistory, setPercentiles } from "./pool_history.ts";
import { POOL_SERIES, PROCESS_SERIES } from "./series.ts";
import { Timeline } from "./timeline.ts";
import { Tracks } from "./tracks.ts";

/** See the module. */
export class History {
  /** When pools and the process were sampled. */
  readonly timeline: Timeline = new Timeline(SAMPLES_MAX);
  /** When servers were sampled. */
  readonly serverTimeline: Timeline = new Timeline(SERVER_SAMPLES_MAX);
  /** All pools together. */
  readonly total: Tracks = new Tracks(this.timeline, POOL_SERIES);
  /** The process itself. */
  readonly process: Tracks = new Tracks(this.timeline, PROCESS_SERIES);
  #pools = new Map<string, PoolHistory>();
  readonly #lagBefore = new Float64Array(HISTOGRAM_LENGTH);
  #untilServers = 1;

  /**
   * Finds the history of a pool.
   *
   * @param name Its name.
   * @returns Its history; undefined if it has not been sampled yet.
   */
  pool(name: string): PoolHistory | undefined {
    return this.#pools.get(name);
  }

  /**
   * Takes a sample.
   *
   * @param snapshot All numbers of the process.
   * @param timeMs The time, in milliseconds since the Unix epoch; the sample is left out unless it is later than the one before.
   */
  sample(snapshot: ProcessSnapshot, timeMs: number): void {
    const { latestMs } = this.timeline;
    if (timeMs <= latestMs) return;
    const serversMs = this.serverTimeline.latestMs;
    const isForServers = --this.#untilServers <= 0;
    if (isForServers) this.#untilServers = SAMPLES_PER_SERVER_SAMPLE;
    const moment: Moment = {
      at: this.timeline.begin(timeMs),
      seconds: (timeMs - latestMs) / 1000,
      serverAt: isForServers ? this.serverTimeline.begin(timeMs) : null,
      serverSeconds: (timeMs - serversMs) / 1000,
    };
    this.#samplePools(snapshot, moment);
    this.#sampleProcess(snapshot, moment);
  }

  #samplePools({ pools }: ProcessSnapshot, moment: Moment): void {
    const growth = new Float64Array(HISTOGRAM_LENGTH);
    const sums = new Float64Array(POOL_SERIES.length);
    const seen = new Map<string, PoolHistory>();
    for (const pool of pools) {
      const history = this.#pools.get(pool.name) ?? new PoolHistory(this.timeline, this.serverTimeline, pool);
      seen.set(pool.name, history);
      const values = history.sample(pool, moment, growth);
      for (let i = 0; i < sums.length; i++) sums[i] += values[i];
    }
    setPercentiles(sums, growth);
    this.total.write(moment.at, sums);
    this.#pools = seen;
  }

  #sampleProcess({ values, eventLoopLag }: ProcessSnapshot, { at, seconds }: Moment): void {
    const lag = eventLoopLag.slice();
    turnIntoGrowth(lag, this.#lagBefore);
    const sample = PROCESS_SERIES.map((series) =>
      series.kind === "percentile" ? percentileOf(lag, series) : sampleOf(series, values, values, seconds)
    );
    this.process.write(at, sample);
  }
}
