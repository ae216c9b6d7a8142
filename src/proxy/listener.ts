/**
 * Accepts clients for a pool.
 *
 * @module
 */

import { errnoOf, strerror } from "../net/strerror.ts";
import type { Acceptor, Transport } from "../net/transport.ts";
import { ACCEPT_PAUSE_MS } from "./limits.ts";
import type { Runtime } from "./runtime.ts";

/** Whoever takes the clients. */
export interface ListenerOwner {
  /** Its name, for the log. */
  readonly name: string;
  /**
   * Takes in a client.
   *
   * @param transport Its stream.
   * @param peer Where it comes from.
   */
  accepted(transport: Transport, peer: string): void;
}

/** A socket that is listened on until it is closed. */
export class Listener {
  readonly #runtime: Runtime;
  readonly #acceptor: Acceptor;
  readonly #owner: ListenerOwner;
  #closed = false;

  /**
   * Makes a listener that does not accept yet.
   *
   * @param runtime What all share.
   * @param acceptor The socket.
   * @param owner Whoever takes the clients.
   */
  constructor(runtime: Runtime, acceptor: Acceptor, owner: ListenerOwner) {
    this.#runtime = runtime;
    this.#acceptor = acceptor;
    this.#owner = owner;
    runtime.opened();
  }

  /** Accepts until {@link close}. Never rejects: an error of one client is nothing to the others. */
  async run(): Promise<void> {
    while (!this.#closed) {
      try {
        const { transport, peer } = await this.#acceptor.accept();
        if (this.#closed) transport.close();
        else this.#owner.accepted(transport, peer);
      } catch (error) {
        if (!this.#closed) await this.#recover(error);
      }
    }
  }

  /** Stops listening. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#runtime.closed();
    this.#acceptor.close();
  }

  /** Without a free descriptor every further try would fail at once: wait until some connections have gone. */
  async #recover(error: unknown): Promise<void> {
    this.#runtime.log.error("listener", `accept for pool '${this.#owner.name}' failed: ${strerror(error)}`);
    const errno = errnoOf(error);
    if (errno === "EMFILE" || errno === "ENFILE") this.#runtime.descriptorsExhausted();
    if (errno === "ECONNABORTED" || errno === "ECONNRESET") return;
    await new Promise<void>((resolve) => this.#runtime.clock.after(resolve, ACCEPT_PAUSE_MS));
  }
}
