/**
 * Where counters and histograms lie: in memory of one isolate, or in memory that several share.
 *
 * Shared numbers need no locks: each array has one writer, and whoever reads adds up the arrays of all. A reader may see
 * one number a moment earlier than another, never half of one: a double is written in one piece.
 *
 * @module
 */

/**
 * Gives numbers that all stand at zero.
 *
 * @param length How many.
 */
export type NumberMemory = (length: number) => Float64Array;

/**
 * Gives numbers that only this isolate sees.
 *
 * @param length How many.
 * @returns The numbers.
 */
export function privateMemory(length: number): Float64Array {
  return new Float64Array(length);
}

/**
 * Gives numbers that every isolate sees that the array is sent to.
 *
 * @param length How many.
 * @returns The numbers.
 */
export function sharedMemory(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(length * Float64Array.BYTES_PER_ELEMENT));
}
