/**
 * Keeps busy clients from starving others, and the servers.
 *
 * The runtime completes at most 128 socket operations, then looks for new events and puts those first: what was ready
 * before and had to wait comes behind them, the latest first (tokio's cooperative budget, and the order in which it
 * wakes what it deferred). With a thousand clients that always have something to say, the same 126 of them and two
 * servers were served for hundreds of milliseconds, and nobody else. So when nearly as many reads end in one turn, a
 * client that was served waits here until those before it have been read again: few enough operations are ready at a
 * time that none is put off.
 *
 * ```text
 *   served ──engaged──▶ waiting: [ c7 | c3 | c9 ] ──room──▶ hot: it is being read ──it has sent something──▶ served
 *                                                             └──long ago: it is one of those that only wait──▶ cold
 * ```
 *
 * Slow clients must not hold up others with their place among the hot: each is forgotten after one to two times
 * {@link PACER_AGE_MS}, and when the event loop finds nothing to do, more are let in at once.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { Ring } from "../base/ring.ts";
import { PACER_AGE_MS, PACER_HOT_MAX, PACER_IDLE_LOOKS, PACER_IDLE_MS, PACER_READS_MIN } from "./limits.ts";
import type { Turn } from "./turn.ts";

/** Says who may be read next; one for all pools, because they share the event loop. */
export class ReadPacer {
  readonly #clock: Clock;
  readonly #turn: Turn;
  readonly #waiting = new Ring<() => void>(64);
  #engaged = false;
  /** The turn that {@link #reads} belongs to. */
  #turnNumber = 0;
  /** How many reads have ended in it. */
  #reads = 0;
  #generation = 1;
  /** How many of those that were let in during this generation have not sent anything since. */
  #hot = 0;
  /** The same of the generation before. */
  #hotBefore = 0;
  /** Whether anything was read since the last look. */
  #isActive = false;
  /** How many looks in a row found nothing, and since when. */
  #idleLooks = 0;
  #idleSinceMs = 0;
  /** Calls the timer off that runs while it is engaged. */
  #stopAging: (() => void) | null = null;

  /**
   * Makes one that lets everybody be read.
   *
   * @param clock Where the time comes from.
   * @param turn The turns of the event loop.
   */
  constructor(clock: Clock, turn: Turn) {
    this.#clock = clock;
    this.#turn = turn;
  }

  /** Whether a client has to wait for {@link admission} before it is read again. */
  get engaged(): boolean {
    return this.#engaged;
  }

  /** How many clients wait. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Waits until a client may be read again; all are let in in the order in which they come.
   *
   * @returns A ticket: what {@link completed} is to be told when it was read.
   */
  admission(): Promise<number> {
    if (this.#waiting.length === 0) {
      if (this.#room > 0) {
        this.#hot++;
        return Promise.resolve(this.#generation);
      }
      this.#startLooking();
    }
    return new Promise<number>((resolve) => this.#waiting.push(() => resolve(this.#generation)));
  }

  /**
   * Takes note that the reading of a client has ended, also with its stream.
   *
   * @param ticket What {@link admission} said; 0 for a client that did not have to ask.
   */
  completed(ticket: number): void {
    if (this.#engaged) {
      this.#isActive = true;
      if (ticket === this.#generation) this.#hot--;
      else if (ticket === this.#generation - 1) this.#hotBefore--;
      return this.#release(this.#room);
    }
    if (this.#turnNumber !== this.#turn.number) {
      this.#turnNumber = this.#turn.number;
      this.#reads = 0;
    }
    if (++this.#reads >= PACER_READS_MIN) this.#engage();
  }

  /** Takes note that the event loop has something to do: a server was read. */
  active(): void {
    this.#isActive = true;
  }

  /** Lets everybody go on, because all connections have been closed. */
  stop(): void {
    this.#stopAging?.();
    this.#engaged = false;
    this.#release(Infinity);
  }

  get #room(): number {
    return PACER_HOT_MAX - this.#hot - this.#hotBefore;
  }

  #engage(): void {
    this.#engaged = true;
    // Tickets of the time before are of no generation that is counted.
    this.#generation += 2;
    this.#hot = this.#hotBefore = 0;
    this.#stopAging = this.#clock.after(this.#age, PACER_AGE_MS);
  }

  readonly #age = (): void => {
    this.#generation++;
    this.#hotBefore = this.#hot;
    this.#hot = 0;
    this.#release(this.#room);
    if (this.#waiting.length === 0) this.#engaged = false;
    else this.#stopAging = this.#clock.after(this.#age, PACER_AGE_MS);
  };

  #startLooking(): void {
    this.#isActive = true;
    this.#clock.soon(this.#look);
  }

  /** While somebody waits: is the event loop idle? Only some of its rounds ask the kernel, so one look is not enough. */
  readonly #look = (): void => {
    if (this.#waiting.length === 0) return;
    if (this.#isActive) {
      this.#isActive = false;
      this.#idleLooks = 0;
      this.#idleSinceMs = this.#clock.now();
    } else if (
      ++this.#idleLooks >= PACER_IDLE_LOOKS || this.#clock.now() - this.#idleSinceMs >= PACER_IDLE_MS
    ) {
      this.#idleLooks = 0;
      this.#release(PACER_HOT_MAX);
      if (this.#waiting.length === 0) return;
    }
    this.#clock.soon(this.#look);
  };

  #release(count: number): void {
    for (let i = 0; i < count; i++) {
      const resume = this.#waiting.shift();
      if (resume === undefined) return;
      this.#hot++;
      resume();
    }
  }
}
