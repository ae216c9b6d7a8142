/**
 * Clients that stall, flood, dawdle and run away: the others are served as before, and the memory comes back.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { chooseSeed, Random, runSeeded } from "../support/random.ts";
import type { WireClient } from "../support/wire.ts";
import { type Dialect, memcacheDialect, redisDialect } from "./dialect.ts";
import { FaultPool } from "./fault_pool.ts";
import { scaled } from "./scale.ts";
import { valueOf } from "./traffic.ts";

const MIB = 1024 * 1024;
/** By how much one client that does not read may make the memory grow, in bytes. */
const UNREAD_RSS_MAX = 64 * MIB;

/** How often the memory is looked at, in milliseconds. */
const SAMPLE_MS = 50;

/** `timeout` here, in milliseconds: these tests keep the machine so busy that a server may have to wait for its turn. */
const PATIENT_MS = 5000;

async function startPool(dialect: Dialect): Promise<FaultPool> {
  return await FaultPool.start(dialect, { timeout: PATIENT_MS }, false);
}

/** What some clients do wrong, so many times. */
type ClientFault = (count: number) => Promise<void>;

/**
 * Runs a fault twice while there is traffic of which nothing may fail. The runtime's heap grows to what a burst takes, and
 * shrinks when it pleases; but what the second burst leaves behind must fit into what the first one took.
 */
async function endureClients(pool: FaultPool, count: number, fault: ClientFault): Promise<void> {
  await pool.warmUp();
  const bystanders = pool.traffic();
  let mostBytes = 0;
  const sampling = setInterval(() => mostBytes = Math.max(mostBytes, pool.proxy.rss()), SAMPLE_MS);
  try {
    await fault(count);
    clearInterval(sampling);
    await fault(count);
  } finally {
    clearInterval(sampling);
    await bystanders.stop();
  }
  assertEquals(bystanders.unserved, 0);
  await eventually(
    async () => (await pool.proxy.stats()).pool.client_connections === 0,
    "all clients have gone",
  );
  await pool.memoryReturned(mostBytes);
}

/** How many files the process may have open. */
function descriptorsMax(pid: number | "self"): number {
  const found = /^Max open files\s+(\d+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/limits`));
  return found === null ? 1024 : Number(found[1]);
}

realTest("redis-server", "faults: a client asks for a lot and reads nothing", async () => {
  await using pool = await startPool(redisDialect);
  const value = "x".repeat(100_000);
  using writer = await pool.connect();
  await writer.exchange(redisDialect.set("large", value), "+OK\r\n");
  writer.close();
  await endureClients(pool, scaled(2000, 5000), async (count) => {
    const beforeBytes = pool.proxy.rss();
    using greedy = await pool.connect();
    await greedy.send(redisDialect.get("large").repeat(count));
    let mostBytes = 0;
    for (let i = 0; i < 40; i++) {
      await sleep(25);
      mostBytes = Math.max(mostBytes, pool.proxy.rss() - beforeBytes);
    }
    assert(mostBytes < UNREAD_RSS_MAX, `it grew by ${mostBytes} bytes`);
  });
});

realTest("memcached", "faults: clients send one byte at a time", async () => {
  await using pool = await startPool(memcacheDialect);
  const [key] = pool.keys[2];
  await endureClients(pool, 20, async (count) => {
    await Promise.all(Array.from({ length: count }, async () => {
      using client = await pool.connect();
      const request = memcacheDialect.set("slow", "v") + memcacheDialect.get(key);
      for (const byte of request) {
        await client.send(byte);
        await sleep(20);
      }
      assertEquals(await memcacheDialect.read(client), "STORED");
      assertEquals(await memcacheDialect.read(client), valueOf(key));
    }));
  });
});

realTest("redis-server", "faults: thousands of clients connect, ask once and stay", async () => {
  await using pool = await startPool(redisDialect);
  const room = Math.min(descriptorsMax("self"), descriptorsMax(pool.proxy.pid)) - 200;
  const keys = pool.keys.flat();
  await endureClients(pool, Math.min(scaled(2000, 10_000), room), async (count) => {
    const clients: WireClient[] = [];
    try {
      for (let i = 0; i < count; i += 100) {
        const some = await Promise.all(
          Array.from({ length: Math.min(100, count - i) }, () => pool.connect()),
        );
        clients.push(...some);
        await Promise.all(some.map(async (client, j) => {
          const key = keys[(i + j) % keys.length];
          await client.send(redisDialect.get(key));
          assertEquals(await redisDialect.read(client), valueOf(key));
        }));
      }
    } finally {
      for (const client of clients) client.close();
    }
    assertEquals(clients.length, count);
  });
});

/** Connects, sends some bytes of some requests and goes. */
async function runAway(pool: FaultPool, random: Random): Promise<void> {
  const conn = await Deno.connect({ hostname: "127.0.0.1", port: pool.proxy.listens[0] as number });
  try {
    const keys = Array.from({ length: random.between(1, 5) }, () => random.pick(random.pick(pool.keys)));
    const text = keys.map((key) => redisDialect.get(key)).join("");
    const bytes = new TextEncoder().encode(text.slice(0, random.between(1, text.length)));
    await conn.write(bytes);
    // Some wait until replies are on their way.
    if (random.chance(0.2)) await sleep(1);
  } finally {
    conn.close();
  }
}

realTest("redis-server", "faults: clients disconnect in the middle of requests", async () => {
  await using pool = await startPool(redisDialect);
  await runSeeded(chooseSeed(), async (random) => {
    await endureClients(pool, scaled(10_000, 50_000), async (count) => {
      let started = 0;
      await Promise.all(Array.from({ length: 32 }, async () => {
        while (started++ < count) await runAway(pool, random);
      }));
    });
  });
});
