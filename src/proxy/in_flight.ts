/**
 * What one server has been asked and has not answered, in the order in which it will answer.
 *
 * ```text
 *   [ T | T | r3 | r4 | r5 ]       T: its time ran out, its reply will be thrown away
 *    expired=2  ^ the next reply that somebody waits for is r3's
 * ```
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import { type Request, TOMBSTONE } from "./request.ts";

/** See the module. */
export class InFlight extends Ring<Request> {
  /** How many tombstones are at the head; they are nowhere else. */
  expired = 0;
  /** How many requests have been taken out. */
  answered = 0;

  /** Makes one in which nothing is. */
  constructor() {
    super(16);
  }

  /** Takes out the request that is answered next; undefined if nothing has been asked. */
  answer(): Request | undefined {
    const request = this.shift();
    if (request === undefined) return undefined;
    this.answered++;
    if (request === TOMBSTONE) this.expired--;
    return request;
  }

  /** The request whose reply somebody waits for next; null if there is none. */
  get awaited(): Request | null {
    return this.expired < this.length ? this.at(this.expired) : null;
  }

  /** Puts a tombstone in the place of {@link awaited}. */
  expire(): void {
    this.replace(this.expired++, TOMBSTONE);
  }

  /**
   * Counts what has not been written as a whole yet. Costs as much as there is.
   *
   * @param sentBytes How many bytes have been written in all.
   * @returns How many requests.
   */
  unsent(sentBytes: number): number {
    let count = 0;
    for (let i = this.length - 1; i >= this.expired; i--) {
      if (this.at(i).streamEnd <= sentBytes) break;
      count++;
    }
    return count;
  }

  /**
   * Counts what has been written and not been answered.
   *
   * @param sentBytes How many bytes have been written in all.
   * @returns How many bytes of requests that somebody waits for.
   */
  unansweredBytes(sentBytes: number): number {
    const first = this.awaited;
    return first === null ? 0 : Math.max(0, sentBytes - (first.streamEnd - first.length));
  }
}
