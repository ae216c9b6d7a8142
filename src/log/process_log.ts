/**
 * The log of a running process.
 *
 * @module
 */

import { Logger, type LogRecord } from "@std/log";
import type { Clock } from "../base/clock.ts";
import { clampLevel, Level, type LogLevel } from "./level.ts";
import { CLOSE_WAIT_MS } from "./limits.ts";
import { formatJsonLine, formatLine } from "./line.ts";
import { LeveledLog } from "./leveled_log.ts";
import { QueueHandler } from "./queue_handler.ts";
import { Repeats } from "./repeats.ts";
import { type LogTarget, nullTarget, openLogFile, standardTargets, stderrTarget } from "./target.ts";

/** Where the log goes, and what of it. */
export interface LogOptions {
  /** The file to append to; null is the standard error stream. */
  readonly path: string | null;
  /** The greatest level that is written. */
  readonly level: LogLevel;
  /** Tells the time. */
  readonly clock: Clock;
  /** How lines are written; as text unless given. */
  readonly format?: "text" | "json";
}

/** What a line carries through `@std/log` beside its text. */
interface LineDetails {
  readonly level: LogLevel;
  readonly module: string;
  readonly wallTimeMs: number;
}

type Format = (details: LineDetails, text: string) => string;

const formats: Readonly<Record<"text" | "json", Format>> = {
  text: ({ module, wallTimeMs }, text) => formatLine(wallTimeMs, module, text),
  json: ({ level, module, wallTimeMs }, text) => formatJsonLine(wallTimeMs, level, module, text),
};

/** A log with a level that can be moved and a file that can be reopened; made by {@link openLog}. */
export class ProcessLog extends LeveledLog {
  #level: LogLevel;
  readonly #path: string | null;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #handler: QueueHandler;
  readonly #repeats = new Repeats();

  /**
   * Makes a log over an open target.
   *
   * @param options Where it goes, and what of it.
   * @param target What `options.path` stands for.
   */
  constructor(options: LogOptions, target: LogTarget) {
    super();
    this.#level = options.level;
    this.#path = options.path;
    this.#clock = options.clock;
    const format = formats[options.format ?? "text"];
    this.#handler = new QueueHandler(target, {
      formatter: (record: LogRecord) => format(record.args[0] as LineDetails, record.msg),
      formatDropped: (lines) =>
        format(
          { level: Level.ALERT, module: "log", wallTimeMs: this.#clock.wallTime() },
          `dropped ${lines} lines`,
        ),
    });
    this.#logger = new Logger("nutcracker", "NOTSET", { handlers: [this.#handler] });
  }

  /** The greatest level that is written. */
  get level(): LogLevel {
    return this.#level;
  }

  /** How many lines were dropped, because the target took none, and are not reported yet. */
  get dropped(): number {
    return this.#handler.dropped;
  }

  /** See {@link Log.enabled}. */
  enabled(level: LogLevel): boolean {
    return level <= this.#level;
  }

  /** See {@link Log.write}. */
  write(level: LogLevel, module: string, text: string): void {
    if (level > this.#level) return;
    // Lines of requests are meant to be many, and what is said to everybody is said once.
    if (level > Level.EMERG && level < Level.VERB && module !== "access") {
      const nowMs = this.#clock.now();
      this.#tellLeftOut(nowMs);
      if (!this.#repeats.admits(`${module} ${text}`, level, nowMs)) return;
    }
    this.#write(level, module, text);
  }

  #tellLeftOut(nowMs: number): void {
    for (const { level, line, leftOut } of this.#repeats.over(nowMs)) {
      this.#write(level, "log", `${leftOut} lines more were like this: ${line}`);
    }
  }

  #write(level: LogLevel, module: string, text: string): void {
    const details: LineDetails = { level, module, wallTimeMs: this.#clock.wallTime() };
    if (level <= Level.CRIT) this.#logger.critical(text, details);
    else if (level === Level.ERR) this.#logger.error(text, details);
    else if (level === Level.WARN) this.#logger.warn(text, details);
    else if (level <= Level.INFO) this.#logger.info(text, details);
    else this.#logger.debug(text, details);
  }

  /**
   * Sets the level, and says so.
   *
   * @param level The greatest level that is written from now on.
   */
  setLevel(level: LogLevel): void {
    this.#level = level;
    this.always("log", `set log level to ${level}`);
  }

  /** Raises the level by one, up to 11, and says so: what SIGTTIN asks for. */
  levelUp(): void {
    if (this.#level === Level.PVERB) return;
    this.#level = clampLevel(this.#level + 1);
    this.always("log", `up log level to ${this.#level}`);
  }

  /** Lowers the level by one, down to 0, and says so: what SIGTTOU asks for. */
  levelDown(): void {
    if (this.#level === Level.EMERG) return;
    this.#level = clampLevel(this.#level - 1);
    this.always("log", `down log level to ${this.#level}`);
  }

  /**
   * Opens the file anew, after it was renamed: what SIGHUP asks for. Lines that were written before the call go to the old
   * file, later ones to the new one. If the file cannot be opened, the old one is kept and an error is written to it. The
   * standard streams stay as they are.
   *
   * @returns A promise that resolves when the old file is closed or kept.
   */
  async reopen(): Promise<void> {
    if (this.#path === null) return;
    let failure: Error | null = null;
    const opening = openLogFile(this.#path).catch((error: Error) => {
      failure = error;
      return null;
    });
    await this.#handler.switchTo(opening);
    if (failure !== null) this.error("log", (failure as Error).message);
  }

  /** Drops all further lines, unless they go to a file: the standard streams lead nowhere from now on. */
  async silence(): Promise<void> {
    if (this.#path === null || this.#path in standardTargets) await this.#handler.switchTo(nullTarget);
  }

  /** Resolves when all lines so far have been written or dropped. */
  flush(): Promise<void> {
    return this.#handler.flush();
  }

  /**
   * Writes what is queued and closes the file. Waits `CLOSE_WAIT_MS` at most, so that a reader that has stopped cannot keep
   * the process from ending. Lines that come later go to the standard error stream.
   */
  async close(): Promise<void> {
    this.#tellLeftOut(Infinity);
    let cancel = (): void => {};
    const patience = new Promise<void>((resolve) => cancel = this.#clock.after(resolve, CLOSE_WAIT_MS));
    await Promise.race([this.#handler.switchTo(stderrTarget), patience]);
    cancel();
  }
}

/**
 * Opens the log.
 *
 * @param options Where it goes, and what of it.
 * @returns The log.
 * @throws {LogFileError} If its file cannot be opened: `opening log file 'X' failed: <strerror>`.
 */
export async function openLog(options: LogOptions): Promise<ProcessLog> {
  return new ProcessLog(options, options.path === null ? stderrTarget : await openLogFile(options.path));
}
