/**
 * Every limit of the workers, with its unit and its reason.
 *
 * @module
 */

/** How often a worker brings the numbers up to date that others read, in milliseconds. Counters are right at any time. */
export const MEASURE_MS = 50;

/** So many lines of one worker may wait for the log; further ones are dropped and counted. */
export const LINES_QUEUED_MAX = 4096;

/** How often is looked whether every worker still moves, in milliseconds. */
export const WATCH_MS = 1000;
/**
 * A worker that has not moved at so many looks in a row is ended: its clients wait for nothing. Looks are counted, not
 * seconds, so that a process that was stopped as a whole blames nobody.
 */
export const STUCK_LOOKS_MAX = 10;

/** A worker that has ended is started again at once, and then after this, doubled each time, in milliseconds … */
export const RESTART_MIN_MS = 100;
/** … up to this, because what ends it again and again is then noticed by people rather than by the machine. */
export const RESTART_MAX_MS = 10_000;
/** Who has run for so long, in milliseconds, has not ended for what ended it the last time. */
export const RESTART_FORGET_MS = 60_000;

/** How long a worker that is told to end may take before it is made to, in milliseconds. */
export const END_MAX_MS = 1000;

/** How often is looked whether all clients have gone, in milliseconds. */
export const DRAIN_LOOK_MS = 10;
