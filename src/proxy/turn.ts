/**
 * One turn of the event loop, and what is done once at its end.
 *
 * All reads that finished in a turn are handled before anything is written: whoever has something to send is
 * noted here, and a microtask that was queued behind the reads' own continuations lets each of them write
 * once. So fifty clients' requests of one turn leave for a server as one write.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";

/** Something that has bytes to send. */
export interface Flushable {
  /** Whether it is on the list of this turn; only {@link Turn} changes it. */
  scheduled: boolean;
  /** Starts sending; called once at the end of the turn. */
  flush(): void;
}

/** The turns of one event loop. */
export class Turn {
  readonly #clock: Clock;
  readonly #waiting: Flushable[] = [];
  readonly #endTurn = (): void => this.#end();
  /** How many turns have ended. */
  number = 0;
  #queued = false;
  #nowMs = 0;
  #nowIsKnown = false;

  /**
   * Makes the turns of an event loop.
   *
   * @param clock Where the time comes from.
   */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The time in milliseconds, read once a turn: a reading costs as much as forwarding a request. */
  get nowMs(): number {
    if (!this.#nowIsKnown) {
      this.#nowMs = this.#clock.now();
      this.#nowIsKnown = true;
      this.#queue();
    }
    return this.#nowMs;
  }

  /**
   * Has something flushed at the end of this turn.
   *
   * @param item What has bytes to send.
   */
  schedule(item: Flushable): void {
    if (item.scheduled) return;
    item.scheduled = true;
    this.#waiting.push(item);
    this.#queue();
  }

  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    queueMicrotask(this.#endTurn);
  }

  /** The list may grow while it is worked off. */
  #end(): void {
    const waiting = this.#waiting;
    for (let i = 0; i < waiting.length; i++) {
      const item = waiting[i];
      item.scheduled = false;
      item.flush();
    }
    waiting.length = 0;
    this.number++;
    this.#queued = false;
    this.#nowIsKnown = false;
  }
}
