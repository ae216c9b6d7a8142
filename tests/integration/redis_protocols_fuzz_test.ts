/**
 * Clients that change their protocol and which replies they want at any time, compared with redis-server itself.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import { startRedis } from "../support/redis_server.ts";
import { joinBytes, resp, type WireClient } from "../support/wire.ts";
import { startRedisPool } from "./redis_pool.ts";

const ROUNDS = 40;
const REQUESTS_MAX = 60;

/** Requests of which every reply is the same on one server and on four. */
const REQUESTS = [
  "HELLO 2",
  "HELLO 3",
  "HELLO 3 SETNAME me",
  "HELLO 4",
  "RESET",
  "CLIENT REPLY ON",
  "CLIENT REPLY OFF",
  "CLIENT REPLY SKIP",
  "CLIENT SETNAME you",
  "CLIENT GETNAME",
  "CONFIG GET save",
  "INFO none",
  "ROLE",
  "SELECT 0",
  "PING",
  "ECHO text",
  "NOSUCH x",
  "GET",
  "SET a 1",
  "SET b 2",
  "GET a",
  "GET none",
  "INCR a",
  "MGET a b c d none",
  "MSET a 3 b 4 c 5 d 6",
  "DEL a b c d",
  "EXISTS a b c d",
  "HSET hash f 1",
  "HGETALL hash",
  "HGET hash none",
  "ZADD zset 1.5 m",
  "ZSCORE zset m",
  "ZSCORE zset none",
  "SADD set m",
  "SMEMBERS set",
  "LPUSH a x",
  "XADD stream * f v MAXLEN",
];

/** The replies to some requests; a client's number in the reply to HELLO is its own. */
async function exchange(client: WireClient, requests: readonly string[]): Promise<string> {
  const all = [...requests, "CLIENT REPLY ON", "RESET", "ECHO the-end"];
  await client.send(joinBytes(all.map((line) => resp(...line.split(" ")))));
  let text = "";
  do {
    const { bytes } = await client.readReply();
    text += new TextDecoder("latin1").decode(bytes);
  } while (!text.endsWith("\r\nthe-end\r\n"));
  return text.replaceAll(/\r\nid\r\n:\d+\r\n/g, "\r\nid\r\n:0\r\n");
}

function someRequests(random: Random): string[] {
  return Array.from({ length: 1 + random.int(REQUESTS_MAX) }, () => random.pick(REQUESTS));
}

realTest("redis-server", "protocols and replies may change at any time, as with a server", async () => {
  await using redis = await startRedis();
  await using pool = await startRedisPool({ servers: 4 });
  using warm = await pool.connect();
  // From then on the proxy knows the servers' versions.
  await warm.command("HELLO", "3");
  await warm.command("MGET", "a", "b", "c", "d");
  await runSeeded(chooseSeed(), async (random) => {
    using direct = await redis.connect();
    using proxied = await pool.connect();
    for (let round = 0; round < ROUNDS; round++) {
      const requests = someRequests(random);
      const expected = await exchange(direct, requests);
      assertEquals(await exchange(proxied, requests), expected, requests.join("\n"));
    }
  });
});
