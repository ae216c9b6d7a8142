import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, rigTest } from "../../support/proxy_rig.ts";

const REFUSED = "-ERR Connection refused\r\n";
const EJECTING = { autoEjectHosts: true, serverFailureLimit: 2, serverRetryTimeoutMs: 1000 };

rigTest("proxy: a server that fails is ejected, its keys go to others, and a good probe brings it back", {
  pool: EJECTING,
  servers: 2,
  answer: echo,
}, async (rig) => {
  const [key] = rig.keysOf(0, 1);
  const client = await rig.client();
  rig.servers[0].die();
  client.send(requests(`GET ${key}`));
  await settle();
  client.send(requests(`GET ${key}`));
  await settle();
  assertEquals([client.take(), rig.count("serverEjects"), rig.serverOf(key)], [REFUSED.repeat(2), 1, 1]);
  client.send(requests(`GET ${key}`));
  await settle();
  assertEquals([client.take(), rig.servers[1].connection.requestCount], [bulk(`GET ${key}`), 1]);

  // The first probe comes after the retry timeout, and finds nobody.
  const attempts = () => rig.network.attempts.get("10.0.0.1:6000");
  await rig.advance(900);
  assertEquals(attempts(), 2);
  await rig.advance(200);
  assertEquals([attempts(), rig.serverOf(key)], [3, 1]);
  rig.servers[0].listen();
  await rig.advance(900);
  assertEquals(rig.serverOf(key), 1, "it is not back before the next probe");
  await rig.advance(300);
  assertEquals([attempts(), rig.serverOf(key)], [4, 0]);
  assertEquals(rig.servers[0].connection.requestCount, 1, "the probe");
  client.send(requests(`GET ${key}`));
  await settle();
  assertEquals([client.take(), attempts()], [bulk(`GET ${key}`), 4], "the probe's connection serves");
  assertEquals(rig.serverCount("serverEjectedAt"), 1_700_000_001_000 * 1000);
});

rigTest("proxy: a probe that is answered badly, or not at all, does not bring a server back", {
  pool: { ...EJECTING, timeoutMs: 400 },
  servers: 2,
  answer: echo,
}, async (rig) => {
  const [key] = rig.keysOf(0, 1);
  const client = await rig.client();
  rig.servers[0].answer = (words) =>
    words[0] === "PING" ? "-LOADING Redis is loading the dataset in memory\r\n" : "-LOADING x\r\n";
  client.send(requests(`GET ${key}`, `GET ${key}`));
  await settle();
  client.send(requests(`GET ${key}`));
  await settle();
  assertEquals(rig.serverOf(key), 1, "a server that is loading counts as failed");
  client.take();
  await rig.advance(1100);
  assertEquals(rig.serverOf(key), 1);
  rig.servers[0].answer = () => null;
  const before = rig.servers[0].connections.length;
  await rig.advance(1200);
  assertEquals(rig.servers[0].connections.length, before + 1, "another probe");
  await rig.advance(500);
  assertEquals([rig.serverOf(key), rig.servers[0].connection.ended], [1, true], "it was given up");
  rig.servers[0].answer = echo;
  await rig.advance(5000);
  assertEquals(rig.serverOf(key), 0);
});

rigTest(
  "proxy: without ejection a server stays on the ring, whatever happens",
  { servers: 2 },
  async (rig) => {
    const [key] = rig.keysOf(0, 1);
    const client = await rig.client();
    rig.servers[0].die();
    for (let i = 0; i < 10; i++) {
      client.send(requests(`GET ${key}`));
      await rig.advance(2000);
      assertEquals(client.take(), REFUSED);
    }
    assertEquals([rig.serverOf(key), rig.count("serverEjects")], [0, 0]);
  },
);

rigTest("proxy: when no server is left, that is what clients are told", { pool: EJECTING }, async (rig) => {
  const client = await rig.client();
  rig.server.die();
  for (let i = 0; i < 3; i++) {
    client.send(requests("GET a"));
    await settle();
  }
  client.send(requests("GET a", "MGET a b", "PING"));
  await settle();
  assertEquals(client.take(), `${REFUSED.repeat(5)}+PONG\r\n`);
  assertEquals(rig.count("serverEjects"), 1);
});

rigTest("proxy: a good reply ends a series of failures", { pool: EJECTING, servers: 2 }, async (rig) => {
  const [key] = rig.keysOf(0, 1);
  const client = await rig.client();
  for (let i = 0; i < 5; i++) {
    client.send(requests(`GET ${key}`));
    await settle();
    rig.servers[0].connection.reply(bulk("x"));
    await settle();
    client.send(requests(`GET ${key}`));
    await settle();
    rig.servers[0].connection.close();
    await settle();
  }
  assertEquals([rig.serverOf(key), rig.count("serverEjects")], [0, 0]);
});

rigTest("proxy: every connection is opened at the start if the pool wants that", {
  pool: { preconnect: true, serverConnections: 3 },
  servers: 2,
}, async (rig) => {
  await settle();
  assertEquals(rig.servers.map(({ connections }) => connections.length), [3, 3]);
  assertEquals(rig.serverCount("serverConnections"), 3);
  assertEquals(rig.proxy.connections.current, 7, "and the listener");
});

rigTest("proxy: a client stays on one of several connections, and clients are spread over them", {
  pool: { serverConnections: 2 },
}, async (rig) => {
  const clients = await Promise.all(Array.from({ length: 4 }, () => rig.client()));
  for (let i = 0; i < 10; i++) clients.forEach((client, c) => client.send(requests(`SET c${c} ${i}`)));
  await settle();
  assertEquals(rig.server.connections.length, 2);
  for (const { requests } of rig.server.connections) {
    const names = new Set(requests.map((words) => words[1]));
    assertEquals([names.size, requests.length], [2, 20]);
    for (const name of names) {
      const values = requests.filter((words) => words[1] === name).map((words) => Number(words[2]));
      assertEquals(values, Array.from({ length: 10 }, (_, i) => i));
    }
  }
});

rigTest("proxy: a server is greeted before it gets requests", {
  pool: { redisAuth: encode("secret"), redisDb: 5 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("AUTH secret", "GET a"));
  await settle();
  const { connection } = rig.server;
  assertEquals(connection.requests, [["AUTH", "secret"], ["SELECT", "5"]]);
  connection.reply("+OK\r\n");
  await settle();
  assertEquals(connection.requests, [["SELECT", "5"]]);
  connection.reply("+OK\r\n");
  await settle();
  assertEquals(connection.requests, [["GET", "a"]]);
  connection.reply(bulk("A"));
  await settle();
  assertEquals(client.take(), `+OK\r\n${bulk("A")}`);
});

rigTest("proxy: a server that refuses the greeting is left, and clients are told why", {
  pool: { redisAuth: encode("secret"), redisDb: 5 },
}, async (rig) => {
  const client = await rig.client();
  const table: [string[], string][] = [
    [["-WRONGPASS no\r\n"], "-ERR AUTH failed: WRONGPASS no\r\n"],
    [
      ["+OK\r\n", "-ERR DB index is out of range\r\n"],
      "-ERR SELECT 5 failed: ERR DB index is out of range\r\n",
    ],
    [["+OK\r\n", "-LOADING wait\r\n"], "-ERR SELECT 5 failed: LOADING wait\r\n"],
    [["what?\r\n"], "-ERR Invalid argument\r\n"],
    [["+OK\r\n", "+OK\r\n+OK\r\n"], "-ERR Invalid argument\r\n"],
    [["$5000\r\n" + "x".repeat(5000) + "\r\n"], "-ERR Invalid argument\r\n"],
  ];
  client.send(requests("AUTH secret"));
  await settle();
  client.take();
  for (const [replies, text] of table) {
    client.send(requests("GET a"));
    await settle();
    rig.server.connection.reply(...replies);
    await settle();
    assertEquals(client.take(), text);
    assert(rig.server.connection.ended);
    await rig.advance(2000);
  }
  client.send(requests("GET a"));
  await settle();
  rig.server.connection.close();
  await settle();
  assertEquals(client.take(), "-ERR Connection reset by peer\r\n");
});

rigTest(
  "proxy: a server that is not ejected shows that it fails, and is well again without a client's request",
  {
    pool: { serverFailureLimit: 2, serverRetryTimeoutMs: 30_000 },
    servers: 1,
    answer: echo,
  },
  async (rig) => {
    const client = await rig.client();
    const attempts = () => rig.network.attempts.get("10.0.0.1:6000") ?? 0;
    rig.servers[0].die();
    client.send(requests("GET a"));
    await settle();
    assertEquals(rig.serverCount("failing"), 0, "one failure is none");
    client.send(requests("GET a"));
    await settle();
    assertEquals([client.take(), rig.serverCount("failing"), rig.serverCount("live")], [
      REFUSED.repeat(2),
      1,
      1,
    ]);
    await rig.advance(1200);
    assertEquals([attempts(), rig.serverCount("failing")], [3, 1]);
    rig.servers[0].listen();
    await rig.advance(3000);
    assertEquals([attempts(), rig.serverCount("failing")], [4, 0]);
    assertEquals(rig.servers[0].connection.requestCount, 1, "the probe");
    await rig.advance(60_000);
    assertEquals(attempts(), 4, "it is not probed any more");
    client.send(requests("GET a"));
    await settle();
    assertEquals([client.take(), attempts()], [bulk("GET a"), 4], "the probe's connection serves");
  },
);
