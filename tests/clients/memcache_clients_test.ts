/**
 * Clients of memcached with their defaults: the same script says the same directly and through four servers.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { startMemcachePool } from "../integration/memcache_pool.ts";
import { startMemcached } from "../support/memcached_server.ts";
import { type ProgramName, realTest, requireProgram } from "../support/programs.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { LOGIN, MEMCACHE_NPM_CLIENTS } from "./memcache_npm_clients.ts";
import { runNpmClient } from "./npm_program.ts";

const PROGRAM = new URL("memcache_npm_clients.ts", import.meta.url);
const CLIENT_AUTH = `[{user: ${LOGIN.user}, password: ${LOGIN.password}}]`;

for (const name of Object.keys(MEMCACHE_NPM_CLIENTS)) {
  realTest(
    "memcached",
    `npm's ${name}, as it is by default, sees through the proxy what a server shows`,
    async () => {
      await using direct = await startMemcached();
      const directives: Record<string, string> = name.includes("login") ? { client_auth: CLIENT_AUTH } : {};
      await using pool = await startMemcachePool({ servers: 4, directives });
      // A memcached without SASL takes no login.
      const expected = await runNpmClient(PROGRAM, name.replace(" with a login", ""), direct.port);
      assert(expected.length > 20, expected.join("\n"));
      assertEquals(await runNpmClient(PROGRAM, name, Number(pool.proxy.listens[0])), expected);
      const { client_err, forward_error } = await pool.stats();
      assertEquals([client_err, forward_error], [0, 0]);
    },
  );
}

/** libmemcached's tools with their arguments; `%1` is a file with a text, `%2` one with more than a read's worth. */
const TOOLS: readonly (readonly [ProgramName, ...string[]])[] = [
  ["memccp", "%1", "%2"],
  ["memccat", "one"],
  ["memccat", "one", "none", "two"],
  ["memccat", "none"],
  ["memcexist", "one"],
  ["memcexist", "none"],
  ["memctouch", "--expire=100", "one"],
  ["memctouch", "--expire=100", "none"],
  ["memcrm", "one"],
  ["memcrm", "one"],
  ["memcslap", "--concurrency=2", "--execute-number=200", "--initial-load=200", "--test=set"],
  ["memcslap", "--concurrency=2", "--execute-number=200", "--initial-load=200", "--test=get"],
  ["memcslap", "--concurrency=2", "--execute-number=200", "--initial-load=200", "--test=mget"],
  ["memcflush"],
  ["memccat", "two"],
];

/** What a tool says and how it ends, without times. */
async function outcomeOf(program: ProgramName, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(requireProgram(program), {
    args: [...args],
    stdin: "null",
  }).output();
  const said = [stdout, stderr].map((bytes) => new TextDecoder("latin1").decode(bytes)).join("|");
  const text = said.replace(/ +[\d.]+ seconds/g, " TIME").replaceAll(/127\.0\.0\.1:\d+/g, "SERVER");
  return `${program} ${args.slice(1).join(" ")} -> ${code} ${text}`;
}

async function toolsTranscript(port: number, options: readonly string[], folder: string): Promise<string[]> {
  const outcomes: string[] = [];
  for (const [program, ...args] of TOOLS) {
    const words = args.map((arg) => arg.replace("%1", `${folder}/one`).replace("%2", `${folder}/two`));
    outcomes.push(await outcomeOf(program, [`--servers=127.0.0.1:${port}`, ...options, ...words]));
  }
  return outcomes;
}

const TOOL_NAMES = [...new Set(TOOLS.map(([program]) => program))];

realTest(
  ["memcached", ...TOOL_NAMES],
  "libmemcached's tools, ascii and binary, say the same through the proxy",
  async () => {
    const folder = await makeScratchFolder();
    try {
      await Deno.writeTextFile(`${folder}/one`, "a text\n");
      await Deno.writeTextFile(`${folder}/two`, "0123456789".repeat(30_000));
      await using direct = await startMemcached();
      await using pool = await startMemcachePool({ servers: 4, directives: { allow_dangerous: true } });
      for (const options of [[], ["--binary"]]) {
        const expected = await toolsTranscript(direct.port, options, folder);
        assert(expected[1].includes("-> 0 a text"), expected[1]);
        assertEquals(await toolsTranscript(Number(pool.proxy.listens[0]), options, folder), expected);
      }
      const { client_err, forward_error } = await pool.stats();
      assertEquals([client_err, forward_error], [0, 0]);
    } finally {
      await removeFolder(folder);
    }
  },
);

realTest(
  ["memcached", "memcping", "memcstat"],
  "memcping finds the proxy, memcstat reads its numbers",
  async () => {
    await using pool = await startMemcachePool({ servers: 4 });
    const servers = `--servers=127.0.0.1:${pool.proxy.listens[0]}`;
    assertEquals(await outcomeOf("memcping", [servers]), "memcping  -> 0 |");
    for (const options of [[], ["--binary"]]) {
      const stats = await outcomeOf("memcstat", [servers, ...options]);
      assert(stats.includes("-> 0 Server: 127.0.0.1"), stats);
      for (const name of ["pid", "uptime", "curr_connections", "servers"]) {
        assert(new RegExp(`\\t ?${name}: \\d+\\n`).test(stats), `${name} in ${stats}`);
      }
      const items = await outcomeOf("memcstat", [servers, ...options, "--args=settings"]);
      assert(/\ts3\/maxbytes: \d+\n/.test(items), items);
    }
  },
);

realTest(["memcached", "memcaslap"], "memcaslap finds every value that it has set", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  for (const options of [[], ["-B"], ["-d", "20"]]) {
    const args = ["-s", `127.0.0.1:${pool.proxy.listens[0]}`, "-T", "1", "-c", "4", "-x", "2000", "-v", "1"];
    const text = await outcomeOf("memcaslap", [...args, ...options]);
    assert(text.includes("cmd_set: "), text);
    for (const fault of ["get_misses", "verify_misses", "verify_failed"]) {
      assert(!new RegExp(`${fault}: [1-9]`).test(text), text);
    }
    assert(text.includes("get_misses: 0\n"), text);
  }
});
