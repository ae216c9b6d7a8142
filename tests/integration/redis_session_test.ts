/**
 * What the proxy answers itself, byte for byte what redis-server says to the same requests.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { startRedis } from "../support/redis_server.ts";
import { connect, joinBytes, resp, type WireClient } from "../support/wire.ts";
import { startRedisPool } from "./redis_pool.ts";
import { testWithKinds } from "./redis_rows/kinds.ts";

/** Requests of one connection, in their order; the bytes of all replies have to be the same. */
const CONVERSATION = [
  "INFO keyspace",
  "CLIENT GETNAME",
  "CLIENT SETNAME a\u0001b",
  "CLIENT SETNAME name",
  "CLIENT GETNAME",
  "CLIENT SETNAME ",
  "CLIENT GETNAME",
  "CLIENT SETNAME a b",
  "CLIENT",
  "CLIENT ID 4",
  "CLIENT GETREDIR",
  "CLIENT FOO",
  "CLIENT LIST TYPE master",
  "CLIENT LIST TYPE pubsub",
  "CLIENT LIST TYPE foo",
  "CLIENT LIST TYPE",
  "CLIENT LIST ID 99999 99998",
  "CLIENT LIST ID x",
  "CLIENT LIST FOO",
  "CLIENT KILL 1.1.1.1:1",
  "CLIENT KILL ID 9999999",
  "CLIENT KILL ID x",
  "CLIENT KILL ID 0",
  "CLIENT KILL FOO x",
  "CLIENT KILL ID 1 ADDR",
  "CLIENT KILL ADDR 1.1.1.1:1 LADDR 1.1.1.1:2",
  "CLIENT KILL TYPE foo",
  "CLIENT KILL TYPE master",
  "CLIENT KILL SKIPME x",
  "CLIENT KILL USER foo",
  "CLIENT KILL USER default ID 9999999",
  "CLIENT NO-EVICT ON",
  "CLIENT NO-EVICT x",
  "CLIENT REPLY x",
  "CLIENT REPLY",
  "CLIENT REPLY ON",
  "CLIENT REPLY SKIP",
  "GET skipped",
  "GET not-skipped",
  "CLIENT REPLY SKIP",
  "CLIENT REPLY ON",
  "CLIENT REPLY SKIP",
  "CLIENT REPLY SKIP",
  "PING",
  "PING",
  "CLIENT REPLY OFF",
  "CLIENT REPLY SKIP",
  "MGET a b c d e",
  "SET a 1",
  "SET",
  "NOSUCH",
  "PING",
  "CLIENT REPLY ON",
  "INFO none",
  "INFO cluster",
  "ROLE",
  "ROLE x",
  "TIME x",
  "CLUSTER",
  "CLUSTER NODES",
  "CLUSTER INFO",
  "CONFIG GET",
  "CONFIG GET none",
  "CONFIG GET save none SAVE",
  "CONFIG GET append?nly",
  "AUTH",
  "AUTH a",
  "AUTH a b",
  "AUTH default b",
  "AUTH a b c",
  "SELECT 0",
  "SELECT 16",
  "HELLO 4",
  "HELLO 1",
  "HELLO x",
  "HELLO 3 FOO",
  "HELLO 3 SETNAME",
  "HELLO 3 SETNAME a\u0001b",
  "HELLO 3 AUTH a b",
  "HELLO 2 AUTH a",
  "MGET a b c d e f g",
  "GET none",
  "HGETALL none",
  "CLIENT SETNAME again",
  "RESET",
  "CLIENT GETNAME",
  "GET none",
  "ECHO end",
];

/** The replies to all requests: so many, or up to that to the last one. */
async function converse(client: WireClient, lines: readonly string[], count = Infinity): Promise<string[]> {
  await client.send(joinBytes(lines.map((line) => resp(...line.split(" ")))));
  const replies: string[] = [];
  do {
    const { bytes } = await client.readReply();
    replies.push(new TextDecoder("latin1").decode(bytes));
  } while (replies.length < count && replies.at(-1) !== "$3\r\nend\r\n");
  return replies;
}

/** Redis 8 and valkey leave the reply to a wrong password out if a reply before it has not left yet. */
const LOST_IN_PIPELINES = ["AUTH a b", "HELLO 3 AUTH a b"];
/** Valkey says only `syntax error` to a number that is none. */
const OTHER_WITH_VALKEY = ["CLIENT LIST ID x", "CLIENT KILL ID x"];
const OTHER_BY_KIND: ReadonlyMap<string, readonly string[]> = new Map([
  ["redis 8", LOST_IN_PIPELINES],
  ["valkey 8", [...LOST_IN_PIPELINES, ...OTHER_WITH_VALKEY]],
]);

for (const version of ["2", "3"]) {
  testWithKinds(
    `RESP${version}: local answers are redis' own, byte for byte`,
    async ({ name, redis: options }) => {
      await using redis = await startRedis(options);
      await using pool = await startRedisPool({ servers: 4, redis: options });
      using direct = await redis.connect();
      using proxied = await pool.connect();
      for (const client of [direct, proxied]) await client.command("HELLO", version);
      const lines = CONVERSATION.filter((line) => !OTHER_BY_KIND.get(name)?.includes(line));
      assertEquals(await converse(proxied, lines), await converse(direct, lines));
    },
  );
}

/** Redis 7.0 lets a client in although an option behind AUTH is wrong, and has other words for who has not logged in. */
const OTHER_WITH_7_0 = "HELLO 3 AUTH default secret FOO";
const inNewerWords = (reply: string) =>
  reply.replace("the HELLO AUTH <user>", "the HELLO <proto> AUTH <user>");

testWithKinds("logins by HELLO and AUTH are answered as redis does", async ({ name, redis: options }) => {
  const lines = [
    "HELLO 3",
    "HELLO 3 SETNAME z",
    "HELLO",
    "CLIENT ID",
    "HELLO 3 AUTH default wrong",
    "HELLO 3 AUTH other secret",
    "AUTH default wrong",
    "AUTH wrong",
    "GET k",
    "RESET",
    "HELLO 3 AUTH default secret FOO",
    "GET k",
    "RESET",
    "GET k",
    "HELLO x",
    "HELLO 5",
    "AUTH default secret",
    "GET k",
    "RESET",
    "AUTH secret",
    "ECHO end",
  ];
  const directives = { redis_auth: "secret" };
  await using pool = await startRedisPool({
    servers: 2,
    redis: { ...options, requirepass: "secret" },
    directives,
  });
  await using redis = await startRedis(options);
  await redis.command("CONFIG", "SET", "requirepass", "secret");
  for (const more of [[], ["HELLO 3 AUTH default secret SETNAME z"]]) {
    using direct = await connect(redis.port);
    using proxied = await pool.connect();
    const script = [...lines.slice(0, -1), "CLIENT GETNAME", "GET k", ...lines.slice(-1)]
      .filter((line) => name !== "redis 7" || line !== OTHER_WITH_7_0);
    for (const line of script) {
      const [mine, servers] = [await converse(proxied, [line], 1), await converse(direct, [line], 1)];
      assertEquals(mine, servers.map(inNewerWords), line);
    }
    for (const line of more) {
      const replies = [await proxied.command(...line.split(" ")), await direct.command(...line.split(" "))];
      const [left, right] = replies.map((reply) => new Map([...reply as Map<string, unknown>, ["id", 0]]));
      assertEquals(left, right);
    }
  }
});
