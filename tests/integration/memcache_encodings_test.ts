/**
 * Binary requests and meta commands over several servers: placement, order, quiet requests, barriers, failures.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat, encode } from "../../src/base/ascii.ts";
import { binaryReplyOf, binaryRequest, extrasOf, Op } from "../support/memcache_binary.ts";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { chooseSeed, runSeeded } from "../support/random.ts";
import { FakeServer } from "./fake_server.ts";
import { item, set, startMemcachePool, startMemcacheProxy } from "./memcache_pool.ts";

const ITEM = extrasOf(0, 0);

realTest("memcached", "encodings: all of them find an item on the same server", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  using text = await pool.connect();
  using binary = await pool.connect();
  for (let i = 0; i < 50; i++) {
    const key = `key:${i}`;
    const base64 = btoa(key);
    await text.exchange(set(key, "v"), "STORED\r\n");
    await text.exchange(`mg ${key} v\r\n`, "VA 1\r\nv\r\n");
    await text.exchange(`mg ${base64} b v\r\n`, "VA 1\r\nv\r\n");
    const reply = binaryReplyOf(Op.GETK, { extras: extrasOf(0), key, value: "v" });
    await binary.send(binaryRequest(Op.GETK, { key }));
    const got = await binary.readBytes(reply.length);
    got.fill(0, 16, 24); // the CAS
    assertEquals(got, reply);
    await text.exchange(`ms ${base64} 1 b\r\nw\r\n`, "HD\r\n");
    await text.exchange(`get ${key}\r\n`, `${item(key, "w")}END\r\n`);
    await text.exchange(`me ${base64} k b\r\nmd ${base64} b\r\n`, "EN\r\nHD\r\n");
    await text.exchange(`get ${key}\r\n`, "END\r\n");
  }
});

realTest(
  "memcached",
  "encodings: a quiet multi-get over 4 servers gives its hits in order, then the barrier",
  async () => {
    await using pool = await startMemcachePool({ servers: 4 });
    using client = await pool.connect();
    using meta = await pool.connect();
    await runSeeded(chooseSeed(), async (random) => {
      for (let round = 0; round < 20; round++) {
        const keys = Array.from({ length: random.between(1, 200) }, (_, i) => `k:${round}:${i}`);
        const stored = keys.filter(() => random.chance());
        const barrier = (opaque: number) => binaryRequest(Op.NOOP, { opaque });
        const sets = stored.map((key) => binaryRequest(Op.SETQ, { key, extras: ITEM, value: key }));
        await client.send(concat([...sets, barrier(1)]));
        await client.expect(binaryReplyOf(Op.NOOP, { opaque: 1 }));
        const gets = keys.map((key, i) => binaryRequest(Op.GETKQ, { key, opaque: i }));
        await client.send(concat([...gets, barrier(2)]));
        for (const key of stored) {
          const parts = { opaque: keys.indexOf(key), extras: extrasOf(0), key, value: key };
          const reply = binaryReplyOf(Op.GETKQ, parts);
          const got = await client.readBytes(reply.length);
          got.fill(0, 16, 24); // the CAS
          assertEquals(got, reply);
        }
        await client.expect(binaryReplyOf(Op.NOOP, { opaque: 2 }));
        await meta.send(keys.map((key) => `mg ${key} v k q\r\n`).join("") + "mn\r\n");
        await meta.expect(stored.map((key) => `VA ${key.length} k${key}\r\n${key}\r\n`).join("") + "MN\r\n");
      }
    });
  },
);

realTest("memcached", "encodings: a barrier waits for a slow server", async () => {
  const asked: string[] = [];
  const release = Promise.withResolvers<void>();
  await using slow = new FakeServer(async (connection) => {
    asked.push(await connection.readLine());
    await release.promise;
    await connection.send("HD\r\n");
    await connection.closed();
  });
  await using proxy = await startMemcacheProxy([`${slow.address}:1 slow`]);
  using client = await proxy.connect();
  await client.send("mg a q\r\nmn\r\n");
  await eventually(() => asked.length > 0, "the server is asked");
  await sleep(20);
  assertEquals(asked, ["mg a  "]);
  release.resolve();
  await client.expect("HD\r\nMN\r\n");
});

realTest(
  "memcached",
  "encodings: requests to a server that is down are told so, quiet ones too, and the barrier comes",
  async () => {
    await using pool = await startMemcachePool({ servers: 1 });
    await pool.servers[0].stop();
    using meta = await pool.connect();
    const refused = "SERVER_ERROR Connection refused\r\n";
    await meta.exchange("mg a v q\r\nms a 1 q\r\nx\r\nmd a\r\nmn\r\n", `${refused.repeat(3)}MN\r\n`);
    using binary = await pool.connect();
    const parts = { status: 0x86, value: "Connection refused" };
    await binary.exchange(
      concat([
        binaryRequest(Op.GETKQ, { key: "a", opaque: 7 }),
        binaryRequest(Op.SETQ, { key: "a", opaque: 8, extras: ITEM, value: "v" }),
        binaryRequest(Op.NOOP, { opaque: 9 }),
      ]),
      concat([
        binaryReplyOf(Op.GETKQ, { ...parts, opaque: 7 }),
        binaryReplyOf(Op.SETQ, { ...parts, opaque: 8 }),
        binaryReplyOf(Op.NOOP, { opaque: 9 }),
      ]),
    );
  },
);

realTest(
  "memcached",
  "encodings: values that are too long for a server, and long ones that are not",
  async () => {
    await using pool = await startMemcachePool({ servers: 2, memcached: { args: ["-I", "4m"] } });
    using meta = await pool.connect();
    using binary = await pool.connect();
    const long = "x".repeat(3 * 1024 * 1024);
    const huge = "x".repeat(5 * 1024 * 1024);
    const tooLarge = "SERVER_ERROR object too large for cache\r\n";
    await meta.exchange(`ms bG9uZw== ${long.length} b q\r\n${long}\r\nmn\r\n`, "MN\r\n");
    await meta.exchange("mg long s k\r\n", `HD s${long.length} kbG9uZw== b\r\n`);
    await meta.exchange("mg long v q\r\nmn\r\n", `VA ${long.length}\r\n${long}\r\nMN\r\n`);
    await meta.exchange(`ms huge ${huge.length} q\r\n${huge}\r\nmn\r\n`, `${tooLarge}MN\r\n`);
    const setq = (key: string, value: string) =>
      binaryRequest(Op.SETQ, { key, opaque: 3, extras: ITEM, value });
    const noop = binaryRequest(Op.NOOP);
    await binary.exchange(concat([setq("long", long), noop]), binaryReplyOf(Op.NOOP));
    await binary.send(concat([binaryRequest(Op.GETQ, { key: "long", opaque: 4 }), noop]));
    const reply = binaryReplyOf(Op.GETQ, { opaque: 4, extras: extrasOf(0), value: long });
    const got = await binary.readBytes(reply.length);
    got.fill(0, 16, 24); // the CAS
    assertEquals(got, reply);
    await binary.expect(binaryReplyOf(Op.NOOP));
    await binary.exchange(
      concat([setq("huge", huge), noop]),
      concat([binaryReplyOf(Op.SETQ, { opaque: 3, status: 3, value: "Too large." }), binaryReplyOf(Op.NOOP)]),
    );
  },
);

realTest(
  "memcached",
  "encodings: what cannot be a binary request gets last words and harms nobody else",
  async () => {
    await using pool = await startMemcachePool({ servers: 2 });
    using other = await pool.connect();
    const get = binaryRequest(Op.GET, { key: "a" });
    const missing = binaryReplyOf(Op.GET, { status: 1, value: "Not found" });
    const invalid = (opcode: number) => binaryReplyOf(opcode, { status: 4, value: "Invalid arguments" });
    const wrong: [Uint8Array, Uint8Array][] = [
      [binaryRequest(Op.GET, { key: "a", value: "b" }), invalid(Op.GET)],
      [binaryRequest(Op.GAT, { key: "a", extras: extrasOf(0), value: noopInValue() }), invalid(Op.GAT)],
      [binaryRequest(Op.SET, { key: "a" }), invalid(Op.SET)],
      [binaryRequest(Op.GET, { key: "k".repeat(251) }), invalid(Op.GET)],
      [encode("get a\r\n".repeat(5)), new Uint8Array(0)],
    ];
    for (const [request, lastWords] of wrong) {
      using client = await pool.connect();
      await client.send(concat([get, request, get]));
      assertEquals(await client.readToEnd(), concat([missing, lastWords]));
      await other.exchange(get, missing);
    }
    using client = await pool.connect();
    await client.send(concat([get, binaryRequest(Op.QUITQ), get]));
    assertEquals(await client.readToEnd(), missing);
    assert((await pool.stats()).forward_error === 0);
  },
);

realTest("memcached", "encodings: stats are the proxy's own, and count", async () => {
  await using pool = await startMemcachePool({ servers: 2 });
  using client = await pool.connect();
  const stats = async () => {
    await client.send("stats\r\n");
    const found = new Map<string, string>();
    for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) {
      const [stat, name, value, ...more] = line.split(" ");
      assertEquals([stat, more], ["STAT", []]);
      found.set(name, value);
    }
    return found;
  };
  assertEquals((await stats()).get("requests"), "0");
  await client.exchange("mg a v\r\nmg b v\r\n", "EN\r\nEN\r\n");
  const after = await stats();
  const names = ["requests", "responses", "curr_connections", "servers", "pool", "bytes_written"];
  assertEquals(names.map((name) => after.get(name)), ["2", "2", "1", "2", "pool", "8"]);
  assert(Number(after.get("pid")) > 0);
});

realTest(
  "memcached",
  "encodings: flush empties all servers where that is allowed, and tells of those it cannot",
  async () => {
    await using pool = await startMemcachePool({ servers: 4, directives: { allow_dangerous: true } });
    const keys = (await pool.keysByServer(1)).flat();
    using text = await pool.connect();
    using binary = await pool.connect();
    const fill = async () => {
      for (const key of keys) await text.exchange(set(key, "v"), "STORED\r\n");
    };
    const noop = binaryRequest(Op.NOOP);
    const flushes: (() => Promise<void>)[] = [
      () => text.exchange("flush_all\r\n", "OK\r\n"),
      () => text.exchange("flush_all 0\r\n", "OK\r\n"),
      () => text.exchange("flush_all 0 noreply\r\nmn\r\n", "MN\r\n"),
      () => text.exchange("flush_all noreply\r\nmn\r\n", "MN\r\n"),
      () => binary.exchange(binaryRequest(Op.FLUSH, { opaque: 5 }), binaryReplyOf(Op.FLUSH, { opaque: 5 })),
      () =>
        binary.exchange(
          concat([binaryRequest(Op.FLUSHQ, { extras: extrasOf(0) }), noop]),
          binaryReplyOf(Op.NOOP),
        ),
    ];
    for (const flush of flushes) {
      await fill();
      await flush();
      await text.exchange(`get ${keys.join(" ")}\r\n`, "END\r\n");
    }
    await fill();
    await text.exchange(
      "flush_all x\r\nflush_all 3000\r\n",
      "CLIENT_ERROR invalid exptime argument\r\nOK\r\n",
    );
    for (const key of keys) await text.exchange(`get ${key}\r\n`, `${item(key, "v")}END\r\n`);
    await pool.servers[2].stop();
    const refused = "Connection refused (server 's2')";
    await text.exchange("flush_all\r\nmn\r\n", `SERVER_ERROR ${refused}\r\nMN\r\n`);
    const failed = binaryReplyOf(Op.FLUSHQ, { opaque: 6, status: 0x86, value: refused });
    await binary.exchange(
      concat([binaryRequest(Op.FLUSHQ, { opaque: 6 }), noop]),
      concat([failed, binaryReplyOf(Op.NOOP)]),
    );
    for (const [i, key] of keys.entries()) if (i !== 2) await text.exchange(`get ${key}\r\n`, "END\r\n");
  },
);

/** A value that memcached would take for the next request behind a GAT. */
function noopInValue(): Uint8Array {
  return binaryRequest(Op.NOOP);
}

realTest("memcached", "encodings: mn waits for requests without a reply, on whatever servers", async () => {
  await using pool = await startMemcachePool({ servers: 2, directives: { allow_dangerous: true } });
  using client = await pool.connect();
  using other = await pool.connect();
  const [[a], [b]] = await pool.keysByServer(1);
  const set = (key: string) => `set ${key} 0 0 1 noreply\r\nx\r\n`;
  await client.exchange(`${set(a)}${set(b)}mn\r\nmn\r\n`, "MN\r\nMN\r\n");
  assertEquals(await Promise.all([a, b].map((key) => pool.valuesOf(key))), [["x", null], [null, "x"]]);
  pool.servers[1].process.signal("SIGSTOP");
  try {
    await client.send("flush_all noreply\r\nmn\r\n");
    let isDone = false;
    const done = client.expect("MN\r\n").then(() => isDone = true);
    // Whatever these wait for, the first server and the proxy have had time to answer.
    for (let i = 0; i < 10; i++) await other.exchange(`get ${a}\r\n`, "END\r\n");
    assertEquals(isDone, false);
    pool.servers[1].process.signal("SIGCONT");
    await done;
  } finally {
    pool.servers[1].process.signal("SIGCONT");
  }
  assertEquals(await pool.valuesOf(b), [null, null]);
  await pool.servers[1].stop();
  await client.exchange(`${set(b)}mn\r\nmn\r\n`, "SERVER_ERROR Connection refused (server 's1')\r\nMN\r\n");
});
