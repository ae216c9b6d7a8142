/**
 * What applications are built with, as it is by default: the same script says the same directly and through a pool.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { startRedisPool } from "../integration/redis_pool.ts";
import { realTest } from "../support/programs.ts";
import { startRedis } from "../support/redis_server.ts";
import { NPM_APPLICATIONS } from "./npm_applications.ts";
import { runNpmClient } from "./npm_program.ts";

const PROGRAM = new URL("npm_applications.ts", import.meta.url);
const TOGETHER = { hash_tag: "'{}'" };

/** What needs all of its keys on one server. */
const FOR_ONE_SERVER: ReadonlySet<string> = new Set(["bullmq"]);

for (const name of Object.keys(NPM_APPLICATIONS)) {
  if (name === "refusals") continue;
  const servers = FOR_ONE_SERVER.has(name) ? 1 : 4;
  realTest(
    "redis-server",
    `${name} sees through a pool of ${servers} what a server shows`,
    async () => {
      await using redis = await startRedis();
      await using pool = await startRedisPool({ servers, directives: TOGETHER });
      const direct = await runNpmClient(PROGRAM, name, redis.port);
      assert(direct.length > 3, direct.join("\n"));
      assertEquals(await runNpmClient(PROGRAM, name, Number(pool.proxy.listens[0])), direct);
      // Programs that end without closing their connections may reset them, which counts as an error of the client.
      assertEquals((await pool.stats()).forward_error, 0);
    },
  );
}

realTest(
  "redis-server",
  "what applications cannot do with several servers is refused with the reason",
  async () => {
    await using pool = await startRedisPool({ servers: 4, directives: TOGETHER });
    assertEquals(await runNpmClient(PROGRAM, "refusals", Number(pool.proxy.listens[0])), [
      'error => "CROSSSLOT Keys of one transaction are on several servers, see hash_tag"',
      "set many => undefined",
      "client-side caching => \"error: ERR command 'CLIENT|TRACKING' is not supported by this proxy: " +
      'clients share the connections over which servers would tell what has changed"',
    ]);
  },
);
