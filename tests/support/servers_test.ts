import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { startMemcached } from "./memcached_server.ts";
import { startNutcracker } from "./nutcracker.ts";
import { listenAddresses, poolFile } from "./pool_file.ts";
import { freePort } from "./ports.ts";
import { ProcessError } from "./process.ts";
import { realTest } from "./programs.ts";
import { proxyProgram } from "./proxy.ts";
import { startRedis } from "./redis_server.ts";
import { makeScratchFolder, removeFolder } from "./start.ts";
import { connect, ReplyError } from "./wire.ts";

realTest("redis-server", "servers: redis answers on its port and is gone after the test", async () => {
  let port = 0;
  {
    await using redis = await startRedis();
    port = redis.port;
    assertEquals(redis.address, `127.0.0.1:${port}`);
    assertEquals(await redis.command("SET", "k", "v"), "OK");
    assertEquals(await redis.command("MGET", "k", "none"), ["v", null]);
    using client = await redis.connect();
    await client.exchange("*1\r\n$4\r\nPING\r\n", "+PONG\r\n");
  }
  await assertRejects(() => connect(port), Deno.errors.ConnectionRefused);
});

realTest("redis-server", "servers: redis with a password, a Unix socket and arguments", async () => {
  const folder = await makeScratchFolder();
  try {
    const unixSocket = `${folder}/redis.sock`;
    await using redis = await startRedis({ requirepass: "secret", unixSocket, args: ["--databases", "3"] });
    assertEquals(await redis.command("CONFIG", "GET", "databases"), ["databases", "3"]);
    using stranger = await connect(unixSocket);
    assertEquals(await stranger.command("GET", "k"), new ReplyError("NOAUTH Authentication required."));
  } finally {
    await removeFolder(folder);
  }
});

realTest("redis-server", "servers: a port that is taken is told", async () => {
  await using redis = await startRedis();
  const error = await assertRejects(() => startRedis({ port: redis.port }), ProcessError);
  assertMatch(error.message, /already in use/);
});

realTest("memcached", "servers: memcached answers on its port and on a Unix socket", async () => {
  const folder = await makeScratchFolder();
  try {
    await using tcp = await startMemcached();
    await using unix = await startMemcached({ unixSocket: `${folder}/memcached.sock` });
    for (const server of [tcp, unix]) {
      using client = await server.connect();
      await client.exchange("set k 0 0 4\r\na\r\nb\r\n", "STORED\r\n");
      assertEquals(await server.get("k"), "a\r\nb");
      assertEquals(await server.get("none"), null);
      assertEquals((await server.stats()).get("cmd_set"), "1");
    }
  } finally {
    await removeFolder(folder);
  }
});

realTest(
  ["nutcracker", "redis-server"],
  "servers: the reference passes requests on and counts them",
  async () => {
    await using redis = await startRedis();
    const port = freePort();
    await using proxy = await startNutcracker({
      alpha: {
        listen: `127.0.0.1:${port}`,
        redis: true,
        hash: "fnv1a_64",
        distribution: "ketama",
        servers: [`${redis.address}:1 one`],
      },
    });
    assertEquals(proxy.listens, [port]);
    using client = await proxy.connect();
    assertEquals(await client.command("SET", "k", "v"), "OK");
    assertEquals(await redis.command("GET", "k"), "v");
    const stats = await proxy.stats();
    assertEquals(stats.service, "nutcracker");
    assertNotEquals(stats.alpha.one, undefined);
    assertMatch(proxy.log(), /run, rabbit run/);
    const { pid, folder } = proxy;
    await proxy.stop();
    await assertRejects(() => Deno.stat(`/proc/${pid}`), Deno.errors.NotFound);
    await assertRejects(() => Deno.stat(folder), Deno.errors.NotFound);
  },
);

realTest("nutcracker", "servers: a configuration that the reference refuses fails the start", async () => {
  const pools = `bad:\n  listen: 127.0.0.1:${freePort()}\n  hash: none\n  servers:\n   - 127.0.0.1:1:1\n`;
  const error = await assertRejects(() => startNutcracker(pools), ProcessError);
  assertMatch(error.message, /is not a valid hash/);
});

Deno.test("pool file: pools become text, and their addresses are found in it", () => {
  const text = poolFile({
    a: { listen: "127.0.0.1:1", redis: true, servers: ["h:1:1 x"] },
    b: { listen: "/s 0666" },
  });
  assertEquals(
    text,
    "a:\n  listen: 127.0.0.1:1\n  redis: true\n  servers:\n   - h:1:1 x\nb:\n  listen: /s 0666\n",
  );
  assertEquals(listenAddresses(text), [1, "/s"]);
  assertEquals(listenAddresses('p:\n  "listen" : "[::1]:77" # here\n'), [77]);
});

Deno.test("proxy: it is run with the permissions of the task start", () => {
  const { command, args } = proxyProgram();
  if (command !== Deno.execPath()) return;
  assertEquals(args[0], "run");
  assertMatch(args.at(-1)!, /\/main\.ts$/);
  assertEquals(args.includes("--allow-net"), true);
  assertEquals(args.includes("-A"), false);
});
