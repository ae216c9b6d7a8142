/**
 * Transactions and requests that wait, compared with redis-server itself: the same script, the same replies.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import { startRedis } from "../support/redis_server.ts";
import { joinBytes, resp, type WireClient } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

/** Keys in braces are on one server. */
const DIRECTIVES = { hash_tag: '"{}"' };

/** What several clients in turn send, each a whole life of a transaction. */
const SCRIPTS: readonly string[] = [
  "MULTI; EXEC; EXEC",
  "MULTI; MULTI; SET {t}a 1; EXEC; GET {t}a",
  "MULTI; WATCH {t}a; SET {t}a 1; EXEC; DISCARD",
  "MULTI; SET {t}a 1; MULTI; WATCH {t}b; UNWATCH; EXEC; GET {t}a",
  "MULTI; PING; ECHO x; SELECT 0; TIME x; SET {t}a 1; EXEC",
  "MULTI; PING; PING x; ECHO x; SELECT 0; CLUSTER NODES; EVAL return(1) 0; INCR {t}n; PING; GET {t}n; EXEC",
  "MULTI; PING; ECHO x; EVAL return(1) 0; EXEC; GET {t}a",
  "MULTI; DISCARD; DISCARD",
  "MULTI; SET {t}a 7; DISCARD; GET {t}a",
  "MULTI; NOSUCH; SET {t}a 7; EXEC; GET {t}a",
  "MULTI; SET {t}a 7; NOSUCH; SET {t}a 8; EXEC; GET {t}a",
  "MULTI; SET {t}a 7; GET; DISCARD; MULTI; SET {t}a 8; EXEC; GET {t}a",
  "MULTI; SET {t}a 7; GET; MGET; EXEC x; EXEC; GET {t}a",
  "MULTI; EXEC x; EXEC; MULTI x; EXEC x; DISCARD x; UNWATCH x; WATCH",
  "MULTI; DISCARD x; EXEC",
  "MULTI; SET {t}a 9; DISCARD x; EXEC; GET {t}a",
  "MULTI; UNWATCH x; PING; EXEC",
  "WATCH {t}a {t}b; GET {t}a; MULTI; SET {t}b 2; EXEC; GET {t}b",
  "WATCH {t}a; SET {t}a 3; MULTI; SET {t}b 9; EXEC; GET {t}b",
  "WATCH {t}a; WATCH {t}b; SET {t}a 3; UNWATCH; MULTI; SET {t}b 10; EXEC; GET {t}b",
  "WATCH {t}a; MULTI; SET {t}a 1; DISCARD; SET {t}a 4; MULTI; GET {t}a; EXEC",
  "WATCH {t}a; MULTI; NOSUCH; EXEC; SET {t}a 4; MULTI; GET {t}a; EXEC",
  "WATCH {t}a; EXEC; DISCARD; MULTI; EXEC",
  "MULTI; SET {t}a 1; RESET; EXEC; GET {t}a",
  "WATCH {t}a; RESET; MULTI; GET {t}a; EXEC",
  "MULTI; LPUSH {t}l 1 2 3; LRANGE {t}l 0 -1; HSET {t}h f v; HGETALL {t}h; LPUSH {t}h 1; EXEC; DEL {t}l {t}h",
  "MULTI; MSET {t}a 1 {t}b 2; MGET {t}a {t}b {t}none; DEL {t}a {t}b; EXISTS {t}a {t}b; EXEC",
  "MULTI; BLPOP {t}none 0; BLMOVE {t}none {t}l LEFT RIGHT 0; XREAD BLOCK 0 STREAMS {t}s $; EXEC",
  "MULTI; CLIENT GETNAME; SET {t}a 1; CLIENT SETNAME me; CLIENT GETNAME; GET {t}a; CONFIG GET save; ROLE; EXEC; CLIENT GETNAME",
  "MULTI; CLIENT SETNAME x; CLIENT GETNAME; PING; ACL WHOAMI; EXEC; EXEC; WATCH {t}a; UNWATCH",
  "MULTI; SET {t}a 1; CLIENT GETNAME; NOSUCH; EXEC; CLIENT GETNAME x; CLIENT GETNAME",
  "WATCH {t}a; SET {t}a 1; MULTI; GET {t}a; CLIENT NO-EVICT ON; EXEC; WATCH {t}a; MULTI; CLIENT GETNAME; EXEC",
  "MULTI; CLIENT NO-EVICT ON; CLIENT GETNAME; DISCARD; MULTI; HGETALL {t}none; CLIENT GETNAME; EXEC x; MULTI; GET {t}a; EXEC",
  "MULTI; CLIENT NOSUCH; SET {t}a 1; CLIENT GETNAME; EXEC",
  "MULTI; SET {t}a 1; GET; CLIENT SETNAME me; EXEC; CLIENT GETNAME",
  "MULTI; SET {t}a 1; CLIENT SETNAME me; GET; CLIENT GETNAME; EXEC; CLIENT GETNAME",
  "MULTI; SET {t}a 1; GET; CLIENT SETNAME no; DISCARD; MULTI; SET {t}a 1; CLIENT SETNAME me; EXEC; CLIENT GETNAME",
  "MULTI; SET {t}a 1; QUIT",
  "MULTI; SET {t}a 1; CLIENT REPLY SKIP x; EXEC",
  "BLPOP {t}none 0.02; GET {t}a; RPUSH {t}l 1 2 3; BLPOP {t}none {t}l 1; BRPOP {t}l 1; BLPOP {t}l 1; BLPOP {t}l x; BLPOP {t}l -1",
  "RPUSH {t}l 1 2; BLMOVE {t}l {t}m LEFT RIGHT 1; BRPOPLPUSH {t}l {t}m 1; BLMPOP 1 2 {t}l {t}m LEFT COUNT 5; BLMPOP 0.02 1 {t}m LEFT",
  "ZADD {t}z 1 a 2 b 3 c; BZPOPMIN {t}z 1; BZPOPMAX {t}z 1; BZMPOP 1 1 {t}z MIN; BZPOPMIN {t}z 0.02; BZMPOP 0.02 1 {t}z MIN",
  "XADD {t}s 1-1 f v; XREAD BLOCK 20 STREAMS {t}s $; XREAD BLOCK 20 STREAMS {t}s 0; XREAD BLOCK x STREAMS {t}s 0; DEL {t}s",
  "XADD {t}s 1-1 f v; XGROUP CREATE {t}s g $; XREADGROUP GROUP g c BLOCK 20 STREAMS {t}s >; XREADGROUP GROUP g c BLOCK -1 STREAMS {t}s >; DEL {t}s",
  "BLPOP {t}h {t}1 x; BLPOP; XREAD BLOCK; XREAD BLOCK 1; BLMPOP 1 x {t}l LEFT; BLMPOP 1 0 {t}l LEFT; BZMPOP 1 3 {t}l MIN",
  "SET {t}a x; BLPOP {t}a 1; BZPOPMIN {t}a 1; DEL {t}a",
];

/** The replies to requests that are sent in one piece, as they come; the client is at its start afterwards. */
async function converse(client: WireClient, version: string, lines: readonly string[]): Promise<string[]> {
  const all = [`HELLO ${version}`, ...lines];
  const end = ["RESET", "CLIENT REPLY ON", "RESET", "ECHO the-end"];
  const isLast = lines.at(-1) === "QUIT";
  await client.send(joinBytes([...all, ...isLast ? [] : end].map((line) => resp(...line.split(" ")))));
  const replies: string[] = [];
  for (let i = 0; isLast ? i < all.length : !replies.at(-1)?.endsWith("the-end\r\n"); i++) {
    replies.push(new TextDecoder("latin1").decode((await client.readReply()).bytes));
  }
  return replies.slice(1);
}

for (const version of ["2", "3"]) {
  realTest(
    "redis-server",
    `RESP${version}: transactions and waiting are redis' own, byte for byte`,
    async () => {
      await using redis = await startRedis();
      await using pool = await startRedisPool({ servers: 4, directives: DIRECTIVES });
      for (const script of SCRIPTS) {
        using direct = await redis.connect();
        using proxied = await pool.connect();
        const lines = script.split("; ");
        assertEquals(
          await converse(proxied, version, lines),
          await converse(direct, version, lines),
          script,
        );
      }
      await noLeak(pool);
    },
  );
}

/** Requests of which every reply is the same on one server and on four; those with `{u}` may be on another server. */
const REQUESTS = [
  "MULTI",
  "MULTI",
  "EXEC",
  "EXEC",
  "DISCARD",
  "WATCH {t}a",
  "UNWATCH",
  "SET {t}a 1",
  "INCR {t}a",
  "GET {t}a",
  "MGET {t}a {t}b",
  "LPUSH {t}l x",
  "LPUSH {t}a x",
  "BLPOP {t}l 0.01",
  "BLPOP {t}l {t}m 0.01",
  "PING",
  "ECHO x",
  "HGETALL {t}none",
  "CLIENT GETNAME",
  "CLIENT SETNAME x",
  "CONFIG GET save",
  "GET",
  "RESET",
  "CLIENT REPLY SKIP",
  "HELLO 3",
  "DEL {t}a {t}b {t}l",
];

/** Requests that only make sense where no transaction is open. */
const OUTSIDE = new Set(["CLIENT REPLY SKIP", "HELLO 3"]);

function someRequests(random: Random): string[] {
  const lines: string[] = [];
  let isOpen = false;
  for (let i = 1 + random.int(40); i > 0; i--) {
    const line = random.pick(REQUESTS);
    if (isOpen && OUTSIDE.has(line)) continue;
    // Whether the keys are watched still when the protocol changes is not told alike.
    if (line === "HELLO 3") lines.push("UNWATCH");
    lines.push(line);
    if (line === "MULTI") isOpen = true;
    if (["EXEC", "DISCARD", "RESET"].includes(line)) isOpen = false;
  }
  return lines;
}

realTest("redis-server", "random transactions in pipelines are answered as by one server", async () => {
  await using redis = await startRedis();
  await using pool = await startRedisPool({ servers: 4, directives: DIRECTIVES });
  await runSeeded(chooseSeed(), async (random) => {
    for (let round = 0; round < 25; round++) {
      using direct = await redis.connect();
      using proxied = await pool.connect();
      await direct.command("DEL", "{t}a", "{t}b", "{t}l", "{t}m");
      await proxied.command("DEL", "{t}a", "{t}b", "{t}l", "{t}m");
      const lines = someRequests(random);
      const show = (replies: string[]) => replies.map((reply) => reply.replace(/\r\nid\r\n:\d+/, ""));
      const ours = show(await converse(proxied, "2", lines)).map(withoutVersion);
      const theirs = show(await converse(direct, "2", lines)).map(withoutVersion);
      assertEquals(ours, theirs, lines.join("; "));
    }
  });
  await noLeak(pool);
});

/** HELLO tells the servers' version only once one of them has told it. */
function withoutVersion(reply: string): string {
  return reply.replace(/\$\d\r\n\d\.\d\.\d+\r\n/, "");
}

realTest(
  "redis-server",
  "clients that die in transactions and while they wait leave nothing behind",
  async () => {
    await using pool = await startRedisPool({ servers: 4, directives: { hash_tag: '"{}"', timeout: 2000 } });
    await runSeeded(chooseSeed(), async (random) => {
      for (let round = 0; round < 40; round++) {
        const clients = await Promise.all(Array.from({ length: 6 }, () => pool.connect()));
        await Promise.all(clients.map(async (client) => {
          const tag = random.text(3);
          const scripts = [
            ["MULTI", `SET {${tag}}a 1`],
            ["MULTI", `SET {${tag}}a 1`, "EXEC"],
            [`WATCH {${tag}}a`],
            [`WATCH {${tag}}a`, "MULTI", `GET {${tag}}a`],
            [`BLPOP {${tag}}q 0`],
            [`BLPOP {${tag}}q 0`, `GET {${tag}}a`, `BLPOP {${tag}}q 0`],
            [`XREAD BLOCK 0 STREAMS {${tag}}s $`],
            [`GET {${tag}}a`, `BLPOP {${tag}}q 0`],
          ];
          const bytes = joinBytes(random.pick(scripts).map((line) => resp(...line.split(" "))));
          const cut = random.int(2) === 0 ? bytes : bytes.subarray(0, 1 + random.int(bytes.length));
          await client.send(cut);
          for (let i = random.int(4); i > 0; i--) await new Promise((resolve) => setTimeout(resolve, 0));
          client[Symbol.dispose]();
        }));
      }
    });
    await noLeak(pool);
  },
);

/** Waits until no connection of the pool's servers is in a transaction, blocked, or more than one may be idle. */
async function noLeak(pool: RedisPool): Promise<void> {
  for (const server of pool.servers) {
    for (let tries = 0;; tries++) {
      const list = String(await server.command("CLIENT", "LIST"));
      const leaked = list.split("\n").filter((line) =>
        line !== "" && (!line.includes("multi=-1") || /flags=\S*[bdx]/.test(line))
      );
      if (leaked.length === 0) break;
      if (tries === 100) assertEquals(leaked, []);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

realTest("redis-server", "what one client waits for, another one brings", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  using waiting = await pool.connect();
  using other = await pool.connect();
  for (let i = 0; i < 20; i++) {
    await waiting.send(resp("BLPOP", `queue${i}`, "0"));
    assertEquals(await other.command("RPUSH", `queue${i}`, `item${i}`), 1);
    assertEquals((await waiting.readReply()).value, [`queue${i}`, `item${i}`]);
  }
});

realTest("redis-server", "an element is not popped for a client that has left", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  using other = await pool.connect();
  const waiting = await pool.connect();
  await waiting.send(resp("BLPOP", "queue", "0"));
  await isBlocked(pool, 1);
  waiting[Symbol.dispose]();
  await isBlocked(pool, 0);
  assertEquals(await other.command("RPUSH", "queue", "item"), 1);
  assertEquals(await other.command("LRANGE", "queue", "0", "-1"), ["item"]);
});

/** Waits until so many clients of the servers wait. */
async function isBlocked(pool: RedisPool, count: number): Promise<void> {
  for (let tries = 0;; tries++) {
    let blocked = 0;
    for (const server of pool.servers) {
      blocked += Number(/blocked_clients:(\d+)/.exec(String(await server.command("INFO", "clients")))![1]);
    }
    if (blocked === count) return;
    if (tries === 200) assertEquals(blocked, count);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

realTest("redis-server", "CROSSSLOT: a transaction stays on one server, and so does what waits", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  const [[a], [b]] = await pool.keysByServer(1);
  using client = await pool.connect();
  const crossSlot = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
  const inside = "-CROSSSLOT Keys of one transaction are on several servers, see hash_tag\r\n";
  await client.exchange(
    joinBytes([["MULTI"], ["SET", a, "1"], ["SET", b, "1"], ["EXEC"], ["GET", a]].map((w) => resp(...w))),
    `+OK\r\n+QUEUED\r\n${inside}-EXECABORT Transaction discarded because of previous errors.\r\n$-1\r\n`,
  );
  await client.exchange(resp("BLPOP", a, b, "0"), crossSlot);
  await client.exchange(resp("WATCH", a, b), inside);
  await client.exchange(resp("UNWATCH"), "+OK\r\n");
});
