/**
 * Writes lines behind the back of those who log.
 *
 * ```text
 *   log() ──▶ [ line | line | reopen | line ] ──▶ one write in flight, all lines that stand together at once ──▶ target
 *              at most QUEUE_CHARS_MAX; what does not fit is dropped, counted, and reported in the next write
 * ```
 *
 * @module
 */

import { BaseHandler, type FormatterFunction } from "@std/log";
import { encode } from "../base/ascii.ts";
import { Ring } from "../base/ring.ts";
import { QUEUE_CHARS_MAX } from "./limits.ts";
import type { LogTarget } from "./target.ts";

/** How a handler is set up. */
export interface QueueHandlerOptions {
  /** Makes the line of a record, line feed included. */
  readonly formatter: FormatterFunction;
  /** Makes the line that says how many lines were dropped, line feed included. */
  readonly formatDropped: (lines: number) => string;
}

/** A handler of `@std/log` that never blocks and never throws: lines wait in a bounded queue. */
export class QueueHandler extends BaseHandler {
  #target: LogTarget;
  #running = false;
  #queuedChars = 0;
  #dropped = 0;
  /** Lines, and between them what is to be done once the lines before it are written. */
  readonly #queue = new Ring<string | (() => void)>();
  readonly #formatDropped: (lines: number) => string;

  /**
   * Makes a handler.
   *
   * @param target Where the lines go.
   * @param options How it is set up.
   */
  constructor(target: LogTarget, options: QueueHandlerOptions) {
    super("NOTSET", { formatter: options.formatter });
    this.#target = target;
    this.#formatDropped = options.formatDropped;
  }

  /** How many lines were dropped and are not reported yet. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Queues a line. */
  override log(line: string): void {
    if (this.#queuedChars + line.length > QUEUE_CHARS_MAX) {
      this.#dropped++;
      return;
    }
    this.#queuedChars += line.length;
    this.#push(line);
  }

  /** Resolves when all that is queued now has been written or dropped. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#push(resolve));
  }

  /**
   * Sends the lines to another target: those that are queued now still go to the old one, which is then closed.
   *
   * @param target Where the lines go afterwards.
   * @returns A promise that resolves when the old target is closed.
   */
  switchTo(target: LogTarget): Promise<void> {
    return new Promise((resolve) => {
      this.#push(() => {
        this.#target.close();
        this.#target = target;
        resolve();
      });
    });
  }

  #push(item: string | (() => void)): void {
    this.#queue.push(item);
    if (this.#running) return;
    this.#running = true;
    // Not before this turn's other lines are queued: they all leave with one write.
    queueMicrotask(() => void this.#run());
  }

  async #run(): Promise<void> {
    for (let item = this.#queue.peek(); item !== undefined; item = this.#queue.peek()) {
      if (typeof item === "string") {
        await this.#writeLines();
      } else {
        this.#queue.shift();
        item();
      }
    }
    this.#queue.shrink();
    this.#running = false;
  }

  // Lines are dropped only while others wait, or by a write that fails: the next write always comes, and reports them.
  async #writeLines(): Promise<void> {
    const dropped = this.#dropped;
    let lines = 0;
    let text = dropped > 0 ? this.#formatDropped(dropped) : "";
    for (let item = this.#queue.peek(); typeof item === "string"; item = this.#queue.peek()) {
      this.#queue.shift();
      this.#queuedChars -= item.length;
      text += item;
      lines++;
    }
    try {
      const bytes = encode(text);
      for (let start = 0; start < bytes.length;) start += await this.#target.write(bytes.subarray(start));
      this.#dropped -= dropped;
    } catch {
      // A log that cannot be written has nobody to tell; it is counted, and told when it can be again.
      this.#dropped += lines;
    }
  }
}
