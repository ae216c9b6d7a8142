/**
 * Requests that are joined: what servers get, and that no client notices.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { JOINED_BYTES_MAX, JOINED_KEYS_MAX } from "../../src/proxy/limits.ts";
import type { PoolValue } from "../support/pool_file.ts";
import { realTest } from "../support/programs.ts";
import type { Proxy } from "../support/proxy.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import { FakeServer } from "./fake_server.ts";
import { item, type MemcachePool, set, startMemcachePool, startMemcacheProxy } from "./memcache_pool.ts";

/** Sends requests to a server that notes the lines it gets, and answers every key as there, `gone…` excepted. */
async function linesFor(requests: string): Promise<string[]> {
  const lines: string[] = [];
  await using server = new FakeServer(async (connection) => {
    for (;;) {
      const line = await connection.readLine();
      lines.push(line);
      const [verb, ...words] = line.split(/ +/);
      if (verb === "set") await connection.readBytes(Number(words[3]) + 2);
      const items = words.filter((key) => !key.startsWith("gone")).map((key) => item(key, key));
      await connection.send(verb === "set" ? "STORED\r\n" : `${items.join("")}END\r\n`);
    }
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  const replies = requests.match(/[^\n]*\n/g)!.map((line) => {
    const [verb, ...words] = line.trim().split(/ +/);
    const keys = words.filter((key) => !key.startsWith("gone"));
    return verb === "set" ? "STORED\r\n" : `${keys.map((key) => item(key, key)).join("")}END\r\n`;
  });
  await client.exchange(requests.replaceAll("STORE\n", "0 0 0\r\n\r\n"), replies.join(""));
  return lines;
}

Deno.test("memcache: gets that follow each other are one for the server", async () => {
  assertEquals(await linesFor("get a\r\nget b\r\nget gone\r\nget c\r\n"), ["get a b gone c"]);
});

Deno.test("memcache: only plain gets are joined, and nothing is overtaken", async () => {
  assertEquals(
    await linesFor(
      "get a\r\nget b\r\nset b STORE\nget b\r\ngets c\r\nget d e\r\nget f\r\nget  g\r\nget h\nget i\r\n",
    ),
    ["get a b", "set b 0 0 0", "get b", "gets c", "get d e", "get f", "get  g", "get h", "get i"],
  );
});

Deno.test("memcache: the same key twice is asked for twice", async () => {
  assertEquals(await linesFor("get a\r\nget b\r\nget a\r\nget b\r\nget b\r\n"), [
    "get a b",
    "get a b",
    "get b",
  ]);
});

Deno.test("memcache: no more are joined than a server answers soon", async () => {
  const keys = Array.from({ length: 2 * JOINED_KEYS_MAX + 5 }, (_, i) => `key${i}`);
  const lines = await linesFor(keys.map((key) => `get ${key}\r\n`).join(""));
  const counts = lines.map((line) => line.split(" ").length - 1);
  assertEquals([Math.max(...counts), lines.map((line) => line.slice(4)).join(" ")], [
    JOINED_KEYS_MAX,
    keys.join(" "),
  ]);
  const long = Array.from({ length: 9 }, (_, i) => `${i}`.repeat(250));
  const longLines = await linesFor(long.map((key) => `get ${key}\r\n`).join(""));
  assert(longLines.every((line) => line.length - 4 <= JOINED_BYTES_MAX + 3), "short enough for any server");
  assertEquals(longLines.map((line) => line.slice(4)).join(" "), long.join(" "));
});

/** A server that says what it has in the reverse order, as it may: the protocol promises none. */
async function withReversingServer(
  directives: Readonly<Record<string, PoolValue>>,
  test: (ask: (request: string) => Promise<string>, proxy: Proxy, lines: string[]) => Promise<void>,
): Promise<void> {
  const lines: string[] = [];
  await using server = new FakeServer(async (connection) => {
    for (;;) {
      const line = await connection.readLine();
      lines.push(line);
      const keys = line.split(" ").slice(1).reverse();
      await connection.send(`${keys.map((key) => item(key, key)).join("")}END\r\n`);
    }
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1`], directives);
  using client = await proxy.connect();
  const ask = async (request: string): Promise<string> => {
    await client.send(`${request}verbosity 1\r\n`);
    let text = "";
    while (!text.endsWith("OK\r\n")) text += `${await client.readLine()}\r\n`;
    return text.slice(0, -"OK\r\n".length);
  };
  await test(ask, proxy, lines);
}

const [A, B] = [`${item("a", "a")}END\r\n`, `${item("b", "b")}END\r\n`];

Deno.test("memcache: a server with an order of its own is found out, and asked one by one from then on", async () => {
  await withReversingServer({}, async (ask, proxy, lines) => {
    assertEquals(await ask("get a\r\nget b\r\n"), `END\r\n${B}`);
    assertEquals(await ask("get a\r\nget b\r\n"), A + B);
    assertEquals(lines, ["get a b", "get a", "get b"]);
    assert(proxy.log().includes("gives items in another order than it is asked for"), proxy.log());
  });
});

Deno.test("memcache: with join_gets: false nothing is joined", async () => {
  await withReversingServer({ join_gets: false }, async (ask, _, lines) => {
    assertEquals(await ask("get a\r\nget b\r\n"), A + B);
    assertEquals(lines, ["get a", "get b"]);
  });
});

/** Asks for random keys in pipelines; every reply is checked. */
async function ask(
  pool: MemcachePool,
  values: ReadonlyMap<string, string>,
  keys: readonly string[],
  random: Random,
): Promise<number> {
  using client = await pool.connect();
  let asked = 0;
  for (let round = 0; round < 40; round++) {
    const some = Array.from({ length: random.pick([1, 1, 2, 16, 70]) }, () => random.pick(keys));
    asked += some.length;
    await client.exchange(
      some.map((key) => `get ${key}\r\n`).join(""),
      some.map((key) => `${values.has(key) ? item(key, values.get(key)!) : ""}END\r\n`).join(""),
    );
  }
  return asked;
}

realTest(
  "memcached",
  "memcache: of joined requests every client gets its own reply, and all are counted",
  async () => {
    await runSeeded(chooseSeed(), async (random) => {
      await using pool = await startMemcachePool({ servers: 3 });
      const keys = Array.from({ length: 400 }, (_, i) => `k${i}`.padEnd(random.pick([2, 30, 250]), "k"));
      const values = new Map<string, string>();
      for (const key of keys) {
        if (random.chance(0.7)) values.set(key, random.text(random.pick([0, 1, 30, 3000, 100_000])));
      }
      {
        using client = await pool.connect();
        for (const [key, value] of values) await client.exchange(set(key, value), "STORED\r\n");
      }
      const counts = await Promise.all(Array.from({ length: 20 }, () => ask(pool, values, keys, random)));
      const asked = counts.reduce((sum, count) => sum + count, 0);
      let served = 0;
      for (const server of pool.servers) {
        using direct = await server.connect();
        await direct.send("stats\r\nquit\r\n");
        const text = new TextDecoder().decode(await direct.readToEnd());
        served += Number(/STAT cmd_get (\d+)/.exec(text)![1]);
      }
      assertEquals(served, asked, "the servers count every key");
      const stats = await pool.stats();
      const sum = (name: string) =>
        ["s0", "s1", "s2"].reduce((total, server) => total + stats[server][name], 0);
      assertEquals([sum("requests"), sum("responses")], [asked + values.size, asked + values.size]);
      assert(asked > 5000);
    });
  },
);
