/**
 * libmemcached's own test of servers, ASCII and binary, against the proxy.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { startMemcached } from "../support/memcached_server.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { startMemcachePool } from "./memcache_pool.ts";

const PASS = "[pass]";
/** How wide a name is printed, with what follows it. */
const NAME_WIDTH = 40 + PASS.length;

realTest(
  ["memcached", "memccapable"],
  "memccapable: passes as with a memcached itself",
  async () => {
    await using server = await startMemcached();
    const direct = await passes(server.port);
    assert(direct.length > 50, direct.join("\n"));
    for (const servers of [1, 4]) {
      await using pool = await startMemcachePool({ servers, directives: { allow_dangerous: true } });
      assertEquals(await passes(pool.proxy.listens[0]), direct, `through ${servers} servers`);
    }
  },
);

/** The names of the tests that a server passes, in order. */
async function passes(port: number | string): Promise<string[]> {
  const command = new Deno.Command(requireProgram("memccapable"), {
    args: ["-h", "127.0.0.1", "-p", `${port}`],
    stdin: "null",
    stderr: "piped",
  });
  const { stdout } = await command.output();
  const lines = new TextDecoder().decode(stdout).split("\n");
  // A test that fails may leave its name in front of the next one's.
  return lines.filter((line) => line.endsWith(PASS)).map((line) =>
    line.slice(-NAME_WIDTH, -PASS.length).trim()
  );
}
