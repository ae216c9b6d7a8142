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

/**
 * How long a worker waits for what the others say, in milliseconds: they answer between two turns of their event loops, which
 * takes a millisecond or two. Who has not answered by then stands still, or has more to do than it can.
 */
export const QUESTION_MAX_MS = 1000;
/**
 * How many questions of one worker may be under way. Each can bring the lines of all clients, two MB for 10,000; those who ask
 * are people and their tools.
 */
export const QUESTIONS_MAX = 64;
/**
 * So many notices are kept for workers that are started later: as many as the protocol keeps scripts of a pool. They lie in
 * memory that all workers share.
 */
export const NOTICES_MAX = 512;
/**
 * So many notices a worker may send in {@link MEASURE_MS}. Programs load their scripts at the start; one that sends a new script
 * with each request would give the main isolate nothing else to do.
 */
export const NOTICES_PER_BEAT_MAX = 64;

/** After so many rounds of the event loop a closed Unix socket has been unlinked: Deno 2.9.6 takes two. */
export const UNLINK_ROUNDS = 5;
/** How often is looked whether all clients have gone, in milliseconds. */
export const DRAIN_LOOK_MS = 10;
