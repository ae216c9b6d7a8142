/**
 * A connection to a server that a client listens to. What comes is given on when it is whole.
 *
 * @module
 */

import type { Cause } from "./cause.ts";
import type { Request } from "./request.ts";
import type { Runtime } from "./runtime.ts";
import type { Server } from "./server.ts";
import type { ServerConnection } from "./server_connection.ts";
import type { Listener, Tenant } from "./server_connection_owner.ts";

/** Whoever is told what comes. */
export interface FeedOwner {
  /**
   * Takes what a server has sent.
   *
   * @param feed Its connection.
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   */
  heard(feed: Feed, bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void;
  /**
   * Whether so much may be held of one message.
   *
   * @param count How many bytes have come.
   * @returns False if that is too much; the connection may have been closed then.
   */
  mayHold(count: number): boolean;
  /**
   * Takes note that a connection has ended.
   *
   * @param feed The connection.
   * @param cause Why.
   */
  lost(feed: Feed, cause: Cause): void;
}

/** See the module. */
export class Feed implements Tenant, Listener {
  /** How many times the server has still to consent. */
  missing = 0;
  /** The server. */
  readonly server: Server;
  /** The connection. */
  readonly connection: ServerConnection;
  readonly #runtime: Runtime;
  readonly #owner: FeedOwner;
  /** What has come of a long message. */
  readonly #part: Request;

  /**
   * Begins to listen.
   *
   * @param runtime What all share.
   * @param owner Whoever is told what comes.
   * @param server The server.
   * @param connection A connection to it that nobody else uses.
   */
  constructor(runtime: Runtime, owner: FeedOwner, server: Server, connection: ServerConnection) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.server = server;
    this.connection = connection;
    this.#part = runtime.requests.take();
    connection.tenant = this;
    connection.listener = this;
  }

  /** See {@link Tenant.ended}. */
  ended(cause: Cause): void {
    this.connection.tenant = this.connection.listener = null;
    this.#runtime.requests.give(this.#part);
    this.#owner.lost(this, cause);
  }

  /** See {@link Listener.heard}. */
  heard(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    const part = this.#part;
    if (part.end === 0) return this.#owner.heard(this, bytes, start, end);
    if (!this.#hold(bytes, start, end)) return;
    this.#owner.heard(this, part.bytes, 0, part.end);
    // The client may have been closed by it.
    if (this.connection.listener === null) return;
    part.end = 0;
    part.dropHeld(this.#runtime.mbufs);
  }

  /** See {@link Listener.heardPart}. */
  heardPart(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    this.#hold(bytes, start, end);
  }

  #hold(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    this.#part.hold(this.#runtime.mbufs, bytes, start, end);
    return this.#owner.mayHold(this.#part.end);
  }
}
