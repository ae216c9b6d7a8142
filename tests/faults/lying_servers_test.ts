/**
 * A server that sends what nobody asked for, something that is no reply, or less than it should.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { ReplyError } from "../support/wire.ts";
import { type Dialect, memcacheDialect, type Outcome, redisDialect } from "./dialect.ts";
import { FaultPool } from "./fault_pool.ts";
import { valueOf } from "./traffic.ts";

/** The server behind the relay. */
const LIAR = 1;

/** Asks for one key of the liar. */
async function ask(pool: FaultPool, key: string): Promise<Outcome> {
  using client = await pool.connect();
  await client.send(pool.dialect.get(key));
  return await pool.dialect.read(client);
}

/** Asks for one key after the other until that works again: each reply is an error, or its own value. */
async function becomesHonest(pool: FaultPool): Promise<void> {
  let next = 0;
  await eventually(async () => {
    const key = pool.keys[LIAR][next++ % pool.keys[LIAR].length];
    const outcome = await ask(pool, key);
    if (outcome instanceof ReplyError) return false;
    assertEquals(outcome, valueOf(key));
    return true;
  }, "the server is believed again");
  for (const key of pool.keys[LIAR]) assertEquals(await ask(pool, key), valueOf(key));
}

async function testLies(t: Deno.TestContext, dialect: Dialect, replies: readonly string[]): Promise<void> {
  await using pool = await FaultPool.start(dialect);
  const { relay } = pool;
  const beforeBytes = await pool.warmUp();
  const step = async (name: string, fn: () => Promise<void>): Promise<void> => {
    await t.step(name, async () => {
      const bystanders = pool.bystanders(LIAR);
      await fn();
      await becomesHonest(pool);
      await bystanders.stop();
      assert(bystanders.served > 0);
      assertEquals(bystanders.unserved, 0);
      await pool.memoryReturned(beforeBytes);
    });
  };
  const garbage = ["HTTP/1.1 400 Bad Request\r\n\r\n", "\0\0\0\0", "\r\n\r\n", "?".repeat(100_000)];

  await step("garbage, and replies that nobody asked for, on an idle connection", async () => {
    for (const text of [...garbage, ...replies]) {
      await becomesHonest(pool);
      relay.inject(text);
      await eventually(() => relay.open === 0, `the proxy leaves a server that says ${text.slice(0, 20)}`);
    }
  });
  await step("garbage in place of a reply", async () => {
    for (const text of garbage) {
      await becomesHonest(pool);
      relay.toClient.discards = true;
      const asked = ask(pool, pool.keys[LIAR][0]);
      await sleep(20);
      relay.inject(text);
      const outcome = await asked;
      assert(outcome instanceof ReplyError, `not an error: ${outcome}`);
      relay.clear();
    }
  });
  await step("garbage behind a reply", async () => {
    const key = pool.keys[LIAR][0];
    for (const text of [...garbage, ...replies]) {
      await becomesHonest(pool);
      relay.toClient.delayMs = 30;
      const asked = ask(pool, key);
      await sleep(20);
      assertEquals(await asked, valueOf(key));
      relay.inject(text);
      relay.clear();
      await eventually(() => relay.open === 0, "the proxy leaves the server");
    }
  });
  await step("a reply that never comes", async () => {
    relay.toClient.discards = true;
    const outcome = await ask(pool, pool.keys[LIAR][0]);
    assert(outcome instanceof ReplyError && outcome.text.includes("timed out"), `${outcome}`);
    relay.clear();
  });
  await step("a reply that never comes, and nobody asks for a while", async () => {
    const { accepted } = relay;
    relay.toClient.discards = true;
    await ask(pool, pool.keys[LIAR][0]);
    relay.clear();
    await eventually(() => relay.accepted > accepted, "the proxy makes a new connection");
  });
}

realTest("redis-server", "faults: a redis-server that lies", async (t) => {
  await testLies(t, redisDialect, ["+OK\r\n", "$3\r\nabc\r\n", "-ERR what?\r\n", "*1\r\n:1\r\n"]);
});

realTest("memcached", "faults: a memcached that lies", async (t) => {
  await testLies(t, memcacheDialect, ["END\r\n", "STORED\r\n", "VALUE k 0 1\r\nv\r\nEND\r\n", "ERROR\r\n"]);
});
