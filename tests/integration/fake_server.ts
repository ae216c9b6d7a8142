/**
 * Servers that misbehave: small TCP listeners on 127.0.0.1 that do what a test tells them.
 *
 * @module
 */

import { WireClient } from "../support/wire.ts";

/**
 * What a fake server does with one connection, which is closed when it returns.
 *
 * @param connection The connection, seen from the server.
 * @param index How many connections there were before this one.
 */
export type Serve = (connection: WireClient, index: number) => Promise<void>;

/** A running fake server; `await using` stops it and closes all its connections. */
export class FakeServer implements AsyncDisposable {
  /** Where it listens. */
  readonly port: number;
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<WireClient>();
  readonly #tasks: Promise<void>[] = [];
  #accepted = 0;

  /**
   * Starts a server.
   *
   * @param serve What it does with a connection. If it throws, the connection is closed, and that is all.
   */
  constructor(serve: Serve) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.port = this.#listener.addr.port;
    this.#tasks.push(this.#accept(serve));
  }

  /** How many connections it has accepted. */
  get accepted(): number {
    return this.#accepted;
  }

  /** How many connections are open. */
  get open(): number {
    return this.#connections.size;
  }

  /** `127.0.0.1:PORT`, as configuration files want it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Closes all connections, but goes on listening. */
  hangUp(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** See {@link FakeServer}. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.hangUp();
    // More tasks may be added while these end.
    for (const task of this.#tasks) await task;
  }

  async #accept(serve: Serve): Promise<void> {
    for await (const conn of this.#listener) {
      // Each piece that a test sends is to leave at once, as a packet of its own.
      conn.setNoDelay(true);
      this.#tasks.push(this.#serve(serve, new WireClient(conn), this.#accepted++));
    }
  }

  async #serve(serve: Serve, connection: WireClient, index: number): Promise<void> {
    this.#connections.add(connection);
    try {
      await serve(connection, index);
    } catch {
      // The proxy may close a connection at any time.
    } finally {
      connection.close();
      this.#connections.delete(connection);
    }
  }
}

/**
 * What a fake redis-server answers a request with.
 *
 * @param words The command and its arguments.
 * @param connection The connection, for all that is no answer.
 * @returns The reply; nothing if there is none.
 */
export type Answer = (
  words: readonly string[],
  connection: WireClient,
) => string | Uint8Array | void | Promise<string | Uint8Array | void>;

/**
 * Makes a server that reads redis requests one by one.
 *
 * @param answer What it answers.
 * @returns What it does with a connection.
 */
export function answering(answer: Answer): Serve {
  return async (connection) => {
    for (;;) {
      const reply = await answer((await connection.readReply()).value as string[], connection);
      if (reply !== undefined) await connection.send(reply);
    }
  };
}
