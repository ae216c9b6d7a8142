/**
 * What a connection to a server tells others: its server, and whoever has it to itself.
 *
 * @module
 */

import type { Cause } from "./cause.ts";
import type { ServerConnection } from "./server_connection.ts";
import type { TimingOwner } from "./timing.ts";

/** Whoever has a connection to itself for longer than a request. */
export interface Tenant {
  /**
   * The connection has ended; the requests on it have failed.
   *
   * @param cause Why.
   */
  ended(cause: Cause): void;
}

/** Whoever is sent what a server says without being asked. */
export interface Listener {
  /**
   * Takes something whole, or the last part of it.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   */
  heard(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void;
  /**
   * Takes a part of something long; more will follow.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   */
  heardPart(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void;
}

/** What a connection tells its server. */
export interface ServerConnectionOwner extends TimingOwner {
  /** The server's numbers. */
  readonly counters: Float64Array;
  /** Some replies came, and the server can serve. */
  served(): void;
  /** A reply came that says that the server cannot serve now. */
  unable(): void;
  /** The replies to requests that were joined came in another order: no more are to be joined. */
  disordered(): void;
  /**
   * The connection has ended, and its requests have failed.
   *
   * @param connection The connection.
   * @param cause Why.
   * @param pending How many requests had not been answered.
   * @param wasReady Whether it had been opened.
   */
  ended(connection: ServerConnection, cause: Cause, pending: number, wasReady: boolean): void;
}
