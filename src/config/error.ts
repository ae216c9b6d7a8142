/**
 * What is wrong with a configuration file, and where.
 *
 * @module
 */

/** One thing that is wrong. */
export interface ConfigProblem {
  /** Line, from 1; 0 if the problem has no place in the text. */
  readonly line: number;
  /** Column in characters, from 1; 0 if the problem has no place in the text. */
  readonly column: number;
  /** The directive that it is about, or null. */
  readonly key: string | null;
  /** The value as the file has it, or null; always null for a password. */
  readonly value: string | null;
  /** What is wrong, beginning with the reference's own words where it has some. */
  readonly reason: string;
}

/** Thrown for a configuration that cannot be used. */
export class ConfigError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "ConfigError";
  /** The file's path as it was given. */
  readonly path: string;
  /** Line of the first problem, from 1; 0 if it has no place in the text. */
  readonly line: number;
  /** Column of the first problem, from 1; 0 if it has no place in the text. */
  readonly column: number;
  /** The directive that the first problem is about, or null. */
  readonly key: string | null;
  /** The value that the first problem is about, or null. */
  readonly value: string | null;
  /** What is wrong first. */
  readonly reason: string;
  /** Everything else that is wrong. */
  readonly others: readonly ConfigProblem[];

  /**
   * Makes the error.
   *
   * @param path The file's path as it was given.
   * @param first What to report.
   * @param others What else is wrong.
   */
  constructor(path: string, first: ConfigProblem, others: readonly ConfigProblem[] = []) {
    super(formatProblem(path, first));
    this.path = path;
    this.line = first.line;
    this.column = first.column;
    this.key = first.key;
    this.value = first.value;
    this.reason = first.reason;
    this.others = others;
  }

  /** Every problem as a line of its own, the first one first. */
  get lines(): string[] {
    return [this.message, ...this.others.map((problem) => formatProblem(this.path, problem))];
  }
}

/**
 * Formats a problem for people and editors.
 *
 * @param path The file's path.
 * @param problem What is wrong.
 * @returns `FILE:LINE:COLUMN: reason`, or `FILE: reason` for a problem without a place.
 */
function formatProblem(path: string, problem: ConfigProblem): string {
  const place = problem.line === 0 ? path : `${path}:${problem.line}:${problem.column}`;
  return `${place}: ${problem.reason}`;
}
