/**
 * The last minutes of one server.
 *
 * @module
 */

import { HISTOGRAM_LENGTH } from "../../metrics/histogram.ts";
import type { ServerSnapshot } from "../../metrics/snapshot.ts";
import { ServerMetric } from "../../metrics/table.ts";
import { percentileOf, sampleOf } from "./change.ts";
import { SERVER_SERIES } from "./series.ts";
import type { Timeline } from "./timeline.ts";
import { Tracks } from "./tracks.ts";

/** See the module. */
export class ServerHistory {
  /** Its samples. */
  readonly tracks: Tracks;
  /** Its numbers at its last sample. */
  #before: Float64Array;
  /** How many responses it had when its histogram was looked at. */
  #responses: number;
  readonly #histogramBefore = new Float64Array(HISTOGRAM_LENGTH);
  /** What has come into its histogram since its last sample. */
  readonly #window = new Float64Array(HISTOGRAM_LENGTH);

  /**
   * Begins with a server as it is, so that what came before does not count.
   *
   * @param timeline When servers are sampled.
   * @param server The server.
   */
  constructor(timeline: Timeline, server: ServerSnapshot) {
    this.tracks = new Tracks(timeline, SERVER_SERIES);
    this.#before = server.values;
    this.#responses = server.values[ServerMetric.responses];
    const ignored = new Float64Array(HISTOGRAM_LENGTH);
    server.latency.addGrowth(this.#histogramBefore, "total", ignored, ignored);
  }

  /**
   * Looks at its histogram.
   *
   * @param server The server.
   * @param growth Gets added what has come since the last look.
   */
  look(server: ServerSnapshot, growth: Float64Array): void {
    const responses = server.values[ServerMetric.responses];
    // Most servers of a large idle fleet.
    if (responses === this.#responses) return;
    this.#responses = responses;
    server.latency.addGrowth(this.#histogramBefore, "total", growth, this.#window);
  }

  /**
   * Keeps a sample.
   *
   * @param server The server.
   * @param at The sample's place in its timeline.
   * @param seconds How long ago the last one was.
   */
  sample({ values }: ServerSnapshot, at: number, seconds: number): void {
    this.tracks.write(
      at,
      SERVER_SERIES.map((series) => {
        if (series.kind !== "percentile") return sampleOf(series, values, this.#before, seconds);
        return percentileOf(this.#window, series);
      }),
    );
    this.#window.fill(0);
    this.#before = values;
  }
}
