/**
 * How the replies to fragments become one reply.
 *
 * @module
 */

/** The ways of merging; the numbers of {@link RequestDecoder.merge}. */
export const MergeCode = {
  /** Blocks of items in the order of the request's keys, and one `END`. */
  ITEMS: 1,
} as const;
/** One of {@link MergeCode}. */
export type MergeCode = typeof MergeCode[keyof typeof MergeCode];
