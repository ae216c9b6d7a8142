import { assert, assertEquals } from "@std/assert";
import {
  bucketOf,
  BUCKETS,
  bucketStart,
  countOf,
  HISTOGRAM_LENGTH,
  mergeHistograms,
  quantile,
  record,
} from "../../../src/metrics/histogram.ts";
import { Latency, LatencyView } from "../../../src/metrics/latency.ts";
import { fuzzTest } from "../../support/random.ts";

function histogramOf(durationsUs: readonly number[]): Float64Array {
  const histogram = new Float64Array(HISTOGRAM_LENGTH);
  for (const us of durationsUs) record(histogram, 0, us, 1);
  return histogram;
}

Deno.test("buckets follow one another without a gap, and each holds what it says", () => {
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const [start, end] = [bucketStart(bucket), bucketStart(bucket + 1)];
    assert(start < end, `bucket ${bucket}`);
    assertEquals([bucketOf(start), bucketOf(end - 0.001)], [bucket, bucket]);
  }
});

Deno.test("the middle of a bucket is off by less than 5 %, from 16 microseconds on", () => {
  for (let bucket = 16; bucket < BUCKETS; bucket++) {
    const [start, end] = [bucketStart(bucket), bucketStart(bucket + 1)];
    assert(((start + end) / 2 - start) / start < 0.05, `bucket ${bucket}`);
  }
});

Deno.test("what is negative, endless or too long has a place too", () => {
  assertEquals([bucketOf(-1), bucketOf(0), bucketOf(NaN)], [0, 0, 0]);
  assertEquals([bucketOf(2 ** 27), bucketOf(2 ** 40), bucketOf(Infinity)], [
    BUCKETS - 1,
    BUCKETS - 1,
    BUCKETS - 1,
  ]);
});

Deno.test("an empty histogram has no percentiles", () => {
  const empty = histogramOf([]);
  assertEquals([countOf(empty), quantile(empty, 0.5), quantile(empty, 1)], [0, 0, 0]);
});

fuzzTest("percentiles are those of the durations within 5 %, sums are exact", (random) => {
  const durations = Array.from({ length: 1 + random.int(501) }, () => 16 * 2 ** (20 * random.float()));
  const histogram = histogramOf(durations);
  durations.sort((a, b) => a - b);
  for (const share of [0.01, 0.5, 0.9, 0.99, 1]) {
    const exact = durations[Math.ceil(durations.length * share) - 1];
    const found = quantile(histogram, share);
    assert(Math.abs(found - exact) <= exact * 0.05, `${share}: ${found} for ${exact}`);
  }
  const sum = durations.reduce((total, us) => total + us, 0);
  assert(Math.abs(histogram[BUCKETS] - sum) <= sum * 1e-9);
  assertEquals(countOf(mergeHistograms([histogram, histogram])), 2 * durations.length);
});

Deno.test("times are kept per class and stage, and the total is the sum of the stages", () => {
  const latency = new Latency();
  latency.record(1, 100, 1000, 3);
  latency.record(2, 0, 2000, 1);
  const view = latency.view();
  assertEquals(countOf(view.histogram("read", "queue")), 3);
  assertEquals(countOf(view.histogram("write", "server")), 1);
  assertEquals(countOf(view.histogram("other", "total")), 0);
  assertEquals(countOf(view.histogram(null, "total")), 4);
  assertEquals(view.histogram("read", "total")[BUCKETS], 3300);
  const [before, first, second] = [0, 0, 0].map(() => new Float64Array(HISTOGRAM_LENGTH));
  view.addGrowth(before, "server", first, second);
  for (const sum of [before, first, second]) assertEquals(sum, view.histogram(null, "server"));
  latency.record(2, 0, 2000, 1);
  second.fill(0);
  view.addGrowth(before, "server", first, second);
  assertEquals([countOf(first), countOf(second), second[BUCKETS]], [5, 1, 2000]);
  assertEquals(first, view.histogram(null, "server"));
  latency.record(1, 100, 1000, 1);
  assertEquals(countOf(view.histogram("read", "queue")), 4);
  const both = LatencyView.merge([view, view]);
  assertEquals(countOf(both.histogram("read", "server")), 8);
});
