/**
 * Assertions about the program's own state.
 *
 * A failed assertion is a defect of this program, never the fault of a peer: what a peer sends is
 * answered with a status, not with an exception.
 *
 * @module
 */

/** Thrown when an invariant of the program does not hold. */
export class AssertionError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "AssertionError";
}

/**
 * Throws unless the condition holds.
 *
 * @param condition What must be true.
 * @param invariant The sentence that is broken if it is not.
 * @throws {AssertionError} If the condition is false.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new AssertionError(invariant);
}
