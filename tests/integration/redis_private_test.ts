/**
 * Connections that clients have to themselves, while servers and clients die: none is left over, and nobody is told anything wrong.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import { Push, ReplyError, type ReplyValue, resp, WireError } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

/** The pool's number of a metric. */
async function metric(pool: RedisPool, name: string): Promise<number> {
  const client = Deno.createHttpClient({});
  const response = await fetch(`http://127.0.0.1:${pool.proxy.statsPort}/metrics`, { client });
  const text = await response.text();
  client.close();
  const line = text.split("\n").find((one) => one.startsWith(`nutcracker_pool_${name}{`));
  assert(line !== undefined, `there is ${name}`);
  return Number(line.split(" ").at(-1));
}

/** Waits until the pool's number of a metric is 0. */
async function vanishes(pool: RedisPool, name: string): Promise<void> {
  for (let tries = 0; await metric(pool, name) !== 0; tries++) {
    assert(tries < 100, `${name} stays at ${await metric(pool, name)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** One life of a client: what it is told makes sense, and if it is not, its connection has ended. */
async function live(pool: RedisPool, random: Random): Promise<void> {
  using client = await pool.connect();
  const tag = random.text(2);
  const call = (...words: (string | number)[]): Promise<ReplyValue> => client.command(...words);
  try {
    switch (random.int(6)) {
      case 0: {
        const replies: ReplyValue[] = [];
        await call("WATCH", `{${tag}}n`);
        for (const line of [["MULTI"], ["INCR", `{${tag}}n`], ["INCR", `{${tag}}m`], ["EXEC"]]) {
          replies.push(await call(...line));
        }
        const result = replies[3];
        // Both or none: half a transaction would show in the numbers at the end.
        assert(result === null || result instanceof ReplyError || (result as number[]).length === 2);
        break;
      }
      case 1: {
        const reply = await call("BLPOP", `{${tag}}q`, "0.05");
        assert(reply === null || reply instanceof ReplyError || Array.isArray(reply));
        break;
      }
      case 2: {
        const reply = await call("SUBSCRIBE", tag);
        if (reply instanceof ReplyError) return await client.closed();
        const first = reply instanceof Push ? reply.items : reply as ReplyValue[];
        assertEquals(first, ["subscribe", tag, 1]);
        break;
      }
      case 3:
        await call("PUBLISH", tag, "text");
        break;
      case 4: {
        const reply = await call("WAIT", 1, random.pick([1, 20]));
        assert(reply === 0 || reply instanceof ReplyError, `nobody has a replica: ${reply}`);
        break;
      }
      case 5: {
        for (const line of [["MULTI"], ["SET", `{${tag}}k`, 1], ["PUBLISH", random.text(2), "text"]]) {
          await call(...line);
        }
        const result = await call("EXEC");
        assert(result instanceof ReplyError || (result as ReplyValue[]).length === 2, `${result}`);
      }
    }
  } catch (error) {
    // A subscriber's connection ends with its server's.
    if (!(error instanceof WireError)) throw error;
  }
}

realTest(
  "redis-server",
  "servers and clients that die leave no connection behind, and no half transaction",
  async () => {
    const directives = { hash_tag: `"{}"`, timeout: 1000, server_retry_timeout: 200, auto_eject_hosts: true };
    await using pool = await startRedisPool({ servers: 3, directives });
    await runSeeded(chooseSeed(), async (random) => {
      for (let round = 0; round < 8; round++) {
        const lives = Array.from({ length: 30 }, () => live(pool, random));
        const victim = random.int(3);
        await pool.servers[victim].command("CLIENT", "KILL", "TYPE", random.pick(["normal", "pubsub"]));
        if (round % 4 === 1) {
          await pool.servers[victim].stop();
          await Promise.all(lives);
          await pool.restart(victim);
        } else await Promise.all(lives);
      }
    });
    await vanishes(pool, "private_connections");
    await vanishes(pool, "subscribers");
    for (const server of pool.servers) {
      const list = String(await server.command("CLIENT", "LIST")).trim().split("\n");
      for (const line of list) assert(/multi=-1/.test(line) && !/flags=\S*[bPdx]/.test(line), line);
      for (const key of await server.command("KEYS", "*}n") as string[]) {
        const other = key.replace(/n$/, "m");
        assertEquals(await server.command("GET", key), await server.command("GET", other), key);
      }
    }
  },
);

realTest("redis-server", "private_connections are counted and limited", async () => {
  await using pool = await startRedisPool({ servers: 2, directives: { private_connections: 2 } });
  const clients = await Promise.all(Array.from({ length: 3 }, () => pool.connect()));
  for (const client of clients.slice(0, 2)) assertEquals(await client.command("WATCH", "k"), "OK");
  assertEquals(await metric(pool, "private_connections"), 2);
  const reply = await clients[2].command("BLPOP", "k", "1");
  assertEquals(reply, new ReplyError("ERR too many private connections, see private_connections"));
  for (const client of clients) client[Symbol.dispose]();
  await vanishes(pool, "private_connections");
  using client = await pool.connect();
  await client.send(resp("BLPOP", "none", "0.01"));
  assertEquals((await client.readReply()).value, null);
});
