/**
 * Finds out how many descriptors the process may still open. No API of Deno tells the limit (`RLIMIT_NOFILE`), so it is
 * felt for: files are opened until that fails or there are enough, and closed again. That goes by small steps, because
 * each costs about 20 µs, and other things need the event loop meanwhile.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { errnoOf } from "../net/strerror.ts";

/** How many files are opened at a step: about a millisecond's work. */
const STEP_FILES = 48;
/** How many descriptors are left to others between two steps. */
const SPARE_FILES = 32;
/** How long a step comes after the one before, in milliseconds. */
const STEP_MS = 5;

/** An open file. */
export interface ProbeFile {
  /** Closes it. */
  close(): void;
}

/** What a probe needs of the world. */
export interface ProbeSurroundings {
  /** Keeps the time. */
  readonly clock: Clock;
  /** Opens a file; throws if it cannot. */
  readonly open: () => ProbeFile;
}

/** A file that every system of ours has, which programs may read that may read files. */
export const NULL_FILE = "/dev/null";

/**
 * Opens {@link NULL_FILE}.
 *
 * @returns The open file.
 */
export function openNull(): ProbeFile {
  return Deno.openSync(NULL_FILE);
}

/** See the module. */
export class DescriptorProbe {
  readonly #surroundings: ProbeSurroundings;
  readonly #files: ProbeFile[] = [];
  #stopTimer: () => void = () => {};

  /**
   * Makes a probe that has not begun.
   *
   * @param surroundings What it needs.
   */
  constructor(surroundings: ProbeSurroundings) {
    this.#surroundings = surroundings;
  }

  /**
   * Begins.
   *
   * @param enough How many descriptors are enough.
   * @param onEnd Is called once, unless it is stopped before: with how many more descriptors could be opened at that
   *   moment, or with null if there are enough, or if it cannot be found out.
   */
  start(enough: number, onEnd: (spare: number | null) => void): void {
    const { clock } = this.#surroundings;
    this.#stopTimer = clock.every(() => {
      const isExhausted = this.#openSome();
      if (isExhausted === false && this.#files.length < enough) return this.#close(SPARE_FILES);
      const spare = isExhausted ? this.#files.length : null;
      this.stop();
      onEnd(spare);
    }, STEP_MS);
  }

  /** Ends it, and closes what is open. */
  stop(): void {
    this.#stopTimer();
    this.#close(this.#files.length);
  }

  /** Takes a step. Says whether it came to the limit; null if it can go no further for another reason. */
  #openSome(): boolean | null {
    try {
      for (let i = 0; i < STEP_FILES + SPARE_FILES; i++) this.#files.push(this.#surroundings.open());
      return false;
    } catch (error) {
      return errnoOf(error) === "EMFILE" ? true : null;
    }
  }

  #close(count: number): void {
    for (const file of this.#files.splice(this.#files.length - count)) file.close();
  }
}
