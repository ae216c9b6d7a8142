import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { poolFile } from "../support/pool_file.ts";
import { freePorts } from "../support/ports.ts";
import { TestProcess } from "../support/process.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect } from "../support/wire.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

/** A configuration like the demo's own, on ports of its own. */
interface DemoSetup extends AsyncDisposable {
  readonly redisPort: number;
  readonly memcachePort: number;
  readonly nodePorts: readonly number[];
  readonly statsPort: number;
  readonly args: readonly string[];
}

async function makeSetup(): Promise<DemoSetup> {
  const [redisPort, memcachePort, statsPort, ...nodePorts] = freePorts(7);
  const servers = nodePorts.map((port, i) => `127.0.0.1:${port}:1 node${i}`);
  const common = { hash: "fnv1a_64", distribution: "ketama" };
  const folder = await makeScratchFolder();
  const text = poolFile({
    redis: { listen: `127.0.0.1:${redisPort}`, redis: true, ...common, servers: servers.slice(0, 2) },
    memcache: { listen: `127.0.0.1:${memcachePort}`, ...common, servers: servers.slice(2) },
  });
  await Deno.writeTextFile(`${folder}/demo.yml`, text);
  return {
    redisPort,
    memcachePort,
    nodePorts,
    statsPort,
    args: ["-c", `${folder}/demo.yml`, "-s", `${statsPort}`],
    [Symbol.asyncDispose]: () => removeFolder(folder),
  };
}

/** Starts what the task `demo` starts, with more arguments. */
async function startDemo(args: readonly string[], isReady = true): Promise<TestProcess> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const [deno, ...words]: string[] = tasks.demo.split(" ");
  assertEquals(deno, "deno");
  const demo: TestProcess = await TestProcess.start({
    name: "demo",
    command: Deno.execPath(),
    args: [...words, ...args],
    cwd: ROOT,
  });
  if (isReady) await demo.waitUntil(() => demo.output.includes("Press Ctrl-C"), "it says that it runs");
  return demo;
}

Deno.test("demo: both pools and the statistics work, and Ctrl-C ends it cleanly", async () => {
  await using setup = await makeSetup();
  await using demo = await startDemo(setup.args);
  {
    using redis = await connect(setup.redisPort);
    const keys = Array.from({ length: 50 }, (_, i) => `key${i}`);
    assertEquals(await redis.command("MSET", ...keys.flatMap((key) => [key, `${key}'s value`])), "OK");
    assertEquals(await redis.command("MGET", ...keys, "none"), [
      ...keys.map((key) => `${key}'s value`),
      null,
    ]);
    assertEquals(await redis.command("INCR", "n"), 1);
    assertEquals(await redis.command("EXPIRE", "n", 100), 1);
    assertEquals(await redis.command("DEL", ...keys), 50);
  }
  {
    using memcache = await connect(setup.memcachePort);
    await memcache.exchange("set a 1 0 1\r\nx\r\n", "STORED\r\n");
    await memcache.exchange("set n 2 0 1 noreply\r\n5\r\nincr n 2\r\n", "7\r\n");
    await memcache.exchange("get a none n\r\n", "VALUE a 1 1\r\nx\r\nVALUE n 2 1\r\n7\r\nEND\r\n");
  }
  {
    using stats = await connect(setup.statsPort);
    const { redis, memcache } = JSON.parse(new TextDecoder().decode(await stats.readToEnd()));
    assertEquals(redis.node0.requests > 0 && redis.node1.requests > 0, true);
    assertEquals(memcache.node2.requests + memcache.node3.requests > 3, true);
  }
  demo.signal("SIGINT");
  assertEquals((await demo.exited).code, 0);
  assertFree([setup.redisPort, setup.memcachePort, setup.statsPort, ...setup.nodePorts]);
});

Deno.test("demo: the commands that it prints do what they promise", async () => {
  await using setup = await makeSetup();
  await using demo = await startDemo(setup.args);
  const commands = demo.output.split("\n").filter((line) => line.startsWith("  bash ")).map((line) =>
    line.trim()
  );
  const outputs: string[] = [];
  for (const command of commands) {
    const { code, stdout } = await new Deno.Command("bash", { args: ["-c", command], stdin: "null" })
      .output();
    assertEquals(code, 0, command);
    outputs.push(new TextDecoder().decode(stdout));
  }
  assertEquals(outputs.slice(0, 2), [
    "+OK\r\n$5\r\nhello\r\n+OK\r\n",
    "STORED\r\nVALUE greeting 0 5\r\nhello\r\nEND\r\n",
  ]);
  assertEquals(outputs.length, 3);
  assertEquals(JSON.parse(outputs[2]).service, "nutcracker");
  assertEquals((await demo.stop()).code, 0);
});

Deno.test("demo: a port that is taken is one line that names it, and status 1", async () => {
  await using setup = await makeSetup();
  for (const port of [setup.redisPort, setup.nodePorts[3], setup.statsPort]) {
    using _taken = Deno.listen({ hostname: "127.0.0.1", port });
    await using demo = await startDemo(setup.args, false);
    assertEquals((await demo.exited).code, 1);
    assertMatch(demo.output, /^Cannot listen on [^\n]*: Address already in use\. [^\n]*\n$/);
    assertStringIncludes(demo.output, `"127.0.0.1:${port}"`);
  }
});

Deno.test("demo: a configuration that cannot be read is told, with status 1", async () => {
  await using demo = await startDemo(["-c", "/none/demo.yml"], false);
  assertEquals((await demo.exited).code, 1);
  assertMatch(demo.output, /^[^\n]*'\/none\/demo\.yml'[^\n]*\n$/);
});

Deno.test("demo: it serves the shipped configuration unless told otherwise", async () => {
  const text = await Deno.readTextFile(`${ROOT}conf/demo.yml`);
  for (const port of [22121, 22122, 22131, 22132, 22141, 22142]) {
    assertStringIncludes(text, `127.0.0.1:${port}`);
  }
  assertStringIncludes(await Deno.readTextFile(`${ROOT}src/cachenode/demo.ts`), '"-c", "conf/demo.yml"');
});

function assertFree(ports: readonly number[]): void {
  for (const port of ports) Deno.listen({ hostname: "127.0.0.1", port }).close();
}
