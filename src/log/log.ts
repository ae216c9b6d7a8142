/**
 * What the other rooms know of the log.
 *
 * @module
 */

import type { LogLevel } from "./level.ts";

/**
 * Takes lines. No method throws, waits or blocks.
 *
 * Where a text is costly to make, ask {@link Log.enabled} first.
 */
export interface Log {
  /**
   * Says whether lines of a level are written now.
   *
   * @param level The level.
   * @returns True if they are.
   */
  enabled(level: LogLevel): boolean;
  /**
   * Writes a line if its level is enabled.
   *
   * @param level Its level.
   * @param module Who speaks, such as `proxy`.
   * @param text One sentence; control characters are escaped.
   */
  write(level: LogLevel, module: string, text: string): void;
  /** Writes a line at every level: EMERG, 0. */
  always(module: string, text: string): void;
  /** Writes an error: ALERT, 1, so that it shows from `-v 1` on, as in the reference. */
  error(module: string, text: string): void;
  /** Writes a warning: WARN, 4. */
  warn(module: string, text: string): void;
  /** Writes what is worth knowing: NOTICE, 5, the last level that shows without `-v`. */
  notice(module: string, text: string): void;
  /** Writes life cycles and ejections: INFO, 6. */
  info(module: string, text: string): void;
  /** Writes details: DEBUG, 7. */
  debug(module: string, text: string): void;
  /** Writes small details: VERB, 8. */
  verbose(module: string, text: string): void;
}

const ignore = (): void => {};

/** A log that nobody reads. */
export const nullLog: Log = Object.freeze({
  enabled: () => false,
  write: ignore,
  always: ignore,
  error: ignore,
  warn: ignore,
  notice: ignore,
  info: ignore,
  debug: ignore,
  verbose: ignore,
});
