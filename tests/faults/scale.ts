/**
 * How much the fault suite does: enough to find what is broken in CI, and the numbers that were promised on demand.
 *
 * @module
 */

/** The variable that says which part of the full numbers is done; 1 for all. */
export const SCALE_VARIABLE = "NUTCRACKER_FAULT_SCALE";

/**
 * Chooses a number.
 *
 * @param ci What is enough for every run of the tests.
 * @param full What was promised.
 * @returns `ci`, or the part of `full` that {@link SCALE_VARIABLE} asks for.
 */
export function scaled(ci: number, full: number): number {
  const text = Deno.env.get(SCALE_VARIABLE);
  if (text === undefined || text === "") return ci;
  const scale = Number(text);
  if (!(scale > 0)) throw new RangeError(`Cannot scale by "${text}": not a number above 0`);
  return Math.ceil(full * scale);
}
