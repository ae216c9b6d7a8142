/**
 * One connection to the statistics' port.
 *
 * ```text
 *                 bytes that may begin an HTTP request
 *   waiting ─────────────────────────────────────────────▶ relaying ──┐
 *      │                                                              ├──▶ closed
 *      └─────────────────────────────────────────────────▶ answering ─┘
 *        silence, its end, or any other bytes: the JSON line
 * ```
 *
 * The deadline, a failure or the server's end closes it in every state.
 *
 * @module
 */

import { encode, MINUS, SPACE } from "../base/ascii.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../log/log.ts";
import { errnoOf } from "../net/strerror.ts";
import { isLoopback } from "./access.ts";
import { Deadline } from "./deadline.ts";
import type { HttpBackend } from "./http_backend.ts";
import { ANSWER_MS, CHUNK_BYTES, LINGER_MS, REQUEST_MS } from "./limits.ts";
import type { Patience } from "./patience.ts";
import { relay, writeAll } from "./relay.ts";

const UPPER_A = 0x41;
const UPPER_Z = 0x5a;

/**
 * Says whether bytes may begin an HTTP request: a method, which is written in capitals, and a space, as far as they are here.
 *
 * @param bytes What a client sent first.
 * @returns True if they may.
 */
export function beginsHttp(bytes: Uint8Array): boolean {
  let end = 0;
  while (end < bytes.length && ((bytes[end] >= UPPER_A && bytes[end] <= UPPER_Z) || bytes[end] === MINUS)) {
    end++;
  }
  return end > 0 && (end === bytes.length || bytes[end] === SPACE);
}

/** What a connection needs. */
export interface ConnectionContext {
  /** Gives the statistics as they are now. */
  readonly json: () => string;
  /** Answers HTTP. */
  readonly backend: HttpBackend;
  /** Says how long to wait for the first byte. */
  readonly patience: Patience;
  /** Tells the time. */
  readonly clock: Clock;
  /** Where a failure of our own is told. */
  readonly log: Log;
}

/** A client of the statistics. */
export class StatsConnection {
  #upstream: Deno.TcpConn | null = null;
  #closed = false;
  readonly #client: Deno.Conn;
  readonly #context: ConnectionContext;
  readonly #deadline: Deadline;

  /**
   * Takes over a connection.
   *
   * @param client The connection, just accepted.
   * @param context What it needs.
   */
  constructor(client: Deno.Conn, context: ConnectionContext) {
    this.#client = client;
    this.#context = context;
    this.#deadline = new Deadline(context.clock, () => this.close());
  }

  /** Serves the client and closes the connection. The promise never rejects: a client's fault ends its connection only. */
  async serve(): Promise<void> {
    try {
      const chunk = new Uint8Array(CHUNK_BYTES);
      const reading = this.#client.read(chunk);
      const length = await this.#firstBytes(reading);
      const bytes = chunk.subarray(0, length ?? 0);
      if (beginsHttp(bytes)) await this.#relay(bytes);
      else await this.#answer(reading, length);
    } catch (error) {
      // An error of the system: the client has reset the connection, or the deadline has closed it. Any other is ours.
      if (errnoOf(error) === null) this.#context.log.error("stats", `serving statistics failed: ${error}`);
    } finally {
      this.close();
    }
  }

  /** Since when nothing has happened on it, in milliseconds of the clock. */
  get quietSinceMs(): number {
    return this.#deadline.setAtMs;
  }

  /** Ends the connection at once; may be called again. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#deadline.clear();
    if (this.#upstream !== null) this.#context.backend.disconnect(this.#upstream);
    this.#client.close();
  }

  get #hostname(): string {
    const address = this.#client.remoteAddr;
    return "hostname" in address ? address.hostname : "";
  }

  /** Waits for the first bytes, and gives their number: 0 for silence, null for the client's end. */
  #firstBytes(reading: Promise<number | null>): Promise<number | null> {
    return new Promise((resolve, reject) => {
      const silence = new Deadline(this.#context.clock, () => resolve(0));
      silence.set(this.#context.patience.firstBytesMs(this.#hostname));
      reading.then(resolve, reject).finally(() => silence.clear());
    });
  }

  async #relay(bytes: Uint8Array): Promise<void> {
    this.#deadline.set(REQUEST_MS);
    const upstream = await this.#context.backend.connect({
      isLocal: isLoopback(this.#client.remoteAddr),
      gotPage: () => this.#context.patience.gavePage(this.#hostname),
    });
    // The server may have been closed while it connected.
    if (this.#closed) return this.#context.backend.disconnect(upstream);
    this.#upstream = upstream;
    await relay(this.#client, upstream, bytes, this.#deadline);
  }

  async #answer(reading: Promise<number | null>, length: number | null): Promise<void> {
    this.#deadline.set(ANSWER_MS);
    await writeAll(this.#client, encode(this.#context.json()));
    await this.#client.closeWrite();
    this.#deadline.set(LINGER_MS);
    if (length === 0) length = await reading;
    const rest = new Uint8Array(CHUNK_BYTES);
    while (length !== null) length = await this.#client.read(rest);
  }
}
