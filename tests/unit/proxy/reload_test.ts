import { assert, assertEquals, assertThrows } from "@std/assert";
import type { PoolConfig, ServerConfig } from "../../../src/config/config.ts";
import type { Address } from "../../../src/net/address.ts";
import { LINGER_MS, POOL_DRAIN_MAX_MS, RETIRED_SILENCE_MAX_MS, TICK_MS } from "../../../src/proxy/limits.ts";
import { ListenError } from "../../../src/proxy/listeners.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, Rig, rigTest } from "../../support/proxy_rig.ts";
import { ScriptedClient } from "../../support/scripted_redis.ts";

const RESET = "-ERR Connection reset by peer\r\n";

/** A pool's `listen` on a port of the network in memory. */
function listenOn(port: number): PoolConfig["listen"] {
  return {
    text: `127.0.0.1:${port}`,
    address: { transport: "tcp", hostname: "127.0.0.1", port },
    mode: null,
  };
}

/** Some of the rig's servers. */
function some(rig: Rig, ...which: readonly number[]): ServerConfig[] {
  return which.map((i) => rig.config.servers[i]);
}

/** Connects a client to a port. */
async function dial(rig: Rig, port: number): Promise<ScriptedClient> {
  const address: Address = { transport: "tcp", hostname: "127.0.0.1", port };
  const client = new ScriptedClient(rig.network.dial(address));
  await settle();
  return client;
}

/** Whether anybody listens at a port. */
function isOpen(rig: Rig, port: number): boolean {
  try {
    rig.network.dial({ transport: "tcp", hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

rigTest("reload: the same configuration touches nothing", { servers: 2, answer: echo }, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a", "GET b", "GET c", "GET d"));
  await settle();
  const { pool } = rig;
  const { servers, router } = pool;
  assertEquals(rig.reload({}), []);
  assert(rig.pool === pool, "the pool is the same");
  assert(pool.servers === servers, "the servers is the same");
  assert(pool.router === router, "the router is the same");
});

rigTest("reload: a server that stays keeps its connection and its numbers", {
  servers: 3,
  answer: echo,
  pool: { distribution: "ketama" },
}, async (rig) => {
  rig.reload({ servers: some(rig, 0, 1) });
  const client = await rig.client();
  const keys = Array.from({ length: 50 }, (_, i) => `k${i}`);
  const text = requests(...keys.map((key) => `GET ${key}`));
  const replies = keys.map((key) => bulk(`GET ${key}`)).join("");
  client.send(text);
  await settle();
  assertEquals(client.take(), replies);
  const [before, other] = [rig.serverCount("requests", 0), rig.serverCount("requests", 1)];
  assertEquals(before + other, 50);
  assertEquals(rig.reload({ servers: some(rig, 0, 1, 2) }), [{ kind: "changed", pool: "rig", ignored: [] }]);
  client.send(text);
  await settle();
  assertEquals(client.take(), replies);
  assertEquals(rig.servers.map(({ connections }) => connections.length), [1, 1, 1]);
  const moved = rig.serverCount("requests", 2);
  assert(moved > 0 && moved < 40, `${moved} keys have moved`);
  assertEquals(rig.serverCount("requests", 0) + rig.serverCount("requests", 1), 100 - moved);
});

rigTest("reload: a server that is taken out answers what it has, and then its connection ends", {
  servers: 2,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const client = await rig.client();
  client.send(requests(`GET ${a}`, `GET ${b}`, `MGET ${a} ${b}`));
  await settle();
  rig.reload({ servers: some(rig, 0) });
  client.send(requests(`GET ${b}`));
  await settle();
  await rig.advance(2 * TICK_MS);
  assertEquals(rig.servers.map(({ openCount }) => openCount), [1, 1], "it is waited for");
  assertEquals(rig.servers[0].connection.requests.at(-1), ["GET", b], "its keys go elsewhere now");
  rig.servers[0].connection.reply(bulk("A"), "*1\r\n$1\r\n1\r\n", bulk("new B"));
  rig.servers[1].connection.reply(bulk("B"), "*1\r\n$1\r\n2\r\n");
  await settle();
  assertEquals(client.take(), bulk("A") + bulk("B") + "*2\r\n$1\r\n1\r\n$1\r\n2\r\n" + bulk("new B"));
  await rig.advance(2 * TICK_MS);
  assertEquals(rig.servers.map(({ openCount }) => openCount), [1, 0]);
  assertEquals(rig.serverCount("serverErr"), 0);
});

rigTest("reload: a server that is taken out and says nothing is not waited for for ever", {
  servers: 2,
  pool: { clientTimeoutMs: 0 },
}, async (rig) => {
  const [b] = rig.keysOf(1, 1);
  const client = await rig.client();
  client.send(requests(`GET ${b}`, "PING"));
  await settle();
  rig.reload({ servers: some(rig, 0) });
  await rig.advance(RETIRED_SILENCE_MAX_MS - 100);
  assertEquals(client.take(), "");
  await rig.advance(200);
  assertEquals([client.take(), client.ended], [`${RESET}+PONG\r\n`, false]);
  assertEquals(rig.servers[1].openCount, 0);
});

rigTest("reload: a server that is taken out still times out", {
  servers: 2,
  pool: { timeoutMs: 400, autoEjectHosts: true, serverFailureLimit: 1 },
}, async (rig) => {
  const [b] = rig.keysOf(1, 1);
  const client = await rig.client();
  client.send(requests(`GET ${b}`));
  await settle();
  rig.reload({
    servers: some(rig, 0),
    timeoutMs: 400,
    autoEjectHosts: true,
    serverFailureLimit: 1,
  });
  await rig.advance(500);
  assertEquals(client.take(), "-ERR Connection timed out\r\n");
  assertEquals([rig.count("serverEjects"), rig.servers[1].openCount], [0, 0]);
  const [attempts] = [rig.network.attempts.get("10.0.0.1:6001")];
  await rig.advance(3000);
  assertEquals(rig.network.attempts.get("10.0.0.1:6001"), attempts, "nobody asks how it is");
});

Deno.test("reload: requests that nobody answers are sent before their connection ends", async (t) => {
  for (const then of ["taken out", "left, at the end of the process"]) {
    await t.step(`the server is ${then}`, async () => {
      const rig = new Rig({ servers: 1, pool: { protocol: "memcache" } });
      const place: Address = { transport: "tcp", hostname: "10.0.0.9", port: 1 };
      const acceptor = rig.network.listen(place);
      const quiet = { name: "quiet", address: place, weight: 1 };
      rig.reload({ protocol: "memcache", servers: [quiet] });
      const client = await rig.client();
      const opening = Promise.withResolvers<void>();
      const { connect } = rig.network;
      rig.network.connect = async (...args) => {
        await opening.promise;
        return await connect.apply(rig.network, args);
      };
      client.send("set k 0 0 1 noreply\r\nx\r\n");
      await settle();
      if (then === "taken out") rig.reload({ protocol: "memcache" });
      else rig.proxy.drain();
      await rig.advance(2 * TICK_MS);
      opening.resolve();
      const { transport } = await acceptor.accept();
      const buffer = new Uint8Array(100);
      const count = await transport.read(buffer);
      assertEquals(new TextDecoder().decode(buffer.subarray(0, count!)), "set k 0 0 1 noreply\r\nx\r\n");
      await rig.advance(LINGER_MS + 2 * TICK_MS);
      assertEquals(await transport.read(buffer), null);
      transport.close();
      acceptor.close();
      await rig.stop();
    });
  }
});

rigTest("reload: an address that has changed is another server", { servers: 2 }, async (rig) => {
  const client = await rig.client();
  rig.reload({ servers: some(rig, 0) });
  client.send(requests("GET a"));
  await settle();
  const [{ address }] = some(rig, 1);
  rig.reload({ servers: [{ ...rig.config.servers[0], address }] });
  client.send(requests("GET b"));
  await settle();
  rig.servers[0].connection.reply(bulk("A"));
  rig.servers[1].connection.reply(bulk("B"));
  await rig.advance(2 * TICK_MS);
  assertEquals(client.take(), bulk("A") + bulk("B"));
  assertEquals(rig.servers.map(({ openCount }) => openCount), [0, 1]);
});

rigTest("reload: a weight moves keys and no connection", {
  servers: 2,
  answer: echo,
  pool: { distribution: "ketama", preconnect: true },
}, async (rig) => {
  await settle();
  const shareOfFirst = () => {
    let count = 0;
    for (let i = 0; i < 400; i++) if (rig.serverOf(`key${i}`) === 0) count++;
    return count;
  };
  const before = shareOfFirst();
  const [first, second] = rig.config.servers;
  rig.reload({ servers: [{ ...first, weight: 9 }, second] });
  assert(shareOfFirst() > 1.3 * before, `${shareOfFirst()} of 400 keys, ${before} before`);
  await rig.advance(2 * TICK_MS);
  assertEquals(rig.servers.map(({ connections, openCount }) => [connections.length, openCount]), [
    [1, 1],
    [1, 1],
  ]);
});

rigTest("reload: a timeout holds for connections that are open", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a"));
  await rig.advance(1000);
  assertEquals(client.take(), "");
  rig.reload({ timeoutMs: 300 });
  await rig.advance(2 * TICK_MS);
  assertEquals(client.take(), "-ERR Connection timed out\r\n");
  assertEquals(rig.server.connections.length, 1);
});

rigTest("reload: there are as many connections as the pool says, those that need not go stay", {
  answer: echo,
}, async (rig) => {
  const clients = [await rig.client(), await rig.client(), await rig.client(), await rig.client()];
  const ask = async (): Promise<void> => {
    for (const client of clients) client.send(requests("GET k"));
    await rig.advance(2 * TICK_MS);
    for (const client of clients) assertEquals(client.take(), bulk("GET k"));
  };
  await ask();
  const [first] = rig.server.connections;
  for (const [count, opened, open] of [[3, 3, 3], [2, 3, 2], [3, 4, 3], [1, 4, 1]] as const) {
    rig.reload({ serverConnections: count });
    await ask();
    assertEquals([rig.server.connections.length, rig.server.openCount], [opened, open]);
  }
  assert(!first.ended, "the first one is the one that stays");
});

rigTest("reload: another password or database greets the servers anew, and clients stay", {
  answer: (words) => ["SELECT", "AUTH"].includes(words[0]) ? "+OK\r\n" : echo(words),
}, async (rig) => {
  const client = await rig.client();
  const seen: string[] = [];
  const { answer } = rig.server;
  rig.server.answer = (words, connection) => {
    seen.push(words.join(" "));
    return answer(words, connection);
  };
  client.send(requests("GET a"));
  await settle();
  rig.reload({ redisDb: 2 });
  client.send(requests("GET b"));
  await rig.advance(2 * TICK_MS);
  rig.reload({ redisDb: 2, redisAuth: new TextEncoder().encode("secret") });
  client.send(requests("GET c"));
  await rig.advance(2 * TICK_MS);
  assertEquals(client.take(), bulk("GET a") + bulk("GET b") + bulk("GET c"));
  assertEquals(seen, ["GET a", "SELECT 2", "GET b", "AUTH secret", "SELECT 2", "GET c"]);
  assertEquals(rig.server.openCount, 1);
  const late = await rig.client();
  late.send(requests("GET d"));
  await settle();
  assertEquals(late.take(), "-NOAUTH Authentication required.\r\n", "new clients need the password");
});

rigTest("reload: on other connections of a server a client's requests do not overtake those under way", {
  pool: { clientRequestsMax: 3 },
}, async (rig) => {
  const [client, other] = [await rig.client(), await rig.client()];
  const changes: Partial<PoolConfig>[] = [{ redisDb: 1 }, {}, { tcpKeepalive: true }, {
    serverConnections: 2,
  }];
  rig.server.answer = (words) => words[0] === "SELECT" ? "+OK\r\n" : null;
  for (const [i, change] of changes.entries()) {
    client.send(requests("SET k 1"));
    await settle();
    const before = rig.server.connections.find((connection) => connection.requests.length > 0)!;
    rig.reload(change);
    client.send(requests("GET k", "GET k"));
    await settle();
    const count = () => rig.server.connections.reduce((sum, { requests }) => sum + requests.length, 0);
    assertEquals(count(), 1, `they wait, after change ${i}`);
    other.send(requests("GET k"));
    await settle();
    assertEquals(count(), 2, "nobody else does");
    before.reply("+OK\r\n");
    await settle();
    for (let round = 0; round < 2; round++) {
      for (const connection of rig.server.connections) {
        while (connection.requests.length > 0) connection.reply(bulk("1"));
      }
      await settle();
    }
    assertEquals(client.take(), "+OK\r\n" + bulk("1") + bulk("1"));
    assertEquals(other.take(), bulk("1"));
  }
});

rigTest("reload: a server that is ejected stays so, and comes back by its probe", {
  servers: 2,
  pool: { autoEjectHosts: true, serverFailureLimit: 1, serverRetryTimeoutMs: 1000 },
}, async (rig) => {
  const [b] = rig.keysOf(1, 1);
  const client = await rig.client();
  rig.servers[1].die();
  client.send(requests(`GET ${b}`));
  await settle();
  assertEquals(rig.count("serverEjects"), 1);
  client.take();
  const pool = { autoEjectHosts: true, serverFailureLimit: 1, serverRetryTimeoutMs: 300 };
  rig.reload({ ...pool, timeoutMs: 5000 });
  assertEquals(rig.serverOf(b), 0);
  rig.reload({ ...pool, ejectPolicy: "error" });
  assertEquals(rig.serverOf(b), 1, "its keys stay with it");
  rig.servers[1].answer = echo;
  rig.servers[1].listen();
  await rig.advance(400);
  client.send(requests(`GET ${b}`));
  await settle();
  assertEquals(client.take(), bulk(`GET ${b}`));
});

rigTest("reload: a pool that is added listens, one that is taken out drains", {}, async (rig) => {
  const changes = rig.reload({ listen: listenOn(7000) }, { name: "more", listen: listenOn(7001) });
  assertEquals(changes, [
    { kind: "changed", pool: "rig", ignored: [] },
    { kind: "added", pool: "more", ignored: [] },
  ]);
  const [idle, busy] = [await dial(rig, 7001), await dial(rig, 7001)];
  busy.send(requests("GET a"));
  await settle();
  assertEquals(rig.reload({ listen: listenOn(7000) }), [{ kind: "removed", pool: "more", ignored: [] }]);
  await rig.advance(2 * TICK_MS);
  assertEquals([isOpen(rig, 7001), idle.ended, busy.ended], [false, true, false]);
  assertEquals([rig.proxy.clientCount, rig.proxy.snapshot().length], [2, 1]);
  rig.server.connection.reply(bulk("A"));
  await settle();
  assertEquals([busy.take(), busy.ended], [bulk("A"), true]);
  await rig.advance(LINGER_MS + 2 * TICK_MS);
  assertEquals([rig.proxy.clientCount, rig.server.openCount], [0, 0]);
});

rigTest("reload: the clients of a pool that is taken out have only so much time", {}, async (rig) => {
  rig.reload({ listen: listenOn(7000) }, { name: "more", listen: listenOn(7001) });
  const busy = await dial(rig, 7001);
  // Its server answers now and then, but never this.
  busy.send(requests("GET a", "GET b", "GET c"));
  await settle();
  rig.reload({ listen: listenOn(7000) });
  for (const reply of ["A", "B"]) {
    await rig.advance(POOL_DRAIN_MAX_MS / 2 - 100);
    rig.server.connection.reply(bulk(reply));
  }
  await settle();
  assertEquals([busy.take(), busy.ended], [bulk("A") + bulk("B"), false]);
  await rig.advance(300);
  assertEquals([busy.ended, rig.proxy.clientCount, rig.server.openCount], [true, 0, 0]);
});

rigTest(
  "reload: a pool moves to another address, and its clients do not notice",
  { answer: echo },
  async (rig) => {
    rig.reload({ listen: listenOn(7000) });
    const client = await dial(rig, 7000);
    rig.reload({ listen: listenOn(7001) });
    await settle();
    assertEquals([isOpen(rig, 7000), isOpen(rig, 7001)], [false, true]);
    client.send(requests("GET a"));
    await settle();
    assertEquals([client.take(), client.ended], [bulk("GET a"), false]);
  },
);

rigTest("reload: if one address cannot be bound, nothing changes at all", { answer: echo }, async (rig) => {
  rig.reload({ listen: listenOn(7000) });
  const client = await dial(rig, 7000);
  const taken = rig.network.listen(listenOn(7009).address);
  const { pool } = rig;
  const { config, router } = pool;
  const error = assertThrows(
    () =>
      rig.reload(
        { listen: listenOn(7001), timeoutMs: 5, servers: [] },
        { name: "good", listen: listenOn(7002) },
        { name: "bad", listen: listenOn(7009) },
      ),
    ListenError,
  );
  assertEquals(error.message, "bind for pool 'bad' to addr '127.0.0.1:7009' failed: Address already in use");
  assert(rig.pool === pool, "the pool is the same");
  assert(pool.config === config, "the config is the same");
  assert(pool.router === router, "the router is the same");
  assertEquals([7000, 7001, 7002].map((port) => isOpen(rig, port)), [true, false, false]);
  client.send(requests("GET a"));
  await settle();
  assertEquals(client.take(), bulk("GET a"));
  taken.close();
});

rigTest("reload: pools may change places", { servers: 2, answer: echo }, async (rig) => {
  const [first, second] = [some(rig, 0), some(rig, 1)];
  rig.reload(
    { name: "one", listen: listenOn(7000), servers: first },
    { name: "two", listen: listenOn(7001), servers: second },
  );
  const old = await dial(rig, 7000);
  rig.reload(
    { name: "one", listen: listenOn(7001), servers: first },
    { name: "two", listen: listenOn(7000), servers: second },
  );
  const late = await dial(rig, 7000);
  old.send(requests("GET old"));
  late.send(requests("GET late", "GET later"));
  await settle();
  assertEquals(rig.servers.map(({ connection }) => connection.requestCount), [1, 2]);
});

rigTest(
  "reload: another name or protocol is another pool at the same address",
  { answer: echo },
  async (rig) => {
    rig.reload({ listen: listenOn(7000) });
    const old = await dial(rig, 7000);
    rig.reload({ listen: listenOn(7000), name: "renamed" });
    const renamed = await dial(rig, 7000);
    await settle();
    assertEquals([old.ended, renamed.ended], [true, false]);
    const changes = rig.reload({ listen: listenOn(7000), name: "renamed", protocol: "memcache" });
    assertEquals(changes.map(({ kind, pool }) => `${pool} ${kind}`), ["renamed added", "renamed removed"]);
    const memcache = await dial(rig, 7000);
    memcache.send("nonsense\r\n");
    await settle();
    assertEquals(renamed.ended, true);
    assertEquals(memcache.take(), "ERROR\r\n");
  },
);

rigTest("reload: what an open socket cannot take on is named", {}, async (rig) => {
  const [change] = rig.reload({ backlog: 7, reusePort: true, tcpKeepalive: true });
  assertEquals(change.ignored, ["backlog", "reuseport", "tcpkeepalive (of clients)"]);
  await settle();
});

rigTest("reload: limits on clients hold for those who are there", { answer: echo }, async (rig) => {
  const [first, second] = [await rig.client(), await rig.client()];
  rig.reload({ clientConnections: 1, clientIdleTimeoutMs: 2000 });
  const third = await rig.client();
  assertEquals(third.take(), "-ERR max number of clients reached\r\n");
  assertEquals([first.ended, second.ended], [false, false]);
  await rig.advance(3100);
  assertEquals([first.ended, second.ended], [true, true]);
});

rigTest("drain: what was read is served, even if it had to wait its turn", {
  pool: { clientRequestsMax: 2 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a", "GET b", "GET c", "GET d", "GET e"));
  await settle();
  assertEquals(rig.server.connection.requests.length, 2);
  rig.proxy.drain();
  client.send(requests("GET late"));
  for (const reply of ["A", "B", "C", "D", "E"]) {
    await settle();
    rig.server.connection.reply(bulk(reply));
  }
  await settle();
  assertEquals([client.take(), client.ended], [["A", "B", "C", "D", "E"].map(bulk).join(""), true]);
  assertEquals([rig.server.connection.requestCount, rig.proxy.isDrained], [5, false]);
  client.close();
  await rig.advance(3 * TICK_MS);
  assertEquals([rig.proxy.isDrained, rig.server.openCount], [true, 0]);
});

rigTest("drain: a long request that has begun is served to its end", {}, async (rig) => {
  const client = await rig.client();
  const text = requests("PING", `SET k ${"v".repeat(3_000_000)}`, "GET k");
  client.send(text.slice(0, 2_000_000));
  await settle();
  rig.proxy.drain();
  await settle();
  client.send(text.slice(2_000_000));
  await settle();
  assertEquals(rig.server.connection.requests[0]?.[0], "SET");
  rig.server.connection.reply("+OK\r\n");
  await settle();
  rig.server.connections.find((connection) => connection.requests[0]?.[0] === "GET")?.reply(bulk("v"));
  await settle();
  assertEquals([client.take(), client.ended], ["+PONG\r\n+OK\r\n" + bulk("v"), true]);
});

rigTest(
  "drain: a client that breaks the protocol in a long request is told so and let go",
  {},
  async (rig) => {
    const client = await rig.client();
    const text = requests(`SET k ${"v".repeat(2_000_000)}`);
    client.send(requests("PING") + text.slice(0, 1_500_000));
    await settle();
    client.send(text.slice(1_500_000, -2) + "no end of a bulk string");
    await settle();
    const got = client.take();
    assert(got.startsWith(`+PONG\r\n${RESET}-ERR Protocol error`), got.slice(0, 200));
    assertEquals(client.ended, true);
    await rig.advance(LINGER_MS + TICK_MS);
    assertEquals([rig.proxy.clientCount, rig.server.openCount], [0, 0]);
  },
);
