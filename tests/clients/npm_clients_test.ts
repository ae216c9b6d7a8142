import { assertEquals } from "@std/assert";
import { startRedisPool } from "../integration/redis_pool.ts";
import { testWithKinds } from "../integration/redis_rows/kinds.ts";
import { realTest } from "../support/programs.ts";
import { startRedis } from "../support/redis_server.ts";
import { NPM_CLIENTS } from "./npm_clients.ts";
import { runNpmClient } from "./npm_program.ts";

const PROGRAM = new URL("npm_clients.ts", import.meta.url);

function transcriptOf(name: string, port: number): Promise<string[]> {
  return runNpmClient(PROGRAM, name, port);
}

for (const name of Object.keys(NPM_CLIENTS)) {
  testWithKinds(
    `${name}, as it is by default, sees through the proxy what a server shows`,
    async ({ redis: options }) => {
      await using redis = await startRedis(options);
      await using pool = await startRedisPool({ servers: 4, redis: options });
      const direct = await transcriptOf(name, redis.port);
      assertEquals(direct.find((line) => line.startsWith("GET a => ")), 'GET a => "2"');
      assertEquals(await transcriptOf(name, Number(pool.proxy.listens[0])), direct);
      const { client_err, forward_error } = await pool.stats();
      assertEquals([client_err, forward_error], [0, 0]);
    },
  );
}

realTest("redis-server", "clients of RESP2 and RESP3 side by side have each its protocol", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  const port = Number(pool.proxy.listens[0]);
  const names = Object.keys(NPM_CLIENTS);
  const together = await Promise.all(names.map((name) => transcriptOf(name, port)));
  const protocols = together.map((lines) => lines.find((line) => line.startsWith("protocol => ")));
  assertEquals(protocols, ["2", "3", "2", "2", "3"].map((version) => `protocol => "${version}"`));
});
