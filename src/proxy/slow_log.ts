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
