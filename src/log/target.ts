/**
 * Where the log's bytes go: a file or the standard error stream.
 *
 * @module
 */

import { strerror } from "../net/strerror.ts";

/** Takes bytes, in the order in which they are given. */
export interface LogTarget {
  /** Writes some of the bytes, at least one, and says how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** Gives back what the target holds. */
  close(): void;
}

/** Thrown when a log file cannot be opened. */
export class LogFileError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "LogFileError";
  /** The file. */
  readonly path: string;

  /**
   * Makes the error.
   *
   * @param path The file.
   * @param cause What opening it threw.
   */
  constructor(path: string, cause: unknown) {
    super(`opening log file '${path}' failed: ${strerror(cause)}`, { cause });
    this.path = path;
  }
}

/** The standard error stream, which stays open. */
export const stderrTarget: LogTarget = {
  write: (bytes) => Deno.stderr.write(bytes),
  close: () => {},
};

/** What the names of the standard streams stand for; they are no files that a program with few permissions may open. */
export const standardTargets: Readonly<Record<string, LogTarget>> = {
  "/dev/stdout": { write: (bytes) => Deno.stdout.write(bytes), close: () => {} },
  "/dev/stderr": stderrTarget,
};

/** Takes everything and keeps nothing. */
export const nullTarget: LogTarget = {
  write: (bytes) => Promise.resolve(bytes.length),
  close: () => {},
};

/**
 * Opens a log file to append to, and makes it if there is none.
 *
 * @param path Where it is; `/dev/stdout` and `/dev/stderr` are the process' own streams.
 * @returns The open file.
 * @throws {LogFileError} If it cannot be opened.
 */
export async function openLogFile(path: string): Promise<LogTarget> {
  if (path in standardTargets) return standardTargets[path];
  try {
    return await Deno.open(path, { append: true, create: true, mode: 0o644 });
  } catch (error) {
    throw new LogFileError(path, error);
  }
}
