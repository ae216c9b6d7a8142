/**
 * The statistics after a script whose every effect is known.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { poolMetrics, serverMetrics } from "../../src/metrics/table.ts";
import { freePort } from "../support/ports.ts";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import { connect, joinBytes, resp } from "../support/wire.ts";
import { answering, FakeServer } from "./fake_server.ts";
import { startRedisPool, startRedisProxy } from "./redis_pool.ts";

/** The numbers of a pool that has done nothing. */
const IDLE_POOL = Object.fromEntries(poolMetrics.filter(({ own }) => !own).map(({ name }) => [name, 0]));
/** The numbers of a server that has done nothing. */
const IDLE_SERVER = Object.fromEntries(serverMetrics.filter(({ own }) => !own).map(({ name }) => [name, 0]));

Deno.test("stats: before the first client all numbers are 0, in the reference's order", async () => {
  const servers = ["127.0.0.1:1:1 b", "127.0.0.1:2:1 a"];
  await using proxy = await startProxy({
    pools: {
      beta: { listen: `127.0.0.1:${freePort()}`, redis: true, servers },
      alpha: { listen: `127.0.0.1:${freePort()}`, servers },
      z: { listen: `127.0.0.1:${freePort()}`, redis: true, servers },
    },
  });
  const before = Math.floor(Date.now() / 1000);
  using client = await connect(proxy.statsPort);
  const text = new TextDecoder().decode(await client.readToEnd());
  assert(text.endsWith("}\n"), text);
  const { service, source, version, uptime, timestamp, total_connections, curr_connections, ...pools } = JSON
    .parse(text);
  assertEquals([service, typeof source, total_connections, curr_connections], ["nutcracker", "string", 3, 3]);
  assertMatch(version, /^\d+\.\d+\.\d+$/);
  assert(
    uptime >= 0 && uptime < 60 && timestamp >= before && timestamp <= before + 60,
    `${uptime} ${timestamp}`,
  );
  const pool = { ...IDLE_POOL, a: IDLE_SERVER, b: IDLE_SERVER };
  // Shorter names come first, then the alphabet counts.
  assertEquals(JSON.stringify(pools), JSON.stringify({ z: pool, beta: pool, alpha: pool }));
});

realTest(
  "redis-server",
  "stats: requests, replies and their bytes are counted per server, fragments per pool",
  async () => {
    await using pool = await startRedisPool({ servers: 2 });
    const [[a, aa], [b]] = await pool.keysByServer(2);
    const start = await pool.stats();
    {
      using client = await pool.connect();
      const large = "x".repeat(100_000);
      const script: readonly (readonly [request: Uint8Array, reply: string])[] = [
        [resp("SET", a, large), "+OK\r\n"],
        [resp("GET", a), `$100000\r\n${large}\r\n`],
        [resp("get", a), `$100000\r\n${large}\r\n`],
        [resp("SET", b, "v"), "+OK\r\n"],
        [resp("LPUSH", b, "v"), "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"],
        [resp("MGET", b, aa, b), "*3\r\n$1\r\nv\r\n$-1\r\n$1\r\nv\r\n"],
        [resp("DEL", aa, a, aa), ":1\r\n"],
        // These reach no server.
        [resp("PING"), "+PONG\r\n"],
        [resp("ECHO", "x"), "$1\r\nx\r\n"],
        [resp("NONSENSE"), "-ERR unknown command 'NONSENSE', with args beginning with: \r\n"],
        [resp("GET"), "-ERR wrong number of arguments for 'get' command\r\n"],
        [resp("RPOPLPUSH", a, b), "-CROSSSLOT Keys in request don't hash to the same slot\r\n"],
      ];
      await client.exchange(
        joinBytes(script.map(([request]) => request)),
        script.map(([, reply]) => reply).join(""),
      );
      const { client_connections, s0, s1, ...rest } = await pool.stats();
      assertEquals(client_connections, 1);
      const requests0 = [script[0][0], script[1][0], script[2][0], resp("MGET", aa), script[6][0]];
      const replies0 = ["+OK\r\n", script[1][1], script[2][1], "*1\r\n$-1\r\n", ":1\r\n"];
      assertEquals(s0, addTraffic(start.s0, requests0, replies0));
      const requests1 = [script[3][0], script[4][0], resp("MGET", b, b)];
      const replies1 = ["+OK\r\n", script[4][1], "*2\r\n$1\r\nv\r\n$1\r\nv\r\n"];
      assertEquals(s1, addTraffic(start.s1, requests1, replies1));
      assertEquals([rest.fragments - start.fragments, rest.forward_error, rest.client_err], [2, 0, 0]);
    }
    await eventually(
      async () => (await pool.stats()).client_eof === start.client_eof + 1,
      "the client's end is counted",
    );
  },
);

function addTraffic(
  before: Readonly<Record<string, number>>,
  requests: readonly Uint8Array[],
  replies: readonly string[],
): Record<string, number> {
  return {
    ...before,
    requests: before.requests + requests.length,
    request_bytes: before.request_bytes + joinBytes(requests).length,
    responses: before.responses + replies.length,
    response_bytes: before.response_bytes + replies.join("").length,
  };
}

realTest(
  "redis-server",
  "stats, tw#417: how clients end is counted once, and their number never goes astray",
  async () => {
    await using pool = await startRedisPool();
    const endings: readonly (readonly [send: string | Uint8Array, counter: "client_eof" | "client_err"])[] = [
      ["", "client_eof"],
      [resp("QUIT"), "client_eof"],
      ["QUIT\r\n", "client_eof"],
      [resp("GET", "k"), "client_eof"],
      ["*x\r\n", "client_err"],
      ["PING\r\n*1\r\n$-5\r\n", "client_err"],
      ['SET k "\r\n', "client_err"],
    ];
    const expected = { client_eof: 0, client_err: 0 };
    for (const [bytes, counter] of endings) {
      expected[counter]++;
      {
        using client = await pool.connect();
        await client.send(bytes);
        await client.closeWrite();
        await client.readToEnd();
      }
      await eventually(async () => (await pool.stats()).client_connections === 0, "it is gone");
      const { client_eof, client_err } = await pool.stats();
      assertEquals({ client_eof, client_err }, expected, JSON.stringify(bytes));
    }
    const { total_connections, curr_connections } = await pool.proxy.stats();
    // The listener and the connection to the server are counted too; that to the statistics is not.
    assertEquals([total_connections, curr_connections], [endings.length + 2, 2]);
  },
);

Deno.test("stats: what waits for a server is shown while it waits", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using server = new FakeServer(answering(async () => {
    await released;
    return "+OK\r\n";
  }));
  await using proxy = await startRedisProxy([`${server.address}:1 s0`]);
  using client = await proxy.connect();
  const small = [resp("GET", "a"), resp("GET", "bb")];
  await client.send(joinBytes(small));
  await eventually(async () => (await proxy.stats()).pool.s0.out_queue === 2, "both were sent on");
  const first = (await proxy.stats()).pool.s0;
  assertEquals([first.in_queue, first.in_queue_bytes, first.out_queue_bytes], [
    0,
    0,
    joinBytes(small).length,
  ]);
  // More than the kernel takes for a server that does not read.
  const large = resp("SET", "k", "x".repeat(500_000));
  const sending = client.send(joinBytes(Array.from({ length: 40 }, () => large)));
  await eventually(async () => (await proxy.stats()).pool.s0.in_queue > 0, "some wait");
  const { in_queue, in_queue_bytes, out_queue, requests } = (await proxy.stats()).pool.s0;
  assertEquals(in_queue + out_queue, requests);
  assert(
    in_queue_bytes > 0 && in_queue_bytes <= in_queue * large.length,
    `${in_queue_bytes} bytes of ${in_queue}`,
  );
  release();
  await client.expect("+OK\r\n".repeat(42));
  await sending;
  const last = (await proxy.stats()).pool.s0;
  assertEquals([last.in_queue, last.in_queue_bytes, last.out_queue, last.out_queue_bytes], [0, 0, 0, 0]);
  assertEquals([last.requests, last.responses], [42, 42]);
});

realTest("redis-server", "stats: the ways in which a server fails are told apart", async () => {
  const directives = {
    timeout: 300,
    auto_eject_hosts: true,
    server_failure_limit: 3,
    server_retry_timeout: 60_000,
  };
  await using pool = await startRedisPool({ directives });
  using client = await pool.connect();
  await client.exchange(resp("SET", "k", "v"), "+OK\r\n");
  pool.servers[0].process.signal("SIGSTOP");
  await client.exchange(resp("GET", "k"), "-ERR Connection timed out\r\n");
  pool.servers[0].process.signal("SIGCONT");
  await client.exchange(resp("GET", "k"), "$1\r\nv\r\n");
  const afterTimeout = await pool.stats();
  assertEquals([afterTimeout.s0.server_timedout, afterTimeout.s0.server_eof, afterTimeout.s0.server_err], [
    1,
    0,
    0,
  ]);
  assertEquals([afterTimeout.forward_error, afterTimeout.server_ejects], [1, 0]);

  await pool.servers[0].stop();
  await eventually(async () => (await pool.stats()).s0.server_connections === 0, "its end is noticed");
  assertEquals((await pool.stats()).s0.server_eof, 1);

  const beforeUsec = Date.now() * 1000;
  let failures = 0;
  while ((await pool.stats()).server_ejects === 0) {
    await client.exchange(resp("GET", "k"), "-ERR Connection refused\r\n");
    failures++;
  }
  const { s0, forward_error, server_ejects } = await pool.stats();
  assertEquals([s0.server_err, server_ejects, s0.server_eof], [3, 1, 1]);
  assertEquals(forward_error, 1 + failures);
  assert(
    s0.server_ejected_at >= beforeUsec - 1000 && s0.server_ejected_at <= Date.now() * 1000,
    `${s0.server_ejected_at}`,
  );
});

realTest("redis-server", "stats: many readers at once are served, and the proxy goes on", async () => {
  await using pool = await startRedisPool();
  using client = await pool.connect();
  await Promise.all(Array.from({ length: 50 }, async (_, i) => {
    // Some hang up at once.
    if (i % 5 === 0) (await connect(pool.proxy.statsPort)).close();
    else assertEquals((await pool.stats()).client_err, 0);
  }));
  await client.exchange(resp("SET", "k", "v"), "+OK\r\n");
  assertEquals((await pool.stats()).s0.requests, 1);
});
