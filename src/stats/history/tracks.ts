/**
 * The columns of one thing, such as a pool, one per series of a table.
 *
 * @module
 */

import type { Series } from "./series.ts";
import type { Column, Timeline } from "./timeline.ts";

/** See the module. */
export class Tracks {
  readonly #timeline: Timeline;
  readonly #series: readonly Series[];
  readonly #columns: readonly Column[];

  /**
   * Makes empty columns.
   *
   * @param timeline When they are sampled.
   * @param series What they hold.
   */
  constructor(timeline: Timeline, series: readonly Series[]) {
    this.#timeline = timeline;
    this.#series = series;
    this.#columns = series.map(() => timeline.column());
  }

  /**
   * Keeps a sample.
   *
   * @param at Its place, of {@link Timeline.begin}.
   * @param values A number per series; NaN for nothing.
   */
  write(at: number, values: ArrayLike<number>): void {
    this.#columns.forEach((column, i) => column[at] = values[i]);
  }

  /**
   * Gives the latest samples.
   *
   * @param name The series' name.
   * @param count How many.
   * @returns The numbers, the oldest first; NaN for nothing.
   */
  latest(name: string, count: number): number[] {
    return this.#timeline.values(
      this.#columns[this.#series.findIndex((series) => series.name === name)],
      count,
    );
  }

  /**
   * Gives the latest samples of all series.
   *
   * @param count How many of each.
   * @returns The numbers by the names of the series.
   */
  all(count: number): Record<string, number[]> {
    return Object.fromEntries(this.#series.map(({ name }) => [name, this.latest(name, count)]));
  }
}
