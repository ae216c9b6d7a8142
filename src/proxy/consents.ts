/**
 * Which servers have been asked by subscribers and have not consented yet, and who waits for that.
 *
 * A server would hear of a subscription before of a message that was sent after it, whoever sent either. Through the proxy they
 * travel over two connections, and the one of the subscriber may have to be opened first. So a message waits in its client's
 * window while its server owes a consent that was asked for before the message came:
 *
 * ```text
 *   SUBSCRIBE c (one client) ──asked: ticket 7──▶ server ──consent──▶ settled: all who wait look again
 *   PUBLISH c (another)      ──came at ticket 7, waits─────────────▶ goes; tickets from 8 on are not waited for
 * ```
 *
 * @module
 */

import type { Server } from "./server.ts";
import type { Flushable, Turn } from "./turn.ts";

/** See the module. */
export class Consents<Asker> {
  readonly #turn: Turn;
  /** For each server that owes a consent: who asked it, and the ticket that it got; the oldest first. */
  readonly #owed = new Map<Server, Map<Asker, number>>();
  /** Who waits, and the last ticket when its request came. Empty when nothing is owed. */
  readonly #waiting = new Map<Flushable, number>();
  #lastTicket = 0;

  /**
   * Begins with nothing owed.
   *
   * @param turn Has those look again who wait.
   */
  constructor(turn: Turn) {
    this.#turn = turn;
  }

  /** Whether nothing is owed. */
  get isIdle(): boolean {
    return this.#owed.size === 0;
  }

  /**
   * Takes note that a server was asked.
   *
   * @param server The server.
   * @param asker Who asked it.
   */
  asked(server: Server, asker: Asker): void {
    let askers = this.#owed.get(server);
    if (askers === undefined) this.#owed.set(server, askers = new Map());
    askers.set(asker, ++this.#lastTicket);
  }

  /**
   * Takes note that a server has said all that it was asked for, or never will.
   *
   * @param server The server.
   * @param asker Who asked it.
   */
  settled(server: Server, asker: Asker): void {
    const askers = this.#owed.get(server);
    if (askers === undefined || !askers.delete(asker)) return;
    if (askers.size === 0) this.#owed.delete(server);
    for (const waiting of this.#waiting.keys()) this.#turn.schedule(waiting);
    if (this.#owed.size === 0) this.#waiting.clear();
  }

  /**
   * Whether a request has to wait, which is asked again when it may not have to any more.
   *
   * @param server The server that it is for; null if there is none.
   * @param client Whose it is; it has one at a time.
   * @returns True if the server owes a consent that was asked for before the request came.
   */
  holdsBack(server: Server | null, client: Flushable): boolean {
    const since = this.#waiting.get(client) ?? this.#lastTicket;
    const oldest = server === null ? undefined : this.#owed.get(server)?.values().next().value;
    if (oldest === undefined || oldest > since) {
      this.#waiting.delete(client);
      return false;
    }
    this.#waiting.set(client, since);
    return true;
  }
}
