/**
 * Another configuration while the proxy runs, and the end of the process: nobody loses anything.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { poolFile, type Pools } from "../support/pool_file.ts";
import { freePorts } from "../support/ports.ts";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect, resp } from "../support/wire.ts";
import { answering, FakeServer } from "./fake_server.ts";
import { PipeliningClient } from "./pipelining.ts";
import { redisPoolFile } from "./redis_pool.ts";

const CLIENTS = 100;
const RELOADS = 50;
/** So many requests are answered between two reloads. */
const REQUESTS_BETWEEN = 200;

async function startServers(count: number): Promise<RedisServer[]> {
  return await Promise.all(Array.from({ length: count }, () => startRedis()));
}

async function stopServers(servers: readonly RedisServer[]): Promise<void> {
  await Promise.all(servers.map((server) => server.stop()));
}

/** Writes the file, asks for it to be loaded, and waits until the proxy says what came of it. */
async function reload(proxy: Proxy, pools: string | Pools, outcome: string): Promise<void> {
  await Deno.writeTextFile(proxy.configPath, poolFile(pools));
  proxy.signal("SIGHUP");
  await eventually(() => proxy.log().includes(outcome), `the log says "${outcome}"`);
}

function startClients(port: number, count = CLIENTS): Promise<PipeliningClient[]> {
  return Promise.all(
    Array.from({ length: count }, (_, i) => PipeliningClient.start(port, `counter:${i}`)),
  );
}

function answered(clients: readonly PipeliningClient[]): number {
  return clients.reduce((sum, client) => sum + client.answered, 0);
}

realTest(
  "redis-server",
  `${CLIENTS} clients go on through ${RELOADS} reloads without an error or a close`,
  async () => {
    const servers = await startServers(3);
    const [port, otherPort] = freePorts(2);
    const pool = (directives: Pools[string]) => ({
      listen: `127.0.0.1:${port}`,
      redis: true,
      hash: "murmur",
      ...directives,
    });
    const [a, b, c] = servers.map(({ address }) => address);
    const usual = [`${a}:1 a`, `${b}:1 b`];
    const other = { listen: `127.0.0.1:${otherPort}`, redis: true, servers: [`${c}:1 c`] };
    const files: Pools[] = [
      { pool: pool({ servers: [...usual, `${c}:1 c`] }) },
      { pool: pool({ servers: usual, timeout: 20_000 }) },
      { pool: pool({ servers: [`${a}:5 a`, `${b}:1 b`], timeout: 30_000 }) },
      { pool: pool({ servers: usual }), other },
      { pool: pool({ servers: usual, server_connections: 2, distribution: "modula" }) },
      { pool: pool({ servers: usual, server_connections: 1, auto_eject_hosts: true, preconnect: true }) },
    ];
    try {
      await using proxy = await startProxy({ pools: { pool: pool({ servers: usual }) } });
      const clients = await startClients(port);
      for (let i = 0; i < RELOADS; i++) {
        const before = answered(clients);
        await reload(proxy, files[i % files.length], `this is generation ${i + 2}\n`);
        await eventually(() => answered(clients) > before + REQUESTS_BETWEEN, `traffic after reload ${i}`);
      }
      const stats = await proxy.stats();
      assertEquals(stats.pool.client_connections, CLIENTS);
      assertEquals([stats.pool.client_eof, stats.pool.client_err, stats.pool.forward_error], [0, 0, 0]);
      await Promise.all(clients.map((client) => client.stop()));
      for (const { key, ending, oddities } of clients) assertEquals([key, ending, oddities], [key, null, []]);
    } finally {
      await stopServers(servers);
    }
  },
);

realTest(
  "redis-server",
  "a reload that leaves all servers loses no request, does none twice and none out of turn",
  async () => {
    const servers = await startServers(2);
    const [port, nextPort] = freePorts(2);
    const names = servers.map(({ address }, i) => `${address}:1 s${i}`);
    const pool = (directives: Pools[string]): Pools => ({
      pool: { listen: `127.0.0.1:${port}`, redis: true, servers: names, ...directives },
    });
    try {
      await using proxy = await startProxy({ pools: pool({}) });
      const clients = await startClients(port, 20);
      const changes: Pools[string][] = [
        { timeout: 30_000 },
        { tcpkeepalive: true },
        { server_connections: 3 },
        { server_connections: 2 },
        { server_connections: 2, tcpkeepalive: true },
        { server_connections: 5 },
        { redis_db: 0, listen: `127.0.0.1:${nextPort}` },
      ];
      for (const [i, change] of changes.entries()) {
        await reload(proxy, pool(change), `this is generation ${i + 2}\n`);
        const before = answered(clients);
        await eventually(() => answered(clients) > before + REQUESTS_BETWEEN, "traffic goes on");
      }
      await Promise.all(clients.map((client) => client.stop()));
      for (const { key, answered, count, jumps, ending, oddities } of clients) {
        assertEquals([key, count, jumps, ending, oddities], [key, answered, 0, null, []]);
      }
      using late = await connect(nextPort);
      await late.exchange(resp("PING"), "+PONG\r\n");
    } finally {
      await stopServers(servers);
    }
  },
);

/** A proxy over one server, which answers everything but what is slow. */
async function withProxy(
  test: (proxy: Proxy, pools: Pools) => Promise<void>,
  ...flags: readonly string[]
): Promise<void> {
  const end = Promise.withResolvers<void>();
  await using server = new FakeServer(answering(async ([, key]) => {
    if (key === "slow") await end.promise;
    return "+fake\r\n";
  }));
  try {
    const pools = redisPoolFile([`${server.address}:1 fake`]);
    await using proxy = await startProxy({ pools, flags });
    await test(proxy, pools);
  } finally {
    end.resolve();
  }
}

Deno.test("reload: a file that is wrong leaves everything as it was, and its faults are told", async () => {
  await withProxy(async (proxy, pools) => {
    using client = await proxy.connect();
    const good = poolFile(pools);
    await reload(proxy, `${good}  wrong: 1\n  timeout: soon\n`, "generation 1 stays");
    const [line] = [good.split("\n").length];
    assertStringIncludes(proxy.log(), `${proxy.configPath}:${line}:3: conf: directive "wrong" is unknown`);
    assertStringIncludes(proxy.log(), `${proxy.configPath}:${line + 1}:12: conf: directive "timeout"`);
    await client.exchange(resp("GET", "k"), "+fake\r\n");
    await Deno.remove(proxy.configPath);
    proxy.signal("SIGHUP");
    await eventually(() => proxy.log().includes("failed to open configuration"), "a missing file is told");
    await client.exchange(resp("GET", "k"), "+fake\r\n");
    await reload(proxy, `${good}  timeout: 5000\n`, "this is generation 2");
    await client.exchange(resp("GET", "k"), "+fake\r\n");
  });
});

Deno.test("reload: a port that is taken leaves everything as it was", async () => {
  await withProxy(async (proxy, pools) => {
    using client = await proxy.connect();
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const [free] = freePorts(1);
    const { servers } = pools.pool;
    const more: Pools = {
      pool: { ...pools.pool, listen: `127.0.0.1:${free}`, redis: false },
      more: { listen: `127.0.0.1:${taken.addr.port}`, servers },
    };
    await reload(proxy, more, "generation 1 stays");
    assertStringIncludes(
      proxy.log(),
      `bind for pool 'more' to addr '127.0.0.1:${taken.addr.port}' failed: Address already in use`,
    );
    await client.exchange(resp("GET", "k"), "+fake\r\n");
    using late = await proxy.connect();
    await late.exchange(resp("GET", "k"), "+fake\r\n");
    const refused = await Deno.connect({ hostname: "127.0.0.1", port: free }).then(() => false, () => true);
    assert(refused, "the address of the pool that could be bound was let go");
  });
});

Deno.test("reload: with --watch-conf it happens by itself", async () => {
  await withProxy(async (proxy, pools) => {
    using client = await proxy.connect();
    await Deno.writeTextFile(`${proxy.configPath}.new`, poolFile({ pool: { ...pools.pool, backlog: 5 } }));
    await Deno.rename(`${proxy.configPath}.new`, proxy.configPath);
    await eventually(() => proxy.log().includes("this is generation 2"), "the file is loaded");
    assertStringIncludes(
      proxy.log(),
      "pool 'pool' listens as before: 'backlog' takes effect with the next start",
    );
    await client.exchange(resp("GET", "k"), "+fake\r\n");
  }, "--watch-conf");
});

Deno.test("reload: a Unix socket that a pool leaves is removed, and the one it goes to is there", async () => {
  const folder = await makeScratchFolder();
  try {
    await using server = new FakeServer(answering(() => "+fake\r\n"));
    const pools = (name: string): Pools => ({
      pool: { listen: `${folder}/${name} 0600`, redis: true, servers: [`${server.address}:1 fake`] },
    });
    await using proxy = await startProxy({ pools: pools("one") });
    using client = await connect(`${folder}/one`);
    await client.exchange(resp("GET", "k"), "+fake\r\n");
    await reload(proxy, pools("two"), "this is generation 2");
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["two"]);
    assertEquals((await Deno.stat(`${folder}/two`)).mode! & 0o777, 0o600);
    await client.exchange(resp("GET", "k"), "+fake\r\n");
    using late = await connect(`${folder}/two`);
    await late.exchange(resp("GET", "k"), "+fake\r\n");
    late.close();
    client.close();
    proxy.signal("SIGTERM");
    assertEquals((await proxy.process.exited).code, 0);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await removeFolder(folder);
  }
});

realTest(
  "redis-server",
  "shutdown: every request that was done is answered, and the end is orderly",
  async () => {
    const servers = await startServers(2);
    try {
      const pools = redisPoolFile(servers.map(({ address }, i) => `${address}:1 s${i}`));
      await using proxy = await startProxy({ pools });
      const port = Number(proxy.listens[0]);
      const clients = await startClients(port, 50);
      await eventually(() => answered(clients) > 20 * REQUESTS_BETWEEN, "there is traffic");
      proxy.signal("SIGTERM");
      await Promise.all(clients.map((client) => client.ended()));
      assertEquals((await proxy.process.exited).code, 0);
      const counts = new Map<string, number>();
      for (const server of servers) {
        for (const { key } of clients) {
          const value = await server.command("GET", key);
          if (value !== null) counts.set(key, Number(value));
        }
      }
      for (const { key, answered, count, ending, oddities } of clients) {
        assertEquals([key, ending, oddities], [key, "end of stream", []]);
        assertEquals([key, answered, count], [key, counts.get(key), counts.get(key)]);
      }
    } finally {
      await stopServers(servers);
    }
  },
);

for (
  const [how, signals, code, said] of [
    ["its time is up", ["SIGTERM"], 0, "300 msec are over"],
    ["a second signal comes", ["SIGTERM", "SIGINT"], 1, "a second signal came"],
  ] as const
) {
  Deno.test(`shutdown: it does not wait for ever: ${how}`, async () => {
    const folder = await makeScratchFolder();
    const timeoutMs = signals.length > 1 ? 600_000 : 300;
    try {
      await withProxy(
        async (proxy) => {
          assertEquals(await Deno.readTextFile(`${folder}/pid`), `${proxy.pid}`);
          using client = await proxy.connect();
          await client.send(resp("GET", "slow"));
          await eventually(
            async () => JSON.stringify(await proxy.stats()).includes('"out_queue":1'),
            "it was sent on",
          );
          for (const signal of signals) {
            proxy.signal(signal);
            await eventually(() => proxy.log().includes(`(${signal}) received`), "the signal is there");
          }
          assertEquals((await proxy.process.exited).code, code);
          assertStringIncludes(proxy.log(), `clients left behind: 1, because ${said}`);
          assertEquals([...Deno.readDirSync(folder)], [], "the pid file is gone");
        },
        "-p",
        `${folder}/pid`,
        "--shutdown-timeout",
        `${timeoutMs}`,
      );
    } finally {
      await removeFolder(folder);
    }
  });
}
