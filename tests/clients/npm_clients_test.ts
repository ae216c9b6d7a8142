import { assertEquals } from "@std/assert";
import { startRedisPool } from "../integration/redis_pool.ts";
import { realTest } from "../support/programs.ts";
import { startRedis } from "../support/redis_server.ts";
import { NPM_CLIENTS } from "./npm_clients.ts";
import type { Entry } from "./transcript.ts";

/** A failure of the connection would end up in both transcripts. */
function assertConnected(entries: readonly Entry[]): void {
  assertEquals(entries.filter(([call]) => call === "connection"), []);
  assertEquals(entries.find(([call]) => call.startsWith("GET a"))?.[1], "2");
}

for (const [name, script] of Object.entries(NPM_CLIENTS)) {
  realTest(
    "redis-server",
    `${name}, as it is by default, sees through the proxy what a server shows`,
    async () => {
      await using redis = await startRedis();
      await using pool = await startRedisPool({ servers: 4 });
      const direct = await script(redis.port);
      assertConnected(direct);
      assertEquals(await script(Number(pool.proxy.listens[0])), direct);
      const { client_err, forward_error } = await pool.stats();
      assertEquals([client_err, forward_error], [0, 0]);
    },
  );
}

realTest(
  "redis-server",
  "clients of RESP2 and RESP3 side by side have each its protocol",
  async () => {
    await using pool = await startRedisPool({ servers: 4 });
    const port = Number(pool.proxy.listens[0]);
    const together = await Promise.all(Object.values(NPM_CLIENTS).map((script) => script(port)));
    const protocols = together.map((entries) => entries.find(([call]) => call === "protocol")?.[1]);
    assertEquals(Object.keys(NPM_CLIENTS).map((name, i) => `${name}: ${protocols[i]}`), [
      "ioredis 5: 2",
      "ioredis 6: 3",
      "node-redis 4: 2",
      "node-redis 5: 2",
      "node-redis 6: 3",
    ]);
    for (const entries of together) assertEquals(entries.filter(([call]) => call === "connection"), []);
  },
);
