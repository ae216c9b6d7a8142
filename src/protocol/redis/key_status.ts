/**
 * What can be wrong with the arguments that say where a request's keys are.
 *
 * @module
 */

/** The outcome of a search for keys. */
export const KeyStatus = {
  /** The keys are found, if the command has any. */
  OK: 0,
  /** Too few or too many arguments, or a key without its value. */
  WRONG_ARITY: 1,
  /** The number of keys is no 64-bit integer. */
  NOT_AN_INTEGER: 2,
  /** The number of keys is no 64-bit integer, in the words of FCALL. */
  BAD_NUMKEYS: 3,
  /** The number of keys is negative where zero is allowed. */
  NEGATIVE_NUMKEYS: 4,
  /** The number of keys is zero or negative, or no integer. */
  NUMKEYS_NOT_POSITIVE: 5,
  /** The number of keys is zero or negative, in the words of the sorted sets. */
  NO_INPUT_KEY: 6,
  /** The number of keys is larger than what follows it. */
  TOO_MANY_NUMKEYS: 7,
  /** The arguments are not in an order that the command knows. */
  SYNTAX: 8,
  /** There is not one ID for every stream. */
  UNBALANCED_STREAMS: 9,
} as const;

/** One of {@link KeyStatus}. */
export type KeyStatus = typeof KeyStatus[keyof typeof KeyStatus];
