/**
 * The levels of a log by their names.
 *
 * @module
 */

import { Level, type LogLevel } from "./level.ts";
import type { Log } from "./log.ts";

/** A log that has to say only what becomes of a line. */
export abstract class LeveledLog implements Log {
  /** See {@link Log.enabled}. */
  abstract enabled(level: LogLevel): boolean;

  /** See {@link Log.write}. */
  abstract write(level: LogLevel, module: string, text: string): void;

  /** See {@link Log.always}. */
  always(module: string, text: string): void {
    this.write(Level.EMERG, module, text);
  }

  /** See {@link Log.error}. */
  error(module: string, text: string): void {
    this.write(Level.ALERT, module, text);
  }

  /** See {@link Log.warn}. */
  warn(module: string, text: string): void {
    this.write(Level.WARN, module, text);
  }

  /** See {@link Log.notice}. */
  notice(module: string, text: string): void {
    this.write(Level.NOTICE, module, text);
  }

  /** See {@link Log.info}. */
  info(module: string, text: string): void {
    this.write(Level.INFO, module, text);
  }

  /** See {@link Log.debug}. */
  debug(module: string, text: string): void {
    this.write(Level.DEBUG, module, text);
  }

  /** See {@link Log.verbose}. */
  verbose(module: string, text: string): void {
    this.write(Level.VERB, module, text);
  }
}
