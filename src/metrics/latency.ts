/**
 * How long a server's requests take: a histogram per class of commands and stage of the way.
 *
 * ```text
 *   queued ───── queue ─────▶ written to the server ───── server ─────▶ reply read
 *      └───────────────────────── total ──────────────────────────────────┘
 * ```
 *
 * @module
 */

import { bucketOf, BUCKETS, HISTOGRAM_LENGTH, mergeHistograms, record } from "./histogram.ts";
import { type NumberMemory, privateMemory } from "./memory.ts";

/** What commands do, in the order of their numbers on the data path. */
export const COMMAND_CLASSES = ["other", "read", "write"] as const;
/** What a command does to its keys. */
export type CommandClass = (typeof COMMAND_CLASSES)[number];

/** The parts of a request's way that are timed. */
export const STAGES = ["queue", "server", "total"] as const;
/** A part of a request's way. */
export type Stage = (typeof STAGES)[number];

const CLASS_LENGTH = STAGES.length * HISTOGRAM_LENGTH;
/** How many numbers the times of one server are. */
export const LATENCY_LENGTH: number = COMMAND_CLASSES.length * CLASS_LENGTH;

/** The times of one server's requests. */
export class Latency {
  /** All histograms, one behind the other. */
  readonly counts: Float64Array;

  /**
   * Makes empty histograms.
   *
   * @param memory Where they lie.
   */
  constructor(memory: NumberMemory = privateMemory) {
    this.counts = memory(LATENCY_LENGTH);
  }

  /**
   * Counts requests that were answered after the same time.
   *
   * @param commandClass What it does: an index into {@link COMMAND_CLASSES}.
   * @param queueUs How long it waited in the proxy, in microseconds.
   * @param serverUs How long its reply took from then on, in microseconds.
   * @param times How many requests there were.
   */
  record(commandClass: number, queueUs: number, serverUs: number, times: number): void {
    const { counts } = this;
    const offset = commandClass * CLASS_LENGTH;
    if (queueUs === 0) {
      // Nearly every request leaves in the turn that it came in: what it took in all is what its server took.
      const bucket = offset + HISTOGRAM_LENGTH + bucketOf(serverUs);
      const sum = offset + HISTOGRAM_LENGTH + BUCKETS;
      const us = serverUs * times;
      counts[offset] += times;
      counts[bucket] += times;
      counts[sum] += us;
      counts[bucket + HISTOGRAM_LENGTH] += times;
      counts[sum + HISTOGRAM_LENGTH] += us;
      return;
    }
    record(counts, offset, queueUs, times);
    record(counts, offset + HISTOGRAM_LENGTH, serverUs, times);
    record(counts, offset + 2 * HISTOGRAM_LENGTH, queueUs + serverUs, times);
  }

  /** Shows the histograms without copying them, 27 KB: they go on counting, so they are to be read at once. */
  view(): LatencyView {
    return new LatencyView(this.counts);
  }
}

/** Histograms to be read. */
export class LatencyView {
  readonly #counts: Float64Array;

  /**
   * Shows histograms.
   *
   * @param counts All of them; by default empty ones.
   */
  constructor(counts: Float64Array = new Float64Array(LATENCY_LENGTH)) {
    this.#counts = counts;
  }

  /**
   * Gives one histogram.
   *
   * @param commandClass What the requests do; null for all together.
   * @param stage Which part of their way.
   * @returns Its numbers; see `histogram.ts`.
   */
  histogram(commandClass: CommandClass | null, stage: Stage): Float64Array {
    if (commandClass === null) {
      return mergeHistograms(COMMAND_CLASSES.map((each) => this.histogram(each, stage)));
    }
    const offset = COMMAND_CLASSES.indexOf(commandClass) * CLASS_LENGTH +
      STAGES.indexOf(stage) * HISTOGRAM_LENGTH;
    return this.#counts.subarray(offset, offset + HISTOGRAM_LENGTH);
  }

  /**
   * Adds what has come into the histograms of all classes since the last time, to two others.
   *
   * @param before What was there the last time, {@link HISTOGRAM_LENGTH} numbers; becomes what is there now.
   * @param stage Which part of the requests' way.
   * @param first Gets it added: as many numbers.
   * @param second Gets it added too.
   */
  addGrowth(before: Float64Array, stage: Stage, first: Float64Array, second: Float64Array): void {
    const counts = this.#counts;
    const start = STAGES.indexOf(stage) * HISTOGRAM_LENGTH;
    for (let i = 0; i < HISTOGRAM_LENGTH; i++) {
      let now = 0;
      for (let at = start + i; at < counts.length; at += CLASS_LENGTH) now += counts[at];
      const growth = now - before[i];
      if (growth === 0) continue;
      before[i] = now;
      first[i] += growth;
      second[i] += growth;
    }
  }

  /**
   * Adds up, such as over the servers of a pool.
   *
   * @param views Any number of them.
   * @returns All of them as one.
   */
  static merge(views: readonly LatencyView[]): LatencyView {
    const sum = new LatencyView();
    for (const view of views) {
      for (let i = 0; i < sum.#counts.length; i++) sum.#counts[i] += view.#counts[i];
    }
    return sum;
  }
}
