/**
 * Where clients and servers can be: TCP, IPv6, Unix sockets; many pools; several connections per server.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { freePort, freePorts } from "../support/ports.ts";
import { eventually } from "../support/process.ts";
import { missingProgramRule, realTest } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import { startRedis } from "../support/redis_server.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect, joinBytes, resp } from "../support/wire.ts";
import { answering, FakeServer } from "./fake_server.ts";
import { startRedisPool, startRedisProxy } from "./redis_pool.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await makeScratchFolder();
  try {
    await test(folder);
  } finally {
    await removeFolder(folder);
  }
}

realTest(
  "redis-server",
  "tw#545: Unix sockets work on both sides, with the permissions that were asked for",
  async () => {
    await inFolder(async (folder) => {
      await using redis = await startRedis({ unixSocket: `${folder}/redis.sock` });
      const servers = [`${folder}/redis.sock:1 local`];
      for (const [permissions, mode] of [[" 0600", 0o600], [" 0666", 0o666], [" 777", 0o777]] as const) {
        const path = `${folder}/proxy${mode}.sock`;
        await using proxy = await startProxy({
          pools: { pool: { listen: path + permissions, redis: true, servers } },
        });
        const info = await Deno.lstat(path);
        assertEquals([info.isSocket, info.mode! & 0o777], [true, mode]);
        using client = await proxy.connect();
        await client.exchange(resp("SET", "k", permissions), "+OK\r\n");
        assertEquals(await redis.command("GET", "k"), permissions);
        // Larger than what the kernel keeps for a Unix socket.
        const value = "x".repeat(5_000_000);
        await client.exchange(resp("SET", "large", value), "+OK\r\n");
        await client.exchange(resp("GET", "large"), `$5000000\r\n${value}\r\n`);
        const { local, client_connections } = (await proxy.stats()).pool;
        assertEquals([client_connections, local.server_err], [1, 0]);
        assert(local.server_connections >= 1, "the gauge counts Unix sockets");
      }
    });
  },
);

realTest(
  "redis-server",
  "tw#358: a socket file that was left behind does not keep the proxy from starting",
  async () => {
    await inFolder(async (folder) => {
      const path = `${folder}/proxy.sock`;
      await using redis = await startRedis();
      const pools = { pool: { listen: path, redis: true, servers: [`${redis.address}:1`] } };
      const first = await startProxy({ pools });
      first.signal("SIGKILL");
      await first.stop();
      assert((await Deno.lstat(path)).isSocket, "it was left behind");
      await using second = await startProxy({ pools });
      using client = await second.connect();
      await client.exchange(resp("SET", "k", "v"), "+OK\r\n");
    });
  },
);

Deno.test("redis: a file in place of the socket is not removed", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/precious`, "data");
    let message = "";
    try {
      const pools = { pool: { listen: `${folder}/precious`, redis: true, servers: ["127.0.0.1:1:1"] } };
      await using _proxy = await startProxy({ pools });
    } catch (error) {
      message = (error as Error).message;
    }
    assert(
      message.includes(`bind for pool 'pool' to addr '${folder}/precious' failed: Address already in use`),
      message,
    );
    assertEquals(await Deno.readTextFile(`${folder}/precious`), "data");
  });
});

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "redis: IPv6 works on both sides, with brackets and without",
  ignore: !hasIpv6() && missingProgramRule() === "ignore",
  fn: async () => {
    const listener = Deno.listen({ hostname: "::1", port: 0 });
    const { port } = listener.addr;
    const serving = serveFixedReply(listener);
    for (const host of ["::1", "[::1]"]) {
      const listen = `${host}:${freePort()}`;
      await using proxy = await startProxy({
        pools: { pool: { listen: `'${listen}'`, redis: true, servers: [`'${host}:${port}:1 six'`] } },
      });
      using client = await connect({ hostname: "::1", port: proxy.listens[0] as number });
      await client.exchange(joinBytes([resp("GET", "k"), resp("PING")]), "+six\r\n+PONG\r\n");
      assertEquals((await proxy.stats()).pool.six.server_connections, 1);
    }
    listener.close();
    await serving;
  },
});

/** Answers each connection's first request. */
async function serveFixedReply(listener: Deno.Listener): Promise<void> {
  const open: Promise<void>[] = [];
  for await (const conn of listener) {
    open.push((async () => {
      const buffer = new Uint8Array(1024);
      await conn.read(buffer);
      await conn.write(new TextEncoder().encode("+six\r\n"));
      while (await conn.read(buffer) !== null);
      conn.close();
    })());
  }
  await Promise.all(open);
}

realTest("redis-server", "redis: pools of one proxy have nothing to do with each other", async () => {
  await using one = await startRedis();
  await using two = await startRedis();
  const ports = freePorts(3);
  await using proxy = await startProxy({
    pools: {
      later: { listen: `127.0.0.1:${ports[0]}`, redis: true, servers: [`${one.address}:1`] },
      a: { listen: `localhost:${ports[1]}`, redis: true, servers: [`${two.address}:1`], redis_db: 4 },
      dead: { listen: `0.0.0.0:${ports[2]}`, redis: true, servers: ["127.0.0.1:1:1"] },
    },
  });
  using first = await connect(ports[0]);
  using second = await connect(ports[1]);
  using third = await connect(ports[2]);
  await first.exchange(resp("SET", "k", "one"), "+OK\r\n");
  await second.exchange(resp("SET", "k", "two"), "+OK\r\n");
  await third.exchange(resp("SET", "k", "three"), "-ERR Connection refused\r\n");
  assertEquals(await one.command("GET", "k"), "one");
  assertEquals(await two.command("DBSIZE"), 0);
  await first.exchange(resp("GET", "k"), "$3\r\none\r\n");
  await second.exchange(resp("GET", "k"), "$3\r\ntwo\r\n");
  const { later, a, dead } = await proxy.stats();
  assertEquals([later.client_connections, a.client_connections, dead.client_connections], [1, 1, 1]);
  assertEquals([later.forward_error, a.forward_error, dead.forward_error], [0, 0, 1]);
});

realTest("redis-server", "redis: preconnect opens every connection before the first request", async () => {
  for (const preconnect of [true, false]) {
    await using pool = await startRedisPool({
      servers: 2,
      directives: { preconnect, server_connections: 3 },
    });
    const expected = preconnect ? 3 : 0;
    await eventually(async () => {
      const { s0, s1 } = await pool.stats();
      return s0.server_connections === expected && s1.server_connections === expected;
    }, `there are ${expected} connections`);
    for (const server of pool.servers) {
      const list = await server.command("CLIENT", "LIST") as string;
      assertEquals(list.trimEnd().split("\n").length, expected + 1);
    }
  }
});

Deno.test("redis: preconnect to servers that are down keeps nobody from starting", async () => {
  await using proxy = await startRedisProxy(["127.0.0.1:1:1"], { preconnect: true, server_connections: 2 });
  using client = await proxy.connect();
  await client.exchange(resp("PING"), "+PONG\r\n");
  await client.exchange(resp("GET", "k"), "-ERR Connection refused\r\n");
});

realTest(
  "redis-server",
  "tw#193: with several connections per server a client's requests stay in order",
  async () => {
    await using pool = await startRedisPool({ servers: 2, directives: { server_connections: 3 } });
    const clients = await Promise.all(Array.from({ length: 12 }, () => pool.connect()));
    try {
      await Promise.all(clients.map(async (client, id) => {
        for (let round = 0; round < 20; round++) {
          const requests = Array.from(
            { length: 50 },
            (_, i) => [resp("SET", `k${id}`, i), resp("APPEND", `k${id}`, "!"), resp("GET", `k${id}`)],
          );
          const replies = Array.from(
            { length: 50 },
            (_, i) => `+OK\r\n:${`${i}!`.length}\r\n$${`${i}!`.length}\r\n${i}!\r\n`,
          );
          await client.exchange(joinBytes(requests.flat()), replies.join(""));
        }
      }));
    } finally {
      for (const client of clients) client.close();
    }
    const { s0, s1 } = await pool.stats();
    assertEquals([s0.server_connections, s1.server_connections], [3, 3]);
  },
);

Deno.test("redis: server_connections is the most, and a slow client's connection holds up only those on it", async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  await using server = new FakeServer(answering(async ([, key]) => {
    if (key === "stuck") await released;
    return `$${key.length}\r\n${key}\r\n`;
  }));
  await using proxy = await startRedisProxy([`${server.address}:1`], { server_connections: 2 });
  const clients = await Promise.all(Array.from({ length: 6 }, () => proxy.connect()));
  try {
    await clients[0].send(resp("GET", "stuck"));
    await eventually(() => server.open === 1, "it was sent on");
    let served = 0;
    const others = clients.slice(1).map(async (client, i) => {
      await client.exchange(resp("GET", `k${i}`), `$2\r\nk${i}\r\n`);
      served++;
    });
    // Half of the clients share the connection that is stuck.
    await eventually(() => served === 3, "those on the other connection are served");
    assertEquals(server.open, 2);
    release();
    await clients[0].expect("$5\r\nstuck\r\n");
    await Promise.all(others);
  } finally {
    for (const client of clients) client.close();
  }
});
