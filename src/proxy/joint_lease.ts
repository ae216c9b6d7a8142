/**
 * One request that waits at all servers at the same time, over a connection to each that its client has to itself.
 *
 * ```text
 *   a line to every server ──each has answered──▶ one reply; a line goes back as soon as its own replies are here
 *        └── one has failed ──▶ the failure is the reply; nobody waits for the others, and their lines end
 * ```
 *
 * @module
 */

import { blame, CLIENT_GONE, DONE_WITH } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { settleLate } from "./late_replies.ts";
import { PrivateLine, type PrivateLineOwner } from "./private_line.ts";
import type { PrivateLines } from "./private_lines.ts";
import type { SplitRequest } from "./split.ts";

const NOTHING = new Uint8Array(0);

/** See the module. */
export class JointLease implements PrivateLineOwner {
  readonly #client: ClientConnection;
  readonly #lines: PrivateLines;
  readonly #open = new Set<PrivateLine>();
  /** The request, while some fragments may be under way. */
  #whole: SplitRequest | null = null;

  /**
   * Makes one without a request.
   *
   * @param client The client.
   * @param lines Its connections, which lend and count those of this one.
   */
  constructor(client: ClientConnection, lines: PrivateLines) {
    this.#client = client;
    this.#lines = lines;
  }

  /** Whether some connections have not been given back. */
  get isOpen(): boolean {
    return this.#open.size > 0;
  }

  /**
   * Sends the request at hand to all servers.
   *
   * @returns False if one of them cannot be asked; then none is, and the lines' `refusal` says why, and names it if it is
   *   the server's fault.
   */
  ask(): boolean {
    const { pool: { servers }, decoder: { dialect } } = this.#client;
    const lines: PrivateLine[] = [];
    for (const server of servers) {
      const connection = this.#lines.borrow(server, dialect);
      if (connection === null) {
        if (this.#lines.refusalMetric !== null) {
          this.#lines.refusal = blame(this.#lines.refusal, server.name);
        }
        for (const line of lines) this.#giveBack(line);
        return false;
      }
      lines.push(new PrivateLine(this, server, connection, dialect));
    }
    this.#send(lines);
    return true;
  }

  /** Gives back the connections whose replies are all here. */
  settle(): void {
    for (const line of this.#open) {
      if (line.connection.inFlight > 0) continue;
      this.#open.delete(line);
      this.#giveBack(line);
    }
  }

  /** Ends all connections, because the client is gone. */
  end(): void {
    this.#whole = null;
    for (const { connection } of [...this.#open]) connection.close(CLIENT_GONE);
  }

  /** See {@link PrivateLineOwner.ended}. */
  ended(line: PrivateLine): void {
    this.#lines.released();
    this.#open.delete(line);
    const waiting = [...this.#open].filter(({ connection }) => connection.inFlight > 0);
    const whole = this.#whole;
    if (whole === null || waiting.length === 0) return;
    this.#whole = null;
    settleLate(this.#client, whole, () => NOTHING);
    for (const { connection } of waiting) connection.close(DONE_WITH);
  }

  #giveBack(line: PrivateLine): void {
    this.#lines.released();
    line.giveBack();
  }

  #send(lines: readonly PrivateLine[]): void {
    const { pool: { runtime, config: { timeoutMs } }, decoder, replies } = this.#client;
    const { frame, frameStart, frameEnd, own } = decoder;
    const { prelude, preludeReplies, patienceMs } = own!.use!;
    const slot = runtime.requests.take();
    const whole = runtime.splits.take(slot, decoder, false);
    replies.expect(slot);
    whole.servers = lines.flatMap(({ server }) => new Array(preludeReplies + 1).fill(server));
    whole.pending = whole.servers.length;
    const deadlineMs = timeoutMs > 0 ? runtime.turn.nowMs + patienceMs + timeoutMs : Infinity;
    for (const line of lines) {
      const { connection } = line;
      this.#open.add(line);
      if (prelude.length > 0) connection.sendPart(prelude, 0, prelude.length);
      for (let i = 0; i < preludeReplies; i++) {
        connection.queued(whole.addFragment(this.#client, decoder), i === 0 ? prelude.length : 0);
      }
      connection.sendPatient(
        whole.addFragment(this.#client, decoder),
        frame,
        frameStart,
        frameEnd,
        deadlineMs,
      );
    }
    this.#whole = whole;
  }
}
