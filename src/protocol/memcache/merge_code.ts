/**
 * How the replies to fragments become one reply.
 *
 * @module
 */

/** The ways of merging; the numbers of {@link RequestDecoder.merge}. */
export const MergeCode = {
  /** Blocks of items in the order of the request's keys, and one `END`. */
  ITEMS: 1,
  /** One `OK` of all, or the first reply that is another. */
  TEXT_OUTCOME: 2,
  /** One binary reply of success of all, or the first that is another. */
  BINARY_OUTCOME: 3,
} as const;
/** One of {@link MergeCode}. */
export type MergeCode = typeof MergeCode[keyof typeof MergeCode];
