/**
 * What goes wrong in the proxy's own process or on its machine: it stands still, or runs out of descriptors.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { freePort } from "../support/ports.ts";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { proxyProgram, startProxy } from "../support/proxy.ts";
import { startProxyProcess } from "../support/proxy_process.ts";
import { startRedis } from "../support/redis_server.ts";
import { connect, ReplyError, resp, type WireClient } from "../support/wire.ts";
import { memcacheDialect, redisDialect } from "./dialect.ts";
import { FaultPool, TIMEOUT_MS } from "./fault_pool.ts";

realTest(
  "redis-server",
  "faults: the proxy stands still for longer than the timeout, and no request fails",
  async () => {
    await using pool = await FaultPool.start(redisDialect);
    const traffic = pool.traffic();
    for (let round = 0; round < 2; round++) {
      await sleep(200);
      pool.proxy.signal("SIGSTOP");
      await sleep(TIMEOUT_MS + 500);
      pool.proxy.signal("SIGCONT");
    }
    await sleep(200);
    await traffic.stop();
    assert(traffic.served > 0);
    assertEquals(traffic.unserved, 0);
  },
);

for (const dialect of [redisDialect, memcacheDialect]) {
  const program = dialect.name === "redis" ? "redis-server" : "memcached";
  realTest(program, `faults: all servers of a ${dialect.name} pool die, and live again`, async () => {
    await using pool = await FaultPool.start(dialect, { eject_policy: "rehash" });
    const beforeBytes = await pool.warmUp();
    for (const { process } of pool.servers) process.signal("SIGKILL");
    for (const { process } of pool.servers) await process.exited;
    using client = await pool.connect();
    for (let round = 0; round < 20; round++) {
      const keys = pool.keys.flat();
      await client.send(keys.map((key) => dialect.get(key)).join(""));
      for (const key of keys) {
        const outcome = await dialect.read(client);
        assert(outcome instanceof ReplyError, `${key}: ${outcome}`);
      }
    }
    for (const i of pool.servers.keys()) await pool.restart(i);
    for (const i of pool.servers.keys()) await pool.recovered(i);
    // By now every server is back on the ring.
    await eventually(async () => {
      for (const i of pool.servers.keys()) await pool.store(i);
      const traffic = pool.traffic();
      await sleep(50);
      return await traffic.stop().then(() => true, () => false);
    }, "all keys are served again");
    await pool.memoryReturned(beforeBytes);
  });
}

realTest(
  "redis-server",
  "faults: a server whose name does not resolve is a server that is down",
  async () => {
    await using redis = await startRedis();
    await using proxy = await startProxy({
      pools: {
        pool: {
          listen: `127.0.0.1:${freePort()}`,
          redis: true,
          distribution: "modula",
          timeout: TIMEOUT_MS,
          servers: [`${redis.address}:1`, "nonexistent.invalid:6379:1 lost"],
        },
      },
    });
    using client = await proxy.connect();
    let [served, failed] = [0, 0];
    for (let i = 0; i < 200; i++) {
      const reply = await client.command("SET", `key:${i}`, i);
      if (reply === "OK") served++;
      else {
        assert(reply instanceof ReplyError && /Host is down|timed out/.test(reply.text), `${reply}`);
        failed++;
      }
    }
    assert(served > 50 && failed > 50, `${served} served, ${failed} failed`);
    assertEquals(await redis.command("DBSIZE"), served);
  },
);

realTest(
  "redis-server",
  "faults: without free descriptors clients that are there are served, and later all",
  async () => {
    await using redis = await startRedis();
    const { command, args, ...program } = proxyProgram();
    const limited = {
      ...program,
      command: "/bin/sh",
      args: ["-c", 'ulimit -n 64 && exec "$@"', "sh", command, ...args],
    };
    await using proxy = await startProxyProcess(limited, {
      pools: {
        pool: {
          listen: `127.0.0.1:${freePort()}`,
          redis: true,
          timeout: TIMEOUT_MS,
          servers: [`${redis.address}:1`],
        },
      },
    });
    using first = await proxy.connect();
    await first.exchange(resp("SET", "k", "v"), "+OK\r\n");
    for (let round = 0; round < 3; round++) {
      const clients: WireClient[] = [];
      try {
        for (let i = 0; i < 100; i++) clients.push(await connect(proxy.listens[0] as number));
        await eventually(() => proxy.log().includes("Too many open files"), "the limit is reached");
        for (let i = 0; i < 100; i++) await first.exchange(resp("GET", "k"), "$1\r\nv\r\n");
      } finally {
        for (const client of clients) client.close();
      }
      await eventually(async () => {
        using later = await proxy.connect();
        return await later.command("GET", "k").catch(() => null) === "v";
      }, "new clients are served again");
    }
    const lines = proxy.log().split("\n").filter((line) => line.includes("Too many open files")).length;
    assert(lines < 200, `the log says so ${lines} times`);
  },
);
