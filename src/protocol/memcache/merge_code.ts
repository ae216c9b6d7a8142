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
  /** One list of statistics. */
  TEXT_STATISTICS: 4,
  /** One list of statistics for a binary client; see {@link withOpaque}. */
  BINARY_STATISTICS: 5,
  /** One `MN` of all, or the first reply that is another. */
  BARRIER: 6,
} as const;
/** One of {@link MergeCode}. */
export type MergeCode = typeof MergeCode[keyof typeof MergeCode];

const CODES = 16;

/**
 * Notes the opaque of the request with a way of merging.
 *
 * @param code The way.
 * @param opaque The opaque, 0 to 2^32 - 1.
 * @returns A number that {@link mergeCodeOf} and {@link mergeOpaqueOf} take apart.
 */
export function withOpaque(code: MergeCode, opaque: number): number {
  return opaque * CODES + code;
}

/**
 * The way of merging.
 *
 * @param merge What the decoder noted.
 * @returns One of {@link MergeCode}.
 */
export function mergeCodeOf(merge: number): MergeCode {
  return merge % CODES as MergeCode;
}

/**
 * The opaque that was noted.
 *
 * @param merge What the decoder noted.
 * @returns 0 to 2^32 - 1.
 */
export function mergeOpaqueOf(merge: number): number {
  return Math.floor(merge / CODES);
}
