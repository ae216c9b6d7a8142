/**
 * What one client has to take: the queue of its replies, the writing of it, and who waits until it has taken some.
 *
 * ```text
 *   replies ──append──▶ queue ──one write at a time──▶ client
 *                         └── clogged: nothing more should come for it; whoever brings it waits for `taken`
 * ```
 *
 * @module
 */

import { WriteQueue } from "../buffer/write_queue.ts";
import { PoolMetric } from "../metrics/table.ts";
import { strerror } from "../net/strerror.ts";
import type { Transport } from "../net/transport.ts";
import type { ClientConnection } from "./client_connection.ts";
import { CLIENT_OUTPUT_HARD_RATIO } from "./limits.ts";

/** See the module. */
export class ClientOutput {
  /** What it has not taken yet, in order. */
  readonly queue: WriteQueue;
  readonly #client: ClientConnection;
  readonly #transport: Transport;
  #isWriting = false;
  /** When it last took something, or had nothing to take. */
  #takenMs: number;
  /** Whoever waits until it has taken some of its replies. */
  #taken: (() => void) | null = null;

  /**
   * Makes an empty queue.
   *
   * @param client Whose it is.
   * @param transport The client's stream.
   */
  constructor(client: ClientConnection, transport: Transport) {
    const { mbufs, turn } = client.pool.runtime;
    this.queue = new WriteQueue(mbufs);
    this.#client = client;
    this.#transport = transport;
    this.#takenMs = turn.nowMs;
  }

  /** Whether a write is under way. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** When it last took something, or had nothing to take, in milliseconds of the clock. */
  get takenMs(): number {
    return this.#takenMs;
  }

  /** Whether it has so many replies to take that no more should come for it. */
  get isClogged(): boolean {
    return this.queue.bytes > this.#client.pool.config.clientOutputBytesMax * CLIENT_OUTPUT_HARD_RATIO;
  }

  /** Resolves when the client has taken enough of its replies, or is gone. */
  taken(): Promise<void> {
    if (this.#client.state === "closed" || !this.isClogged) return Promise.resolve();
    const before = this.#taken;
    return new Promise<void>((resolve) => {
      this.#taken = () => {
        before?.();
        resolve();
      };
    });
  }

  /** Writes until nothing is left; called when something is there and no write is under way. Never rejects. */
  async write(): Promise<void> {
    const client = this.#client;
    const { pool } = client;
    this.#isWriting = true;
    this.#takenMs = pool.runtime.turn.nowMs;
    try {
      while (client.state !== "closed") {
        const bytes = this.queue.front();
        if (bytes === null) break;
        const count = await this.#transport.write(bytes);
        this.queue.written(count);
        pool.counters[PoolMetric.sent] += count;
        if (this.queue.bytes > 0) this.#takenMs = pool.runtime.turn.nowMs;
        if (client.isPaused) pool.runtime.turn.schedule(client);
        if (this.#taken !== null && !this.isClogged) this.#tellTaken();
      }
    } catch (error) {
      client.close(strerror(error));
    }
    this.#isWriting = false;
    if (client.state === "closed") this.queue.clear();
    else if (client.state === "draining") pool.runtime.turn.schedule(client);
  }

  /** Lets go of everything: the client is closed. Buffers that are being written go back when that has ended. */
  end(): void {
    this.#tellTaken();
    if (!this.#isWriting) this.queue.clear();
  }

  #tellTaken(): void {
    const tell = this.#taken;
    this.#taken = null;
    tell?.();
  }
}
