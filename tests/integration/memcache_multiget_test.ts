/**
 * Lists of keys over several servers: one list of items, in the order of the request.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import type { WireClient } from "../support/wire.ts";
import { FakeServer } from "./fake_server.ts";
import { item, type MemcachePool, set, startMemcachePool, startMemcacheProxy } from "./memcache_pool.ts";

/** What a list of keys is answered with. */
function items(keys: readonly string[], values: ReadonlyMap<string, string>): string {
  return keys.map((key) => values.has(key) ? item(key, values.get(key)!) : "").join("") + "END\r\n";
}

/** Stores values without waiting for replies. */
async function fill(client: WireClient, values: ReadonlyMap<string, string>): Promise<void> {
  await client.send([...values].map(([key, value]) => set(key, value, " noreply")).join(""));
  // One reply per server tells that it has come so far.
  const keys = [...values.keys()];
  await client.exchange(`get ${keys.join(" ")}\r\n`, items(keys, values));
}

realTest(
  "memcached",
  "memcache: lists keep the order of the request, repeat duplicates and omit misses",
  async () => {
    await using pool = await startMemcachePool({ servers: 4 });
    using client = await pool.connect();
    const byServer = await pool.keysByServer(3);
    const values = new Map(byServer.flat().map((key) => [key, `value of ${key}`]));
    await fill(client, values);
    const [a, b, c, d] = byServer;
    const lists = [
      [a[0], a[1]],
      [a[0], a[0]],
      [d[0], c[0], b[0], a[0]],
      [a[0], b[0], a[0], b[0], a[0]],
      ["none", a[0], "none", b[0], "nil", "none"],
      ["none", "nil"],
      [a[2], b[2], a[1], b[1], a[0], b[0], "none", a[2]],
      [...values.keys(), ...[...values.keys()].reverse()],
    ];
    for (const list of lists) await client.exchange(`get ${list.join(" ")}\r\n`, items(list, values));
    await client.exchange(
      lists.map((list) => `gat 100 ${list.join(" ")}\r\n`).join(""),
      lists.map((list) => items(list, values)).join(""),
    );
  },
);

realTest("memcached", "memcache: 12,000 keys on one line are answered", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  using client = await pool.connect();
  const keys = Array.from({ length: 12_000 }, (_, i) => `some:longer:key:${i}`);
  const values = new Map(keys.filter((_, i) => i % 3 > 0).map((key, i) => [key, `v${i}`]));
  await fill(client, values);
  for (const list of [keys, keys.toReversed(), keys.map(() => keys[1])]) {
    await client.exchange(`get ${list.join(" ")}\r\n`, items(list, values));
  }
  assertEquals((await pool.stats()).client_err, 0);
});

realTest("memcached", "memcache: a line of a megabyte is too long: last words, then the end", async () => {
  await using pool = await startMemcachePool({ servers: 2 });
  using client = await pool.connect();
  const line = `get ${"k".repeat(100)} `.padEnd(1_050_000, "k ");
  await client.send(`${set("a", "v")}${line}`);
  await client.expect("STORED\r\nCLIENT_ERROR line too long\r\n");
  await client.closed();
});

realTest("memcached", "tw#285: two keys in one list, with every hash and keys in braces", async () => {
  for (const [hash, tag] of [["murmur", "::"], ["md5", "::"], ["fnv1a_64", "{}"]]) {
    const directives = { hash, hash_tag: `"${tag}"` };
    await using pool = await startMemcachePool({ servers: 4, directives });
    using client = await pool.connect();
    const values = new Map(["{a}1", "{b}1", "{a}2", "{}x", "{b"].map((key) => [key, `value of ${key}`]));
    await fill(client, values);
    for (const first of values.keys()) {
      for (const second of values.keys()) {
        await client.exchange(`get ${first} ${second}\r\n`, items([first, second], values));
      }
    }
  }
});

realTest("memcached", "tw#386: with 24 servers every list is complete, or says that it is not", async () => {
  await using pool = await startMemcachePool({ servers: 24 });
  using client = await pool.connect();
  const keys = Array.from({ length: 1000 }, (_, i) => `key:${i}`);
  const values = new Map(keys.map((key) => [key, `value of ${key}`]));
  await fill(client, values);
  for (let round = 0; round < 20; round++) {
    await client.exchange(`get ${keys.join(" ")}\r\n`, items(keys, values));
  }
  await pool.servers[7].stop();
  for (let round = 0; round < 5; round++) {
    await client.send(`get ${keys.join(" ")}\r\n`);
    assertEquals((await client.readLine()).slice(0, 13), "SERVER_ERROR ");
    await client.exchange("verbosity 1\r\n", "OK\r\n");
  }
});

realTest("memcached", "tw#115: the longest keys work with the smallest buffers and every hash", async () => {
  for (const hash of ["md5", "one_at_a_time", "hsieh", "jenkins"]) {
    await using pool = await startMemcachePool({ servers: 4, directives: { hash }, flags: ["-m", "512"] });
    using client = await pool.connect();
    const keys = Array.from({ length: 20 }, (_, i) => `${i}:`.padEnd(i < 10 ? 250 : 230 + i, "k"));
    const values = new Map(keys.map((key, i) => [key, "v".repeat(100 * i)]));
    await fill(client, values);
    for (const key of keys) await client.exchange(`get ${key}\r\n`, items([key], values));
    await client.exchange(`get ${"k".repeat(251)} a\r\n`, "CLIENT_ERROR bad command line format\r\n");
  }
});

realTest("memcached", "tw#481: lists of random keys from clients at once, cut anywhere", async () => {
  await runSeeded(chooseSeed(), async (random) => {
    for (const flags of [["-m", "512"], []]) {
      await using pool = await startMemcachePool({
        servers: 4,
        flags,
        directives: { server_connections: 2 },
      });
      const values = new Map<string, string>();
      const keys = Array.from(
        { length: 300 },
        (_, i) => `${i}`.padEnd(random.pick([1, 10, 100, 249, 250]), "k"),
      );
      for (const key of keys) {
        if (random.chance(0.8)) values.set(key, random.text(random.pick([0, 1, 10, 500, 20_000])));
      }
      using client = await pool.connect();
      await fill(client, values);
      await Promise.all(Array.from({ length: 20 }, () => getRandomLists(pool, keys, values, random)));
    }
  });
});

async function getRandomLists(
  pool: MemcachePool,
  keys: readonly string[],
  values: ReadonlyMap<string, string>,
  random: Random,
): Promise<void> {
  using client = await pool.connect();
  for (let round = 0; round < 15; round++) {
    const lists = Array.from({ length: random.between(1, 10) }, () => {
      return Array.from({ length: random.pick([1, 2, 2, 10, 100]) }, () => random.pick(keys));
    });
    const requests = new TextEncoder().encode(lists.map((list) => `get ${list.join(" ")}\r\n`).join(""));
    const sending = (async () => {
      for (const piece of random.split(requests, 6)) await client.send(piece);
    })();
    await client.expect(lists.map((list) => items(list, values)).join(""));
    await sending;
  }
}

/** Has replies cut at every place: a server gets so many lines, and answers with `sent`; the client gets `got`. */
async function cutAnywhere(request: string, lines: number, sent: string, got: string): Promise<void> {
  const bytes = new TextEncoder().encode(sent);
  let cut = 0;
  await using server = new FakeServer(async (connection) => {
    for (;;) {
      for (let i = 0; i < lines; i++) await connection.readLine();
      await connection.send(bytes.subarray(0, cut));
      // The proxy is to see the pieces one by one.
      await new Promise((resolve) => setTimeout(resolve, 1));
      await connection.send(bytes.subarray(cut));
    }
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  for (cut = 1; cut < bytes.length; cut++) await client.exchange(request, got);
  assertEquals(server.accepted, 1);
}

const A = item("a", "1\r\nEND\r\n22", 7);
const B = item("b", "");
const C = item("c", "VALUE c 0 1\r\n");
const OUT_OF_MEMORY = "SERVER_ERROR out of memory writing get response\r\n";

Deno.test("tw 8216f66: replies may be cut anywhere", async () => {
  const replies = `${A}END\r\nEND\r\n${B}END\r\n${C}END\r\n${OUT_OF_MEMORY}`;
  await cutAnywhere("gets a\r\ngets none\r\ngets b\r\ngets c\r\ngets d\r\n", 5, replies, replies);
});

Deno.test("memcache: the reply to joined requests may be cut anywhere", async () => {
  const request = "get a\r\nget none\r\nget b\r\nget c\r\nget d\r\nget e\r\n";
  await cutAnywhere(
    request,
    1,
    `${A}${B}${C}END\r\n`,
    `${A}END\r\nEND\r\n${B}END\r\n${C}END\r\nEND\r\nEND\r\n`,
  );
  // A server that cannot go on has not said what became of the others.
  await cutAnywhere(
    request,
    1,
    `${A}${B}${OUT_OF_MEMORY}`,
    `${A}END\r\nEND\r\n${B}${OUT_OF_MEMORY}`.concat(OUT_OF_MEMORY.repeat(3)),
  );
});

Deno.test("memcache: a server that sends other items than were asked for reaches no client with them", async () => {
  await using server = new FakeServer(async (connection) => {
    for (;;) {
      await connection.readLine();
      await connection.send(item("somebody-else", "secret") + "END\r\n");
    }
  });
  await using other = new FakeServer(async (connection) => {
    for (;;) {
      await connection.readLine();
      await connection.send("END\r\n");
    }
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1 s0`, `${other.address}:1 s1`]);
  using client = await proxy.connect();
  const keys = Array.from({ length: 30 }, (_, i) => `k${i}`).join(" ");
  for (let round = 0; round < 3; round++) {
    await client.exchange(`get ${keys}\r\n`, "SERVER_ERROR Invalid argument\r\n");
  }
});
