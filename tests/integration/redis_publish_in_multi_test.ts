/**
 * PUBLISH in a transaction: subscribers listen to the server of the channel, which need not be that of the keys.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { ReplyError, type ReplyValue, resp, type WireClient } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

const CHANNELS = Array.from({ length: 8 }, (_, i) => `channel:${i}`);

/** A client that listens to all channels. */
async function listener(pool: RedisPool, version: number): Promise<WireClient> {
  const client = await pool.connect();
  await client.command("HELLO", version);
  await client.command("SUBSCRIBE", CHANNELS[0]);
  for (const channel of CHANNELS.slice(1)) await client.command("SUBSCRIBE", channel);
  return client;
}

/** Takes messages and gives them in order of their channels. */
async function heard(client: WireClient, count: number): Promise<string[]> {
  const messages: string[] = [];
  while (messages.length < count) {
    const { value } = await client.readReply();
    const [kind, channel, text] = value as string[];
    assertEquals(kind, "message");
    messages.push(`${channel} ${text}`);
  }
  return messages.sort();
}

async function queue(client: WireClient, ...lines: readonly string[]): Promise<void> {
  assertEquals(await client.command("MULTI"), "OK");
  for (const line of lines) assertEquals(await client.command(...line.split(" ")), "QUEUED", line);
}

const publications = (text: string): string[] => CHANNELS.map((channel) => `PUBLISH ${channel} ${text}`);
const messages = (text: string): string[] => CHANNELS.map((channel) => `${channel} ${text}`);
const ones = CHANNELS.map(() => 1);

for (const version of [2, 3]) {
  realTest(
    "redis-server",
    `PUBLISH in a transaction goes to the servers of its channels, RESP${version}`,
    async () => {
      await using pool = await startRedisPool({ servers: 4 });
      using subscriber = await listener(pool, 2);
      using client = await pool.connect();
      await client.command("HELLO", version);
      await queue(client, "INCR k", ...publications("behind"), "CLIENT ID", "INCR k");
      const reply = await client.command("EXEC") as ReplyValue[];
      assertEquals([reply[0], reply.slice(1, 9), typeof reply[9], reply[10]], [1, ones, "number", 2]);
      assertEquals(await heard(subscriber, CHANNELS.length), messages("behind"));
      // Before the first key, and without any.
      await queue(client, ...publications("before"), "INCR k");
      assertEquals(await client.command("EXEC"), [...ones, 3]);
      assertEquals(await heard(subscriber, CHANNELS.length), messages("before"));
      await queue(client, ...publications("alone"));
      assertEquals(await client.command("EXEC"), ones);
      assertEquals(await heard(subscriber, CHANNELS.length), messages("alone"));
      // What follows EXEC follows the publications.
      await queue(client, "INCR k", ...publications("first"));
      for (const line of ["EXEC", `PUBLISH ${CHANNELS[0]} then`, "GET k"]) {
        await client.send(resp(...line.split(" ")));
      }
      assertEquals((await client.readReply()).value, [4, ...ones]);
      assertEquals([(await client.readReply()).value, (await client.readReply()).value], [1, "4"]);
      assertEquals((await heard(subscriber, CHANNELS.length + 1)).slice(0, 2), [
        `${CHANNELS[0]} first`,
        `${CHANNELS[0]} then`,
      ]);
    },
  );
}

realTest("redis-server", "PUBLISH in a transaction that is not carried out is heard by nobody", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  using subscriber = await listener(pool, 2);
  using client = await pool.connect();
  using other = await pool.connect();
  assertEquals(await client.command("WATCH", "k"), "OK");
  assertEquals(await other.command("SET", "k", 1), "OK");
  await queue(client, "INCR k", ...publications("changed"));
  assertEquals(await client.command("EXEC"), null);
  await queue(client, "INCR k", ...publications("wrong"));
  assert(await client.command("GET") instanceof ReplyError);
  assert(await client.command("EXEC") instanceof ReplyError);
  await queue(client, "INCR k", ...publications("discarded"));
  assertEquals(await client.command("DISCARD"), "OK");
  await queue(client, "INCR k");
  assertEquals(
    await client.command("PUBLISH", "channel"),
    new ReplyError("ERR wrong number of arguments for 'publish' command"),
  );
  assert(await client.command("EXEC") instanceof ReplyError);
  assertEquals(await client.command("PUBLISH", CHANNELS[0], "end"), 1);
  assertEquals(await heard(subscriber, 1), [`${CHANNELS[0]} end`]);
});

realTest(
  "redis-server",
  "PUBLISH in a transaction: a server that is down has its error in its place",
  async () => {
    await using pool = await startRedisPool({ servers: 2, directives: { timeout: 1000 } });
    const [[key], [channel]] = await pool.keysByServer(1);
    using client = await pool.connect();
    await pool.servers[1].stop();
    for (let time = 0; time < 2; time++) {
      await queue(client, `SET ${key} ${time}`, `PUBLISH ${channel} text`, `GET ${key}`);
      const [set, published, got] = await client.command("EXEC") as ReplyValue[];
      assertEquals([set, got], ["OK", `${time}`]);
      assert(published instanceof ReplyError && published.text.includes("(server 's1')"), `${published}`);
    }
  },
);
