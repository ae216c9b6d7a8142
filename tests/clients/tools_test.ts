import { assertEquals, assertStringIncludes } from "@std/assert";
import { startRedisPool } from "../integration/redis_pool.ts";
import { testWithKinds } from "../integration/redis_rows/kinds.ts";
import { newerTest } from "../support/newer_programs.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { type RedisOptions, startRedis } from "../support/redis_server.ts";
import { COMMANDS } from "./transcript.ts";

/** What a program prints, when it has ended well. */
async function outputOf(command: string, args: readonly string[], input = ""): Promise<string> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  })
    .spawn();
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const { code, stdout, stderr } = await output;
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
  return new TextDecoder().decode(stdout);
}

testWithKinds(
  "redis-py sees through the proxy what a server shows",
  async ({ redis: options }) => {
    await using redis = await startRedis(options);
    await using pool = await startRedisPool({ servers: 4, redis: options });
    const script = new URL("python_client_script.py", import.meta.url).pathname;
    const run = (port: number | string) =>
      outputOf(requireProgram("python3-redis"), [script, `${port}`, JSON.stringify(COMMANDS)]);
    const direct = await run(redis.port);
    assertStringIncludes(direct, "['GET', 'a'] b'2'");
    assertEquals((await run(pool.proxy.listens[0])).split("\n"), direct.split("\n"));
  },
  ["python3-redis"],
);

/** What redis-cli prints of the same commands, from a server and through a proxy. */
async function compareCli(cli: string, version: string, options: RedisOptions): Promise<void> {
  await using redis = await startRedis(options);
  await using pool = await startRedisPool({ servers: 4, redis: options });
  const input = COMMANDS.map((words) => words.map((word) => JSON.stringify(word)).join(" ")).join("\n");
  const run = (port: number | string) => outputOf(cli, ["-p", `${port}`, version, "--no-raw"], `${input}\n`);
  const direct = await run(redis.port);
  assertStringIncludes(direct, "PONG");
  assertEquals((await run(pool.proxy.listens[0])).split("\n"), direct.split("\n"));
}

for (const version of ["-2", "-3"]) {
  realTest(
    ["redis-server", "redis-cli"],
    `redis-cli ${version} prints through the proxy what a server makes it print`,
    () => compareCli(requireProgram("redis-cli"), version, {}),
  );
  for (const server of ["redis-server", "valkey-server"] as const) {
    newerTest(
      ["redis-cli", server],
      `redis-cli 8 ${version} prints through the proxy what a newer ${server} makes it print`,
      ([cli, program]) => compareCli(cli, version, { program }),
    );
  }
}
