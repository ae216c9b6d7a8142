/**
 * The file that tells others which process to signal.
 *
 * @module
 */

import { strerror } from "../net/strerror.ts";

/** Thrown when the pid file cannot be written. */
export class PidFileError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "PidFileError";
  /** The file. */
  readonly path: string;

  /**
   * Makes the error.
   *
   * @param path The file.
   * @param cause What writing it threw.
   */
  constructor(path: string, cause: unknown) {
    super(`opening pid file '${path}' failed: ${strerror(cause)}`, { cause });
    this.path = path;
  }
}

/**
 * Writes this process's id, in decimal digits without a line feed, over whatever the file held.
 *
 * @param path Where the file is; it gets mode 0644 if it is new.
 * @throws {PidFileError} If it cannot be written.
 */
export function writePidFile(path: string): void {
  try {
    Deno.writeTextFileSync(path, String(Deno.pid), { mode: 0o644 });
  } catch (error) {
    throw new PidFileError(path, error);
  }
}

/**
 * Removes the file at the end of the process, unless another process has written its own id into it since. Never throws: a
 * process that is ending has nothing better to do than to end.
 *
 * @param path Where the file is.
 * @returns True if it was removed.
 */
export function removePidFile(path: string): boolean {
  try {
    if (Deno.readTextFileSync(path) !== String(Deno.pid)) return false;
    Deno.removeSync(path);
    return true;
  } catch {
    return false;
  }
}
