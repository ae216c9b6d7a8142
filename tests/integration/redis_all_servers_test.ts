/**
 * Commands that concern the keys of all servers, against real redis-servers.
 *
 * @module
 */

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { KEYS_REPLY_MAX } from "../../src/protocol/redis/limits.ts";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { joinBytes, ReplyError, type ReplyValue, resp, type WireClient } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

async function fill(pool: RedisPool, count: number): Promise<void> {
  using client = await pool.connect();
  const keys = Array.from({ length: count }, (_, i) => [`key:${i}`, `${i}`]).flat();
  assertEquals(await client.command("MSET", ...keys), "OK");
}

function errorText(reply: ReplyValue): string {
  assert(reply instanceof ReplyError, `${reply} is an error`);
  return reply.text;
}

async function sizes(pool: RedisPool): Promise<ReplyValue[]> {
  return await Promise.all(pool.servers.map((server) => server.command("DBSIZE")));
}

/** Walks a whole scan; each key is as often in it as it was returned. */
async function scanAll(client: WireClient, ...options: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  let cursor = "0";
  do {
    const reply = await client.command("SCAN", cursor, ...options) as [string, string[]];
    assertEquals(reply.length, 2);
    [cursor] = reply;
    found.push(...reply[1]);
  } while (cursor !== "0");
  return found;
}

realTest("redis-server", "all servers: DBSIZE, KEYS, RANDOMKEY see the keys of every server", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  using client = await pool.connect();
  assertEquals(await client.command("DBSIZE"), 0);
  assertEquals(await client.command("KEYS", "*"), []);
  assertEquals(await client.command("RANDOMKEY"), null);
  await fill(pool, 200);
  assert((await sizes(pool)).every((size) => Number(size) > 0));
  for (const hello of [2, 3]) {
    await client.command("HELLO", hello);
    assertEquals(await client.command("DBSIZE"), 200);
    assertEquals(new Set(await client.command("KEYS", "*") as string[]).size, 200);
    const tens = await client.command("KEYS", "key:?") as string[];
    assertEquals(tens.sort(), Array.from({ length: 10 }, (_, i) => `key:${i}`));
  }
  const servers = new Set<number>();
  for (let i = 0; i < 200 && servers.size < 4; i++) {
    const key = await client.command("RANDOMKEY") as string;
    const has = await Promise.all(pool.servers.map((server) => server.command("EXISTS", key)));
    servers.add(has.indexOf(1));
  }
  assertEquals([...servers].sort(), [0, 1, 2, 3], "every server has its turn");
});

realTest("redis-server", "all servers: RANDOMKEY finds the only key, wherever it is", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  using client = await pool.connect();
  for (const keys of await pool.keysByServer(1)) {
    await client.command("SET", keys[0], "v");
    for (let i = 0; i < 5; i++) assertEquals(await client.command("RANDOMKEY"), keys[0]);
    await client.command("DEL", keys[0]);
  }
});

realTest(
  "redis-server",
  "all servers: KEYS stops at a limit, and does not hold what is beyond it",
  async () => {
    await using pool = await startRedisPool({
      servers: 2,
      redis: { args: ["--enable-debug-command", "yes"] },
    });
    using client = await pool.connect();
    // Straight to one server, because only the number counts.
    await pool.servers[0].command("DEBUG", "POPULATE", KEYS_REPLY_MAX + 1);
    const text = `ERR there are more than ${KEYS_REPLY_MAX} keys, use SCAN`;
    assertEquals(errorText(await client.command("KEYS", "*")), text);
    await pool.servers[1].command("DEBUG", "POPULATE", KEYS_REPLY_MAX + 1);
    assertEquals(errorText(await client.command("KEYS", "*")), text);
    for (const server of pool.servers) {
      await server.command("FLUSHALL");
      await server.command("DEBUG", "POPULATE", KEYS_REPLY_MAX * 0.6);
    }
    assertEquals(errorText(await client.command("KEYS", "*")), text);
    // What the request before it asked for does not hold for the next one.
    assertEquals(await client.command("GET", "k"), null);
    assertEquals((await client.command("KEYS", "key:12*") as string[]).length > 0, true);
  },
);

realTest("redis-server", "all servers: FLUSHALL and FLUSHDB need allow_dangerous", async () => {
  {
    await using pool = await startRedisPool({ servers: 2 });
    using client = await pool.connect();
    await fill(pool, 50);
    for (const name of ["FLUSHALL", "flushdb"]) {
      const text = `ERR command '${name.toUpperCase()}' is refused: the pool does not set 'allow_dangerous'`;
      assertEquals(errorText(await client.command(name)), text);
    }
    assertEquals(await client.command("DBSIZE"), 50);
  }
  await using pool = await startRedisPool({ servers: 4, directives: { allow_dangerous: true } });
  using client = await pool.connect();
  for (const words of [["FLUSHALL"], ["FLUSHDB"], ["FLUSHALL", "ASYNC"], ["FLUSHDB", "SYNC"]]) {
    await fill(pool, 50);
    assertEquals(await client.command(...words), "OK");
    assertEquals(await sizes(pool), [0, 0, 0, 0]);
  }
  assertEquals(errorText(await client.command("FLUSHALL", "NOW")), "ERR syntax error");
});

realTest("redis-server", "all servers: with one of them away nothing is left out silently", async () => {
  await using pool = await startRedisPool({
    servers: 3,
    directives: { timeout: 2000, allow_dangerous: true },
  });
  using client = await pool.connect();
  await fill(pool, 100);
  await pool.servers[1].stop();
  for (const words of [["DBSIZE"], ["KEYS", "*"], ["FLUSHALL"], ["SCRIPT", "EXISTS", "a"]]) {
    assert(errorText(await client.command(...words)).includes("(server 's1')"), words[0]);
  }
  await pool.servers[0].command("SET", "here", "v");
  assertEquals(await client.command("RANDOMKEY"), "here", "one key is as good as another");
  let cursor = "0";
  let reply: ReplyValue;
  do {
    reply = await client.command("SCAN", cursor, "COUNT", 1000);
    if (!(reply instanceof ReplyError)) [cursor] = reply as [string];
  } while (!(reply instanceof ReplyError) && cursor !== "0");
  assert(errorText(reply).includes("(server 's1')"), "the scan does not go past it");
  await pool.servers[0].command("FLUSHALL");
  await pool.servers[2].command("FLUSHALL");
  assert(errorText(await client.command("RANDOMKEY")).includes("(server 's1')"), "it may have the only key");
});

realTest("redis-server", "SCAN: options hold, replies have the shape of a server's", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  using client = await pool.connect();
  await fill(pool, 500);
  for (let i = 0; i < 40; i++) await client.command("SADD", `set:${i}`, "m");
  for (const hello of [2, 3]) {
    await client.command("HELLO", hello);
    assertEquals(new Set(await scanAll(client)).size, 540);
    assertEquals(new Set(await scanAll(client, "COUNT", "1000")).size, 540);
    assertEquals(new Set(await scanAll(client, "MATCH", "key:1*")).size, 111);
    assertEquals(new Set(await scanAll(client, "TYPE", "set", "count", "7")).size, 40);
    assertEquals(new Set(await scanAll(client, "match", "*:1*", "TYPE", "set")).size, 11);
    await client.send(resp("SCAN", "0", "COUNT", 10_000));
    const { bytes } = await client.readReply();
    assert(/^\*2\r\n\$\d+\r\n\d+\r\n\*\d+\r\n/.test(new TextDecoder().decode(bytes)));
  }
  // With COUNT above the number of keys every server is one step.
  let [cursor, steps] = ["0", 0];
  do {
    [cursor] = await client.command("SCAN", cursor, "COUNT", 10_000) as [string];
    assert(BigInt(cursor) < 2n ** 53n, "a cursor is a safe integer of JavaScript, too");
    steps++;
  } while (cursor !== "0");
  assertEquals(steps, 4);
});

realTest("redis-server", "SCAN: a faulty request is answered as by a server", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  const direct = await pool.servers[0].connect();
  const faulty = ["SCAN x", "SCAN 0 COUNT", "SCAN 0 COUNT 0", "SCAN 0 NOSUCH a", "SCAN", "SCAN 0 TYPE"];
  for (const line of faulty) {
    const words = line.split(" ");
    assertEquals(await client.command(...words), await direct.command(...words), line);
  }
  direct.close();
  assert(errorText(await client.command("SCAN", "-1")).startsWith("ERR invalid cursor"));
  assert(errorText(await client.command("SCAN", "123")).startsWith("ERR invalid cursor"));
  assert(errorText(await client.command("SCAN", `${2n ** 64n}`)).startsWith("ERR invalid cursor"));
  // Inline, pipelined and without a reply.
  await client.send(joinBytes([
    new TextEncoder().encode("SCAN 0 COUNT 100\r\n"),
    resp("CLIENT", "REPLY", "SKIP"),
    resp("SCAN", "0"),
    resp("DBSIZE"),
  ]));
  assertNotEquals(((await client.readReply()).value as string[])[0], "0");
  assertEquals((await client.readReply()).value, 0);
});

realTest("redis-server", "SCAN: a cursor of another list of servers is an error", async () => {
  await using pool = await startRedisPool({ servers: 3 });
  using client = await pool.connect();
  await fill(pool, 300);
  const [cursor] = await client.command("SCAN", "0") as [string];
  const file = await Deno.readTextFile(pool.proxy.configPath);
  await Deno.writeTextFile(pool.proxy.configPath, file.replace(/^.* s1\n/m, ""));
  pool.proxy.signal("SIGHUP");
  await eventually(() => pool.proxy.log().includes("this is generation 2"), "the file is loaded");
  assert(errorText(await client.command("SCAN", cursor)).includes("the servers have changed"));
  await scanAll(client);
});

realTest(
  "redis-server",
  "INFO: numbers of all servers are added up, and one that is away is left out",
  async () => {
    await using pool = await startRedisPool({ servers: 3, directives: { timeout: 2000 } });
    using client = await pool.connect();
    await fill(pool, 100);
    for (let i = 0; i < 10; i++) await client.command("SETEX", `soon:${i}`, 100, "v");
    for (let i = 0; i < 30; i++) await client.command("GET", i < 20 ? `key:${i}` : `none:${i}`);
    const field = (info: string, name: string) => new RegExp(`^${name}:(.*)\r$`, "m").exec(info)?.[1];
    for (const hello of [2, 3]) {
      await client.command("HELLO", hello);
      const info = await client.command("INFO") as string;
      assert(field(info, "db0")!.startsWith("keys=110,expires=10,avg_ttl="), info);
      assertEquals([field(info, "keyspace_hits"), field(info, "keyspace_misses")], ["20", "10"]);
      assertEquals(field(info, "proxy_servers_answered"), "3");
      const used = await Promise.all(
        pool.servers.map(async (server) =>
          Number(field(await server.command("INFO", "memory") as string, "used_memory"))
        ),
      );
      const sum = used.reduce((total, bytes) => total + bytes);
      assert(Math.abs(Number(field(info, "used_memory")) / sum - 1) < 0.2);
      assertEquals(field(info, "role"), "master");
      const some = await client.command("INFO", "keyspace", "server") as string;
      assertEquals(some.match(/^# \w+/gm), ["# Server", "# Keyspace"]);
    }
    await pool.servers[2].stop();
    const info = await client.command("INFO") as string;
    assertEquals(field(info, "proxy_servers_answered"), "2");
    assert(Number(/keys=(\d+)/.exec(field(info, "db0")!)![1]) < 110);
    for (const server of pool.servers.slice(0, 2)) await server.stop();
    const alone = await client.command("INFO") as string;
    assertEquals([field(alone, "proxy_servers_answered"), field(alone, "used_memory")], ["0", undefined]);
  },
);
