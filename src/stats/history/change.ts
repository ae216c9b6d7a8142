/**
 * What has changed between two looks at numbers that only grow.
 *
 * @module
 */

import { quantile } from "../../metrics/histogram.ts";
import type { Series } from "./series.ts";

/**
 * Says how much a counter has grown.
 *
 * @param now What it is.
 * @param before What it was.
 * @returns The difference; all of it if it is less than before, because then it has begun anew.
 */
export function growth(now: number, before: number): number {
  return now >= before ? now - before : now;
}

/**
 * Replaces histograms by what has come into them since the last look.
 *
 * @param now What they are; becomes the difference.
 * @param before What they were; becomes what they are.
 */
export function turnIntoGrowth(now: Float64Array, before: Float64Array): void {
  for (let i = 0; i < now.length; i++) {
    const current = now[i];
    now[i] = growth(current, before[i]);
    before[i] = current;
  }
}

/**
 * Samples a series of counters or gauges.
 *
 * @param series Which one; no percentile.
 * @param now The numbers of its scope.
 * @param before What they were at the last sample.
 * @param seconds How long ago that was.
 * @returns The sample.
 */
export function sampleOf(
  { kind, metrics }: Series,
  now: Float64Array,
  before: Float64Array,
  seconds: number,
): number {
  let sum = 0;
  for (const metric of metrics) sum += kind === "rate" ? growth(now[metric], before[metric]) : now[metric];
  return kind === "rate" ? sum / seconds : sum;
}

/**
 * Samples a percentile.
 *
 * @param histogram What has come since the last sample.
 * @param series Which share.
 * @returns Microseconds; NaN if nothing has come.
 */
export function percentileOf(histogram: Float64Array, { share }: Series): number {
  // No bucket's middle is 0.
  return quantile(histogram, share) || NaN;
}
