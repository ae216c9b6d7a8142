/**
 * How long files and functions may be.
 *
 * @module
 */

import type { Complaint, Source } from "./sources.ts";

/** Lines of a file, at most; half of that is what is aimed at. */
export const FILE_LINES_MAX = 500;
/** Lines of a function, at most. */
export const FUNCTION_LINES_MAX = 70;

/** Files that may be longer, with the reason. */
export const LONG_FILES: ReadonlyMap<string, string> = new Map([
  ["src/protocol/redis/commands.ts", "a table: one line per command of redis"],
]);

/**
 * Checks the length of files.
 *
 * @param sources Modules.
 * @param exempt Files that may be longer.
 * @returns A complaint per file.
 */
export function checkFileLength(
  sources: readonly Source[],
  exempt: ReadonlyMap<string, string> = LONG_FILES,
): Complaint[] {
  const complaints: Complaint[] = [];
  for (const { path, text } of sources) {
    const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
    if (lines > FILE_LINES_MAX && !exempt.has(path)) {
      complaints.push({ path, line: 1, text: `has ${lines} lines, more than ${FILE_LINES_MAX}` });
    }
  }
  return complaints;
}

/**
 * Checks the length of functions.
 *
 * @param sources Modules.
 * @returns A complaint per function that is too long.
 */
export function checkFunctionLength(sources: readonly Source[]): Complaint[] {
  const complaints: Complaint[] = [];
  for (const { path, functions } of sources) {
    for (const { name, line, lines } of functions) {
      if (lines <= FUNCTION_LINES_MAX) continue;
      const what = name === null ? "a function" : `the function ${name}`;
      complaints.push({ path, line, text: `${what} has ${lines} lines, more than ${FUNCTION_LINES_MAX}` });
    }
  }
  return complaints;
}
