/**
 * The log as a worker has it: it makes lines, and the main isolate writes them.
 *
 * @module
 */

import type { LogLevel } from "../log/level.ts";
import { LeveledLog } from "../log/leveled_log.ts";
import { LINES_QUEUED_MAX } from "./limits.ts";
import { Control, type Line } from "./messages.ts";

/** Sends lines to whoever writes them. */
export type SendLines = (lines: readonly Line[], dropped: number) => void;

/** See the module. Lines of one turn are sent together; what nobody has taken is bounded. */
export class WorkerLog extends LeveledLog {
  readonly #control: Int32Array;
  readonly #send: SendLines;
  readonly #mark: string;
  #lines: Line[] = [];
  #dropped = 0;

  /**
   * Makes a log.
   *
   * @param worker The worker's number, which every line ends with.
   * @param control Holds the level and counts the lines; see {@link Control}.
   * @param send Sends lines.
   */
  constructor(worker: number, control: Int32Array, send: SendLines) {
    super();
    this.#mark = ` [worker ${worker}]`;
    this.#control = control;
    this.#send = send;
  }

  /** See {@link Log.enabled}. */
  enabled(level: LogLevel): boolean {
    return level <= this.#control[Control.logLevel];
  }

  /** See {@link Log.write}. */
  write(level: LogLevel, module: string, text: string): void {
    if (level > this.#control[Control.logLevel]) return;
    if (Atomics.load(this.#control, Control.linesQueued) + this.#lines.length >= LINES_QUEUED_MAX) {
      this.#dropped++;
      return;
    }
    if (this.#lines.push([level, module, text + this.#mark]) === 1) queueMicrotask(() => this.flush());
  }

  /** Sends what is there. */
  flush(): void {
    const lines = this.#lines;
    if (lines.length === 0) return;
    this.#lines = [];
    Atomics.add(this.#control, Control.linesQueued, lines.length);
    this.#send(lines, this.#dropped);
    this.#dropped = 0;
  }
}
