/**
 * Several databases through one pool, as they are in redis itself.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { startRedis } from "../support/redis_server.ts";
import { connect, ReplyError, resp, type WireClient } from "../support/wire.ts";
import { startRedisPool } from "./redis_pool.ts";

/** Requests of one connection; what the proxy says to them has to be what redis says. */
const CONVERSATION = [
  "SELECT 3",
  "SET a three",
  "SELECT 15",
  "GET a",
  "SELECT 16",
  "SELECT -1",
  "SELECT x",
  "SELECT 007",
  "SELECT",
  "GET a",
  "SELECT 3",
  "GET a",
  "MOVE a 16",
  "MOVE a x",
  "MOVE a 3",
  "MOVE a 4",
  "GET a",
  "SELECT 4",
  "GET a",
  "COPY a a",
  "COPY a a DB 16",
  "COPY a a DB x",
  "COPY a a DB",
  "COPY a a REPLACE DB 99",
  "COPY a a DB 5",
  "COPY a a DB 5 REPLACE",
  "SELECT 5",
  "GET a",
  "MGET a b",
  "CONFIG GET databases",
  "HELLO 3",
  "SELECT 4",
  "GET none",
  "SELECT 99",
  "RESET",
  "GET a",
  "SELECT 4",
  "DEL a",
];

async function say(client: WireClient): Promise<string[]> {
  const replies: string[] = [];
  for (const line of CONVERSATION) {
    await client.send(resp(...line.split(" ")));
    const reply = JSON.stringify((await client.readReply()).value);
    // What HELLO tells of the server is not the same.
    replies.push(`${line}: ${line.startsWith("HELLO") ? "" : reply}`);
  }
  return replies;
}

realTest("redis-server", "databases behave as in redis itself", async () => {
  await using direct = await startRedis();
  await using pool = await startRedisPool({ directives: { databases: 16 } });
  using client = await pool.connect();
  using other = await connect(direct.port);
  assertEquals(await say(client), await say(other));
});

realTest("redis-server", "keys of each database are on the servers in that database", async () => {
  await using pool = await startRedisPool({ servers: 4, directives: { databases: 16, redis_db: 2 } });
  const keys = Array.from({ length: 40 }, (_, i) => `key:${i}`);
  for (const db of [2, 0, 9]) {
    using client = await pool.connect();
    if (db !== 2) await client.exchange(resp("SELECT", `${db}`), "+OK\r\n");
    assertEquals(await client.command("MSET", ...keys.flatMap((key) => [key, `${db}`])), "OK");
    assertEquals(await client.command("MGET", ...keys), keys.map(() => `${db}`));
  }
  let total = 0;
  for (const server of pool.servers) {
    const keyspace = String(await server.command("INFO", "keyspace"));
    const counts = [...keyspace.matchAll(/^db(\d+):keys=(\d+),/gm)].map((
      [, db, count],
    ) => [db, Number(count)]);
    assertEquals(counts.map(([db]) => db), ["0", "2", "9"]);
    assert(counts.every(([, count]) => count === counts[0][1]), keyspace);
    total += counts[0][1] as number;
  }
  assertEquals(total, keys.length);
});

realTest("redis-server", "without the directive there is only the pool's own database", async () => {
  await using pool = await startRedisPool({ directives: { redis_db: 2 } });
  using client = await pool.connect();
  await client.exchange(resp("SELECT", "2"), "+OK\r\n");
  await client.exchange(resp("SET", "a", "1"), "+OK\r\n");
  const outOfRange = "-ERR DB index is out of range\r\n";
  for (const words of [["SELECT", "0"], ["MOVE", "a", "0"], ["COPY", "a", "a", "DB", "0"]]) {
    await client.exchange(resp(...words), outOfRange);
    await client.exchange(resp("MULTI"), "+OK\r\n");
    const refused = await client.command(...words);
    assert(refused instanceof ReplyError, `${words} in a transaction: ${refused}`);
    const aborted = await client.command("EXEC");
    assert(aborted instanceof ReplyError && /^EXECABORT/.test(aborted.text), `${aborted}`);
  }
});
