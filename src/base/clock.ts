/**
 * Time comes in through this door, so that timeouts and probing can be tested without waiting.
 *
 * @module
 */

/** A source of time and of callbacks in the future. */
export interface Clock {
  /** Milliseconds, monotonic, with a fraction; the zero point has no meaning. */
  now(): number;
  /** Milliseconds since the Unix epoch, as the wall clock shows it. */
  wallTime(): number;
  /**
   * Calls a function once.
   *
   * @param callback What to call.
   * @param delayMs After how many milliseconds.
   * @returns A function that calls the timer off; harmless after it has fired.
   */
  after(callback: () => void, delayMs: number): () => void;
  /**
   * Calls a function once, as soon as the event loop has looked at what has happened meanwhile.
   *
   * @param callback What to call.
   */
  soon(callback: () => void): void;
  /**
   * Calls a function again and again.
   *
   * @param callback What to call.
   * @param periodMs Milliseconds between two calls.
   * @returns A function that stops it.
   */
  every(callback: () => void, periodMs: number): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  after(callback, delayMs) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  soon: (callback) => void setImmediate(callback),
  every(callback, periodMs) {
    const timer = setInterval(callback, periodMs);
    return () => clearInterval(timer);
  },
};

interface Timer {
  due: number;
  readonly order: number;
  readonly periodMs: number;
  readonly callback: () => void;
}

/** A clock that moves only when it is told to. */
export class ManualClock implements Clock {
  #nowMs: number;
  #order = 0;
  readonly #epochMs: number;
  readonly #timers = new Set<Timer>();

  /**
   * Makes a clock that stands still.
   *
   * @param nowMs What `now()` says first, in milliseconds.
   * @param epochMs The wall clock's time at the monotonic zero, in milliseconds since the Unix epoch.
   */
  constructor(nowMs = 0, epochMs = 1_700_000_000_000) {
    this.#nowMs = nowMs;
    this.#epochMs = epochMs;
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  /** The time that was last advanced to, in milliseconds. */
  now(): number {
    return this.#nowMs;
  }

  /** The same time on the wall clock, in milliseconds since the Unix epoch. */
  wallTime(): number {
    return this.#epochMs + this.#nowMs;
  }

  /** See {@link Clock.after}. */
  after(callback: () => void, delayMs: number): () => void {
    return this.#add(callback, delayMs, 0);
  }

  /** See {@link Clock.soon}: the real event loop comes round although time stands still. */
  soon(callback: () => void): void {
    setImmediate(callback);
  }

  /** See {@link Clock.every}. */
  every(callback: () => void, periodMs: number): () => void {
    return this.#add(callback, periodMs, periodMs);
  }

  /**
   * Moves time forward and fires what is due on the way, in order.
   *
   * @param ms How many milliseconds.
   */
  advance(ms: number): void {
    const target = this.#nowMs + ms;
    for (let timer = this.#next(target); timer !== null; timer = this.#next(target)) {
      this.#nowMs = Math.max(this.#nowMs, timer.due);
      if (timer.periodMs > 0) timer.due += timer.periodMs;
      else this.#timers.delete(timer);
      timer.callback();
    }
    this.#nowMs = target;
  }

  #add(callback: () => void, delayMs: number, periodMs: number): () => void {
    const timer = { due: this.#nowMs + delayMs, order: this.#order++, periodMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #next(until: number): Timer | null {
    let next: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.due > until) continue;
      if (next === null || timer.due < next.due || (timer.due === next.due && timer.order < next.order)) {
        next = timer;
      }
    }
    return next;
  }
}
