/**
 * The connections to servers that one client has to itself.
 *
 * ```text
 *            PIN                       the last request over it             its reply
 *   shared ────────▶ pinned(server) ───────────────────────────▶ returning ──────────▶ shared, the connection idle
 *      │                  └── the connection ended: the protocol is told ────────────▶ shared
 *      ├────────────────────── LEASE ─────────────────────────▶ returning
 *      └────────────────────── LEASE_ALL ─────────────────────▶ one to each server; see `joint_lease.ts`
 * ```
 *
 * Besides, it may listen to servers; see `subscription.ts`.
 *
 * A client that leaves takes its connections with it: what a server keeps for it (a MULTI, a WATCH, its place in a queue)
 * ends with them. One that goes back to its server is as if nobody had used it, because nothing is kept there for it.
 *
 * @module
 */

import { PoolMetric } from "../metrics/table.ts";
import { CLIENT_GONE } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { JointLease } from "./joint_lease.ts";
import { PrivateLine, type PrivateLineOwner } from "./private_line.ts";
import type { Server } from "./server.ts";
import type { ServerConnection } from "./server_connection.ts";
import { Subscription } from "./subscription.ts";

/** What clients are told when the pool has as many private connections as it may have. */
const TOO_MANY_TEXT = "too many private connections, see private_connections";

/** See the module. */
export class PrivateLines implements PrivateLineOwner {
  /** What {@link pin} or {@link lease} had no connection for: what the client is told. */
  refusal = "";
  /** Which number of the pool counts that; null if it is counted. */
  refusalMetric: number | null = null;
  readonly #client: ClientConnection;
  #pinned: PrivateLine | null = null;
  #returning: PrivateLine | null = null;
  #joint: JointLease | null = null;
  #subscription: Subscription | null = null;
  /** Whether the returning one carries a request that may wait at its server. */
  #isWaiting = false;

  /**
   * Makes the lines of a client that has none.
   *
   * @param client The client.
   */
  constructor(client: ClientConnection) {
    this.#client = client;
  }

  /** The server of the pinned connection; null if none is pinned. */
  get pinnedServer(): Server | null {
    return this.#pinned?.server ?? null;
  }

  /** What the client listens to; empty at first. */
  get subscription(): Subscription {
    return this.#subscription ??= new Subscription(this.#client, this);
  }

  /** Whether the client listens to any server. */
  get isListening(): boolean {
    return this.#subscription?.isActive ?? false;
  }

  /** Whether the client waits for something that may be long in coming. */
  get isWaiting(): boolean {
    return (this.#isWaiting && this.#returning !== null) || (this.#joint?.isOpen ?? false);
  }

  /**
   * The pinned connection; pins one if there is none.
   *
   * @param server The server it leads to, or is to lead to.
   * @param dialect How the server is spoken to.
   * @returns The connection; null if there can be none, and `refusal` says why.
   */
  pin(server: Server, dialect: number): ServerConnection | null {
    this.settle();
    this.#pinned ??= this.#lineTo(server, dialect);
    return this.#pinned?.connection ?? null;
  }

  /**
   * A connection for one request that may wait at its server; the client has no other request under way.
   *
   * @param server The server it leads to.
   * @param dialect How the server is spoken to.
   * @returns The connection; null if there can be none, and `refusal` says why.
   */
  lease(server: Server, dialect: number): ServerConnection | null {
    this.settle();
    this.#returning = this.#lineTo(server, dialect);
    this.#isWaiting = true;
    return this.#returning?.connection ?? null;
  }

  /**
   * Sends the request at hand, which may wait, to all servers; the client has no other request under way.
   *
   * @returns False if one of them cannot be asked; then none is, and `refusal` says why.
   */
  leaseAll(): boolean {
    this.settle();
    this.#joint ??= new JointLease(this.#client, this);
    return this.#joint.ask();
  }

  /** The last request over the pinned connection is on its way. */
  release(): void {
    this.#returning = this.#pinned;
    this.#isWaiting = false;
    this.#pinned = null;
  }

  /** The pinned connection is of no use any more, whatever its server keeps for the client. */
  drop(): void {
    const line = this.#pinned;
    this.#pinned = null;
    line?.connection.close(CLIENT_GONE);
  }

  /** Gives the returning connections back whose last reply is here. */
  settle(): void {
    this.#joint?.settle();
    const line = this.#returning;
    if (line === null || line.connection.inFlight > 0) return;
    this.#returning = null;
    this.released();
    line.giveBack();
  }

  /** Listens to nothing any more. */
  endSubscription(): void {
    this.#subscription?.end();
  }

  /** Ends all, because the client is gone. */
  close(): void {
    this.settle();
    this.drop();
    this.endSubscription();
    this.#joint?.end();
    this.#returning?.connection.close(CLIENT_GONE);
  }

  /** See {@link PrivateLineOwner.ended}. */
  ended(line: PrivateLine): void {
    this.released();
    if (line === this.#returning) this.#returning = null;
    if (line !== this.#pinned) return;
    this.#pinned = null;
    this.#client.decoder.own?.use?.lost();
  }

  /**
   * Borrows a connection from a server, if the pool has not lent too many.
   *
   * @param server The server.
   * @param dialect How it is spoken to.
   * @returns The connection, of which {@link released} is to be told; null if there can be none, and `refusal` says why.
   */
  borrow(server: Server, dialect: number): ServerConnection | null {
    const { counters, config: { privateConnections } } = this.#client.pool;
    if (!this.#client.pool.privatePlaces.admit(privateConnections)) {
      this.refusal = TOO_MANY_TEXT;
      this.refusalMetric = null;
      this.#client.pool.privateRefused();
      return null;
    }
    const connection = server.borrow(dialect);
    if (connection === null) {
      this.#client.pool.privatePlaces.release();
      this.refusal = server.refusal;
      this.refusalMetric = server.refusalMetric;
    } else counters[PoolMetric.privateConnections]++;
    return connection;
  }

  /** Takes note that a borrowed connection is the client's no more. */
  released(): void {
    const { counters, privatePlaces } = this.#client.pool;
    counters[PoolMetric.privateConnections]--;
    privatePlaces.release();
  }

  #lineTo(server: Server, dialect: number): PrivateLine | null {
    const connection = this.borrow(server, dialect);
    return connection === null ? null : new PrivateLine(this, server, connection, dialect);
  }
}
