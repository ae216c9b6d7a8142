/**
 * The last requests that took long.
 *
 * @module
 */

import type { SlowRequest } from "../metrics/snapshot.ts";
import { SLOW_REQUESTS_MAX } from "./limits.ts";

/** A ring of slow requests. */
export class SlowLog {
  readonly #requests: SlowRequest[] = [];
  #next = 0;
  #secondMs = -Infinity;
  #room = 0;

  /**
   * Says whether another request may be kept: telling of one costs as much as forwarding some, and when the servers are
   * slow there are many.
   *
   * @param nowMs The time, in milliseconds of the clock.
   * @returns True for as many requests a second as are kept at all.
   */
  hasRoom(nowMs: number): boolean {
    if (nowMs - this.#secondMs >= 1000) {
      this.#secondMs = nowMs;
      this.#room = SLOW_REQUESTS_MAX;
    }
    return this.#room-- > 0;
  }

  /**
   * Keeps a request, in place of the oldest if there are enough.
   *
   * @param request The request.
   */
  add(request: SlowRequest): void {
    this.#requests[this.#next] = request;
    this.#next = (this.#next + 1) % SLOW_REQUESTS_MAX;
  }

  /** The requests, the latest first. */
  latest(): SlowRequest[] {
    const requests = this.#requests;
    return [...requests.slice(this.#next), ...requests.slice(0, this.#next)].reverse();
  }
}
