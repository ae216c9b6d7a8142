/**
 * Notices that a file was replaced or written to.
 *
 * It is looked at from time to time, which works on every file system and through links that are moved (as orchestrators
 * do it), and asks for nothing but the permission to read. A change is told when it has stood for a whole period, so
 * that a file that is still being written is not read: half a configuration may well be a valid one.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";

/** How often a file is looked at, in milliseconds. */
export const FILE_WATCH_MS = 500;

/** Says what a file looks like from outside; another text means that it was changed. Null: there is none. */
export type FileStamp = (path: string) => Promise<string | null>;

/**
 * The stamp of a file on disk.
 *
 * @param path Its path; links are followed.
 * @returns Its identity, its size and when it was last written; null if it cannot be looked at.
 */
export async function fileStamp(path: string): Promise<string | null> {
  try {
    const { dev, ino, size, mtime } = await Deno.stat(path);
    return `${dev}:${ino}:${size}:${mtime?.getTime()}`;
  } catch {
    // Between the removal of a file and the new one there is none, which is no news yet.
    return null;
  }
}

/** Watches one file. */
export class FileWatch {
  readonly #path: string;
  readonly #stampOf: FileStamp;
  readonly #onChange: () => void;
  /** What the file looked like when it was last told of, or first looked at. */
  #told: string | null = null;
  /** What it looked like the last time. */
  #seen: string | null = null;
  #isLooking = false;
  #stop: (() => void) | null = null;

  /**
   * Makes a watch that has not looked yet.
   *
   * @param path The file.
   * @param onChange Is called after each change; not while the file is missing.
   * @param stampOf Looks at the file.
   */
  constructor(path: string, onChange: () => void, stampOf: FileStamp = fileStamp) {
    this.#path = path;
    this.#onChange = onChange;
    this.#stampOf = stampOf;
  }

  /** Takes note of what the file looks like now: call it before the file is read for the first time. */
  async begin(): Promise<void> {
    this.#told = this.#seen = await this.#stampOf(this.#path);
  }

  /**
   * Begins to tell of changes since {@link begin}.
   *
   * @param clock Keeps the time.
   */
  start(clock: Clock): void {
    this.#stop = clock.every(() => void this.#look(), FILE_WATCH_MS);
  }

  /** Ends it. */
  stop(): void {
    this.#stop?.();
    this.#stop = null;
  }

  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const stamp = await this.#stampOf(this.#path);
    this.#isLooking = false;
    const isStable = stamp === this.#seen;
    this.#seen = stamp;
    if (this.#stop === null || stamp === null || stamp === this.#told || !isStable) return;
    this.#told = stamp;
    this.#onChange();
  }
}
