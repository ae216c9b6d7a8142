/**
 * When the samples were taken, in a ring; and the columns of numbers that are sampled then.
 *
 * ```text
 *   times    [ 12:00:03 | 12:00:04 | 11:45:05 | 11:45:06 | … ]     one ring for all
 *   column   [    310   |    290   |    301   |    299   | … ]     one per series, with the same places
 *                                ▲ the next sample replaces the oldest
 * ```
 *
 * A column that begins later has NaN, "nothing", before.
 *
 * @module
 */

/** The numbers of one series, at the places of its timeline. */
export type Column = Float32Array;

/** See the module. */
export class Timeline {
  readonly #timesMs: Float64Array;
  #next = 0;
  #count = 0;

  /**
   * Makes an empty timeline.
   *
   * @param samplesMax How many samples it keeps.
   */
  constructor(samplesMax: number) {
    this.#timesMs = new Float64Array(samplesMax);
  }

  /** Makes a column for its samples. */
  column(): Column {
    return new Float32Array(this.#timesMs.length).fill(NaN);
  }

  /**
   * Begins a sample.
   *
   * @param timeMs When, in milliseconds since the Unix epoch; later than the one before.
   * @returns Its place in the columns.
   */
  begin(timeMs: number): number {
    const at = this.#next;
    this.#timesMs[at] = timeMs;
    this.#next = (at + 1) % this.#timesMs.length;
    this.#count = Math.min(this.#count + 1, this.#timesMs.length);
    return at;
  }

  /** When the latest sample was taken, in milliseconds since the Unix epoch; 0 if there is none. */
  get latestMs(): number {
    return this.#count === 0 ? 0 : this.#timesMs[this.#place(this.#count - 1)];
  }

  /**
   * Counts the samples that were taken later than a moment.
   *
   * @param timeMs The moment, in milliseconds since the Unix epoch.
   * @returns How many there are.
   */
  countAfter(timeMs: number): number {
    let count = 0;
    while (count < this.#count && this.#timesMs[this.#place(this.#count - 1 - count)] > timeMs) count++;
    return count;
  }

  /**
   * Gives when the latest samples were taken.
   *
   * @param count How many of them.
   * @returns Milliseconds since the Unix epoch, the oldest first.
   */
  timesMs(count: number): number[] {
    return this.#latest(this.#timesMs, count);
  }

  /**
   * Gives the latest numbers of a column.
   *
   * @param column The column.
   * @param count How many; NaN stands in place of those that are not there.
   * @returns The numbers, the oldest first.
   */
  values(column: Column, count: number): number[] {
    return this.#latest(column, count);
  }

  #latest(ring: ArrayLike<number>, count: number): number[] {
    const known = Math.min(count, this.#count);
    return Array.from({ length: known }, (_, i) => ring[this.#place(this.#count - known + i)]);
  }

  /** The place of a sample, counted from the oldest. */
  #place(index: number): number {
    const { length } = this.#timesMs;
    return (this.#next - this.#count + index + length) % length;
  }
}
