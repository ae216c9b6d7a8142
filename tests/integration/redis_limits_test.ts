/**
 * The limits of the redis protocol and of the process: what is just inside works, what is outside is told.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { proxyProgram } from "../support/proxy.ts";
import { startProxyProcess } from "../support/proxy_process.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";
import { connect, joinBytes, ReplyError, resp, type WireClient } from "../support/wire.ts";
import { redisPoolFile, startRedisPool } from "./redis_pool.ts";

const COUNT_FAULT = "-ERR Protocol error: invalid multibulk length\r\n";
const BULK_FAULT = "-ERR Protocol error: invalid bulk length\r\n";

realTest("redis-server", "redis limits: 1,048,576 arguments are the most", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  const count = 1024 * 1024;
  const head = new TextEncoder().encode(`*${count}\r\n$3\r\nDEL\r\n`);
  // Of many keys there are only ninety different ones, of two digits.
  const keys = Array.from({ length: count - 1 }, (_, i) => `$2\r\n${10 + i % 90}\r\n`).join("");
  await client.exchange(resp("MSET", "17", "a", "42", "b"), "+OK\r\n");
  await client.exchange(joinBytes([head, new TextEncoder().encode(keys), resp("PING")]), ":2\r\n+PONG\r\n");
  await client.exchange(`*${count + 1}\r\n`, COUNT_FAULT);
  await client.closed();
});

realTest("redis-server", "redis limits: an argument may have 512 MB, and not one byte more", async () => {
  await using pool = await startRedisPool();
  const allowed = 512 * 1024 * 1024;
  for (
    const [length, isAllowed] of [[allowed, true], [allowed + 1, false], [2 ** 31, false], [
      2 ** 32,
      false,
    ]] as const
  ) {
    using client = await pool.connect();
    await client.send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${length}\r\n`);
    if (isAllowed) {
      // It waits for the value; ending the stream shows that nothing was said.
      await client.closeWrite();
      await client.closed();
    } else {
      await client.expect(BULK_FAULT);
      await client.closed();
    }
  }
  assertEquals(await pool.servers[0].command("DBSIZE"), 0);
});

realTest("redis-server", "redis limits: an inline command of more than 64 KB is refused", async () => {
  await using pool = await startRedisPool();
  using client = await pool.connect();
  const value = "v".repeat(60_000);
  await client.exchange(`SET k ${value}\r\nSTRLEN k\r\n`, "+OK\r\n:60000\r\n");
  await client.exchange("x".repeat(70_000), "-ERR Protocol error: too big inline request\r\n");
  await client.closed();
  using quoting = await pool.connect();
  await quoting.exchange(
    'PING\r\nSET k "v\r\nPING\r\n',
    "+PONG\r\n-ERR Protocol error: unbalanced quotes in request\r\n",
  );
  await quoting.closed();
});

realTest(
  "redis-server",
  "redis limits: bytes that are no request at all are refused after earlier replies",
  async () => {
    await using pool = await startRedisPool();
    await pool.servers[0].command("SET", "k", "v");
    for (
      const [wrong, said] of [
        ["*1\r\n+PING\r\n", "expected '$', got '+'"],
        ["*2\r\n$3\r\nGET\r\n\r\n", "expected '$', got ' '"],
        ["*x\r\n", "invalid multibulk length"],
        ["*1\r\n$-5\r\n", "invalid bulk length"],
        ["*1\r\n$4\r\nPINGxx", "expected line end"],
      ]
    ) {
      using client = await pool.connect();
      await client.exchange(
        joinBytes([resp("GET", "k"), resp("PING"), new TextEncoder().encode(wrong)]),
        `$1\r\nv\r\n+PONG\r\n-ERR Protocol error: ${said}\r\n`,
      );
      await client.closed();
    }
    // A web browser, or somebody who makes it send what it should not.
    using browser = await pool.connect();
    await browser.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    const reply = (await browser.readReply()).value;
    assert(reply instanceof ReplyError, "it is told that this is no request");
  },
);

realTest(
  "redis-server",
  "redis limits: buffers of every size carry requests and replies of every size",
  async () => {
    for (const mbufBytes of [512, 513, 1000, 65_536, 16_777_216]) {
      await using pool = await startRedisPool({ servers: 2, flags: ["-m", `${mbufBytes}`] });
      using client = await pool.connect();
      for (const length of [0, 1, 500, 10_000, 300_000, 3_000_000]) {
        const value = "x".repeat(length);
        const bulk = `$${length}\r\n${value}\r\n`;
        await client.send(
          joinBytes([
            resp("MSET", "a", value, "b", value, "c", "1"),
            resp("MGET", "a", "none", "b"),
            resp("GET", "b"),
          ]),
        );
        await client.expect(`+OK\r\n*3\r\n${bulk}$-1\r\n${bulk}${bulk}`);
      }
    }
  },
);

realTest("redis-server", "redis limits: a pipeline of 50,000 requests is answered as a whole", async () => {
  await using pool = await startRedisPool({ servers: 3 });
  using client = await pool.connect();
  const count = 50_000;
  const sending = client.send(joinBytes(Array.from({ length: count }, (_, i) => resp("SET", `k${i}`, i))));
  await client.expect("+OK\r\n".repeat(count));
  await sending;
  const asking = client.send(joinBytes(Array.from({ length: count }, (_, i) => resp("GET", `k${i}`))));
  await client.expect(Array.from({ length: count }, (_, i) => `$${`${i}`.length}\r\n${i}\r\n`).join(""));
  await asking;
});

/** Starts the proxy with so many descriptors. */
async function startWithDescriptors(count: number, redis: RedisServer, flags: readonly string[]) {
  const { command, args, ...program } = proxyProgram();
  const shell = ["-c", `ulimit -n ${count} && exec "$@"`, "sh", command, ...args];
  return await startProxyProcess(
    { ...program, command: "/bin/sh", args: shell },
    { pools: redisPoolFile([`${redis.address}:1`]), flags },
  );
}

for (const flags of [[], ["-w", "2"]]) {
  realTest(
    "redis-server",
    `tw#97: clients for which there is no descriptor are told so, and servers have theirs ${flags}`,
    async () => {
      await using redis = await startRedis();
      await using proxy = await startWithDescriptors(250, redis, flags);
      await eventually(() => proxy.log().includes("descriptors are there for "), "the budget is known");
      const max = Number(/descriptors are there for (\d+) clients/.exec(proxy.log())![1]);
      const clients: WireClient[] = [];
      try {
        // No request yet: the server's connection is opened when all clients are there.
        for (let i = 0; i < 300; i++) clients.push(await connect(proxy.listens[0] as number));
        let served = 0;
        for (const client of clients) {
          const reply = await client.command("SET", "k", "v").catch(() => "closed");
          if (reply === "OK") served++;
          else if (reply !== "closed") {
            assertEquals(reply, new ReplyError("ERR max number of clients reached"));
          }
        }
        // Each worker has its half, and the kernel does not spread clients quite evenly.
        if (flags.length === 0) assertEquals(served, max);
        else assert(served <= max && served > max / 2, `${served} of ${max} were served`);
      } finally {
        for (const client of clients) client.close();
      }
      await eventually(async () => (await proxy.stats()).pool.client_connections === 0, "all have gone");
      using later = await proxy.connect();
      await later.exchange(resp("GET", "k"), "$1\r\nv\r\n");
      assert(!proxy.log().includes("Too many open files"), proxy.log());
    },
  );
}

realTest(
  "redis-server",
  "tw#97: when clients' own connections have taken the last descriptor, the server is not to blame",
  async () => {
    await using redis = await startRedis();
    await using proxy = await startWithDescriptors(200, redis, []);
    using first = await proxy.connect();
    await first.exchange(resp("SET", "k", "v"), "+OK\r\n");
    const clients: WireClient[] = [];
    try {
      for (let i = 0; i < 150; i++) {
        const client = await connect(proxy.listens[0] as number);
        clients.push(client);
        void client.send(resp("SUBSCRIBE", "channel"));
      }
      await eventually(() => proxy.log().includes("Too many open files"), "the limit is reached");
      for (let i = 0; i < 20; i++) {
        await first.exchange(resp("GET", "k"), "$1\r\nv\r\n");
        await sleep(10);
      }
    } finally {
      for (const client of clients) client.close();
    }
    await eventually(async () => (await proxy.stats()).pool.client_connections === 1, "all have gone");
    // For some seconds there may be fewer clients than before.
    await eventually(async () => {
      const later = await Promise.all(Array.from({ length: 50 }, () => proxy.connect()));
      try {
        const replies = await Promise.all(
          later.map((client) => client.command("GET", "k").catch(() => null)),
        );
        return replies.every((reply) => reply === "v");
      } finally {
        for (const client of later) client.close();
      }
    }, "many clients are served again");
    assertEquals((await proxy.stats()).pool.server_ejects, 0);
    const lines = proxy.log().split("\n").filter((line) => line.includes("Too many open files")).length;
    assert(lines < 400, `the log says so ${lines} times`);
  },
);
