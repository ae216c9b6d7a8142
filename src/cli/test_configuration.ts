/**
 * `-t`: tells whether a configuration file can be used, and if not, why.
 *
 * @module
 */

import { ConfigError } from "../config/error.ts";
import { readConfig } from "../config/load.ts";
import type { Outside } from "../config/structures.ts";

/** What `-t` shows and how it ends. */
export interface TestResult {
  /** For stderr; the last line is the reference's. */
  readonly lines: readonly string[];
  /** 0 if the file can be used, otherwise 1. */
  readonly exitCode: 0 | 1;
}

/**
 * Tests a configuration file: everything but host names, which are resolved when they are used.
 *
 * @param path The file's path.
 * @param outside Reads the file and what it refers to; a function reads files, and then there are no variables.
 * @returns A line for each problem, then the verdict.
 */
export function testConfiguration(
  path: string,
  outside: Outside | ((path: string) => Uint8Array),
): TestResult {
  const verdict = `nutcracker: configuration file '${path}' syntax is`;
  try {
    readConfig(path, outside);
    return { lines: [`${verdict} ok`], exitCode: 0 };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { lines: [...error.lines, `${verdict} invalid`], exitCode: 1 };
  }
}
