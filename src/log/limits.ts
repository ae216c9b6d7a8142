/**
 * How much the log may hold.
 *
 * @module
 */

/** Characters of a text; what is longer is cut. Long enough for every path (4,096), short enough for every pager. */
export const TEXT_CHARS_MAX = 8192;

/**
 * Characters that wait to be written. A line has about 100, so 10,000 lines: a burst of any size that a person reads,
 * and no more memory than the buffers of a few clients.
 */
export const QUEUE_CHARS_MAX = 1024 * 1024;

/** The same line is written this many times within {@link REPEAT_MS}; further ones are only counted. */
export const REPEATS_MAX = 5;
/** Milliseconds after which it is told how often a line was repeated, and the line is written again. */
export const REPEAT_MS = 10_000;
/** Different lines that are watched for repetition at a time; the oldest is forgotten first. */
export const REPEATING_LINES_MAX = 256;

/** Milliseconds that closing waits for a target that takes no bytes, such as a pipe that nobody reads. */
export const CLOSE_WAIT_MS = 2000;
