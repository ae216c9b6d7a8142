/**
 * A connection that a client has borrowed from a server, to have it to itself.
 *
 * @module
 */

import type { Server } from "./server.ts";
import type { ServerConnection } from "./server_connection.ts";
import type { Tenant } from "./server_connection_owner.ts";

/** Whoever has borrowed it. */
export interface PrivateLineOwner {
  /**
   * Takes note that a connection has ended.
   *
   * @param line The connection.
   */
  ended(line: PrivateLine): void;
}

/** See the module. */
export class PrivateLine implements Tenant {
  /** The server. */
  readonly server: Server;
  /** The connection. */
  readonly connection: ServerConnection;
  readonly #owner: PrivateLineOwner;
  readonly #dialect: number;

  /**
   * Takes note of a connection that was borrowed.
   *
   * @param owner Whoever has borrowed it.
   * @param server From which server.
   * @param connection The connection.
   * @param dialect How the server is spoken to.
   */
  constructor(owner: PrivateLineOwner, server: Server, connection: ServerConnection, dialect: number) {
    this.#owner = owner;
    this.server = server;
    this.connection = connection;
    this.#dialect = dialect;
    connection.tenant = this;
  }

  /** See {@link Tenant.ended}. */
  ended(): void {
    this.connection.tenant = null;
    this.#owner.ended(this);
  }

  /** Gives it back; nothing is under way on it. */
  giveBack(): void {
    this.connection.tenant = null;
    this.connection.deadlineMs = Infinity;
    this.server.giveBack(this.connection, this.#dialect);
  }
}
