/**
 * Clients that count up a key each, batch by batch, and connect again when they are disconnected.
 *
 * @module
 */

import { sleep } from "../../support/process.ts";
import { resp, WireClient } from "../../support/wire.ts";

/** How many requests leave together. */
const BATCH = 10;

/** How long whoever was disconnected waits: until the worker is back, or all clients would gather at the others. */
const RECONNECT_MS = 1200;

/** What has come of all requests. */
export interface Outcomes {
  /** Requests that were answered with a number. */
  good: number;
  /** Requests that were answered with an error, by its text. */
  readonly errors: Map<string, number>;
  /** Requests that were sent, and whose connection ended before they were answered. */
  unanswered: number;
  /** Connections that ended. */
  ends: number;
  /** What must never happen. */
  readonly faults: string[];
}

/** All clients. */
export class SoakClients {
  /** What has come of their requests. */
  readonly outcomes: Outcomes = { good: 0, errors: new Map(), unanswered: 0, ends: 0, faults: [] };
  readonly #port: number;
  readonly #pauseMs: number;
  readonly #loops: Promise<void>[];
  #isPaused = false;
  #isOver = false;
  #busy = 0;

  /**
   * Starts clients.
   *
   * @param port The port of 127.0.0.1.
   * @param count How many.
   * @param rate How many requests they make per second, all together.
   */
  constructor(port: number, count: number, rate: number) {
    this.#port = port;
    this.#pauseMs = count * BATCH * 1000 / rate;
    this.#loops = Array.from({ length: count }, (_, i) => this.#run(`soak:${i}`));
  }

  /** After so many milliseconds all who were disconnected have noticed, and have come back. */
  get backMs(): number {
    return RECONNECT_MS + 3 * this.#pauseMs;
  }

  /** How many requests were answered with an error. */
  get errorCount(): number {
    return [...this.outcomes.errors.values()].reduce((a, b) => a + b, 0);
  }

  /** Begins no further batches, and waits for those under way. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    while (this.#busy > 0) await sleep(5);
  }

  /** Goes on. */
  resume(): void {
    this.#isPaused = false;
  }

  /** Ends all clients. */
  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #run(key: string): Promise<void> {
    let client: WireClient | null = null;
    await sleep(Math.random() * this.#pauseMs);
    while (!this.#isOver) {
      if (this.#isPaused) {
        await sleep(5);
        continue;
      }
      this.#busy++;
      try {
        client ??= new WireClient(await Deno.connect({ hostname: "127.0.0.1", port: this.#port }));
        if (!await this.#doBatch(client, key)) {
          client = null;
          await sleep(RECONNECT_MS);
        }
      } catch (error) {
        this.outcomes.faults.push(`${key}: ${error}`);
        client = null;
      }
      this.#busy--;
      await sleep(this.#pauseMs * (0.5 + Math.random()));
    }
    client?.close();
  }

  /** Says whether the connection lives on. */
  async #doBatch(client: WireClient, key: string): Promise<boolean> {
    let left = BATCH;
    try {
      const request = new TextDecoder().decode(resp("INCR", key));
      await client.send(request.repeat(BATCH));
      for (; left > 0; left--) this.#take(key, await client.readLine());
      return true;
    } catch {
      this.outcomes.unanswered += left;
      this.outcomes.ends++;
      client.close();
      return false;
    }
  }

  #take(key: string, line: string): void {
    const { outcomes } = this;
    if (/^:\d+$/.test(line)) outcomes.good++;
    else if (line.startsWith("-")) outcomes.errors.set(line, (outcomes.errors.get(line) ?? 0) + 1);
    else outcomes.faults.push(`${key} was answered ${line}`);
  }
}
