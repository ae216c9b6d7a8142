/**
 * libmemcached's own test of servers, ASCII and binary, against the proxy.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type MemcachedOptions, startMemcached } from "../support/memcached_server.ts";
import { newerTest } from "../support/newer_programs.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { startMemcachePool } from "./memcache_pool.ts";

const PASS = "[pass]";
/** How wide a name is printed, with what follows it. */
const NAME_WIDTH = 40 + PASS.length;

const NAME = "memccapable: passes as with a memcached itself";

realTest(["memcached", "memccapable"], NAME, () => compare({}));
newerTest(["memcached"], `${NAME}, 1.6.38`, ([program]) => compare({ program }), ["memccapable"]);

async function compare(memcached: MemcachedOptions): Promise<void> {
  const directives = { allow_dangerous: true };
  await using server = await startMemcached(memcached);
  await using one = await startMemcachePool({ servers: 1, directives, memcached });
  await using four = await startMemcachePool({ servers: 4, directives, memcached });
  // It mostly waits for items to expire.
  const ports = [server.port, one.proxy.listens[0], four.proxy.listens[0]];
  const [direct, throughOne, throughFour] = await Promise.all(ports.map(passes));
  assert(direct.length > 50, direct.join("\n"));
  assertEquals(throughOne, direct, "through one server");
  assertEquals(throughFour, direct, "through four servers");
}

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
