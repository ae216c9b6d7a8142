/**
 * The other workers, as one worker asks and tells them: all goes through the main isolate.
 *
 * ```text
 *   worker 0 ──ask──▶ main isolate ──consult──▶ worker 1, worker 2 …   each looks at its own clients
 *            ◀─answers─            ◀──reply───
 * ```
 *
 * Nobody waits for ever: what has not been answered in time is given up, and so is what would be too much at once.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Notice } from "../protocol/peers.ts";
import type { PoolPeers } from "../proxy/shares.ts";
import { NOTICES_PER_BEAT_MAX, QUESTION_MAX_MS, QUESTIONS_MAX } from "./limits.ts";
import type { Report } from "./messages.ts";

/** Takes what the others say; null if not all have said something. */
type Heard = (answers: readonly string[] | null) => void;

interface Waiting {
  readonly heard: Heard;
  /** Calls the end of waiting off. */
  readonly stop: () => void;
}

/** See the module. */
export class WorkerPeers {
  readonly #clock: Clock;
  readonly #report: (report: Report) => void;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 0;
  /** How many notices may still be sent before the next beat. */
  #noticesLeft = NOTICES_PER_BEAT_MAX;

  /**
   * Begins with nothing asked.
   *
   * @param clock Keeps the time.
   * @param report Sends something to the main isolate.
   */
  constructor(clock: Clock, report: (report: Report) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * Gives the others for one pool.
   *
   * @param pool The pool's name.
   * @returns Those who serve its clients.
   */
  of(pool: string): PoolPeers {
    return {
      ask: (question, heard) => this.#ask(pool, question, heard),
      tell: (notice) => this.#tell(pool, notice),
    };
  }

  /**
   * Takes what the others say to a question.
   *
   * @param id The question's number.
   * @param answers What they say.
   */
  answered(id: number, answers: readonly string[]): void {
    this.#take(id)?.heard(answers);
  }

  /** A while has passed: there may be as many notices again. */
  beat(): void {
    this.#noticesLeft = NOTICES_PER_BEAT_MAX;
  }

  #ask(pool: string, question: string, heard: Heard): void {
    if (this.#waiting.size >= QUESTIONS_MAX) return queueMicrotask(() => heard(null));
    const id = this.#nextId++;
    const stop = this.#clock.after(() => this.#take(id)?.heard(null), QUESTION_MAX_MS);
    this.#waiting.set(id, { heard, stop });
    this.#report({ kind: "ask", id, pool, question });
  }

  #tell(pool: string, notice: Notice | null): void {
    if (notice !== null && this.#noticesLeft-- <= 0) return;
    this.#report({ kind: "tell", pool, notice });
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    waiting?.stop();
    return waiting;
  }
}
