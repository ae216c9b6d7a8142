import { assertEquals, assertMatch } from "@std/assert";
import { concat, decode, encode } from "../../../src/base/ascii.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { MEMCACHE_VALUE_BYTES_MAX } from "../../../src/cachenode/limits.ts";
import { MemcacheSession } from "../../../src/cachenode/memcache/session.ts";
import { CacheStore } from "../../../src/cachenode/store.ts";
import { fuzzTest } from "../../support/random.ts";
import { talk } from "./talk.ts";

async function ask(store: CacheStore, request: string): Promise<string> {
  return await talk(new MemcacheSession(store), request);
}

Deno.test("memcache session: a cas succeeds with the number of the last write, and once", async () => {
  const store = new CacheStore(new ManualClock());
  assertEquals(await ask(store, "set k 1 0 1\r\na\r\ngets k\r\n"), "STORED\r\nVALUE k 1 1 1\r\na\r\nEND\r\n");
  assertEquals(
    await ask(store, "cas k 2 0 1 1\r\nb\r\ncas k 3 0 1 1\r\nc\r\ngets k\r\n"),
    "STORED\r\nEXISTS\r\nVALUE k 2 1 2\r\nb\r\nEND\r\n",
  );
  assertEquals(await ask(store, "touch k 10\r\ngats 10 k\r\n"), "TOUCHED\r\nVALUE k 2 1 2\r\nb\r\nEND\r\n");
});

Deno.test("memcache session: items expire when their time has come", async () => {
  const clock = new ManualClock();
  const store = new CacheStore(clock);
  const there = "VALUE k 0 1\r\nv\r\nEND\r\n";
  assertEquals(await ask(store, "set k 0 10 1\r\nv\r\n"), "STORED\r\n");
  clock.advance(9_999);
  assertEquals(await ask(store, "get k\r\n"), there);
  clock.advance(1);
  assertEquals(await ask(store, "get k\r\n"), "END\r\n");

  const absolute = store.nowMs / 1000 + 60;
  assertEquals(await ask(store, `set k 0 ${absolute} 1\r\nv\r\n`), "STORED\r\n");
  clock.advance(59_999);
  assertEquals(await ask(store, "gat 5 k\r\n"), there);
  clock.advance(4_999);
  assertEquals(await ask(store, "get k\r\n"), there);
  clock.advance(1);
  assertEquals(await ask(store, "get k\r\n"), "END\r\n");
});

Deno.test("memcache session: flush_all may wait", async () => {
  const clock = new ManualClock();
  const store = new CacheStore(clock);
  assertEquals(await ask(store, "flush_all 10\r\nset k 0 0 1\r\nv\r\n"), "OK\r\nSTORED\r\n");
  clock.advance(9_999);
  assertEquals(await ask(store, "get k\r\n"), "VALUE k 0 1\r\nv\r\nEND\r\n");
  clock.advance(1);
  assertEquals(await ask(store, "get k\r\n"), "END\r\n");
});

Deno.test("memcache session: the data of a value that is too large are skipped, and the old one is gone", async () => {
  const store = new CacheStore(new ManualClock());
  const tooLarge = "v".repeat(MEMCACHE_VALUE_BYTES_MAX + 1);
  assertEquals(
    await ask(store, `set k 0 0 1\r\nv\r\nset k 0 0 ${tooLarge.length}\r\n${tooLarge}\r\nget k\r\n`),
    "STORED\r\nSERVER_ERROR object too large for cache\r\nEND\r\n",
  );
});

Deno.test("memcache session: quit ends the conversation without a word", async () => {
  const store = new CacheStore(new ManualClock());
  assertEquals(await ask(store, "quit\r\nset k 0 0 1\r\nv\r\n"), "");
  assertEquals(store.size, 0);
});

Deno.test("memcache session: stats, version, and a line without an end", async () => {
  const store = new CacheStore(new ManualClock());
  assertMatch(await ask(store, "set k 0 0 1\r\nv\r\nstats\r\n"), /\r\nSTAT curr_items 1\r\n[^]*\r\nEND\r\n$/);
  assertMatch(await ask(store, "version\r\n"), /^VERSION \S+\r\n$/);
  assertEquals(await ask(store, "x".repeat(2 * 1024 * 1024)), "CLIENT_ERROR line too long\r\n");
});

Deno.test("memcache session: keys may be any bytes above a space", async () => {
  const store = new CacheStore(new ManualClock());
  const key = Uint8Array.from({ length: 0x7e }, (_, i) => 0x82 + i);
  const request = concat([encode("set "), key, encode(" 0 0 1\r\nv\r\nget "), key, encode("\r\n")]);
  const answer = concat([encode("STORED\r\nVALUE "), key, encode(" 0 1\r\nv\r\nEND\r\n")]);
  assertEquals(await talk(new MemcacheSession(store), request), decode(answer));
});

fuzzTest("memcache session: says the same however the bytes arrive", async (random) => {
  const lines = [
    "get k\r\n",
    "gets k n\r\n",
    "set k 0 0 3\r\na\r\n\r\n",
    "set n 1 0 1 noreply\r\n5\r\n",
    "incr n 1\r\n",
    "set k 0 0 x\r\n",
    "delete k\r\n",
    "gat 1 k\r\n",
    "append n 0 0 1\r\n1\r\n",
    "cas k 0 0 1 1\r\nx\r\n",
    "touch k noreply\r\n",
    "set k 0 0 2000000\r\n",
    "flush_all\r\n",
    "\r\n",
  ];
  for (let round = 0; round < 60; round++) {
    const bytes = encode(Array.from({ length: 1 + random.int(20) }, () => random.pick(lines)).join(""));
    if (random.chance(0.3)) bytes[random.int(bytes.length)] = random.int(256);
    const clock = new ManualClock();
    const whole = await talk(new MemcacheSession(new CacheStore(clock)), bytes);
    for (const readBytesMax of [1, 2 + random.int(20)]) {
      const pieces = await talk(new MemcacheSession(new CacheStore(clock)), bytes, readBytesMax);
      assertEquals(pieces, whole, decode(bytes));
    }
  }
});
