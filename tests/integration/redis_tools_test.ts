/**
 * The tools that come with redis, through the proxy.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { realTest, requireProgram } from "../support/programs.ts";
import { joinBytes, resp } from "../support/wire.ts";
import { type RedisPool, startRedisPool, startRedisProxy } from "./redis_pool.ts";
import { startRedis } from "../support/redis_server.ts";

/** How long a tool may take, far longer than any needs. */
const TOOL_MAX_MS = 60_000;

/** How a tool ended. */
interface Ending {
  readonly code: number;
  /** What it wrote to both streams. */
  readonly output: string;
}

/** Runs a tool to its end, with some input. */
async function runTool(
  command: string,
  args: readonly string[],
  input: string | Uint8Array = "",
): Promise<Ending> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), TOOL_MAX_MS);
  const output = child.output();
  const writer = child.stdin.getWriter();
  try {
    await writer.write(typeof input === "string" ? new TextEncoder().encode(input) : input);
    await writer.close();
  } catch {
    // A tool that ends early does not read its input.
  }
  const { code, stdout, stderr } = await output;
  clearTimeout(timer);
  const decoder = new TextDecoder();
  return { code, output: decoder.decode(stdout) + decoder.decode(stderr) };
}

function portOf(pool: RedisPool): string {
  return `${pool.proxy.listens[0]}`;
}

/** What redis-benchmark does unless it is told what to do. */
const BENCHMARKS = [
  "PING_INLINE",
  "PING_MBULK",
  "SET",
  "GET",
  "INCR",
  "LPUSH",
  "RPUSH",
  "LPOP",
  "RPOP",
  "SADD",
  "HSET",
  "SPOP",
  "ZADD",
  "ZPOPMIN",
  "LPUSH (needed to benchmark LRANGE)",
  "LRANGE_100 (first 100 elements)",
  "LRANGE_300 (first 300 elements)",
  "LRANGE_500 (first 500 elements)",
  "LRANGE_600 (first 600 elements)",
  "MSET (10 keys)",
];

for (const more of [[], ["-P", "16"], ["-r", "1000"], ["-k", "0"], ["-d", "2000", "-P", "4"]]) {
  const name = ["tw#328: redis-benchmark", ...more].join(" ");
  realTest(["redis-server", "redis-benchmark"], `${name} runs its whole list without an error`, async () => {
    await using pool = await startRedisPool({ servers: 4 });
    const args = ["-p", portOf(pool), "-n", "200", "-c", "10", "-q", ...more];
    const { code, output } = await runTool(requireProgram("redis-benchmark"), args);
    assertEquals(code, 0, output);
    const done = [...output.matchAll(/(?:^|\r|\n)([^:\r\n]+): (?:[0-9.]+|inf) requests per second/g)].map((
      [, test],
    ) => test);
    assertEquals(done, BENCHMARKS);
    assert(!/error/i.test(output), output);
    // A client of it that ends with replies unread resets its connection, so client_err may be counted.
    assertEquals((await pool.stats()).forward_error, 0);
  });
}

realTest(["redis-server", "redis-cli"], "redis-cli: commands as arguments and from a pipe work", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  const cli = requireProgram("redis-cli");
  const port = portOf(pool);
  assertEquals(await runTool(cli, ["-p", port, "SET", "a key", "a value"]), { code: 0, output: "OK\n" });
  assertEquals(await runTool(cli, ["-p", port, "GET", "a key"]), { code: 0, output: "a value\n" });
  assertEquals(await runTool(cli, ["-p", port, "-x", "SET", "k"], "from stdin"), { code: 0, output: "OK\n" });
  const { code, output } = await runTool(
    cli,
    ["-p", port],
    "GET k\nMGET k none\nFOO\nPING\nEVAL 'return {1,{2}}' 0\n",
  );
  assertEquals(code, 0);
  const lines = [
    "from stdin",
    "from stdin",
    "",
    "ERR unknown command 'FOO', with args beginning with: ",
    "",
    "PONG",
    "1",
    "2",
    "",
  ];
  assertEquals(output.split("\n"), lines);
});

/** Types lines into a program on a terminal of its own, each when a prompt has come, and shows what came. */
const TERMINAL_SCRIPT = `
import os, pty, select, sys, time
lines = sys.argv[1].split("\\n")
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "dumb"
    os.execv(sys.argv[2], sys.argv[2:])
seen, end = b"", time.time() + 30
while time.time() < end:
    if select.select([terminal], [], [], 0.1)[0]:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        seen += data
    elif seen.rstrip().endswith(b">") and lines:
        os.write(terminal, (lines.pop(0) + "\\n").encode())
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

realTest(
  ["redis-server", "redis-cli", "python3"],
  "redis-cli: a session on a terminal works, COMMAND DOCS and all",
  async () => {
    await using pool = await startRedisPool({ servers: 4 });
    const lines = ["set k v", "get k", "mget k none", "foo", "help @string", "ping", "quit"];
    const args = ["-c", TERMINAL_SCRIPT, lines.join("\n"), requireProgram("redis-cli"), "-p", portOf(pool)];
    const { code, output } = await runTool(requireProgram("python3"), args);
    assertEquals(code, 0, output);
    for (const said of ['"v"', "2) (nil)", "(error) ERR unknown command 'foo'", "PONG"]) {
      assertStringIncludes(output, said);
    }
    assertStringIncludes(output, "summary:");
    assert(!/not connected|closed the connection/i.test(output), output);
    const { client_eof, client_err } = await pool.stats();
    assertEquals([client_eof, client_err], [1, 0]);
  },
);

realTest(["redis-server", "redis-cli"], "tw#261: redis-cli --pipe ends when all has been sent", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  const requests = joinBytes(Array.from({ length: 5000 }, (_, i) => resp("SET", `key:${i}`, `value ${i}`)));
  const { code, output } = await runTool(
    requireProgram("redis-cli"),
    ["-p", portOf(pool), "--pipe"],
    requests,
  );
  assertEquals(code, 0, output);
  assertStringIncludes(output, "errors: 0, replies: 5000");
  const sizes = await Promise.all(pool.servers.map((server) => server.command("DBSIZE")));
  assertEquals(sizes.reduce((sum: number, size) => sum + Number(size), 0), 5000);
});

realTest(
  ["redis-server", "redis-cli"],
  "tw#296: redis-cli --pipe of 50 MB into 32 shards costs no memory",
  async () => {
    await using redis = await startRedis();
    await using proxy = await startRedisProxy(
      Array.from({ length: 32 }, (_, i) => `${redis.address}:1 shard${i}`),
    );
    const before = proxy.rss();
    const requests = joinBytes(
      Array.from({ length: 50_000 }, (_, i) => resp("SET", `key:${i}`, `${i}`.repeat(250).slice(0, 1000))),
    );
    let peak = 0;
    const timer = setInterval(() => peak = Math.max(peak, proxy.rss()), 10);
    const args = ["-p", `${proxy.listens[0]}`, "--pipe"];
    const { code, output } = await runTool(requireProgram("redis-cli"), args, requests);
    clearInterval(timer);
    assertEquals(code, 0, output);
    assertStringIncludes(output, "errors: 0, replies: 50000");
    assertEquals(await redis.command("DBSIZE"), 50_000);
    const grownMb = (peak - before) / 1024 / 1024;
    assert(grownMb < 100, `it grew by ${grownMb.toFixed(1)} MB`);
  },
);
