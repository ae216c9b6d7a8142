/**
 * What clients can make the proxy hold: it stays bounded, and is given back.
 *
 * `tw#` is a thread of twemproxy's tracker where it did not.
 *
 * @module
 */

import { assert } from "@std/assert";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { joinBytes, resp, type WireClient } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

const MB = 1024 * 1024;
/** What a test may make a proxy grow by, in bytes; the fault in question took several times as much. */
const GROWTH_BYTES_MAX = 64 * MB;

/** Looks at a proxy's memory again and again until it is stopped. */
class Watch {
  /** The most that was seen, in bytes. */
  peakBytes = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  constructor(pool: RedisPool) {
    this.#timer = setInterval(() => this.peakBytes = Math.max(this.peakBytes, pool.proxy.rss()), 5);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}

/** Makes a proxy do some of everything first, because code that is compiled takes memory of its own. */
async function warmUp(pool: RedisPool, value: Uint8Array): Promise<number> {
  using client = await pool.connect();
  for (let round = 0; round < 30; round++) {
    await client.command("SET", "warm", value);
    await client.command("MSET", "warm", value, "up", value, "and", "on");
    await client.send(joinBytes(Array.from({ length: 20 }, () => resp("MGET", "warm", "up", "and"))));
    for (let i = 0; i < 20; i++) await client.readReply();
  }
  return pool.proxy.rss();
}

function mb(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}

function assertBounded(what: string, grownBytes: number): void {
  assert(grownBytes < GROWTH_BYTES_MAX, `${what}: it grew by ${mb(grownBytes)}`);
}

realTest("redis-server", "B7 (tw#538): 500 MB of replies that nobody reads are not gathered", async () => {
  await using pool = await startRedisPool();
  const before = await warmUp(pool, new Uint8Array(100_000));
  using bystander = await pool.connect();
  await bystander.exchange(resp("SET", "large", "x".repeat(100_000)), "+OK\r\n");
  using watch = new Watch(pool);
  await leaveUnread(pool, bystander, 50);
  assertBounded("one client", watch.peakBytes - before);
  await eventually(() => pool.proxy.rss() < before * 1.2, "the memory is given back");
  for (let round = 0; round < 10; round++) await leaveUnread(pool, bystander, 10);
  // Garbage is collected when the runtime thinks fit, so ten clients in turn may leave more behind than one.
  assert(
    watch.peakBytes - before < 2.5 * GROWTH_BYTES_MAX,
    `11 clients: it grew by ${mb(watch.peakBytes - before)}`,
  );
  await bystander.exchange(resp("STRLEN", "large"), ":100000\r\n");
});

/** Asks for much, reads nothing and leaves after a while, during which somebody else is served. */
async function leaveUnread(pool: RedisPool, bystander: WireClient, exchanges: number): Promise<void> {
  using client = await pool.connect();
  await client.send(joinBytes(Array.from({ length: 5000 }, () => resp("GET", "large"))));
  for (let i = 0; i < exchanges; i++) {
    await bystander.exchange(resp("SET", "k", i), "+OK\r\n");
    await sleep(20);
  }
}

realTest("redis-server", "B7: a client that reads late gets everything", async () => {
  await using pool = await startRedisPool();
  using client = await pool.connect();
  const value = `$100000\r\n${"x".repeat(100_000)}\r\n`;
  await client.exchange(resp("SET", "large", "x".repeat(100_000)), "+OK\r\n");
  await client.send(joinBytes(Array.from({ length: 1000 }, () => resp("GET", "large"))));
  await sleep(1000);
  for (let i = 0; i < 1000; i++) await client.expect(value);
  await client.exchange(resp("PING"), "+PONG\r\n");
});

realTest(
  "redis-server",
  "tw#486: MSET and MGET of values larger than a buffer leave nothing behind",
  async () => {
    await using pool = await startRedisPool({ servers: 3 });
    const values = [64, 17, 100].map((length) => "v".repeat(length * 1024));
    const before = await warmUp(pool, new Uint8Array(100_000));
    using client = await pool.connect();
    const requests = joinBytes([
      resp("MSET", "a", values[0], "b", values[1], "c", values[2]),
      resp("MGET", "a", "b", "c"),
      resp("DEL", "a", "b", "c"),
    ]);
    const bulks = values.map((value) => `$${value.length}\r\n${value}\r\n`).join("");
    using watch = new Watch(pool);
    // 800 MB in all.
    for (let round = 0; round < 2000; round++) {
      await client.send(requests);
      await client.expect(`+OK\r\n*3\r\n${bulks}:3\r\n`);
    }
    assertBounded("2,000 rounds", watch.peakBytes - before);
  },
);

realTest("redis-server", "tw#212: hundreds of commands per write leave nothing behind", async () => {
  await using pool = await startRedisPool({ servers: 3 });
  const before = await warmUp(pool, new Uint8Array(1000));
  const clients = await Promise.all(Array.from({ length: 10 }, () => pool.connect()));
  try {
    using watch = new Watch(pool);
    await Promise.all(clients.map((client, id) => pipelines(client, id)));
    assertBounded("10 clients", watch.peakBytes - before);
  } finally {
    for (const client of clients) client.close();
  }
});

async function pipelines(client: WireClient, id: number): Promise<void> {
  const requests = joinBytes(
    Array.from(
      { length: 400 },
      (_, i) => [resp("SET", `${id}:${i}`, "v".repeat(100)), resp("GET", `${id}:${i}`)],
    ).flat(),
  );
  const replies = `+OK\r\n$100\r\n${"v".repeat(100)}\r\n`.repeat(400);
  for (let round = 0; round < 50; round++) await client.exchange(requests, replies);
}

realTest("redis-server", "redis: 1,000 clients that come and go leave nothing behind", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  const before = await warmUp(pool, new Uint8Array(1000));
  using watch = new Watch(pool);
  for (let round = 0; round < 10; round++) {
    const clients = await Promise.all(Array.from({ length: 100 }, () => pool.connect()));
    // A third of them leaves in the middle of a request, a third without reading the reply.
    await Promise.all(clients.map(async (client, i) => {
      if (i % 3 === 0) await client.send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\nabc");
      else await client.send(resp("SET", `k${i}`, "v".repeat(10_000)));
      if (i % 3 === 1) await client.expect("+OK\r\n");
    }));
    for (const client of clients) client.close();
  }
  assertBounded("1,000 clients", watch.peakBytes - before);
  await eventually(async () => (await pool.stats()).client_connections === 0, "all are gone");
  // The proxy itself opens some for a moment at its start, to learn how many it may have.
  await eventually(() => pool.proxy.process.fdCount() < 40, "no descriptor is left open");
});
