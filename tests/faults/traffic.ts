/**
 * Clients that keep asking while something goes wrong, and look at every reply: each value carries its key, so that a
 * reply which was swapped, lost or doubled is seen.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { sleep } from "../support/process.ts";
import { ReplyError, type WireClient } from "../support/wire.ts";
import type { Dialect } from "./dialect.ts";

/** Requests of one client that are under way together. */
const PIPELINE = 16;
/** How long a client pauses between two pipelines, in milliseconds: traffic, not load. */
const PAUSE_MS = 2;

/**
 * The value of a key.
 *
 * @param key The key.
 * @returns A text that no other key has; its length differs from key to key.
 */
export function valueOf(key: string): string {
  return `${key}=`.padEnd(
    key.length + 1 + (key.length * 7919 + key.charCodeAt(key.length - 1) * 31) % 300,
    ".",
  );
}

/** Some clients at work. */
export class Traffic {
  /** How many requests were answered with their value. */
  served = 0;
  /** How many found nothing, and whose it was. */
  readonly missed = new Map<string, number>();
  /** How many failed, by what was said. */
  readonly failed = new Map<string, number>();
  #stopped = false;
  readonly #clients: Promise<void>[] = [];
  readonly #dialect: Dialect;
  readonly #keys: readonly string[];
  readonly #mayFail: ReadonlySet<string>;

  /**
   * Starts clients.
   *
   * @param dialect What they speak.
   * @param connect Connects one of them.
   * @param count How many there are.
   * @param keys What they ask for, in turns; each holds {@link valueOf} itself.
   * @param mayFail The keys of which requests may fail or find nothing.
   */
  constructor(
    dialect: Dialect,
    connect: () => Promise<WireClient>,
    count: number,
    keys: readonly string[],
    mayFail: ReadonlySet<string> = new Set(),
  ) {
    this.#dialect = dialect;
    this.#keys = keys;
    this.#mayFail = mayFail;
    for (let id = 0; id < count; id++) this.#clients.push(this.#run(connect, id));
    // A client that fails is heard of when it is waited for.
    for (const client of this.#clients) client.catch(() => {});
  }

  /** Lets every client finish its pipeline, and fails if one of them got what it should not. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const results = await Promise.allSettled(this.#clients);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  /** How many requests failed or found nothing. */
  get unserved(): number {
    return [...this.missed.values(), ...this.failed.values()].reduce((sum, count) => sum + count, 0);
  }

  async #run(connect: () => Promise<WireClient>, id: number): Promise<void> {
    using client = await connect();
    const keys = this.#keys;
    for (let next = id * 7; !this.#stopped; next += PIPELINE) {
      const batch = Array.from({ length: PIPELINE }, (_, i) => keys[(next + i) % keys.length]);
      await client.send(batch.map((key) => this.#dialect.get(key)).join(""));
      for (const key of batch) this.#check(key, await this.#dialect.read(client));
      await sleep(PAUSE_MS);
    }
  }

  #check(key: string, outcome: string | ReplyError | null): void {
    if (outcome === valueOf(key)) {
      this.served++;
      return;
    }
    const said = outcome instanceof ReplyError ? outcome.text : outcome;
    if (typeof outcome === "string" || !this.#mayFail.has(key)) {
      assertEquals(said, valueOf(key), `the reply to a request for ${key}`);
    }
    const counts = outcome === null ? this.missed : this.failed;
    const name = said ?? key;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
}
