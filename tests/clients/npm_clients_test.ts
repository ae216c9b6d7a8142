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
  "clients of RESP2 and RESP3 side by side get each the shapes of its protocol",
  async () => {
    await using redis = await startRedis();
    await using pool = await startRedisPool({ servers: 4 });
    const scripts = Object.values(NPM_CLIENTS);
    const shapes = (entries: readonly Entry[]) => entries.filter(([call]) => call.startsWith("XINFO"));
    const direct: (readonly Entry[])[] = [];
    for (const script of scripts) {
      direct.push(isFlat(await script(redis.port)));
      await redis.command("FLUSHALL");
    }
    assertEquals(direct, [true, false, true, true, false]);
    // They use the same keys, so only what does not depend on who came first is compared.
    const port = Number(pool.proxy.listens[0]);
    const together = await Promise.all(scripts.map((script) => script(port)));
    for (const [i, entries] of together.entries()) {
      assertEquals(Array.isArray(shapes(entries)[0][1]), Array.isArray(direct[i][0][1]));
      assert(!entries.some(([call]) => call === "connection"));
    }
  },
);
