/**
 * Channels, compared with redis-server itself, and what becomes of subscribers when servers and clients die.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { chooseSeed, runSeeded } from "../support/random.ts";
import { startRedis } from "../support/redis_server.ts";
import { joinBytes, Push, ReplyError, type ReplyValue, resp, type WireClient } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

/** What clients send, each after the reply to the one before; every name belongs to some server. */
const SCRIPTS: readonly string[] = [
  "SUBSCRIBE a b c; GET x; DISCARD; CLIENT GETNAME; PING; PING x; PING x y; NOSUCH; GET; UNSUBSCRIBE a; UNSUBSCRIBE x; PING",
  "SUBSCRIBE a; UNSUBSCRIBE a; UNSUBSCRIBE; UNSUBSCRIBE; GET x; PING; SUBSCRIBE a a; UNSUBSCRIBE a a b",
  "PSUBSCRIBE a* b*; PUNSUBSCRIBE a*; PUNSUBSCRIBE none; PUNSUBSCRIBE; PUNSUBSCRIBE; GET x",
  "SSUBSCRIBE a b; SSUBSCRIBE c; SUNSUBSCRIBE a; SUBSCRIBE a; PSUBSCRIBE a; SUNSUBSCRIBE b; SUNSUBSCRIBE; UNSUBSCRIBE; PUNSUBSCRIBE",
  "SUBSCRIBE a; PSUBSCRIBE a; SSUBSCRIBE a; UNSUBSCRIBE; PUNSUBSCRIBE; PING; SUNSUBSCRIBE; PING",
  "SUBSCRIBE; PSUBSCRIBE; SSUBSCRIBE; PUBLISH; PUBLISH a; SPUBLISH a; PUBSUB; PUBSUB NUMPAT x; PUBSUB NOSUCH",
  "PUBLISH a x; SPUBLISH a x; PUBSUB CHANNELS; PUBSUB NUMSUB; PUBSUB NUMSUB a b; PUBSUB NUMPAT; PUBSUB SHARDNUMSUB a",
  "SUBSCRIBE a; RESET; GET x; SUBSCRIBE b; HELLO 2; QUIT",
  "SUBSCRIBE __keyspace@0__:x __keyevent@0__:set; UNSUBSCRIBE __keyspace@0__:x __keyevent@0__:set",
  "SUBSCRIBE \u00e9\u00ff; UNSUBSCRIBE \u00e9\u00ff",
];

/** How many replies a line has. */
function replyCount(line: string): number {
  const [name, ...names] = line.split(" ");
  if (!/^[PS]?(UN)?SUBSCRIBE$/.test(name)) return 1;
  return Math.max(1, names.length);
}

for (const version of ["2", "3"]) {
  realTest(
    "redis-server",
    `RESP${version}: what subscribers are told is redis' own, byte for byte`,
    async () => {
      await using redis = await startRedis();
      await using pool = await startRedisPool({ servers: 4 });
      for (const script of SCRIPTS) {
        if (version === "3" && script.includes("HELLO 2")) continue;
        using direct = await redis.connect();
        using proxied = await pool.connect();
        for (const client of [direct, proxied]) await client.command("HELLO", version);
        for (const line of script.split("; ")) {
          const got: string[][] = [];
          for (const client of [direct, proxied]) {
            await client.send(resp(...line.split(" ")));
            const replies: string[] = [];
            for (let i = replyCount(line); i > 0; i--) {
              replies.push(new TextDecoder("latin1").decode((await client.readReply()).bytes));
            }
            got.push(replies);
          }
          assertEquals(got[1].map(withoutId), got[0].map(withoutId), `${line} of ${script}`);
        }
      }
    },
  );
}

function withoutId(reply: string): string {
  return reply.replace(/\r\nid\r\n:\d+/, "").replace(/\$\d\r\n\d\.\d\.\d+\r\n/, "");
}

realTest(
  "redis-server",
  "messages reach whoever listens, once for each way in which it listens",
  async () => {
    await using pool = await startRedisPool({ servers: 4 });
    const channels = Array.from({ length: 12 }, (_, i) => `news:${i}`);
    using old = await pool.connect();
    using current = await pool.connect();
    using publisher = await pool.connect();
    await current.command("HELLO", "3");
    await old.send(joinBytes([resp("SUBSCRIBE", ...channels), resp("PSUBSCRIBE", "news:1*")]));
    for (let i = 1; i <= 13; i++) assertEquals((await old.readReply()).value, told(i, channels));
    await current.send(resp("SUBSCRIBE", ...channels));
    for (let i = 1; i <= 12; i++) assertPush((await current.readReply()).value, told(i, channels));
    for (const channel of channels) {
      const isMatched = channel.startsWith("news:1");
      assertEquals(await publisher.command("PUBLISH", channel, `of ${channel}`), isMatched ? 3 : 2);
      assertEquals((await old.readReply()).value, ["message", channel, `of ${channel}`]);
      if (isMatched) {
        assertEquals((await old.readReply()).value, ["pmessage", "news:1*", channel, `of ${channel}`]);
      }
      assertPush((await current.readReply()).value, ["message", channel, `of ${channel}`]);
      // In RESP3 a subscriber may ask for anything.
      assertEquals(await current.command("GET", channel), null);
    }
    assertEquals(new Set(await publisher.command("PUBSUB", "CHANNELS") as string[]), new Set(channels));
    assertEquals(
      (await publisher.command("PUBSUB", "CHANNELS", "news:1*") as string[]).sort(),
      ["news:1", "news:10", "news:11"],
    );
    assertEquals(await publisher.command("PUBSUB", "NUMSUB", "news:1", "none", "news:2"), [
      "news:1",
      2,
      "none",
      0,
      "news:2",
      2,
    ]);
    assertEquals(await publisher.command("PUBSUB", "NUMPAT"), 1);
  },
);

function told(count: number, channels: readonly string[]): ReplyValue[] {
  return count > channels.length
    ? ["psubscribe", "news:1*", count]
    : ["subscribe", channels[count - 1], count];
}

function assertPush(value: unknown, items: ReplyValue[]): void {
  assert(value instanceof Push);
  assertEquals(value.items, items);
}

realTest(
  "redis-server",
  "a message is heard that is sent behind SUBSCRIBE, without waiting for its reply",
  async () => {
    await using pool = await startRedisPool({ servers: 4 });
    using publisher = await pool.connect();
    for (let i = 0; i < 40; i++) {
      using subscriber = await pool.connect();
      // The proxy has accepted it.
      await subscriber.command("PING");
      await subscriber.send(resp("SUBSCRIBE", `c${i}`));
      assertEquals(await publisher.command("PUBLISH", `c${i}`, "x"), 1, `c${i}`);
      const expected = [["subscribe", `c${i}`, 1], ["message", `c${i}`, "x"]];
      for (const reply of expected) assertEquals((await subscriber.readReply()).value, reply);
    }
  },
);

realTest("redis-server", "a large message arrives whole, and many in their order", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using subscriber = await pool.connect();
  using publisher = await pool.connect();
  await subscriber.command("SUBSCRIBE", "a");
  const large = "x".repeat(3 * 1024 * 1024);
  assertEquals(await publisher.command("PUBLISH", "a", large), 1);
  assertEquals((await subscriber.readReply()).value, ["message", "a", large]);
  const count = 2000;
  await publisher.send(joinBytes(Array.from({ length: count }, (_, i) => resp("PUBLISH", "a", `${i}`))));
  for (let i = 0; i < count; i++) {
    assertEquals((await subscriber.readReply()).value, ["message", "a", `${i}`]);
  }
});

realTest(
  "redis-server",
  "when a server dies its subscribers are closed, and can come back when it is back",
  async () => {
    await using pool = await startRedisPool({ servers: 2 });
    const [[a], [b]] = await pool.keysByServer(1);
    using mine = await pool.connect();
    using other = await pool.connect();
    await mine.command("SUBSCRIBE", a);
    await other.command("SUBSCRIBE", b);
    await pool.servers[0].stop();
    await mine.closed();
    using again = await pool.connect();
    assert(await again.command("SUBSCRIBE", a) instanceof ReplyError);
    await pool.restart(0);
    for (let tries = 0;; tries++) {
      using client = await pool.connect();
      const reply = await client.command("SUBSCRIBE", a);
      if (!(reply instanceof ReplyError)) break;
      assert(tries < 100, "the server is back");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    using publisher = await pool.connect();
    assertEquals(await publisher.command("PUBLISH", b, "still here"), 1);
    assertEquals((await other.readReply()).value, ["message", b, "still here"]);
  },
);

realTest(
  "redis-server",
  "subscribers that die at any point leave nothing behind at the servers",
  async () => {
    await using pool = await startRedisPool({ servers: 4 });
    using publisher = await pool.connect();
    await runSeeded(chooseSeed(), async (random) => {
      for (let round = 0; round < 40; round++) {
        const clients = await Promise.all(Array.from({ length: 6 }, () => pool.connect()));
        await Promise.all(clients.map(async (client) => {
          const lines = Array.from({ length: 1 + random.int(4) }, () =>
            random.pick([
              ["HELLO", "3"],
              ["SUBSCRIBE", random.text(1), random.text(1), random.text(1)],
              ["PSUBSCRIBE", `${random.text(1)}*`],
              ["SSUBSCRIBE", random.text(1)],
              ["UNSUBSCRIBE"],
              ["PUNSUBSCRIBE"],
              ["PING"],
              ["RESET"],
            ]));
          const bytes = joinBytes(lines.map((line) => resp(...line)));
          await client.send(random.int(2) === 0 ? bytes : bytes.subarray(0, 1 + random.int(bytes.length)));
          for (let i = random.int(4); i > 0; i--) await new Promise((resolve) => setTimeout(resolve, 0));
          client[Symbol.dispose]();
        }));
        await publisher.command("PUBLISH", random.text(1), "x".repeat(random.int(1000)));
      }
    });
    await noSubscribers(pool);
  },
);

/** Waits until no server has a subscriber. */
async function noSubscribers(pool: RedisPool): Promise<void> {
  for (const server of pool.servers) {
    for (let tries = 0;; tries++) {
      const list = String(await server.command("CLIENT", "LIST")).split("\n").filter((line) =>
        /flags=\S*P|\bsub=[1-9]|\bpsub=[1-9]/.test(line)
      );
      if (list.length === 0) break;
      if (tries === 100) assertEquals(list, []);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

realTest("redis-server", "a subscriber that takes nothing is dropped, and others hear on", async () => {
  await using pool = await startRedisPool({ servers: 1, directives: { client_output_buffer_limit: 65536 } });
  using slow: WireClient = await pool.connect();
  using quick = await pool.connect();
  using publisher = await pool.connect();
  for (const client of [slow, quick]) await client.command("SUBSCRIBE", "a");
  const message = "x".repeat(256 * 1024);
  // The kernel's buffers hold some megabytes.
  for (let i = 0;; i++) {
    const receivers = await publisher.command("PUBLISH", "a", message);
    assertEquals((await quick.readReply()).value, ["message", "a", message]);
    if (receivers === 1) break;
    assert(i < 1000, "the slow one is dropped");
  }
});
