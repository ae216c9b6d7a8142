/**
 * `@std/assert` over the platform's `node:assert/strict`; only what the project uses.
 *
 * @module
 */

import assertions from "node:assert/strict";

/**
 * Fails unless the value is truthy.
 *
 * @param value The value.
 * @param message What to say if it is not.
 */
export function assert(value: unknown, message?: string): asserts value {
  assertions.ok(value, message);
}

/**
 * Fails unless both values are deeply and strictly equal.
 *
 * @param actual What was found.
 * @param expected What it should be.
 * @param message What to say if they differ.
 */
export function assertEquals<T>(actual: T, expected: T, message?: string): void {
  assertions.deepStrictEqual(actual, expected, message);
}

/**
 * Fails if both values are deeply and strictly equal.
 *
 * @param actual What was found.
 * @param expected What it should not be.
 * @param message What to say if they are equal.
 */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void {
  assertions.notDeepStrictEqual(actual, expected, message);
}

/**
 * Fails unless the text contains the part.
 *
 * @param actual The text.
 * @param expected The part.
 * @param message What to say if it does not.
 */
export function assertStringIncludes(actual: string, expected: string, message?: string): void {
  assertions.ok(
    actual.includes(expected),
    message ?? `${JSON.stringify(actual)} does not contain ${JSON.stringify(expected)}`,
  );
}

/**
 * Fails unless the text matches.
 *
 * @param actual The text.
 * @param expected The pattern.
 * @param message What to say if it does not.
 */
export function assertMatch(actual: string, expected: RegExp, message?: string): void {
  assertions.match(actual, expected, message);
}

/**
 * Fails unless the function throws.
 *
 * @param fn The function.
 * @param ErrorClass Which class of error it must throw.
 * @param part Which text its message must contain.
 * @returns The error.
 */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  // deno-lint-ignore no-explicit-any
  ErrorClass: new (...args: any[]) => E = Error as any,
  part = "",
): E {
  try {
    fn();
  } catch (error) {
    assertions.ok(error instanceof ErrorClass, `threw ${error}, not a ${ErrorClass.name}`);
    assertStringIncludes(error.message, part);
    return error;
  }
  assertions.fail(`did not throw a ${ErrorClass.name}`);
}

/**
 * Fails unless the promise is rejected.
 *
 * @param fn Makes the promise.
 * @param ErrorClass With which class of error.
 * @param part Which text its message must contain.
 * @returns The error.
 */
export async function assertRejects<E extends Error = Error>(
  fn: () => Promise<unknown>,
  // deno-lint-ignore no-explicit-any
  ErrorClass: new (...args: any[]) => E = Error as any,
  part = "",
): Promise<E> {
  try {
    await fn();
  } catch (error) {
    assertions.ok(error instanceof ErrorClass, `rejected with ${error}, not a ${ErrorClass.name}`);
    assertStringIncludes(error.message, part);
    return error;
  }
  assertions.fail(`was not rejected with a ${ErrorClass.name}`);
}
