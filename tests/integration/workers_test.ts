/**
 * Several workers: one proxy to its clients, its servers and its operators.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { startMemcached } from "../support/memcached_server.ts";
import { poolFile, type Pools } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { eventually } from "../support/process.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect, resp, WireClient } from "../support/wire.ts";
import { answering, FakeServer } from "./fake_server.ts";
import { redisPoolFile, startRedisPool } from "./redis_pool.ts";
import {
  allServe,
  answeredBy,
  callsOf,
  fullStats,
  logged,
  post,
  startSpreadClients,
  TWO_WORKERS,
  workersOf,
} from "./worker_pool.ts";

/** Enough that the kernel gives some to each of two workers, but for once in 10^11. */
const CLIENTS = 40;
/** So many requests are answered before a test goes on. */
const REQUESTS_BETWEEN = 2000;

realTest("redis-server", "workers: their counters add up to what the servers have counted", async () => {
  await using pool = await startRedisPool({ servers: 2, flags: TWO_WORKERS });
  const { proxy, servers } = pool;
  const clients = await startSpreadClients(proxy, CLIENTS);
  await eventually(() => answeredBy(clients) > 5 * REQUESTS_BETWEEN, "there is traffic");
  using client = await pool.connect();
  const keys = Array.from({ length: 50 }, (_, i) => `many:${i}`);
  await client.command("MGET", ...keys);
  await Promise.all(clients.map((each) => each.stop()));
  const answered = answeredBy(clients);
  const stats = await pool.stats();
  const [s0, s1] = [stats.s0, stats.s1];
  assertEquals(await callsOf(servers, "incr"), answered);
  assertEquals(s0.requests + s1.requests, answered + await callsOf(servers, "mget"));
  assertEquals([s0.responses, s1.responses], [s0.requests, s1.requests]);
  assertEquals([stats.client_err, stats.forward_error], [0, 0]);
  await eventually(async () => (await pool.stats()).client_eof === CLIENTS, "all clients have left");
  await eventually(async () => {
    const { workers, pools: [told], metrics } = await fullStats(proxy);
    const [one, other] = workers.map(({ metrics }: { metrics: Record<string, number> }) => metrics.requests);
    return one > 0 && other > 0 && one + other === answered + 1 &&
      told.metrics.requests_write === answered && metrics.workers === 2;
  }, "the workers' requests add up");
  const { s0: all, s1: rest } = await latencies(proxy);
  assertEquals(all + rest, s0.requests + s1.requests, "every request is in a histogram");
});

/** How many requests each server's histograms hold. */
async function latencies(proxy: Proxy): Promise<Record<string, number>> {
  const { pools: [pool] } = await fullStats(proxy);
  return Object.fromEntries(
    pool.servers.map((server: { name: string; latency: { all: { total: { count: number } } } }) => [
      server.name,
      server.latency.all.total.count,
    ]),
  );
}

realTest("memcached", "workers: memcached's clients are told the numbers of all", async () => {
  await using server = await startMemcached();
  const pools: Pools = { pool: { listen: `127.0.0.1:${freePort()}`, servers: [`${server.address}:1 m`] } };
  await using proxy = await startProxy({ pools, flags: TWO_WORKERS });
  await allServe(proxy);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => proxy.connect()));
  for (const [i, client] of clients.entries()) {
    await client.exchange(`set k${i} 0 0 1\r\nx\r\n`, "STORED\r\n");
    await client.exchange(`get k${i}\r\n`, `VALUE k${i} 0 1\r\nx\r\nEND\r\n`);
  }
  const stats = await server.stats();
  assertEquals([stats.get("cmd_set"), stats.get("cmd_get")], [`${CLIENTS}`, `${CLIENTS}`]);
  for (const client of clients) {
    await client.send("stats\r\n");
    const told = new Map<string, string>();
    for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) {
      const [, name, value] = line.split(" ");
      told.set(name, value);
    }
    assertEquals(["threads", "requests", "curr_connections"].map((name) => told.get(name)), [
      "2",
      `${2 * CLIENTS}`,
      `${CLIENTS}`,
    ]);
  }
  for (const client of clients) client.close();
});

realTest("redis-server", "workers: one that dies takes its own clients with it, and no others", async () => {
  await using pool = await startRedisPool({ servers: 2, flags: TWO_WORKERS });
  const { proxy } = pool;
  const clients = await startSpreadClients(proxy, CLIENTS);
  await eventually(() => answeredBy(clients) > REQUESTS_BETWEEN, "there is traffic");
  const doomed = (await workersOf(proxy))[1].metrics.client_connections;
  assertEquals(await post(proxy, "/workers/1/kill"), 200);
  const hasEnded = () => clients.filter(({ ending }) => ending !== null);
  await eventually(() => hasEnded().length === doomed, "its clients are disconnected");
  await eventually(async () => {
    const [, { state, metrics }] = await workersOf(proxy);
    return state === "running" && metrics.restarts === 1;
  }, "it serves again");
  const others = clients.filter(({ ending }) => ending === null);
  const before = answeredBy(others);
  await eventually(() => answeredBy(others) > before + REQUESTS_BETWEEN, "the others go on");
  const more = await startSpreadClients(proxy, others.length);
  await Promise.all([...others, ...more].map((client) => client.stop()));
  for (const { key, ending, oddities } of [...others, ...more]) {
    assertEquals([key, ending, oddities], [key, null, []]);
  }
  await logged(proxy, `worker 1 has ended, and ${doomed} clients with it`);
  const { metrics } = await fullStats(proxy);
  assertEquals([metrics.workers, metrics.worker_restarts], [2, 1]);
  // What it had counted stays counted; what it had not yet sent is all that the servers may lack.
  const [counted, done] = [await pool.stats(), await callsOf(pool.servers, "incr")];
  const requests = counted.s0.requests + counted.s1.requests;
  const underWay = doomed * 40;
  assert(requests >= done && requests <= done + underWay, `${requests} counted, ${done} done`);
  await eventually(
    async () => (await pool.stats()).client_connections === 0,
    "those of the worker that ended are not counted as connected",
  );
});

realTest("redis-server", "workers: one that is restarted gives its clients what they are owed", async () => {
  await using pool = await startRedisPool({ servers: 2, flags: TWO_WORKERS });
  const { proxy } = pool;
  const clients = await startSpreadClients(proxy, CLIENTS);
  await eventually(() => answeredBy(clients) > REQUESTS_BETWEEN, "there is traffic");
  assertEquals(await post(proxy, "/workers/0/restart"), 200);
  await logged(proxy, "the former worker 0 has ended");
  await Promise.all(clients.map((client) => client.stop()));
  assertEquals(clients.flatMap(({ oddities }) => oddities), []);
  assert(clients.some(({ ending }) => ending === "end of stream"), "some were sent away");
  assert(clients.some(({ ending }) => ending === null), "some were not");
  const stats = await pool.stats();
  const done = await callsOf(pool.servers, "incr");
  assertEquals([stats.s0.requests + stats.s1.requests, answeredBy(clients)], [done, done]);
  assertEquals(await post(proxy, "/workers/2/restart"), 409);
  assertEquals(await post(proxy, "/workers/0/unknown"), 404);
});

realTest(
  "redis-server",
  "workers: a reload under load reaches all of them, and disturbs nobody",
  async () => {
    await using pool = await startRedisPool({ servers: 2, flags: TWO_WORKERS });
    const { proxy, servers } = pool;
    const [port, more] = [Number(proxy.listens[0]), freePort()];
    const clients = await startSpreadClients(proxy, CLIENTS);
    const names = servers.map(({ address }, i) => `${address}:1 s${i}`);
    const usual = { listen: `127.0.0.1:${port}`, redis: true, hash: "murmur", servers: names };
    const files: Pools[] = [
      { pool: { ...usual, timeout: 30_000 } },
      { pool: { ...usual, server_connections: 4 }, more: { ...usual, listen: `127.0.0.1:${more}` } },
      { pool: { ...usual, preconnect: true } },
      { pool: usual },
    ];
    for (let i = 0; i < 8; i++) {
      const before = answeredBy(clients);
      await Deno.writeTextFile(proxy.configPath, poolFile(files[i % files.length]));
      assertEquals(await post(proxy, "/reload"), 200);
      await logged(proxy, `this is generation ${i + 2}\n`);
      if (i % files.length === 1) {
        using client = await connect(more);
        await client.exchange(resp("PING"), "+PONG\r\n");
      }
      await eventually(() => answeredBy(clients) > before + REQUESTS_BETWEEN, `traffic after reload ${i}`);
    }
    await Promise.all(clients.map((client) => client.stop()));
    for (const { key, ending, oddities, jumps } of clients) {
      assertEquals([key, ending, oddities, jumps], [key, null, [], 0]);
    }
    const stats = await pool.stats();
    const done = await callsOf(servers, "incr");
    assertEquals([stats.s0.requests + stats.s1.requests, answeredBy(clients)], [done, done]);
    assertEquals([stats.client_err, stats.forward_error], [0, 0]);
    await eventually(async () => (await pool.stats()).client_eof === CLIENTS, "all clients have left");
  },
);

/** A proxy with two workers over one server that answers everything. */
async function withWorkers(
  test: (proxy: Proxy, pools: Pools) => Promise<void>,
  directives: Pools[string] = {},
): Promise<void> {
  await using server = new FakeServer(answering(() => "+fake\r\n"));
  const pools = redisPoolFile([`${server.address}:1 fake`], directives);
  await using proxy = await startProxy({ pools, flags: TWO_WORKERS });
  await allServe(proxy);
  await test(proxy, pools);
}

Deno.test("workers: a port that is taken, by anybody, changes nothing anywhere", async () => {
  await withWorkers(async (proxy, pools) => {
    using client = await proxy.connect();
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using shared = Deno.listen({ hostname: "127.0.0.1", port: 0, reusePort: true });
    const { servers } = pools.pool;
    for (const { addr } of [taken, shared]) {
      const free = freePort();
      const files: Pools = {
        pool: { ...pools.pool, listen: `127.0.0.1:${free}` },
        more: { listen: `127.0.0.1:${addr.port}`, servers },
      };
      await Deno.writeTextFile(proxy.configPath, poolFile(files));
      assertEquals(await post(proxy, "/reload"), 409);
      const reason = `bind for pool 'more' to addr '127.0.0.1:${addr.port}' failed: Address already in use`;
      await logged(proxy, reason);
      const refused = await Deno.connect({ hostname: "127.0.0.1", port: free }).then(() => false, () => true);
      assert(refused, "no worker listens where the others could have");
    }
    await client.exchange(resp("GET", "k"), "+fake\r\n");
    const again = await startProxy({ pools, flags: TWO_WORKERS }).then(
      () => "started",
      (error) => `${error}`,
    );
    assertStringIncludes(again, `failed: Address already in use`);
  });
});

Deno.test("workers: client_connections is kept to the client, also when a worker dies", async () => {
  const limit = 15;
  await withWorkers(async (proxy) => {
    const isAdmitted = async (client: WireClient): Promise<boolean> => {
      await client.send(resp("GET", "k"));
      return await client.readLine() === "+fake";
    };
    const open = async (count: number): Promise<WireClient[]> => {
      const clients = await Promise.all(Array.from({ length: count }, () => proxy.connect()));
      const admitted = await Promise.all(clients.map(isAdmitted));
      for (const [i, client] of clients.entries()) if (!admitted[i]) client.close();
      return clients.filter((_, i) => admitted[i]);
    };
    const first = await open(4 * limit);
    assertEquals(first.length, limit);
    first.pop()!.close();
    await eventually(async () => (await proxy.stats()).pool.client_connections === limit - 1, "one has left");
    const second = await open(5);
    assertEquals(second.length, 1);
    await eventually(
      async () => (await proxy.stats()).pool.client_connections === limit,
      "all others have left",
    );
    assertEquals(await post(proxy, "/workers/0/kill"), 200);
    await eventually(async () => (await workersOf(proxy))[0].metrics.restarts === 1, "it is started again");
    await logged(proxy, "worker 0 has ended, and ");
    const doomed = Number(/worker 0 has ended, and (\d+) clients/.exec(proxy.log())![1]);
    const third = await open(3 * limit);
    assertEquals(third.length, doomed);
    for (const client of [...first, ...second, ...third]) client.close();
  }, { client_connections: limit });
});

for (const [wanted, connections] of [[1, 2], [3, 3]]) {
  Deno.test(`workers: of ${wanted} connections to a server they have ${connections}`, async () => {
    await withWorkers(async (proxy) => {
      const count = async () => (await proxy.stats()).pool.fake.server_connections;
      await eventually(async () => await count() === connections, `there are ${connections}`);
      using client = await proxy.connect();
      await client.exchange(resp("GET", "k"), "+fake\r\n");
      assertEquals(await count(), connections);
    }, { server_connections: wanted, preconnect: true });
  });
}

Deno.test("workers: every client has a number of its own, and INFO counts all clients", async () => {
  await withWorkers(async (proxy) => {
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => proxy.connect()));
    const ids = new Set<unknown>();
    for (const client of clients) ids.add(await client.command("CLIENT", "ID"));
    assertEquals(ids.size, CLIENTS);
    const infos = new Set<string>();
    for (const client of clients) {
      await client.command("GET", "k");
      const info = `${await client.command("INFO")}`;
      infos.add(/connected_clients:\d+/.exec(info)![0]);
      assertStringIncludes(info, `total_connections_received:${CLIENTS}\r\n`);
    }
    assertEquals([...infos], [`connected_clients:${CLIENTS}`]);
    // INFO asks the servers too, and so counts itself.
    assertStringIncludes(
      `${await clients[0].command("INFO")}`,
      `total_commands_processed:${2 * CLIENTS + 1}\r\n`,
    );
    for (const client of clients) client.close();
  });
});

realTest(
  "redis-server",
  "workers: all eject a server that one of them finds dead, and take it back together",
  async () => {
    const directives = { auto_eject_hosts: true, server_retry_timeout: 300, server_failure_limit: 1 };
    await using pool = await startRedisPool({ servers: 2, directives, flags: TWO_WORKERS });
    const { proxy } = pool;
    await allServe(proxy);
    const [[key]] = await pool.keysByServer(1);
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => pool.connect()));
    await pool.servers[0].stop();
    // One request, so that one worker alone can find out.
    await clients[0].command("GET", key);
    await eventually(
      () => proxy.log().includes("'s0'") && proxy.log().includes("is ejected after 1 failures"),
      "it is ejected",
    );
    await eventually(() => proxy.log().includes("is ejected by another worker"), "the other worker follows");
    for (const client of clients) {
      assertEquals(
        await client.command("GET", key),
        null,
        "the other server has it",
      );
    }
    assertEquals(await told(proxy, 0), 1, "it is counted as one ejection");

    // The one that probes dies: the other one takes over.
    const [, prober] = /is ejected after 1 failures.*\[worker (\d)\]/.exec(proxy.log())!;
    assertEquals(await post(proxy, `/workers/${prober}/kill`), 200);
    await eventually(
      async () => (await workersOf(proxy))[Number(prober)].metrics.restarts === 1,
      "it is started again",
    );
    const late = await Promise.all(Array.from({ length: CLIENTS }, () => pool.connect()));
    for (const client of late) {
      assertEquals(
        await client.command("GET", key),
        null,
        "a new worker knows it too",
      );
    }
    await pool.restart(0);
    await eventually(() => /is back: it answered a probe/.test(proxy.log()), "a probe is answered");
    await eventually(
      () => proxy.log().includes("is back, as another worker has found"),
      "the other one follows",
    );
    await pool.servers[0].command("SET", key, "here");
    for (const client of late) {
      const value = await client.command("GET", key);
      assertEquals(value, "here");
    }
    assertEquals(await told(proxy, 1), 1, "its successor has not counted it again");
    for (const client of [...clients, ...late]) client.close();
  },
);

/** Waits until the statistics know that the server `s0` is live or not; tells how many ejections they have counted. */
async function told(proxy: Proxy, live: 0 | 1): Promise<number> {
  let ejections = NaN;
  await eventually(async () => {
    const { pools: [{ servers: [s0], metrics }] } = await fullStats(proxy);
    ejections = metrics.server_ejects;
    return s0.metrics.live === live && (s0.state === "live") === (live === 1);
  }, `the statistics say that live is ${live}`);
  return ejections;
}

Deno.test("workers: a Unix socket is served by one of them, and by its successor", async () => {
  const folder = await makeScratchFolder();
  try {
    await withWorkers(async (proxy) => {
      for (let round = 0; round < 2; round++) {
        const clients = await Promise.all(Array.from({ length: 5 }, () => proxy.connect()));
        for (const client of clients) await client.exchange(resp("GET", "k"), "+fake\r\n");
        for (const client of clients) client.close();
        if (round === 0) assertEquals(await post(proxy, "/workers/0/restart"), 200);
      }
      await logged(proxy, `${folder}/socket is served by worker 0 alone`);
      proxy.signal("SIGTERM");
      assertEquals((await proxy.process.exited).code, 0);
      assertEquals([...Deno.readDirSync(folder)], []);
    }, { listen: `${folder}/socket` });
  } finally {
    await removeFolder(folder);
  }
});

Deno.test("workers: the log level reaches all of them", async () => {
  await withWorkers(async (proxy) => {
    const linesOf = (worker: number) =>
      proxy.log().split("\n").filter((line) => line.endsWith(`[worker ${worker}]`));
    assertEquals(await post(proxy, "/log-level?level=4"), 200);
    const open = () => Promise.all(Array.from({ length: CLIENTS }, () => proxy.connect()));
    const quiet = await open();
    for (const client of quiet) await client.exchange(resp("PING"), "+PONG\r\n");
    assertEquals([linesOf(0), linesOf(1)], [[], []]);
    assertEquals(await post(proxy, "/log-level?level=6"), 200);
    const told = await open();
    await eventually(() => linesOf(0).length > 0 && linesOf(1).length > 0, "both tell of their clients");
    for (const client of [...quiet, ...told]) client.close();
  });
});

realTest("redis-server", "workers: SIGTERM lets the clients of all take what they are owed", async () => {
  await using pool = await startRedisPool({ servers: 2, flags: TWO_WORKERS });
  const { proxy } = pool;
  const clients = await startSpreadClients(proxy, CLIENTS);
  await eventually(() => answeredBy(clients) > REQUESTS_BETWEEN, "there is traffic");
  proxy.signal("SIGTERM");
  await Promise.all(clients.map((client) => client.ended()));
  assertEquals((await proxy.process.exited).code, 0);
  for (const { key, ending, oddities } of clients) {
    assertEquals([key, ending, oddities], [key, "end of stream", []]);
  }
  assertEquals(await callsOf(pool.servers, "incr"), answeredBy(clients));
});

realTest(
  ["redis-server", "promtool"],
  "workers: /metrics passes promtool, and shows each worker",
  async () => {
    await using pool = await startRedisPool({ flags: TWO_WORKERS });
    await allServe(pool.proxy);
    const text = await (await fetch(`http://127.0.0.1:${pool.proxy.statsPort}/metrics`)).text();
    const promtool = new Deno.Command(requireProgram("promtool"), {
      args: ["check", "metrics"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = promtool.stdin.getWriter();
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
    const { code, stdout, stderr } = await promtool.output();
    const said = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    assertEquals([code, said], [0, ""]);
    for (const worker of [0, 1]) assertStringIncludes(text, `\nnutcracker_worker_up{worker="${worker}"} 1\n`);
  },
);

Deno.test("reuseport: two proxies share a port if both are told to, with workers or without", async () => {
  await withWorkers(async (proxy, pools) => {
    await using second = await startProxy({ pools });
    const clients = await Promise.all(Array.from({ length: CLIENTS }, () => proxy.connect()));
    for (const client of clients) await client.exchange(resp("GET", "k"), "+fake\r\n");
    const counts = await Promise.all(
      [proxy, second].map(async (each) => (await each.stats()).pool.client_connections),
    );
    assert(counts.every((count) => count > 0) && counts[0] + counts[1] === CLIENTS, `${counts}`);
    for (const client of clients) client.close();
  }, { reuseport: true });
});
