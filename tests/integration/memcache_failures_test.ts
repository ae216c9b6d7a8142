/**
 * Memcacheds that are down, silent or ejected: one reply per request in the words of the reference, and none at
 * all for a request that wants none.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { chooseSeed, runSeeded } from "../support/random.ts";
import { FakeServer } from "./fake_server.ts";
import { item, set, startMemcachePool, startMemcacheProxy } from "./memcache_pool.ts";

const REFUSED = "SERVER_ERROR Connection refused\r\n";
const RESET = "SERVER_ERROR Connection reset by peer\r\n";
const TIMED_OUT = "SERVER_ERROR Connection timed out\r\n";

/** An error reply of a list of keys on several servers, which says which of them failed. */
function from(server: string, error: string): string {
  return error.replace("\r\n", ` (server '${server}')\r\n`);
}

/** A request of every kind for a key. */
function requestsFor(key: string): string[] {
  return [
    `get ${key}\r\n`,
    `gets ${key}\r\n`,
    `gat 0 ${key}\r\n`,
    set(key, "v"),
    `cas ${key} 0 0 1 1\r\nv\r\n`,
    `incr ${key} 1\r\n`,
    `touch ${key} 0\r\n`,
    `delete ${key}\r\n`,
  ];
}

/** A request of every kind that is not answered; some of them fail on a server that is well. */
function silentRequestsFor(key: string): string[] {
  return [
    set(key, "v", " noreply"),
    `add ${key} 0 0 1 noreply\r\nv\r\n`,
    `replace ${key} 0 0 1 noreply\r\nv\r\n`,
    `append ${key} 0 0 1 noreply\r\nv\r\n`,
    `prepend ${key} 0 0 1 noreply\r\nv\r\n`,
    `cas ${key} 0 0 1 1 noreply\r\nv\r\n`,
    `incr ${key} 1 noreply\r\n`,
    `decr ${key} 1 noreply\r\n`,
    `touch ${key} 0 noreply\r\n`,
    `delete ${key} noreply\r\n`,
    `delete ${key} 0 noreply\r\n`,
    "verbosity 1 noreply\r\n",
    // Refused by the proxy itself.
    set("k".repeat(251), "v", " noreply"),
    `set ${key} x 0 1 noreply\r\nv\r\n`,
    `set ${key} 0 0 1 noreply\r\nabc`,
    `incr ${"k".repeat(251)} 1 noreply\r\n`,
    "flush_all noreply\r\n",
  ];
}

realTest("memcached", "mc#1312: requests with noreply get no byte, right or wrong", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  using client = await pool.connect();
  await client.exchange(set("after", "v"), "STORED\r\n");
  for (const request of silentRequestsFor("key")) {
    await client.exchange(`${request}get after\r\n`, `${item("after", "v")}END\r\n`);
  }
  await runSeeded(chooseSeed(), async (random) => {
    for (let round = 0; round < 100; round++) {
      const requests = Array.from(
        { length: 1000 },
        () => random.pick(silentRequestsFor(`k${random.int(50)}`)),
      );
      await client.exchange(`${requests.join("")}get after\r\n`, `${item("after", "v")}END\r\n`);
    }
  });
});

realTest("memcached", "dynomite#67: a write with noreply is done before the read behind it", async () => {
  await using pool = await startMemcachePool({ servers: 4, directives: { server_connections: 4 } });
  const clients = await Promise.all(Array.from({ length: 8 }, () => pool.connect()));
  await Promise.all(clients.map(async (client, id) => {
    for (let i = 0; i < 200; i++) {
      const key = `c${id}:${i % 7}`;
      await client.exchange(
        `${set(key, `${i}`, " noreply")}get ${key}\r\ndelete ${key} noreply\r\nget ${key} ${key}\r\n`,
        `${item(key, `${i}`)}END\r\nEND\r\n`,
      );
    }
    client.close();
  }));
});

realTest("memcached", "memcache: a server that is down fails its own requests only", async () => {
  await using pool = await startMemcachePool({ servers: 4 });
  using client = await pool.connect();
  const [[dead], ...others] = await pool.keysByServer(1);
  for (const [key] of others) await client.exchange(set(key, "v"), "STORED\r\n");
  await pool.servers[0].stop();
  for (const request of requestsFor(dead)) await client.exchange(request, REFUSED);
  for (const request of silentRequestsFor(dead)) await client.send(request);
  for (const [key] of others) await client.exchange(`get ${key}\r\n`, `${item(key, "v")}END\r\n`);
  // Half a list of items would be a wrong answer.
  const keys = others.map(([key]) => key).join(" ");
  await client.exchange(
    `get ${dead} ${keys}\r\nget ${keys} ${dead}\r\nget ${dead} ${dead}\r\nverbosity 1\r\n`,
    `${from("s0", REFUSED)}${from("s0", REFUSED)}${REFUSED}OK\r\n`,
  );
  await pool.restart(0);
  await eventually(async () => {
    await client.send(`get ${dead}\r\n`);
    const line = await client.readLine();
    if (line !== "END") assertEquals(`${line}\r\n`, REFUSED);
    return line === "END";
  }, "the server is back");
  assertEquals((await pool.stats()).client_err, 0);
});

realTest(
  "memcached",
  "tw#563, tw#595: with all servers down or ejected every request is refused",
  async () => {
    const ejecting = { auto_eject_hosts: true, server_failure_limit: 1, server_retry_timeout: 600_000 };
    for (const directives of [{}, ejecting]) {
      await using pool = await startMemcachePool({ servers: 3, directives });
      using client = await pool.connect();
      await client.exchange("get a b c d e\r\n", "END\r\n");
      for (const server of pool.servers) await server.stop();
      for (let round = 0; round < 20; round++) {
        const requests = requestsFor(`k${round}`);
        await client.exchange(requests.join(""), REFUSED.repeat(requests.length));
        await client.send("get a b c d e\r\n");
        assertMatch(await client.readLine(), /^SERVER_ERROR Connection refused( \(server 's\d'\))?$/);
        await client.send(silentRequestsFor(`k${round}`).join(""));
        await client.exchange("verbosity 1\r\n", "OK\r\n");
      }
      // A value that is passed on piece by piece has nowhere to go.
      await client.exchange(`${set("large", "x".repeat(3_000_000))}verbosity 1\r\n`, `${REFUSED}OK\r\n`);
      assertEquals((await pool.stats()).server_ejects, "auto_eject_hosts" in directives ? 3 : 0);
    }
  },
);

realTest(
  "memcached",
  "memcache: an ejected server's keys move, and requests with noreply stay silent",
  async () => {
    const directives = { auto_eject_hosts: true, server_failure_limit: 2, server_retry_timeout: 600_000 };
    await using pool = await startMemcachePool({ servers: 3, directives });
    using client = await pool.connect();
    const [[moved]] = await pool.keysByServer(1);
    await pool.servers[0].stop();
    await eventually(async () => {
      for (const request of silentRequestsFor(moved)) await client.send(request);
      await client.send(`get ${moved}\r\n`);
      const line = await client.readLine();
      if (line === "END") return true;
      if (!line.startsWith("VALUE")) {
        assertMatch(`${line}\r\n`, /^SERVER_ERROR Connection (refused|reset by peer)\r\n$/);
        return false;
      }
      await client.readLine();
      await client.expect("END\r\n");
      return true;
    }, "the server is ejected");
    await client.exchange(
      `${set(moved, "there")}get ${moved} none\r\n`,
      `STORED\r\n${item(moved, "there")}END\r\n`,
    );
    const live = await Promise.all(pool.servers.slice(1).map((server) => server.get(moved)));
    assertEquals(live.filter((value) => value !== null), ["there"]);
    assertEquals((await pool.stats()).server_ejects, 1);
  },
);

realTest(
  "memcached",
  "memcache: a server that is silent times out, and its late replies reach nobody",
  async () => {
    await using pool = await startMemcachePool({
      servers: 2,
      // Long enough for what is asked last to be answered in time.
      directives: { timeout: 1000, server_failure_limit: 100 },
    });
    using client = await pool.connect();
    using other = await pool.connect();
    const [[silent], [fine]] = await pool.keysByServer(1);
    for (const key of [silent, fine]) await client.exchange(set(key, `value of ${key}`), "STORED\r\n");
    const { process } = pool.servers[0];
    process.signal("SIGSTOP");
    const requests = requestsFor(silent).slice(0, 3);
    await client.exchange(requests.join(""), TIMED_OUT.repeat(requests.length));
    await client.send(silentRequestsFor(silent).slice(5, 6).join(""));
    await client.exchange(`get ${fine} ${silent}\r\n`, from("s0", TIMED_OUT));
    await client.exchange(`get ${fine}\r\n`, `${item(fine, `value of ${fine}`)}END\r\n`);
    // What is asked now waits behind requests whose time is over; their replies come first.
    await other.send(`get ${silent}\r\nincr ${silent} 1\r\nget nil none ${silent}\r\n`);
    process.signal("SIGCONT");
    const found = `${item(silent, `value of ${silent}`)}END\r\n`;
    await other.expect(`${found}CLIENT_ERROR cannot increment or decrement non-numeric value\r\n${found}`);
    for (let round = 0; round < 5; round++) {
      for (const asking of [other, client]) {
        await asking.exchange(`get none ${silent}\r\n`, found);
      }
    }
    const stats = await pool.stats();
    assertEquals([stats.client_err, stats.s0.server_err, stats.s0.server_connections], [0, 0, 1]);
  },
);

realTest("memcached", "memcache: a server that does not take a long value times out", async () => {
  const directives = { timeout: 300, server_failure_limit: 100 };
  await using pool = await startMemcachePool({
    servers: 1,
    directives,
    memcached: { args: ["-I", "64m", "-m", "256"] },
  });
  using client = await pool.connect();
  pool.servers[0].process.signal("SIGSTOP");
  // 2 MB fit into the kernel's buffers on the way, 40 MB do not.
  for (const length of [2_000_000, 40_000_000]) {
    const sending = client.send(set("large", "x".repeat(length)));
    await client.expect(TIMED_OUT);
    await sending;
    await client.exchange("verbosity 1\r\n", "OK\r\n");
  }
  pool.servers[0].process.signal("SIGCONT");
  await client.exchange(`${set("a", "v")}get a\r\n`, `STORED\r\n${item("a", "v")}END\r\n`);
  const large = "y".repeat(40_000_000);
  await client.exchange(set("large", large), "STORED\r\n");
  await client.exchange("get large\r\n", `${item("large", large)}END\r\n`);
});

Deno.test("memcache: a server that dies while it does not take a long value fails it", async () => {
  await using server = new FakeServer(async (connection) => {
    await connection.readLine();
    // Long enough for all that fits into the buffers on the way to be there.
    await sleep(100);
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  for (let round = 0; round < 5; round++) {
    const sending = client.send(set("large", "x".repeat(40_000_000)));
    assertMatch(await client.readLine(), /^SERVER_ERROR (Connection reset by peer|Broken pipe)$/);
    await sending;
    await client.exchange("verbosity 1\r\n", "OK\r\n");
  }
});

realTest("memcached", "memcache: a server that dies with requests under way fails them", async () => {
  await using pool = await startMemcachePool({ servers: 2, memcached: { args: ["-I", "8m"] } });
  using client = await pool.connect();
  const [[dying], [fine]] = await pool.keysByServer(1);
  await client.exchange(set(fine, "v"), "STORED\r\n");
  const { process } = pool.servers[0];
  await client.exchange(`get ${dying}\r\n`, "END\r\n");
  process.signal("SIGSTOP");
  await client.send(`get ${dying}\r\n${set(dying, "v", " noreply")}get ${fine}\r\nget ${fine} ${dying}\r\n`);
  // The request is on its way once the live server's answer to the last one has been counted.
  await eventually(async () => (await pool.stats()).s0.out_queue === 2, "two requests wait for the server");
  await pool.servers[0].stop();
  await client.expect(`${RESET}${item(fine, "v")}END\r\n${from("s0", RESET)}`);
  await client.exchange(`get ${fine}\r\n`, `${item(fine, "v")}END\r\n`);
});

Deno.test("memcache: a server that breaks the protocol fails the requests under way", async () => {
  const nonsense = [
    "HELLO\r\n",
    "VALUE a 0 1\r\nxEND\r\n",
    "VALUE a b c\r\n",
    "\r\n",
    "END\n",
    "x".repeat(5000),
  ];
  await using server = new FakeServer(async (connection, index) => {
    await connection.readLine();
    await connection.send(nonsense[index]);
    await connection.readToEnd();
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  for (let i = 0; i < nonsense.length; i++) {
    await eventually(async () => {
      await client.exchange("get a\r\nverbosity 1\r\n", "SERVER_ERROR Invalid argument\r\nOK\r\n");
      return server.accepted > i;
    }, "the proxy connects again");
  }
  assertEquals((await proxy.stats()).pool.client_connections, 1);
});

Deno.test("tw#221: a reply that nobody asked for ends the connection before it reaches anybody", async () => {
  await using server = new FakeServer(async (connection, index) => {
    for (;;) {
      const key = (await connection.readLine()).split(" ")[1];
      const stray = index === 0 && key === "c" ? "ERROR\r\n" : "";
      await connection.send(`${item(key, `value of ${key}`)}END\r\n${stray}`);
    }
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1 s0`]);
  using client = await proxy.connect();
  for (const key of ["a", "b", "c"]) {
    await client.exchange(`get ${key}\r\n`, `${item(key, `value of ${key}`)}END\r\n`);
  }
  await eventually(async () => (await proxy.stats()).pool.s0.server_err === 1, "the connection is closed");
  await eventually(async () => {
    await client.send("get d\r\n");
    const line = await client.readLine();
    if (line === "SERVER_ERROR Invalid argument") return false;
    assertEquals(line, "VALUE d 0 10");
    await client.expect("value of d\r\nEND\r\n");
    return true;
  }, "the server serves again");
});
