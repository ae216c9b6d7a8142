/**
 * Accepts clients for a pool.
 *
 * @module
 */

import { type Address, formatAddress } from "../net/address.ts";
import { errnoOf, strerror } from "../net/strerror.ts";
import type { Acceptor, ListenOptions, Transport } from "../net/transport.ts";
import { ACCEPT_PAUSE_MS, ACCEPTS_IN_A_ROW_MAX } from "./limits.ts";
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
   * @returns What the next client has to wait for, so that descriptors last; null if nothing. Never rejects.
   */
  accepted(transport: Transport, peer: string): Promise<void> | null;
}

/**
 * A socket that is listened on until it is closed. It is bound when it is made; clients wait in the kernel until
 * somebody serves it.
 */
export class Listener {
  /** What it was asked to bind, for people: a port may be 0 here. */
  readonly place: string;
  /** What the socket is like. */
  readonly options: ListenOptions;
  readonly #runtime: Runtime;
  readonly #acceptor: Acceptor;
  #owner: ListenerOwner | null = null;
  #closed = false;

  /**
   * Binds an address.
   *
   * @param runtime What all share.
   * @param address Where.
   * @param options What the socket is to be like.
   * @throws {Error} When the address cannot be bound.
   */
  constructor(runtime: Runtime, address: Address, options: ListenOptions) {
    this.place = formatAddress(address);
    this.options = options;
    this.#runtime = runtime;
    this.#acceptor = runtime.network.listen(address, options);
    runtime.opened();
  }

  /** Where it listens; with the real port if any free one was asked for. */
  get address(): Address {
    return this.#acceptor.address;
  }

  /**
   * Accepts for somebody from now on, who takes the place of whoever was served before.
   *
   * @param owner Whoever takes the clients.
   */
  serve(owner: ListenerOwner): void {
    const isRunning = this.#owner !== null;
    this.#owner = owner;
    if (!isRunning) void this.#run();
  }

  /** Stops listening. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#runtime.closed();
    this.#acceptor.close();
  }

  /**
   * Accepts until {@link close}. Never rejects: an error of one client is nothing to the others. Clients that are waiting
   * are accepted without the event loop coming round, so a flood of them is taken in by parts.
   */
  async #run(): Promise<void> {
    for (let accepted = 1; !this.#closed; accepted++) {
      if (accepted % ACCEPTS_IN_A_ROW_MAX === 0) {
        await new Promise<void>((resolve) => this.#runtime.clock.soon(resolve));
      }
      try {
        const { transport, peer } = await this.#acceptor.accept();
        const over = this.#closed ? transport.close() : this.#owner!.accepted(transport, peer);
        if (over) await over;
      } catch (error) {
        if (!this.#closed) await this.#recover(error);
      }
    }
  }

  /** Without a free descriptor every further try would fail at once: wait until some connections have gone. */
  async #recover(error: unknown): Promise<void> {
    const { log, admission, turn } = this.#runtime;
    log.error("listener", `accept for pool '${this.#owner!.name}' failed: ${strerror(error)}`);
    const errno = errnoOf(error);
    if (errno === "EMFILE" || errno === "ENFILE") admission.ranShort(turn.nowMs);
    if (errno === "ECONNABORTED" || errno === "ECONNRESET") return;
    await new Promise<void>((resolve) => this.#runtime.clock.after(resolve, ACCEPT_PAUSE_MS));
  }
}
