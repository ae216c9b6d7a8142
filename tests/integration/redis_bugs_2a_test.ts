/**
 * Faults of twemproxy 0.5.0 that its users met, each as a test that the same condition does no harm here.
 *
 * The numbers of the tests are those of the project's list of such faults; `tw#` is a thread of twemproxy's
 * tracker.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { joinBytes, ReplyError, resp, type WireClient } from "../support/wire.ts";
import { type RedisPool, startRedisPool, startRedisProxy } from "./redis_pool.ts";
import { startRedis } from "../support/redis_server.ts";

const PASSWORD = "very secret";
const CROSSSLOT = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
const TIMED_OUT = "-ERR Connection timed out\r\n";

realTest(
  "redis-server",
  "B1 (tw#491): with redis_auth, redis_db and preconnect data goes to the right database",
  async () => {
    for (const preconnect of [true, false]) {
      const directives = { redis_auth: `"${PASSWORD}"`, redis_db: 3, preconnect };
      await using pool = await startRedisPool({ directives, redis: { requirepass: PASSWORD } });
      using client = await pool.connect();
      await client.exchange(resp("SET", "k", "v"), "-NOAUTH Authentication required.\r\n");
      await client.exchange(resp("AUTH", PASSWORD), "+OK\r\n");
      await client.exchange(resp("SET", "k", "v"), "+OK\r\n");
      using direct = await pool.servers[0].connect();
      await direct.exchange(resp("DBSIZE"), ":0\r\n");
      await direct.exchange(resp("SELECT", 3), "+OK\r\n");
      await direct.exchange(resp("GET", "k"), "$1\r\nv\r\n");
    }
  },
);

realTest("redis-server", "B1: a database on a server behind a Unix socket is selected", async () => {
  const folder = await makeScratchFolder();
  try {
    await using redis = await startRedis({ unixSocket: `${folder}/redis.sock` });
    await using proxy = await startRedisProxy([`${folder}/redis.sock:1`], { redis_db: 5 });
    using client = await proxy.connect();
    await client.exchange(resp("SET", "k", "v"), "+OK\r\n");
    using direct = await redis.connect();
    await direct.exchange(resp("DBSIZE"), ":0\r\n");
    await direct.exchange(resp("SELECT", 5), "+OK\r\n");
    await direct.exchange(resp("GET", "k"), "$1\r\nv\r\n");
  } finally {
    await removeFolder(folder);
  }
});

realTest("redis-server", "B1: a server that refuses the password or the database gets no data", async () => {
  for (
    const directives of [{ redis_auth: "wrong", redis_db: 0 }, { redis_auth: `"${PASSWORD}"`, redis_db: 99 }]
  ) {
    await using pool = await startRedisPool({ directives, redis: { requirepass: PASSWORD } });
    using client = await pool.connect();
    const given = directives.redis_auth.replaceAll('"', "");
    await client.exchange(resp("AUTH", given), "+OK\r\n");
    const reply = await client.command("SET", "k", "v");
    assert(reply instanceof ReplyError, "SET fails");
    assert(/AUTH failed: WRONGPASS|SELECT 99 failed: ERR DB index/.test(reply.text), reply.text);
    assertEquals(await pool.servers[0].command("DBSIZE"), 0);
    await client.exchange(resp("PING"), "+PONG\r\n");
  }
});

/** Keeps a server busy; within 5 s it lets nobody else know that a script is to blame. */
const BUSY_SCRIPT = `local function now() local t = redis.call('TIME') return t[1] * 1000 + t[2] / 1000 end
local endMs = now() + ARGV[1]
while now() < endMs do end
return 'late'`;

realTest("redis-server", "B2 (tw#526): a request that takes too long fails alone", async () => {
  await using pool = await startRedisPool({ directives: { timeout: 2000 } });
  assertEquals(
    await pool.servers[0].command("MSET", ...Array.from({ length: 16 }, (_, i) => `k${i >> 1}`)),
    "OK",
  );
  using slow = await pool.connect();
  await slow.send(resp("EVAL", BUSY_SCRIPT, 1, "k0", 2800));
  await sleep(1300);
  const bystanders: WireClient[] = [];
  try {
    for (let i = 1; i < 8; i++) {
      const client = await pool.connect();
      bystanders.push(client);
      await client.send(resp("GET", `k${i}`));
      await sleep(80);
    }
    await slow.expect(TIMED_OUT);
    for (const [i, client] of bystanders.entries()) await client.expect(`$2\r\nk${i + 1}\r\n`);
    // The late reply to the script went nowhere.
    await slow.exchange(resp("GET", "k0"), "$2\r\nk0\r\n");
    for (const [i, client] of bystanders.entries()) {
      await client.exchange(resp("GET", `k${i + 1}`), `$2\r\nk${i + 1}\r\n`);
    }
  } finally {
    for (const client of bystanders) client.close();
  }
  const { s0, forward_error } = await pool.stats();
  assertEquals([s0.server_timedout, forward_error, s0.server_connections], [1, 1, 1]);
});

realTest(
  "redis-server",
  "B3 (tw#133): an unsupported command in a pipeline is answered in its place",
  async () => {
    await using pool = await startRedisPool({ servers: 2 });
    using client = await pool.connect();
    const requests = [resp("SET", "x", "1"), resp("GET", "x"), resp("MONITOR"), resp("GET", "x")];
    await client.send(joinBytes(requests));
    await client.expect("+OK\r\n$1\r\n1\r\n");
    assert((await client.readReply()).value instanceof ReplyError, "MONITOR fails");
    await client.expect("$1\r\n1\r\n");
    await client.exchange(
      resp("FOO", "a", "b c"),
      "-ERR unknown command 'FOO', with args beginning with: 'a' 'b c' \r\n",
    );
    await client.exchange(resp("GET", "x"), "$1\r\n1\r\n");
  },
);

realTest(
  "redis-server",
  "B4 (tw#495): EXISTS counts the keys of all servers, PFCOUNT refuses to guess",
  async () => {
    await using pool = await startRedisPool({ servers: 2 });
    using client = await pool.connect();
    const keys = (await pool.keysByServer(6)).flat();
    for (const key of keys) await client.exchange(resp("PFADD", key, `of ${key}`), ":1\r\n");
    await client.exchange(resp("EXISTS", ...keys), ":12\r\n");
    await client.exchange(resp("EXISTS", ...keys, keys[0], "none"), ":13\r\n");
    await client.exchange(resp("PFCOUNT", ...keys), CROSSSLOT);
    await client.exchange(resp("PFCOUNT", ...keys.slice(0, 6)), ":6\r\n");
  },
);

realTest("redis-server", "B5: commands over keys of two servers are refused and change nothing", async () => {
  await using pool = await startRedisPool({ servers: 2, directives: { hash_tag: '"{}"' } });
  using client = await pool.connect();
  const [[a], [b]] = await pool.keysByServer(1);
  const refused = [
    ["RPOPLPUSH", a, b],
    ["LMOVE", a, b, "LEFT", "RIGHT"],
    ["COPY", a, b],
    ["RENAME", a, b],
    ["RENAMENX", a, b],
    ["SMOVE", a, b, "1"],
    ["SINTER", a, b],
    ["SUNIONSTORE", b, a],
    ["ZUNIONSTORE", b, "1", a],
    ["ZINTER", "2", a, b],
    ["BITOP", "NOT", b, a],
    ["MSETNX", a, "1", b, "2"],
    ["SORT", a, "STORE", b],
    ["GEOSEARCHSTORE", b, a, "FROMMEMBER", "m", "BYRADIUS", "1", "m"],
    ["EVAL", "return redis.call('set', KEYS[2], 1)", "2", a, b],
    ["LMPOP", "2", b, a, "LEFT"],
  ];
  await client.exchange(resp("RPUSH", a, "1", "2"), ":2\r\n");
  for (const words of refused) await client.exchange(resp(...words), CROSSSLOT);
  await client.exchange(resp("LRANGE", a, "0", "-1"), "*2\r\n$1\r\n1\r\n$1\r\n2\r\n");
  await client.exchange(resp("EXISTS", b), ":0\r\n");
  // Where the hash tag keeps the keys together, they work.
  await client.exchange(resp("RPOPLPUSH", a, `x{${a}}`), "$1\r\n2\r\n");
  await client.exchange(resp("COPY", a, `y{${a}}`), ":1\r\n");
  await client.exchange(
    resp("GET", `y{${a}}`),
    "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n",
  );
});

realTest("redis-server", "B6 (tw#477): client_connections is the most clients that are served", async () => {
  await using pool = await startRedisPool({ directives: { client_connections: 2 } });
  using first = await pool.connect();
  using second = await pool.connect();
  await first.exchange(resp("PING"), "+PONG\r\n");
  await second.exchange(resp("PING"), "+PONG\r\n");
  for (let i = 0; i < 4; i++) {
    using refused = await pool.connect();
    await refused.expect("-ERR max number of clients reached\r\n");
    await refused.closed();
    await first.exchange(resp("SET", "k", i), "+OK\r\n");
  }
  second.close();
  await eventually(async () => (await pool.stats()).client_connections === 1, "the others are gone");
  using third = await pool.connect();
  await third.exchange(resp("GET", "k"), "$1\r\n3\r\n");
});

realTest("redis-server", "B8 (tw#438): an ejected server costs no request until it is back", async () => {
  const directives = {
    auto_eject_hosts: true,
    server_failure_limit: 2,
    server_retry_timeout: 300,
    timeout: 2000,
  };
  await using pool = await startRedisPool({ servers: 2, directives });
  const [kept, lost] = await pool.keysByServer(3);
  using client = await pool.connect();
  await pool.servers[1].stop();
  await untilEjected(pool, client, lost[0]);
  // Several probes fail during these.
  const endMs = performance.now() + 2500;
  while (performance.now() < endMs) {
    for (const key of [...kept, ...lost]) await client.exchange(resp("SET", key, key), "+OK\r\n");
    assertEquals(await client.command("MGET", ...kept, ...lost), [...kept, ...lost]);
    await sleep(5);
  }
  assertEquals(await pool.servers[0].command("EXISTS", ...lost), 3);
  await pool.restart(1);
  await eventually(async () => {
    // Each key is served throughout, by the one server or the other.
    await client.exchange(joinBytes(lost.map((key) => resp("SET", key, key))), "+OK\r\n".repeat(3));
    const values = await client.command("MGET", ...kept, ...lost) as unknown[];
    // The server may have come back just before MGET, and then it is empty.
    for (const [i, value] of values.entries()) assert(value === null || value === [...kept, ...lost][i]);
    return await pool.servers[1].command("EXISTS", ...lost) === 3;
  }, "the keys are on their server again");
  const stats = await pool.stats();
  assertEquals(stats.server_ejects, 1);
  assert(stats.s1.server_ejected_at > 0, "the time of the ejection is told");
});

/** Asks for a key of a dead server until it is ejected; returns how many requests failed. */
async function untilEjected(pool: RedisPool, client: WireClient, key: string): Promise<number> {
  let failures = 0;
  while (await client.command("SET", key, key) !== "OK") {
    assert(++failures < 1000, "it is ejected at last");
    await sleep(5);
  }
  assertEquals((await pool.stats()).server_ejects, 1);
  return failures;
}

realTest("redis-server", "B9 (tw#661): a wrong number of arguments is told", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  for (
    const line of [
      "MGET",
      "GET",
      "GET a b",
      "MSET a 1 b",
      "MSET",
      "mset a",
      "DEL",
      "SET k",
      "Hset h f",
      "EVAL s",
      "PING a b",
    ]
  ) {
    const words = line.split(" ");
    const name = words[0].toLowerCase();
    await client.exchange(resp(...words), `-ERR wrong number of arguments for '${name}' command\r\n`);
  }
  await client.exchange(resp("PING"), "+PONG\r\n");
});

realTest("redis-server", "B10 (tw#60): a script without keys runs", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  await client.exchange(resp("EVAL", "return 1", 0), ":1\r\n");
  await client.exchange(resp("EVAL", "return ARGV", 0, "a", "b"), "*2\r\n$1\r\na\r\n$1\r\nb\r\n");
});

const SET_FOO = "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n";
const BULK_FAULT = "-ERR Protocol error: invalid bulk length\r\n";
const COUNT_FAULT = "-ERR Protocol error: invalid multibulk length\r\n";

const wrongLengths: readonly (readonly [request: string, reply: string])[] = [
  [`${SET_FOO}$4294967297\r\nx\r\n`, BULK_FAULT],
  [`${SET_FOO}$4294967299\r\nxyz\r\n`, BULK_FAULT],
  [`${SET_FOO}$18446744073709551617\r\nx\r\n`, BULK_FAULT],
  [`${SET_FOO}$03\r\nxyz\r\n`, BULK_FAULT],
  [`${SET_FOO}$+1\r\nx\r\n`, BULK_FAULT],
  [`${SET_FOO}$-1\r\n`, BULK_FAULT],
  [`${SET_FOO}$ 1\r\nx\r\n`, BULK_FAULT],
  [`${SET_FOO}$\r\nx\r\n`, BULK_FAULT],
  [`${SET_FOO}$1x\r\nx\r\n`, BULK_FAULT],
  [`${SET_FOO}$536870913\r\nx\r\n`, BULK_FAULT],
  ["*4294967298\r\n$3\r\nGET\r\n$3\r\nfoo\r\n", COUNT_FAULT],
  ["*02\r\n$3\r\nGET\r\n$3\r\nfoo\r\n", COUNT_FAULT],
  ["*2x\r\n$3\r\nGET\r\n$3\r\nfoo\r\n", COUNT_FAULT],
  ["*2\r\n$3\r\nGET\r\n:3\r\nfoo\r\n", "-ERR Protocol error: expected '$', got ':'\r\n"],
  [`${SET_FOO}$1\r\nxyz\r\n`, "-ERR Protocol error: expected line end\r\n"],
];

realTest("redis-server", "B12: lengths that are no lengths are refused and reach no server", async () => {
  await using pool = await startRedisPool();
  using bystander = await pool.connect();
  await bystander.exchange(resp("SET", "k", "v"), "+OK\r\n");
  for (const [request, reply] of wrongLengths) {
    using client = await pool.connect();
    // Those before it are answered, those after it are not carried out.
    await client.send(
      joinBytes([resp("GET", "k"), new TextEncoder().encode(request), resp("SET", "after", "1")]),
    );
    await client.expect(`$1\r\nv\r\n${reply}`);
    await client.closed();
    await bystander.exchange(resp("GET", "k"), "$1\r\nv\r\n");
  }
  assertEquals(await pool.servers[0].command("KEYS", "*"), ["k"]);
  const { client_err, s0 } = await pool.stats();
  assertEquals(s0.requests, 1 + 2 * wrongLengths.length);
  assertEquals([s0.server_eof, s0.server_err, s0.server_connections], [0, 0, 1]);
  assertEquals(client_err, wrongLengths.length);
});

realTest("redis-server", "B15 (tw#259): inline commands work", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  await client.exchange("PING\r\n", "+PONG\r\n");
  await client.exchange("ping\n", "+PONG\r\n");
  await client.exchange('SET "a key" \'its value\'\r\nGET "a\\x20key"\r\n', "+OK\r\n$9\r\nits value\r\n");
  await client.exchange("\r\n  \r\nMGET none  'a key'\r\n", "*2\r\n$-1\r\n$9\r\nits value\r\n");
  await client.exchange("FOO\r\n", "-ERR unknown command 'FOO', with args beginning with: \r\n");
  await client.exchange(
    joinBytes([new TextEncoder().encode("ECHO x\r\n"), resp("ECHO", "y")]),
    "$1\r\nx\r\n$1\r\ny\r\n",
  );
  await client.exchange("QUIT\r\n", "+OK\r\n");
  await client.closed();
  client.close();
  await eventually(async () => (await pool.stats()).client_connections === 0, "the client is gone");
  const { client_eof, client_err } = await pool.stats();
  assertEquals([client_eof, client_err], [1, 0]);
});

realTest(
  "redis-server",
  "B16: a huge number of arguments is refused, and announcing one costs nothing",
  async () => {
    await using pool = await startRedisPool();
    using bystander = await pool.connect();
    for (const count of ["1000000000", "1048577", "2147483647", "9223372036854775807"]) {
      using client = await pool.connect();
      await client.exchange(`*${count}\r\n$3\r\nGET\r\n`, COUNT_FAULT);
      await client.closed();
    }
    const before = pool.proxy.rss();
    const clients: WireClient[] = [];
    try {
      for (let i = 0; i < 200; i++) {
        const client = await pool.connect();
        clients.push(client);
        await client.send(i % 2 === 0 ? "*1048576\r\n$3\r\nDEL\r\n" : `${SET_FOO}$536870912\r\nx`);
      }
      await bystander.exchange(resp("SET", "k", "v"), "+OK\r\n");
      await sleep(300);
      const grownBytes = pool.proxy.rss() - before;
      assert(grownBytes < 64 * 1024 * 1024, `200 announcements took ${grownBytes} bytes`);
    } finally {
      for (const client of clients) client.close();
    }
    await bystander.exchange(resp("GET", "k"), "$1\r\nv\r\n");
  },
);
