/**
 * The file that tells others which process to signal, and that keeps a second one from starting over it.
 *
 * The process keeps the file open and locked (flock) for as long as it lives: the kernel gives the lock back however the
 * process ends, so that a file which was left behind never keeps anybody from starting, even if its number is some other
 * program's by now. To look whether a process lives takes permissions that the program does not have.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { strerror } from "../net/strerror.ts";

/**
 * How long an old runtime, which can only wait for a lock, waits for one, in milliseconds: a free lock is there at once,
 * even on a machine that is busy.
 */
const LOCK_WAIT_MS = 1000;
/** How often a file is opened anew that was removed between opening and locking it. */
const ATTEMPTS_MAX = 10;

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
   * @param reason Why: in words, or what writing it threw.
   */
  constructor(path: string, reason: unknown) {
    const words = typeof reason === "string" ? reason : strerror(reason);
    super(`opening pid file '${path}' failed: ${words}`, { cause: reason });
    this.path = path;
  }
}

/** The pid file of this process; made by {@link PidFile.write}. */
export class PidFile {
  readonly #path: string;
  readonly #file: Deno.FsFile;

  private constructor(path: string, file: Deno.FsFile) {
    this.#path = path;
    this.#file = file;
  }

  /**
   * Writes this process's id, in decimal digits without a line feed, over whatever the file held.
   *
   * @param path Where the file is; it gets mode 0644 if it is new.
   * @param clock Keeps the time.
   * @returns The file, which is this process's own until it is removed.
   * @throws {PidFileError} If it cannot be written, or is that of a process that lives.
   */
  static async write(path: string, clock: Clock): Promise<PidFile> {
    const file = await openLocked(path, clock);
    try {
      file.truncateSync(0);
      file.writeSync(new TextEncoder().encode(String(Deno.pid)));
    } catch (error) {
      file.close();
      throw new PidFileError(path, error);
    }
    return new PidFile(path, file);
  }

  /**
   * Removes the file at the end of the process, unless somebody has written another id into it since. Never throws: a
   * process that is ending has nothing better to do than to end.
   *
   * @returns True if it was removed.
   */
  remove(): boolean {
    try {
      if (readPid(this.#path) !== String(Deno.pid)) return false;
      Deno.removeSync(this.#path);
      return true;
    } catch {
      // Somebody else has removed it, or does not let it be removed.
      return false;
    } finally {
      this.#file.close();
    }
  }
}

async function openLocked(path: string, clock: Clock): Promise<Deno.FsFile> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
    let file: Deno.FsFile | null = null;
    try {
      file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o644 });
      if (!await lock(file, clock)) {
        throw new PidFileError(path, `process ${readPid(path) || "(starting)"} is running`);
      }
      if (isStillThere(path, file)) return file;
    } catch (error) {
      file?.close();
      throw error instanceof PidFileError ? error : new PidFileError(path, error);
    }
    // Its process removed it at the end, after it was opened here.
    file.close();
  }
  throw new PidFileError(path, "it is removed again and again");
}

/** Takes the lock if it is free; where files cannot be locked, nobody holds one. */
async function lock(file: Deno.FsFile, clock: Clock): Promise<boolean> {
  try {
    const { tryLock } = file as { tryLock?: (exclusive: boolean) => Promise<boolean> };
    if (tryLock !== undefined) return await tryLock.call(file, true);
    let cancel = (): void => {};
    const patience = new Promise<boolean>((resolve) => {
      cancel = clock.after(() => resolve(false), LOCK_WAIT_MS);
    });
    return await Promise.race([file.lock(true).then(() => true), patience]).finally(cancel);
  } catch (error) {
    if (error instanceof Deno.errors.NotSupported) return true;
    throw error;
  }
}

function isStillThere(path: string, file: Deno.FsFile): boolean {
  try {
    const [there, here] = [Deno.statSync(path), file.statSync()];
    return there.ino === here.ino && there.dev === here.dev;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function readPid(path: string): string {
  return Deno.readTextFileSync(path).trim();
}
