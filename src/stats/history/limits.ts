/**
 * How much of the past is kept.
 *
 * A pool takes 26 series × 900 samples × 4 bytes, 94 KB; a server 6 × 180 × 4 bytes and two histograms, 10 KB. A process with 30 pools
 * of 50 servers has 18 MB of history then, and one with a pool of 4 servers 0.2 MB.
 *
 * @module
 */

/** Milliseconds between two samples: what a person can follow. */
export const SAMPLE_PERIOD_MS = 1000;

/** Samples of a pool: 15 minutes, which shows how whatever woke somebody up began. */
export const SAMPLES_MAX = 900;

/** Samples that make one of a server: there are many servers, and their charts are as wide as a thumb. */
export const SAMPLES_PER_SERVER_SAMPLE = 5;

/** Samples of a server: 15 minutes as well. */
export const SERVER_SAMPLES_MAX: number = SAMPLES_MAX / SAMPLES_PER_SERVER_SAMPLE;
