/**
 * `@std/log`: records, loggers and handlers; only what the project uses.
 *
 * @module
 */

/** The levels by name. */
export const LogLevels = { NOTSET: 0, DEBUG: 10, INFO: 20, WARN: 30, ERROR: 40, CRITICAL: 50 } as const;

/** The name of a level. */
export type LevelName = keyof typeof LogLevels;

/** The number of a level: the greater, the graver. */
export type LogLevel = typeof LogLevels[LevelName];

/** What a record is made of. */
export interface LogRecordOptions {
  /** The message. */
  msg: string;
  /** What else the logger was given. */
  args: unknown[];
  /** The level. */
  level: LogLevel;
  /** Which logger it went to. */
  loggerName: string;
}

/** A message on its way from a logger to its handlers. */
export class LogRecord {
  /** The message. */
  readonly msg: string;
  /** What else the logger was given. */
  readonly args: unknown[];
  /** The level. */
  readonly level: LogLevel;
  /** Which logger it went to. */
  readonly loggerName: string;

  /**
   * Makes a record.
   *
   * @param options Its parts.
   */
  constructor(options: LogRecordOptions) {
    this.msg = options.msg;
    this.args = options.args;
    this.level = options.level;
    this.loggerName = options.loggerName;
  }
}

/** Makes the text of a record. */
export type FormatterFunction = (logRecord: LogRecord) => string;

/** How a handler is set up. */
export interface BaseHandlerOptions {
  /** Makes the text. */
  formatter?: FormatterFunction;
}

/** Takes the records of a logger. */
export abstract class BaseHandler {
  /** The least grave level that is taken. */
  readonly level: LogLevel;
  /** Makes the text. */
  formatter: FormatterFunction;

  /**
   * Makes a handler.
   *
   * @param levelName The least grave level that is taken.
   * @param options How it is set up.
   */
  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.level = LogLevels[levelName];
    this.formatter = options.formatter ?? ((record) => record.msg);
  }

  /** Formats a record and logs it, if its level is grave enough. */
  handle(logRecord: LogRecord): void {
    if (logRecord.level >= this.level) this.log(this.formatter(logRecord));
  }

  /** Writes a text to where the handler leads. */
  abstract log(msg: string): void;
}

/** How a logger is set up. */
export interface LoggerOptions {
  /** Who takes its records. */
  handlers?: BaseHandler[];
}

/** Makes records of messages and hands them to handlers. */
export class Logger {
  /** The least grave level that is logged. */
  readonly level: LogLevel;
  /** The logger's name. */
  readonly loggerName: string;
  /** Who takes its records. */
  handlers: BaseHandler[];

  /**
   * Makes a logger.
   *
   * @param loggerName Its name.
   * @param levelName The least grave level that is logged.
   * @param options How it is set up.
   */
  constructor(loggerName: string, levelName: LevelName, options: LoggerOptions = {}) {
    this.loggerName = loggerName;
    this.level = LogLevels[levelName];
    this.handlers = options.handlers ?? [];
  }

  /** Logs at DEBUG. */
  debug(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.DEBUG, msg, args);
  }

  /** Logs at INFO. */
  info(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.INFO, msg, args);
  }

  /** Logs at WARN. */
  warn(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.WARN, msg, args);
  }

  /** Logs at ERROR. */
  error(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.ERROR, msg, args);
  }

  /** Logs at CRITICAL. */
  critical(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.CRITICAL, msg, args);
  }

  #log(level: LogLevel, msg: string, args: unknown[]): string {
    if (level < this.level) return msg;
    const record = new LogRecord({ msg, args, level, loggerName: this.loggerName });
    for (const handler of this.handlers) handler.handle(record);
    return msg;
  }
}
