/**
 * Log-linear histograms of durations: every power of two of microseconds is cut into 16 equal parts.
 *
 * ```text
 *   microseconds  0 1 2 … 15 | 16 17 … 31 | 32 34 … 62 | 64 68 … 124 | …
 *   bucket        0 1 2 … 15 | 16 17 … 31 | 32 33 … 47 | 48 49 …  63 | …
 * ```
 *
 * The middle of a bucket is off by 1/32 of the value at most, which is 3.2 %; below 16 µs by half a microsecond.
 *
 * @module
 */

/** Into how many parts a power of two is cut, as a power of two. */
const PART_BITS = 4;
const PARTS = 1 << PART_BITS;
/** Durations from here on, in microseconds, count as the longest: 2^27 is 134 s. */
const DURATION_BITS_MAX = 27;
const DURATION_US_MAX = 2 ** DURATION_BITS_MAX;

/** How many buckets there are. */
export const BUCKETS: number = (DURATION_BITS_MAX - PART_BITS + 1) * PARTS;
/** How many numbers a histogram is: its buckets, and behind them the sum of all durations in microseconds. */
export const HISTOGRAM_LENGTH: number = BUCKETS + 1;

/**
 * Finds the bucket of a duration.
 *
 * @param us Microseconds; what is negative or no number counts as 0.
 * @returns The bucket's number, from 0 to below {@link BUCKETS}.
 */
export function bucketOf(us: number): number {
  if (!(us >= PARTS)) return us > 0 ? us | 0 : 0;
  if (us >= DURATION_US_MAX) return BUCKETS - 1;
  const whole = us | 0;
  const octave = 31 - PART_BITS - Math.clz32(whole);
  // The leading one of the shifted number adds the last PARTS of the buckets before.
  return (octave << PART_BITS) + (whole >>> octave);
}

/**
 * Says where a bucket begins, which is where the one before it ends.
 *
 * @param bucket Its number, up to {@link BUCKETS}.
 * @returns The shortest duration in it, in microseconds.
 */
export function bucketStart(bucket: number): number {
  if (bucket < PARTS) return bucket;
  const octave = (bucket >>> PART_BITS) - 1;
  return (PARTS + (bucket & (PARTS - 1))) * 2 ** octave;
}

/**
 * Counts a duration, once or several times.
 *
 * @param counts Where its histogram is.
 * @param offset The index of the histogram's first number in `counts`.
 * @param us Microseconds.
 * @param times How often.
 */
export function record(counts: Float64Array, offset: number, us: number, times: number): void {
  counts[offset + bucketOf(us)] += times;
  counts[offset + BUCKETS] += us * times;
}

/**
 * Counts what is in a histogram.
 *
 * @param histogram {@link HISTOGRAM_LENGTH} numbers.
 * @returns How many durations there are.
 */
export function countOf(histogram: Float64Array): number {
  let count = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) count += histogram[bucket];
  return count;
}

/**
 * Finds the duration that a share of all does not exceed.
 *
 * @param histogram {@link HISTOGRAM_LENGTH} numbers.
 * @param share Above 0, up to 1: 0.99 is the 99th percentile.
 * @returns Microseconds: the middle of the bucket that it falls into; 0 if the histogram is empty.
 */
export function quantile(histogram: Float64Array, share: number): number {
  const rank = Math.ceil(countOf(histogram) * share);
  if (rank === 0) return 0;
  let count = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    count += histogram[bucket];
    if (count >= rank) return (bucketStart(bucket) + bucketStart(bucket + 1)) / 2;
  }
  return DURATION_US_MAX;
}

/**
 * Adds histograms.
 *
 * @param histograms Any number of them.
 * @returns A histogram of all that is in them.
 */
export function mergeHistograms(histograms: readonly Float64Array[]): Float64Array {
  const sum = new Float64Array(HISTOGRAM_LENGTH);
  for (const histogram of histograms) {
    for (let i = 0; i < HISTOGRAM_LENGTH; i++) sum[i] += histogram[i];
  }
  return sum;
}
