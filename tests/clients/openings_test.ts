/**
 * What clients that cannot be run here send when they connect, replayed in one write, as their sources have it.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { startRedisPool } from "../integration/redis_pool.ts";
import { testWithKinds } from "../integration/redis_rows/kinds.ts";
import { startRedis } from "../support/redis_server.ts";
import { joinBytes, ReplyError, type ReplyValue, resp, type WireClient } from "../support/wire.ts";

/** What clients say of themselves; redis has known it since 7.2. */
const SETINFO = [["CLIENT", "SETINFO", "LIB-NAME", "lib"], ["CLIENT", "SETINFO", "LIB-VER", "9.22.0"]];

const OPENINGS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "go-redis 9": [
    ["HELLO", "3", "SETNAME", "app"],
    ["SELECT", "0"],
    ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "internal-ip"],
    ...SETINFO,
    ["GET", "foo"],
  ],
  "jedis 7": [["CLIENT", "SETNAME", "app"], ...SETINFO, ["SELECT", "0"], ["PING"], ["GET", "foo"]],
  "jedis 8": [["HELLO", "3"], ["CLIENT", "SETNAME", "app"], ...SETINFO, ["SELECT", "0"], ["HGETALL", "hash"]],
  "jedis 8 falling back": [["HELLO", "3"], ["HELLO", "2"], ["CLIENT", "SETNAME", "app"], ["HGETALL", "hash"]],
  "lettuce 7": [
    ["HELLO", "3", "SETNAME", "app"],
    ["SELECT", "0"],
    ["CLIENT", "SETINFO", "lib-name", "Lettuce"],
    ["CLIENT", "SETINFO", "lib-ver", "7.8"],
    ["CLIENT", "MAINT_NOTIFICATIONS", "on", "moving-endpoint-type", "internal-ip"],
    ["HGETALL", "hash"],
  ],
  "lettuce in RESP2": [["PING"], ["SELECT", "0"], ["CLIENT", "SETNAME", "app"], ["HGETALL", "hash"]],
  "StackExchange.Redis 3": [
    ["HELLO", "3"],
    ["CLIENT", "SETNAME", "app"],
    ...SETINFO,
    ["CLIENT", "ID"],
    ["CONFIG", "GET", "timeout"],
    ["CONFIG", "GET", "replica-read-only"],
    ["CONFIG", "GET", "databases"],
    ["INFO", "replication"],
    ["INFO", "server"],
    ["CLUSTER", "NODES"],
    ["GET", "__Booksleeve_TieBreak"],
    ["ECHO", "\x01\x02 sixteen bytes!"],
  ],
  "phpredis 6": [["SELECT", "0"], ["SET", "lock", "1", "NX", "PX", "1000"], [
    "EVALSHA",
    "0".repeat(40),
    "1",
    "lock",
  ]],
  "valkey-go 1": [["HELLO", "3"], ["CLIENT", "CAPA", "redirect"], ...SETINFO, ["GET", "foo"]],
  "redis-py 8": [
    ["HELLO", "3"],
    ["CLIENT", "MAINT_NOTIFICATIONS", "ON", "moving-endpoint-type", "internal-ip"],
    ...SETINFO,
    ["GET", "foo"],
  ],
};

/** What differs between any two servers, and what the proxy knows that the server here is too old for. */
function comparable(words: readonly string[], reply: ReplyValue): unknown {
  if (words[0] === "HELLO") {
    const items = reply instanceof Map ? [...reply].flat() : reply as unknown[];
    return [reply instanceof Map, items.with(items.indexOf("id") + 1, 0)];
  }
  const call = words.slice(0, 2).join(" ").toUpperCase();
  switch (call) {
    case "CLIENT CAPA":
    case "CLIENT SETINFO":
      return "OK";
    case "CLIENT ID":
      return typeof reply;
    case "CONFIG GET":
      return reply instanceof Map ? "a map" : reply;
    case "INFO REPLICATION":
      return /^# Replication\r\nrole:master\r\nconnected_slaves:0\r\n/.exec(reply as string)?.[0];
    case "INFO SERVER":
      return (reply as string).match(/^(redis_version|server_name|valkey_version|(redis|server)_mode):.*$/gm);
    default:
      return reply;
  }
}

async function replay(client: WireClient, opening: readonly (readonly string[])[]): Promise<unknown[]> {
  await client.send(joinBytes(opening.map((words) => resp(...words))));
  const replies: unknown[] = [];
  for (const words of opening) {
    const { value } = await client.readReply();
    replies.push(comparable(words, value instanceof ReplyError ? `error: ${value.text}` : value));
  }
  return replies;
}

testWithKinds(
  "openings of clients that cannot be run here are answered as by a server",
  async ({ redis: options }) => {
    await using redis = await startRedis(options);
    await using pool = await startRedisPool({ servers: 4, redis: options });
    using warm = await pool.connect();
    // The first to speak RESP3 makes the proxy learn the servers' versions.
    await warm.command("HELLO", "3");
    for (const client of [await redis.connect(), warm]) {
      await client.command("HSET", "hash", "f", "v");
      await client.command("DEL", "lock");
      if (client !== warm) client[Symbol.dispose]();
    }
    for (const [name, opening] of Object.entries(OPENINGS)) {
      using direct = await redis.connect();
      using proxied = await pool.connect();
      const expected = await replay(direct, opening);
      assertEquals(await replay(proxied, opening), expected, name);
    }
    using client = await pool.connect();
    for (const words of SETINFO) assertEquals(await client.command(...words), "OK");
    const line = await client.command("CLIENT", "INFO");
    assert(typeof line === "string" && / lib-name=lib lib-ver=9\.22\.0\n$/.test(line), String(line));
  },
);
