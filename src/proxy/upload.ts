/**
 * A long request on its way to its server, piece by piece.
 *
 * A shared connection carries whole requests only, or a client that sends slowly would hold up all others. So a
 * request that is too long to be gathered goes over a connection of its own: it begins when its client has been
 * answered everything before, and the client's next request waits for its reply, which keeps the client's order.
 *
 * ```text
 *   passing ──last piece──▶ finished ──reply──▶ released
 *      └── the connection ends or the server answers early: what still comes is thrown away ──▶ finished
 * ```
 *
 * @module
 */

import type { ReadWindow } from "../buffer/read_window.ts";
import {
  FORWARD,
  FORWARD_ALL,
  FORWARD_ANY,
  FORWARD_TOGETHER,
  type RequestDecoder,
  SPLIT,
} from "../protocol/contract.ts";
import { CLIENT_GONE, DONE_WITH } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { HANDOVER_BYTES_MIN, UPLOAD_BYTES_SOFT } from "./limits.ts";
import type { Request } from "./request.ts";
import type { ServerConnection } from "./server_connection.ts";

/** See the module. */
export class Upload {
  /** Whether the last piece has been passed on. */
  finished = false;
  readonly #connection: ServerConnection | null;
  readonly #request: Request | null = null;
  #length = 0;

  /**
   * Begins with a request; it takes the client's next slot.
   *
   * @param client The client.
   * @param connection A connection that nobody else uses; null if there is none, and the client has been told.
   */
  constructor(client: ClientConnection, connection: ServerConnection | null) {
    this.#connection = connection;
    if (connection === null) return;
    this.#request = client.pool.runtime.requests.take();
    this.#request.tag = client.decoder.tag;
    this.#request.access = client.decoder.access;
    client.replies.expect(this.#request);
    connection.beginRequest(this.#request);
    connection.waiter = client;
  }

  /** Whether the server has to take some of it before more is read. */
  get isFull(): boolean {
    const connection = this.#wantedConnection;
    return connection !== null && connection.unsentBytes > UPLOAD_BYTES_SOFT;
  }

  /**
   * Passes a piece on.
   *
   * @param window What has been read; the piece is taken off its front.
   * @param count How many bytes the piece has.
   */
  pass(window: ReadWindow, count: number): void {
    const { start, end } = window;
    const connection = this.#wantedConnection;
    this.#length += count;
    if (connection === null) window.start += count;
    else if (start + count === end && count >= HANDOVER_BYTES_MIN) {
      connection.sendPartOwned(window.detach(), start, end);
    } else {
      connection.sendPart(window.bytes, start, start + count);
      window.start += count;
    }
  }

  /** Takes note that all pieces have been passed on: from now on the server's time runs. */
  finish(): void {
    this.finished = true;
    if (this.#connection !== null) this.#connection.waiter = null;
    this.#wantedConnection?.endRequest(this.#request!, this.#length);
  }

  /** The client has its reply. */
  release(): void {
    this.#connection?.close(DONE_WITH);
  }

  /** The client is gone. */
  abort(): void {
    if (this.#connection === null) return;
    this.#connection.waiter = null;
    this.#connection.close(CLIENT_GONE);
  }

  /** The connection while the reply has not come and can come; after that the record is no longer ours to touch. */
  get #wantedConnection(): ServerConnection | null {
    const connection = this.#connection;
    return connection !== null && connection.state !== "closed" && connection.inFlight > 0
      ? connection
      : null;
  }
}

/**
 * Whether a request that has come as a whole could not have been passed on piece by piece.
 *
 * @param decoder What has just decoded it.
 * @returns False for what could have been, and for what is not sent.
 */
export function hasToBeGathered({ action, noReply, isIndivisible }: RequestDecoder): boolean {
  switch (action) {
    case FORWARD:
      return noReply || isIndivisible === true;
    case FORWARD_TOGETHER:
    case SPLIT:
    case FORWARD_ANY:
      return true;
    default:
      return action >= FORWARD_ALL;
  }
}
