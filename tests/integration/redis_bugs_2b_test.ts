/**
 * Faults that earlier versions of twemproxy had, each as a test that the same condition does no harm here.
 *
 * `tw#` is a thread of twemproxy's tracker. Where a fault needs a server that misbehaves, see
 * `redis_bad_servers_test.ts`; for memory `redis_memory_test.ts`, for tools `redis_tools_test.ts`.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { HASH_NAMES } from "../../src/hashkit/names.ts";
import { eventually } from "../support/process.ts";
import { freePorts } from "../support/ports.ts";
import { realTest } from "../support/programs.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { joinBytes, ReplyError, resp, type WireClient } from "../support/wire.ts";
import { startRedisPool, startRedisProxy } from "./redis_pool.ts";
import { startRedis } from "../support/redis_server.ts";

/** Returns nested arrays, nine deep, some empty, with a nil inside. */
const NESTED_SCRIPT = "return {1,{2},3,{},{{}},{{{{{{{{'deep'}}}}}}}},{false,'x'},{ok='fine'}}";
const NESTED_REPLY = "*8\r\n:1\r\n*1\r\n:2\r\n:3\r\n*0\r\n*1\r\n*0\r\n" + "*1\r\n".repeat(8) +
  "$4\r\ndeep\r\n*2\r\n$-1\r\n$1\r\nx\r\n+fine\r\n";

realTest("redis-server", "tw#537: scripts may return nested arrays", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  for (let i = 0; i < 50; i++) {
    const request = resp("EVAL", NESTED_SCRIPT, 1, `k${i}`);
    await client.exchange(joinBytes([request, request, resp("PING")]), `${NESTED_REPLY.repeat(2)}+PONG\r\n`);
  }
});

realTest("redis-server", "tw#654: a script's request may be cut anywhere", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  const script = "return {KEYS[1],KEYS[2],ARGV[1],#ARGV}";
  const request = resp("EVAL", script, 2, "k", "k", "argument", "", "last");
  const reply = "*4\r\n$1\r\nk\r\n$1\r\nk\r\n$8\r\nargument\r\n:3\r\n";
  for (let cut = 1; cut < request.length; cut++) {
    await inPieces(client, [request.subarray(0, cut), request.subarray(cut)], reply);
  }
  // Byte by byte, as the kernel and the loop take them.
  await inPieces(client, [...request].map((byte) => Uint8Array.of(byte)), reply);
});

/** Requests of all the kinds that this file is about, which leave the keys as they found them, and the replies. */
const EXCHANGES: readonly (readonly [request: string | Uint8Array, reply: string])[] = [
  [resp("MSET", "{a}1", "one", "{b}1", "", "k", "\r\n"), "+OK\r\n"],
  [
    resp("MGET", "{a}1", "none", "{b}1", "k", "{a}1"),
    "*5\r\n$3\r\none\r\n$-1\r\n$0\r\n\r\n$2\r\n\r\n\r\n$3\r\none\r\n",
  ],
  [resp("GET"), "-ERR wrong number of arguments for 'get' command\r\n"],
  ["PING\r\n", "+PONG\r\n"],
  [resp("MSET", "a", "1", "b"), "-ERR wrong number of arguments for 'mset' command\r\n"],
  [resp("EVAL", "return {1,{},{false,'x'}}", "0"), "*3\r\n:1\r\n*0\r\n*2\r\n$-1\r\n$1\r\nx\r\n"],
  [resp("exists", "k", "k", "{a}1", "none"), ":3\r\n"],
  [resp("ECHO", "$3\r\nabc"), "$7\r\n$3\r\nabc\r\n"],
  ["*0\r\n\r\n", ""],
  [resp("FOO", "bar"), "-ERR unknown command 'FOO', with args beginning with: 'bar' \r\n"],
  [resp("LPUSH", "k", "v"), "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"],
  [resp("DEL", "{b}1", "k", "{a}1", "none", "k"), ":3\r\n"],
];

realTest("redis-server", "redis: a pipeline of all kinds of requests may be cut anywhere", async () => {
  await using pool = await startRedisPool({ servers: 3 });
  using client = await pool.connect();
  const encoder = new TextEncoder();
  const bytes = joinBytes(
    EXCHANGES.map(([request]) => typeof request === "string" ? encoder.encode(request) : request),
  );
  const replies = EXCHANGES.map(([, reply]) => reply).join("");
  for (let cut = 0; cut <= bytes.length; cut++) {
    await inPieces(client, [bytes.subarray(0, cut), bytes.subarray(cut)], replies);
  }
});

async function inPieces(client: WireClient, pieces: readonly Uint8Array[], reply: string): Promise<void> {
  for (const piece of pieces) {
    await client.send(piece);
    // Gives the proxy the chance to read the piece by itself.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await client.expect(reply);
}

realTest(
  "redis-server",
  "tw#19: values around multiples of the buffer's size are stored and found",
  async () => {
    for (const mbufBytes of [512, 16_384]) {
      await using pool = await startRedisPool({ servers: 2, flags: ["-m", `${mbufBytes}`] });
      using client = await pool.connect();
      const lengths = mbufBytes === 512
        ? Array.from({ length: 200 }, (_, i) => 400 + i)
        : [16_306, 32_642, 48_978, 65_314, 16_384, 32_768, 65_536].flatMap((n) =>
          Array.from({ length: 21 }, (_, i) => n + i - 10)
        );
      for (const length of lengths) {
        const key = `key${length % 7}`;
        const value = "v".repeat(length);
        await client.send(
          joinBytes([resp("SET", key, value), resp("GET", key), resp("MGET", key, "none", key)]),
        );
        const bulk = `$${length}\r\n${value}\r\n`;
        await client.expect(`+OK\r\n${bulk}*3\r\n${bulk}$-1\r\n${bulk}`);
      }
    }
  },
);

realTest(
  "redis-server",
  "tw#563: when all servers are ejected at once every request is answered",
  async () => {
    const directives = {
      auto_eject_hosts: true,
      server_failure_limit: 1,
      server_retry_timeout: 300,
      timeout: 1000,
    };
    await using pool = await startRedisPool({ servers: 3, directives });
    using client = await pool.connect();
    const keys = (await pool.keysByServer(2)).flat();
    for (const server of pool.servers) await server.stop();
    await eventually(async () => {
      for (const key of keys) assertFails(await client.command("GET", key));
      return (await pool.stats()).server_ejects >= 3;
    }, "all servers are ejected");
    for (
      const words of [["MGET", ...keys], ["DEL", ...keys], ["MSET", "a", "1", "b", "2"], [
        "EVAL",
        "return 1",
        "0",
      ], ["GET", "k"]]
    ) {
      await client.exchange(resp(...words), "-ERR Connection refused\r\n");
    }
    await client.exchange(resp("PING"), "+PONG\r\n");
    for (const i of pool.servers.keys()) await pool.restart(i);
    await eventually(async () => {
      const back = await Promise.all(keys.map((key) =>
        pool.proxy.connect().then(async (one) => {
          using asker = one;
          return await asker.command("SET", key, "v");
        })
      ));
      return back.every((reply) => reply === "OK") && (await pool.servers[2].command("DBSIZE")) === 2;
    }, "all servers are back");
    assertEquals(await client.command("MGET", ...keys), keys.map(() => "v"));
  },
);

function assertFails(reply: unknown): void {
  assert(reply instanceof ReplyError && reply.text.startsWith("ERR "), `an error is told, not ${reply}`);
}

Deno.test("tw#596: servers whose names cannot be resolved fail requests, and do not hang them", async () => {
  const servers = ["a", "b"].map((name) => `${name}.nutcracker-test.invalid:6379:1`);
  await using proxy = await startRedisProxy(servers, { timeout: 3000, preconnect: true });
  using client = await proxy.connect();
  for (let round = 0; round < 3; round++) {
    for (
      const words of [["GET", "k"], ["MGET", "a", "b", "c", "d"], ["INCR", "k"], ["MSET", "a", "1", "b", "2"]]
    ) {
      assertFails(await client.command(...words));
    }
    await client.exchange(resp("PING"), "+PONG\r\n");
  }
});

realTest("redis-server", "tw#376: 100 clients pipeline MSET while a server is down", async () => {
  await using pool = await startRedisPool({ servers: 3, directives: { timeout: 2000 } });
  const [[a], [b], [c]] = await pool.keysByServer(1);
  await pool.servers[1].stop();
  const clients = await Promise.all(Array.from({ length: 100 }, () => pool.connect()));
  try {
    const request = joinBytes([
      resp("MSET", a, 1, b, 2, c, 3),
      resp("MGET", a, b, c),
      resp("GET", a),
      resp("DEL", b, a),
    ]);
    await Promise.all(clients.map(async (client) => {
      await client.send(joinBytes(Array(20).fill(request)));
      for (let i = 0; i < 20; i++) {
        for (const kind of ["MSET", "MGET", "GET", "DEL"]) {
          const { value } = await client.readReply();
          if (kind === "GET") assert(value === null || value === "1", `GET gives ${value}`);
          else assertFails(value);
        }
      }
      await client.exchange(resp("PING"), "+PONG\r\n");
    }));
  } finally {
    for (const client of clients) client.close();
  }
});

realTest(
  "redis-server",
  "tw#285: keys that look tagged are whole keys where no hash_tag is set",
  async () => {
    await using redis = await startRedis();
    const placements = HASH_NAMES.flatMap((hash) =>
      ["ketama", "modula", "random"].map((distribution) => ({ hash, distribution }))
    );
    await using proxy = await startRedisProxies(redis.address, placements);
    for (const i of placements.keys()) {
      using client = await proxy.connect(i);
      assertEquals(await client.command("MSET", "{a}1", "1", "{b}1", "2", "{", "3", "{}", "4"), "OK");
      assertEquals(await client.command("MGET", "{a}1", "{b}1"), ["1", "2"]);
      assertEquals(await client.command("MGET", "{", "{}", "{a}1", "", "{a"), ["3", "4", "1", null, null]);
      assertEquals(await client.command("DEL", "{b}1", "{a}1"), 2);
    }
  },
);

/** Starts a proxy with a pool for each of some ways to place keys; all have three servers, at one address. */
async function startRedisProxies(
  address: string,
  placements: readonly Readonly<Record<string, string>>[],
  flags: readonly string[] = [],
): Promise<Proxy> {
  const servers = ["x", "y", "z"].map((name) => `${address}:1 ${name}`);
  const ports = freePorts(placements.length);
  const pools = ports.map((
    port,
    i,
  ) => [`p${i}`, { listen: `127.0.0.1:${port}`, redis: true, ...placements[i], servers }]);
  return await startProxy({ pools: Object.fromEntries(pools), flags });
}

realTest("redis-server", "tw#332, tw#362: commands without all of their arguments are answered", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  for (
    const line of ["MSET a", "MSET a 1 b", "mset", "GET", "MGET", "DEL", "EVAL", "EVAL x", "SET", "HSET"]
  ) {
    const reply = await client.command(...line.split(" "));
    assert(
      reply instanceof ReplyError && /^ERR wrong number of arguments for '\w+' command$/.test(reply.text),
      line,
    );
  }
  await client.exchange(
    "*1\r\n$0\r\n\r\n*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n",
    "-ERR unknown command '', with args beginning with: \r\n+PONG\r\n",
  );
});

realTest("redis-server", "tw#115: long keys work with the smallest buffers and every hash", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxies(redis.address, HASH_NAMES.map((hash) => ({ hash })), [
    "-m",
    "512",
  ]);
  for (const i of HASH_NAMES.keys()) {
    using client = await proxy.connect(i);
    for (const length of [249, 250, 251, 300, 463, 464, 511, 512, 513, 1024, 5000, 100_000]) {
      const key = "k".repeat(length);
      await client.exchange(resp("SET", key, "v"), "+OK\r\n");
      await client.exchange(resp("MGET", key, "none", key), "*3\r\n$1\r\nv\r\n$-1\r\n$1\r\nv\r\n");
      await client.exchange(resp("DEL", "none", key), ":1\r\n");
    }
  }
});

realTest(
  "redis-server",
  "tw git 68860c9: many keys are split right, whatever part of a buffer they fill",
  async () => {
    await using pool = await startRedisPool({ servers: 3, flags: ["-m", "512"] });
    using client = await pool.connect();
    for (let length = 380; length < 520; length++) {
      const keys = ["a", "b", "c", "d"].map((letter) => letter.repeat(length));
      await client.exchange(resp("MSET", ...keys.flatMap((key) => [key, key])), "+OK\r\n");
      assertEquals(await client.command("MGET", ...keys, "x"), [...keys, null]);
      assertEquals(await client.command("DEL", ...keys, "x"), 4);
    }
  },
);

realTest("redis-server", "tw#386: with 24 servers every multi-key reply is complete", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy(
    Array.from({ length: 24 }, (_, i) => `${redis.address}:1 shard${i}`),
  );
  using client = await proxy.connect();
  const keys = Array.from({ length: 1000 }, (_, i) => `key:${i}`);
  assertEquals(await client.command("MSET", ...keys.flatMap((key) => [key, `v${key}`])), "OK");
  for (let round = 0; round < 20; round++) {
    assertEquals(await client.command("MGET", ...keys), keys.map((key) => `v${key}`));
  }
  const { pool } = await proxy.stats();
  assertEquals(
    Array.from({ length: 24 }, (_, i) => pool[`shard${i}`].requests).filter((count) => count < 21),
    [],
  );
});

realTest("redis-server", "tw#79: two names for one address share nothing but the server", async () => {
  await using redis = await startRedis();
  await using proxy = await startRedisProxy([`${redis.address}:1 one`, `${redis.address}:1 two`]);
  using client = await proxy.connect();
  for (let i = 0; i < 100; i++) await client.exchange(resp("SET", `k${i}`, i), "+OK\r\n");
  const { one, two } = (await proxy.stats()).pool;
  assertEquals([one.server_connections, two.server_connections], [1, 1]);
  assertEquals(one.requests + two.requests, 100);
  assert(one.requests > 0 && two.requests > 0, "both have some");
});

realTest("redis-server", "tw#59: after a server was started anew no request fails", async () => {
  await using pool = await startRedisPool();
  using client = await pool.connect();
  for (let round = 0; round < 5; round++) {
    await client.exchange(resp("SET", "k", round), "+OK\r\n");
    await pool.servers[0].stop();
    await eventually(async () => (await pool.stats()).s0.server_connections === 0, "its end is noticed");
    await pool.restart(0);
    await client.exchange(resp("GET", "k"), "$-1\r\n");
  }
  const { s0, forward_error } = await pool.stats();
  assertEquals([s0.server_eof, forward_error], [5, 0]);
});

realTest(
  "redis-server",
  "tw#126: a dead server is ejected after as many failures as are allowed",
  async () => {
    for (const limit of [1, 2, 5]) {
      const directives = {
        auto_eject_hosts: true,
        server_failure_limit: limit,
        server_retry_timeout: 60_000,
      };
      await using pool = await startRedisPool({ servers: 2, directives });
      const [, [lost]] = await pool.keysByServer(1);
      await pool.servers[1].stop();
      using client = await pool.connect();
      let failures = 0;
      // Between two attempts to connect there is a pause, during which requests fail without one.
      await eventually(async () => {
        if (await client.command("SET", lost, "v") === "OK") return true;
        failures++;
        return false;
      }, "its keys are elsewhere");
      assert(failures >= limit, `${failures} failures`);
      assertEquals((await pool.stats()).server_ejects, 1);
      assertEquals(await pool.servers[0].command("GET", lost), "v");
    }
  },
);

realTest("redis-server", "tw#433, tw#514: servers that do not answer hold up nobody else", async () => {
  // The kernel accepts for them, but no byte ever comes.
  const silent = Array.from({ length: 40 }, () => Deno.listen({ hostname: "127.0.0.1", port: 0 }));
  try {
    await using redis = await startRedis();
    const servers = silent.map(({ addr }, i) => `127.0.0.1:${addr.port}:1 silent${i}`);
    await using proxy = await startRedisProxy([...servers, `${redis.address}:40 good`], {
      timeout: 1000,
      preconnect: true,
    });
    using stuck = await proxy.connect();
    await stuck.send(resp("MGET", ...Array.from({ length: 500 }, (_, i) => `k${i}`)));
    using client = await proxy.connect();
    for (let i = 0; i < 200; i++) await client.exchange(resp("PING"), "+PONG\r\n");
    const timed = await Promise.all(Array.from({ length: 20 }, async (_, i) => {
      using one = await proxy.connect();
      return await one.command("SET", `k${i}`, "v");
    }));
    assert(timed.includes("OK"), "keys of the good server work");
    for (const reply of timed) {
      assert(reply === "OK" || reply instanceof ReplyError && reply.text === "ERR Connection timed out");
    }
    const { value } = await stuck.readReply();
    assert(value instanceof ReplyError && value.text.startsWith("ERR Connection timed out"), "MGET fails");
    await client.exchange(resp("PING"), "+PONG\r\n");
  } finally {
    for (const listener of silent) listener.close();
  }
});

realTest("redis-server", "tw#619: requests without a key are logged at every level", async () => {
  await using pool = await startRedisPool({ servers: 2, flags: ["-v", "11"] });
  using client = await pool.connect();
  const count = await client.command("COMMAND", "COUNT");
  assert(typeof count === "number" && count > 190, `COMMAND COUNT gives ${count}`);
  assert(Array.isArray(await client.command("COMMAND")), "COMMAND gives an array");
  assert(typeof await client.command("LOLWUT") === "string", "LOLWUT gives text");
  await client.exchange(resp("EVAL", "return 1", 0), ":1\r\n");
  await client.exchange(resp("PING"), "+PONG\r\n");
});
