import { assertEquals, assertMatch } from "@std/assert";
import { concat, decode } from "../../../src/base/ascii.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { REDIS_REQUEST_BYTES_MAX, REDIS_VALUE_BYTES_MAX } from "../../../src/cachenode/limits.ts";
import { REDIS_COMMANDS } from "../../../src/cachenode/redis/commands.ts";
import { RedisSession } from "../../../src/cachenode/redis/session.ts";
import { CacheStore } from "../../../src/cachenode/store.ts";
import { fuzzTest } from "../../support/random.ts";
import { resp } from "../../support/resp.ts";
import { talk } from "./talk.ts";

/** Sends lines of words to a session of its own. */
async function ask(store: CacheStore, ...lines: string[]): Promise<string> {
  return await talk(new RedisSession(store), concat(lines.map((line) => resp(...line.split(" ")))));
}

Deno.test("redis session: pipelined requests are answered in order", async () => {
  const store = new CacheStore(new ManualClock());
  assertEquals(
    await ask(store, "SET k v", "GET k", "MGET k none", "DEL k", "GET k"),
    "+OK\r\n$1\r\nv\r\n*2\r\n$1\r\nv\r\n$-1\r\n:1\r\n$-1\r\n",
  );
});

Deno.test("redis session: keys expire when their time has come", async () => {
  const clock = new ManualClock();
  const store = new CacheStore(clock);
  assertEquals(await ask(store, "SET k v EX 10", "TTL k", "PTTL k"), "+OK\r\n:10\r\n:10000\r\n");
  clock.advance(8600);
  assertEquals(await ask(store, "TTL k", "PTTL k", "APPEND k w", "TTL k"), ":1\r\n:1400\r\n:2\r\n:1\r\n");
  clock.advance(1399);
  assertEquals(await ask(store, "GET k", "TTL k"), "$2\r\nvw\r\n:0\r\n");
  clock.advance(1);
  assertEquals(await ask(store, "GET k", "TTL k", "EXISTS k"), "$-1\r\n:-2\r\n:0\r\n");
  assertEquals(await ask(store, "SET n 1 PX 50", "INCR n", "PTTL n"), "+OK\r\n:2\r\n:50\r\n");
});

Deno.test("redis session: QUIT is answered, and nothing behind it", async () => {
  const store = new CacheStore(new ManualClock());
  assertEquals(await ask(store, "PING", "quit", "SET k v"), "+PONG\r\n+OK\r\n");
  assertEquals(store.size, 0);
});

Deno.test("redis session: keys and values may be any bytes", async () => {
  const store = new CacheStore(new ManualClock());
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const other = all.slice().reverse();
  const request = concat([
    resp("SET", all, other),
    resp("EXISTS", all),
    resp("EXISTS", other),
    resp("STRLEN", all),
  ]);
  assertEquals(await talk(new RedisSession(store), request), "+OK\r\n:1\r\n:0\r\n:256\r\n");
  assertEquals([...store.get(String.fromCharCode(...all))!.value], [...other]);
});

Deno.test("redis session: what is too long is refused", async () => {
  const store = new CacheStore(new ManualClock());
  const most = new Uint8Array(REDIS_VALUE_BYTES_MAX);
  const tooLong = "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n";
  const request = concat([resp("SET", "k", most), resp("APPEND", "k", "x"), resp("STRLEN", "k")]);
  assertEquals(await talk(new RedisSession(store), request), `+OK\r\n${tooLong}:${most.length}\r\n`);
  const above = new Uint8Array(REDIS_VALUE_BYTES_MAX + 1);
  assertEquals(
    await talk(new RedisSession(store), concat([resp("SET", "k", above), resp("PING")])),
    `${tooLong}+PONG\r\n`,
  );
  assertEquals(
    await talk(new RedisSession(store), `*2\r\n$3\r\nGET\r\n$${REDIS_REQUEST_BYTES_MAX}\r\n`),
    "-ERR Protocol error: invalid bulk length\r\n",
  );
});

Deno.test("redis session: INFO tells how much there is", async () => {
  const store = new CacheStore(new ManualClock());
  assertMatch(await ask(store, "SET k v", "INFO"), /\r\nused_memory:\d{3}\r\n[^]*\r\ndb0:keys=1\r\n/);
  assertEquals(await ask(store, "COMMAND DOCS"), "*0\r\n");
});

Deno.test("redis session: every command is in the table once", () => {
  const names = REDIS_COMMANDS.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const name of names) assertEquals(name, name.toUpperCase());
});

fuzzTest("redis session: says the same however the bytes arrive", async (random) => {
  const words = ["SET", "GET", "INCR", "k", "n", "1", "EX", "", "\r\n", "DEL", "MGET", "EXPIRE", "-1", "FOO"];
  for (let round = 0; round < 60; round++) {
    const requests = Array.from({ length: 1 + random.int(20) }, () => {
      if (random.chance(0.1)) {
        return new TextEncoder().encode(random.pick(["PING\r\n", "\r\n", "get k\n", "*0\r\n"]));
      }
      return resp(...Array.from({ length: 1 + random.int(5) }, () => random.pick(words)));
    });
    const bytes = concat(requests);
    // A wrong byte may end the conversation anywhere.
    if (random.chance(0.3)) bytes[random.int(bytes.length)] = random.int(256);
    const clock = new ManualClock();
    const whole = await talk(new RedisSession(new CacheStore(clock)), bytes);
    for (const readBytesMax of [1, 2 + random.int(20)]) {
      const pieces = await talk(new RedisSession(new CacheStore(clock)), bytes, readBytesMax);
      assertEquals(pieces, whole, decode(bytes));
    }
  }
});
