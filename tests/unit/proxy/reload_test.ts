import { assert, assertEquals } from "@std/assert";
import type { PoolConfig, ServerConfig } from "../../../src/config/config.ts";
import type { Address } from "../../../src/net/address.ts";
import { LINGER_MS, RETIRED_SILENCE_MAX_MS, TICK_MS } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, Rig, rigTest } from "../../support/proxy_rig.ts";

const RESET = "-ERR Connection reset by peer\r\n";

/** Some of the rig's servers. */
function some(rig: Rig, ...which: readonly number[]): ServerConfig[] {
  return which.map((i) => rig.config.servers[i]);
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
