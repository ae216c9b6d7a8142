/**
 * Collects what is wrong while a file is read, so that one run shows all of it.
 *
 * @module
 */

import { ConfigError, type ConfigProblem } from "./error.ts";
import { positionAt } from "./text.ts";

/** The problems of one file. */
export class Problems {
  /** The file's path as it was given. */
  readonly path: string;
  readonly #text: string;
  readonly #found: { start: number; problem: ConfigProblem }[] = [];

  /**
   * Makes an empty collection.
   *
   * @param path The file's path as it was given.
   * @param text The file's text.
   */
  constructor(path: string, text: string) {
    this.path = path;
    this.#text = text;
  }

  /** How many there are. */
  get count(): number {
    return this.#found.length;
  }

  /**
   * Adds a problem.
   *
   * @param start Offset of the first character that is wrong.
   * @param reason What is wrong.
   * @param key The directive that it is about.
   * @param value The value that it is about.
   */
  add(start: number, reason: string, key: string | null = null, value: string | null = null): void {
    this.#found.push({ start, problem: { ...positionAt(this.#text, start), key, value, reason } });
  }

  /**
   * Ends a phase of reading.
   *
   * @throws {ConfigError} If anything has been added; the first in the text is the one reported.
   */
  throwIfAny(): void {
    if (this.#found.length === 0) return;
    const [first, ...others] = this.#found.sort((a, b) => a.start - b.start).map((entry) => entry.problem);
    throw new ConfigError(this.path, first, others);
  }
}
