/**
 * Opens the connections of one server, and knows which of them carries a probe.
 *
 * ```text
 *   open ──connected, greeted──▶ owner.opened ──▶ the connection serves
 *     ├── took too long, refused, broken ──▶ the connection is closed with the cause
 *     └── the connection was closed meanwhile ──▶ nobody is told
 * ```
 *
 * @module
 */

import type { Address } from "../net/address.ts";
import type { Transport } from "../net/transport.ts";
import type { Dialect } from "../protocol/contract.ts";
import type { ServerRelease } from "../protocol/facts.ts";
import { type Cause, causeOf, CONNECT_TIMED_OUT } from "./cause.ts";
import { GreetingError, greetingOf, openTransport } from "./greeting.ts";
import type { Runtime } from "./runtime.ts";
import type { ServerConnection } from "./server_connection.ts";

/** Where a connection leads, and how. */
export interface Opening {
  /** The server's address. */
  readonly address: Address;
  /** How the server is spoken to. */
  readonly dialect: Dialect;
  /** Its place in the codec's list. */
  readonly dialectIndex: number;
  /** Whether to ask the kernel to probe the connection while it is idle. */
  readonly keepAlive: boolean;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Whose connections are opened. */
export interface OpenerOwner {
  /**
   * A connection is open and greeted, and waits to be started.
   *
   * @param connection The connection.
   * @param transport Its stream.
   * @param opening How it was opened.
   * @param release What the server is, if the greeting has told it.
   */
  opened(
    connection: ServerConnection,
    transport: Transport,
    opening: Opening,
    release: ServerRelease | null,
  ): void;
  /**
   * The server has said that it does not speak a dialect; the connection is closed.
   *
   * @param opening How it was to be opened.
   * @param reason What it said.
   */
  unspoken(opening: Opening, reason: Cause): void;
}

/** See the module. */
export class Opener {
  readonly #runtime: Runtime;
  readonly #owner: OpenerOwner;
  readonly #opening = new Map<ServerConnection, AbortController>();
  #probe: ServerConnection | null = null;

  /**
   * Makes an opener that opens nothing yet.
   *
   * @param runtime What all share.
   * @param owner The server.
   */
  constructor(runtime: Runtime, owner: OpenerOwner) {
    this.#runtime = runtime;
    this.#owner = owner;
  }

  /** The connection that a probe is being sent on. */
  get probe(): ServerConnection | null {
    return this.#probe;
  }

  /**
   * Begins to open a connection.
   *
   * @param connection The connection; requests may be queued on it at once.
   * @param opening Where it leads, and how.
   */
  open(connection: ServerConnection, opening: Opening): void {
    void this.#establish(connection, opening);
  }

  /**
   * Begins to open a connection on which the server has to answer a probe before it serves.
   *
   * @param connection The connection.
   * @param opening Where it leads, and how.
   */
  openProbe(connection: ServerConnection, opening: Opening): void {
    this.#probe = connection;
    void this.#establish(connection, opening);
  }

  /** Forgets the probe that is under way, because it was answered or is not wanted any more; returns it. */
  takeProbe(): ServerConnection | null {
    const probe = this.#probe;
    this.#probe = null;
    return probe;
  }

  /**
   * Gives the opening of a connection up, if it is not open yet.
   *
   * @param connection A connection that has ended.
   */
  ended(connection: ServerConnection): void {
    this.#opening.get(connection)?.abort();
    this.#opening.delete(connection);
  }

  async #establish(connection: ServerConnection, opening: Opening): Promise<void> {
    const { network, clock } = this.#runtime;
    const { dialect, address, keepAlive } = opening;
    const abort = new AbortController();
    this.#opening.set(connection, abort);
    const timer = clock.after(() => abort.abort(), opening.timeoutMs);
    try {
      const greeting = greetingOf(dialect, connection === this.#probe);
      const { transport, release } = await openTransport(
        network,
        address,
        { keepAlive },
        dialect,
        greeting,
        abort.signal,
      );
      if (connection.state === "closed") return transport.close();
      this.#owner.opened(connection, transport, opening, release);
    } catch (error) {
      const reason = error instanceof GreetingError ? error.reason : causeOf(error);
      connection.close(abort.signal.aborted ? CONNECT_TIMED_OUT : reason);
      if (error instanceof GreetingError && error.isUnspoken) {
        this.#owner.unspoken(opening, reason);
      }
    } finally {
      timer();
      this.#opening.delete(connection);
    }
  }
}
