/**
 * Every verb of the memcached text protocol, answered as by memcached itself.
 *
 * `tw#` and `mc#` are threads of twemproxy's and memcached's trackers where that went wrong, `B` is a row of the
 * list of bugs that twemproxy 0.5.0 still has.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { startMemcached } from "../support/memcached_server.ts";
import { sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import type { WireClient } from "../support/wire.ts";
import { item, type MemcachePool, set, startMemcachePool, startMemcacheProxy } from "./memcache_pool.ts";

/** A request, and the reply of a memcached that has carried out those before it. */
type Exchange = readonly [request: string, reply: string];

const NOT_A_NUMBER = "CLIENT_ERROR cannot increment or decrement non-numeric value\r\n";
const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";

const everyVerb: readonly Exchange[] = [
  ["get a\r\n", "END\r\n"],
  ["set a 7 0 1\r\n5\r\n", "STORED\r\n"],
  ["get a\r\n", `${item("a", "5", 7)}END\r\n`],
  ["add a 0 0 1\r\nx\r\n", "NOT_STORED\r\n"],
  ["add b 0 0 3\r\nb b\r\n", "STORED\r\n"],
  ["replace none 0 0 1\r\nx\r\n", "NOT_STORED\r\n"],
  ["replace b 4294967295 0 2\r\nbb\r\n", "STORED\r\n"],
  ["append b 0 0 1\r\n>\r\n", "STORED\r\n"],
  ["prepend b 0 0 1\r\n<\r\n", "STORED\r\n"],
  ["append none 0 0 1\r\n>\r\n", "NOT_STORED\r\n"],
  ["get b\r\n", `${item("b", "<bb>", 4294967295)}END\r\n`],
  [
    "get b a none b\r\n",
    `${item("b", "<bb>", 4294967295)}${item("a", "5", 7)}${item("b", "<bb>", 4294967295)}END\r\n`,
  ],
  ["incr a 10\r\n", "15\r\n"],
  ["decr a 6\r\n", "9\r\n"],
  ["decr a 60\r\n", "0\r\n"],
  ["incr a 18446744073709551615\r\n", "18446744073709551615\r\n"],
  ["incr none 1\r\n", "NOT_FOUND\r\n"],
  ["incr b 1\r\n", NOT_A_NUMBER],
  ["incr a x\r\n", "CLIENT_ERROR invalid numeric delta argument\r\n"],
  ["touch a 100\r\n", "TOUCHED\r\n"],
  ["touch none 100\r\n", "NOT_FOUND\r\n"],
  ["gat 100 b\r\n", `${item("b", "<bb>", 4294967295)}END\r\n`],
  ["gat 100 none b none2\r\n", `${item("b", "<bb>", 4294967295)}END\r\n`],
  ["gats 100 none\r\n", "END\r\n"],
  ["gets none\r\n", "END\r\n"],
  ["cas none 0 0 1 1\r\nx\r\n", "NOT_FOUND\r\n"],
  ["cas b 0 0 1 99999999\r\nx\r\n", "EXISTS\r\n"],
  ["delete b\r\n", "DELETED\r\n"],
  ["delete b\r\n", "NOT_FOUND\r\n"],
  ["verbosity 1\r\n", "OK\r\n"],
  ["set z 0 0 0\r\n\r\n", "STORED\r\n"],
  ["get z\r\n", `${item("z", "")}END\r\n`],
  ["add t 0 2678400 0\r\n\r\n", "STORED\r\n"],
  ["get noreply\r\n", "END\r\n"],
  ["set noreply 0 0 1\r\nn\r\n", "STORED\r\n"],
  ["get noreply\r\n", `${item("noreply", "n")}END\r\n`],
  ["nonsense a b\r\n", "ERROR\r\n"],
  ["\r\n", "ERROR\r\n"],
  ["GET a\r\n", "ERROR\r\n"],
];

/** Forms that clients send and that twemproxy closes on. */
const lenientForms: readonly Exchange[] = [
  [set("k", "v"), "STORED\r\n"],
  ["get k \r\n", `${item("k", "v")}END\r\n`],
  ["get  k   k  \r\n", `${item("k", "v")}${item("k", "v")}END\r\n`],
  ["  get k\r\n", `${item("k", "v")}END\r\n`],
  ["set l 0 0 1 \r\nw\r\n", "STORED\r\n"],
  ["touch l 10 \r\n", "TOUCHED\r\n"],
  ["get k l\n", `${item("k", "v")}${item("l", "w")}END\r\n`],
  ["set m 0 0 1\nx\r\n", "STORED\r\n"],
  ["delete m 0\r\n", "DELETED\r\n"],
  ["delete m 0\r\n", "NOT_FOUND\r\n"],
  ["set n 0 -1 1\r\nx\r\n", "STORED\r\n"],
  ["get n\r\n", "END\r\n"],
  ["touch l -1\r\n", "TOUCHED\r\n"],
  ["get l\r\n", "END\r\n"],
  ["verbosity 1 \r\n", "OK\r\n"],
];

async function checkAll(client: WireClient, exchanges: readonly Exchange[]): Promise<void> {
  for (const [request, reply] of exchanges) await client.exchange(request, reply);
}

async function flush(pool: MemcachePool): Promise<void> {
  for (const server of pool.servers) {
    using direct = await server.connect();
    await direct.exchange("flush_all\r\n", "OK\r\n");
  }
}

for (
  const [name, exchanges] of Object.entries({
    "every verb": everyVerb,
    "B14: every lenient form": lenientForms,
  })
) {
  realTest("memcached", `memcache: ${name} is answered as by the server itself`, async () => {
    await using server = await startMemcached();
    using direct = await server.connect();
    await checkAll(direct, exchanges);
    for (const servers of [1, 4]) {
      await using pool = await startMemcachePool({ servers });
      using client = await pool.connect();
      await checkAll(client, exchanges);
      await flush(pool);
      // The same at once, in one write.
      await client.exchange(
        exchanges.map(([request]) => request).join(""),
        exchanges.map(([, reply]) => reply).join(""),
      );
      const stats = await pool.stats();
      assertEquals([stats.client_err, stats.client_connections], [0, 1]);
    }
  });
}

realTest("memcached", "memcache: every key is on exactly one server, and all servers have some", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  using client = await pool.connect();
  const counts = pool.servers.map(() => 0);
  for (let i = 0; i < 200; i++) {
    await client.exchange(set(`user:${i}`, `value ${i}`), "STORED\r\n");
    const values = await pool.valuesOf(`user:${i}`);
    const places = [...values.keys()].filter((server) => values[server] !== null);
    assertEquals(places.map((server) => values[server]), [`value ${i}`]);
    counts[places[0]]++;
    await client.exchange(`get user:${i}\r\n`, `${item(`user:${i}`, `value ${i}`)}END\r\n`);
  }
  assert(counts.every((count) => count > 0), `all servers have keys: ${counts}`);
});

realTest("memcached", "memcache: Unix sockets work on both sides", async () => {
  const folder = await makeScratchFolder();
  try {
    await using server = await startMemcached({ unixSocket: `${folder}/server` });
    await using proxy = await startMemcacheProxy([`${server.address}:1 s0`], { listen: `${folder}/proxy` });
    using client = await proxy.connect();
    await checkAll(client, [...everyVerb, ...lenientForms]);
    assertEquals(await server.get("z"), "");
  } finally {
    await removeFolder(folder);
  }
});

realTest("memcached", "memcache: gets, gats and cas work together, also over several servers", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  using client = await pool.connect();
  const keys = (await pool.keysByServer(1)).flat();
  for (const key of keys) await client.exchange(set(key, "old"), "STORED\r\n");
  for (const request of ["gets", "gats 100"]) {
    await client.send(`${request} ${keys.join(" ")} none\r\n`);
    const tokens: string[] = [];
    for (const key of keys) {
      const line = await client.readLine();
      assertMatch(line, new RegExp(`^VALUE ${key} 0 3 \\d+$`));
      tokens.push(line.split(" ")[4]);
      await client.expect("old\r\n");
    }
    await client.expect("END\r\n");
    for (const [i, key] of keys.entries()) {
      await client.exchange(`cas ${key} 0 0 3 ${tokens[i]}\r\nnew\r\n`, "STORED\r\n");
      await client.exchange(`cas ${key} 0 0 3 ${tokens[i]}\r\nbad\r\n`, "EXISTS\r\n");
      assertEquals((await pool.valuesOf(key)).filter((value) => value !== null), ["new"]);
      await client.exchange(set(key, "old"), "STORED\r\n");
    }
  }
});

realTest(
  "memcached",
  "memcache: version is the servers' own, and other verbs are refused by name",
  async () => {
    await using pool = await startMemcachePool({ servers: 2 });
    using client = await pool.connect();
    await client.send("version\r\n");
    const line = await client.readLine();
    using direct = await pool.servers[0].connect();
    await direct.exchange("version\r\n", `${line}\r\n`);
    for (
      const verb of [
        "stats reset",
        "stats items more",
        "cache_memlimit 64",
        "shutdown",
      ]
    ) {
      await client.exchange(
        `${verb}\r\n`,
        `SERVER_ERROR ${verb.split(" ")[0]} is not supported by this proxy\r\n`,
      );
    }
    for (const flush of ["flush_all", "flush_all 0"]) {
      await client.exchange(
        `${flush}\r\n`,
        "SERVER_ERROR flush_all is refused: the pool does not set 'allow_dangerous'\r\n",
      );
    }
    await client.exchange("flush_all noreply\r\nverbosity 1\r\n", "OK\r\n");
  },
);

realTest(
  "memcached",
  "B13 (tw#138): a key that is too long or missing is an error, and the connection lives",
  async () => {
    await using pool = await startMemcachePool({ servers: 2 });
    using client = await pool.connect();
    const longest = "k".repeat(250);
    const tooLong = "k".repeat(251);
    await client.exchange(set(longest, "v"), "STORED\r\n");
    const refused = [
      `get ${tooLong}\r\n`,
      `gets a ${tooLong} b\r\n`,
      `gat 0 ${tooLong}\r\n`,
      `touch ${tooLong} 0\r\n`,
      `incr ${tooLong} 1\r\n`,
      `delete ${tooLong}\r\n`,
      set(tooLong, "value"),
      `cas ${tooLong} 0 0 5 1\r\nvalue\r\n`,
    ];
    for (const request of refused) await client.exchange(request, BAD_LINE);
    for (const request of ["gets\r\n", "gat 0\r\n", "touch\r\n", "delete\r\n", "set\r\n", "incr a\r\n"]) {
      await client.send(`${request}get ${longest}\r\n`);
      assertMatch(await client.readLine(), /^(CLIENT_)?ERROR/);
      await client.expect(`${item(longest, "v")}END\r\n`);
    }
  },
);

realTest("memcached", "tw#357: get without a key is an error of its own", async () => {
  await using pool = await startMemcachePool({ servers: 2 });
  using client = await pool.connect();
  await client.exchange(set("a", "v"), "STORED\r\n");
  for (const request of ["get\r\n", "get \r\n", "get   \r\n", "gets \n"]) {
    await client.send(`get a a\r\n${request}get a none\r\n`);
    await client.expect(`${item("a", "v")}${item("a", "v")}END\r\n`);
    assertMatch(await client.readLine(), /^(CLIENT_)?ERROR/);
    await client.expect(`${item("a", "v")}END\r\n`);
  }
});

realTest("memcached", "B11 (tw#221): control bytes in keys are refused with their value", async () => {
  await using pool = await startMemcachePool({ servers: 2 });
  using client = await pool.connect();
  using other = await pool.connect();
  for (const byte of ["\0", "\x01", "\t", "\x0b", "\x1f", "\x7f", "\r"]) {
    await client.exchange(`set a${byte} 0 0 1\r\na\r\n`, BAD_LINE);
    await client.exchange(`get a${byte}b c\r\n`, BAD_LINE);
    // Neither this client nor another on the same server connection gets a reply too many.
    await client.exchange("get none\r\n", "END\r\n");
    await other.exchange("get none\r\n", "END\r\n");
  }
});

realTest(
  "memcached",
  "mr#164: a wrong storage line swallows its value or leaves it, as memcached does",
  async () => {
    await using pool = await startMemcachePool({ servers: 2 });
    using client = await pool.connect();
    await client.exchange("set a x 0 2\r\nxx\r\nverbosity 1\r\n", `${BAD_LINE}OK\r\n`);
    await client.exchange("set a 0 x 2\r\nxx\r\nverbosity 1\r\n", `${BAD_LINE}OK\r\n`);
    await client.exchange("set a 0 0 -1\r\nverbosity 1\r\n", `${BAD_LINE}OK\r\n`);
    await client.exchange("cas a 0 0 2 x\r\nxx\r\nverbosity 1\r\n", `${BAD_LINE}OK\r\n`);
    await client.exchange("set a 4294967296 0 2\r\nxx\r\nverbosity 1\r\n", `${BAD_LINE}OK\r\n`);
  },
);

realTest("memcached", "memcache: a pipeline may be cut anywhere", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  using client = await pool.connect();
  const exchanges = [...everyVerb, ...lenientForms];
  const requests = new TextEncoder().encode(exchanges.map(([request]) => request).join(""));
  const replies = exchanges.map(([, reply]) => reply).join("");
  for (let cut = 1; cut < requests.length; cut++) {
    await flush(pool);
    await client.send(requests.subarray(0, cut));
    await sleep(1);
    await client.exchange(requests.subarray(cut), replies);
  }
  await flush(pool);
  for (let at = 0; at < requests.length; at++) await client.send(requests.subarray(at, at + 1));
  await client.expect(replies);
});

realTest("memcached", "memcache: quit and a half-closed connection end after what is owed", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  for (const end of ["quit\r\n", ""]) {
    using client = await pool.connect();
    const sets = Array.from({ length: 500 }, (_, i) => set(`k${i}`, "v")).join("");
    await client.send(`${sets}get k1 k2\r\n${end}`);
    if (end !== "") await client.send(set("after", "v"));
    else await client.closeWrite();
    await client.expect(`${"STORED\r\n".repeat(500)}${item("k1", "v")}${item("k2", "v")}END\r\n`);
    await client.closed();
  }
  assertEquals(await pool.valuesOf("after"), [null, null, null, null]);
  assertEquals((await pool.stats()).client_err, 0);
});
