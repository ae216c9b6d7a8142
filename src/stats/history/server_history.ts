/**
 * The last minutes of one server.
 *
 * @module
 */

import { HISTOGRAM_LENGTH, quantile } from "../../metrics/histogram.ts";
import type { ServerSnapshot } from "../../metrics/snapshot.ts";
import { ServerMetric } from "../../metrics/table.ts";
import { sampleOf, turnIntoGrowth } from "./change.ts";
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
    server.latency.addTo(this.#histogramBefore, "total");
  }

  /**
   * Looks at its histogram.
   *
   * @param server The server.
   * @param growth Gets added what has come since the last look.
   * @param scratch Is written to: as long as a histogram.
   */
  look(server: ServerSnapshot, growth: Float64Array, scratch: Float64Array): void {
    const responses = server.values[ServerMetric.responses];
    // Most servers of a large idle fleet.
    if (responses === this.#responses) return;
    this.#responses = responses;
    scratch.fill(0);
    server.latency.addTo(scratch, "total");
    turnIntoGrowth(scratch, this.#histogramBefore);
    for (let i = 0; i < scratch.length; i++) {
      growth[i] += scratch[i];
      this.#window[i] += scratch[i];
    }
  }

  /**
   * Keeps a sample.
   *
   * @param server The server.
   * @param at The sample's place in its timeline.
   * @param seconds How long ago the last one was.
   */
  sample({ values }: ServerSnapshot, at: number, seconds: number): void {
    const isEmpty = this.#window.every((count) => count === 0);
    this.tracks.write(
      at,
      SERVER_SERIES.map((series) => {
        if (series.kind !== "percentile") return sampleOf(series, values, this.#before, seconds);
        return isEmpty ? NaN : quantile(this.#window, series.share);
      }),
    );
    this.#window.fill(0);
    this.#before = values;
  }
}
