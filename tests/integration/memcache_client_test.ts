/**
 * A real client library with its defaults: it gets the same answers through the proxy as from a server itself.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { startMemcached } from "../support/memcached_server.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { startMemcachePool } from "./memcache_pool.ts";

const SCRIPT = new URL("memcache_client_script.py", import.meta.url).pathname;

/** Runs the script against a port and gives what it printed. */
async function runScript(port: number | string): Promise<string[]> {
  const { success, stdout, stderr } = await new Deno.Command(requireProgram("python3-pymemcache"), {
    args: ["-B", SCRIPT, `${port}`],
    stdin: "null",
  }).output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  assert(success, `${lines.join("\n")}\n${new TextDecoder().decode(stderr)}`);
  return lines;
}

realTest(
  ["memcached", "python3-pymemcache"],
  "pymemcache: through the proxy as from a server itself",
  async () => {
    await using server = await startMemcached();
    const direct = await runScript(server.port);
    assert(direct.length > 100, direct.join("\n"));
    for (const servers of [1, 4]) {
      await using pool = await startMemcachePool({ servers });
      assertEquals(await runScript(pool.proxy.listens[0]), direct);
      const { client_err, forward_error } = await pool.stats();
      assertEquals([client_err, forward_error], [0, 0]);
    }
  },
);
