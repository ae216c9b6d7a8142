/**
 * Keeps a server connection from being read while a client does not take the long reply that comes over it.
 *
 * ```text
 *   reads go on ──a part of a long reply, its client has too much to take──▶ stalled ──it has taken enough, or is gone──▶ reads go on
 *                                                                               └── others wait behind it for too long: it is closed
 * ```
 *
 * @module
 */

import type { Ring } from "../base/ring.ts";
import type { ClientConnection } from "./client_connection.ts";
import { STALL_MS } from "./limits.ts";
import type { Request } from "./request.ts";
import type { Turn } from "./turn.ts";

/** See the module. */
export class Stall {
  readonly #turn: Turn;
  /** Who must take more of a long reply before the next part of it is read; null if nobody. */
  #client: ClientConnection | null = null;
  #sinceMs = 0;

  /**
   * Makes the stall of a connection that is read.
   *
   * @param turn Keeps the time.
   */
  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Whether the connection is not to be read now. */
  get isOn(): boolean {
    return this.#client !== null;
  }

  /**
   * Takes note that a client was given a part of a long reply.
   *
   * @param client The client.
   */
  gave(client: ClientConnection): void {
    if (client.isClogged) this.#client = client;
  }

  /** Resolves when the connection may be read again. */
  async over(): Promise<void> {
    this.#sinceMs = this.#turn.nowMs;
    await this.#client?.taken();
    this.#client = null;
  }

  /**
   * Drops the client that keeps others waiting by not taking its reply.
   *
   * @param inFlight The connection's requests; the first one's reply is the long one.
   * @param nowMs The time, in milliseconds of the clock.
   */
  dropStalling(inFlight: Ring<Request>, nowMs: number): void {
    const stalling = this.#client;
    if (stalling === null || nowMs - this.#sinceMs < STALL_MS) return;
    for (let i = 1; i < inFlight.length; i++) {
      const { client } = inFlight.at(i);
      if (client === null || client === stalling) continue;
      return stalling.close("it does not take a long reply, and others wait behind it");
    }
  }
}
