import { assert, assertEquals } from "@std/assert";
import { TICK_MS } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";

const TIMEOUT_MS = 400;
const TIMED_OUT = "-ERR Connection timed out\r\n";
const REFUSED = "-ERR Connection refused\r\n";
const RESET = "-ERR Connection reset by peer\r\n";

/** A limit of failures that these tests do not reach. */
const PATIENT = { timeoutMs: TIMEOUT_MS, serverFailureLimit: 10 };

/** Lets a little more time pass than a timeout takes to be noticed. */
async function outwait(rig: Rig, timeoutMs = TIMEOUT_MS): Promise<void> {
  await rig.advance(timeoutMs + TICK_MS);
}

rigTest("proxy: a timeout fails its own request only, and its late reply goes to nobody", {
  pool: PATIENT,
}, async (rig) => {
  const [a, b] = [await rig.client(), await rig.client()];
  a.send(requests("GET a1"));
  await rig.advance(TIMEOUT_MS / 2);
  b.send(requests("GET b1"));
  a.send(requests("GET a2"));
  await rig.advance(TIMEOUT_MS / 2 + TICK_MS);
  assertEquals([a.take(), b.take()], [TIMED_OUT, ""]);
  const { connection } = rig.server;
  connection.reply(bulk("a1, too late"));
  connection.reply(...connection.requests.map((words) => bulk(words[1])));
  await settle();
  assertEquals([a.take(), b.take(), connection.ended], [bulk("a2"), bulk("b1"), false]);
  assertEquals([rig.count("forwardError"), rig.serverCount("serverTimedout")], [1, 1]);
});

rigTest("proxy: a request just in time is none too late", { pool: PATIENT }, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a"));
  await rig.advance(TIMEOUT_MS - TICK_MS);
  rig.server.connection.reply(bulk("A"));
  await rig.advance(5 * TIMEOUT_MS);
  assertEquals([client.take(), rig.server.connection.ended], [bulk("A"), false]);
});

rigTest("proxy: without a timeout a request may take for ever", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a"));
  await rig.advance(20_000);
  assertEquals(client.take(), "");
  rig.server.connection.reply(bulk("A"));
  await settle();
  assertEquals(client.take(), bulk("A"));
});

rigTest("proxy: a server that was silent for the whole timeout so many times is left", {
  pool: { timeoutMs: TIMEOUT_MS, serverFailureLimit: 3 },
}, async (rig) => {
  const client = await rig.client();
  const [first] = [rig.server];
  for (let strike = 1; strike <= 3; strike++) {
    client.send(requests(`GET k${strike}`));
    await outwait(rig);
    assertEquals([client.take(), first.connections[0].ended], [TIMED_OUT, strike === 3], `strike ${strike}`);
  }
  client.send(requests("GET again"));
  await settle();
  assertEquals(first.connections.length, 2);
  first.connection.reply(bulk("again"));
  await settle();
  assertEquals(client.take(), bulk("again"));
});

rigTest("proxy: a slow server that answers others is not left", {
  pool: { timeoutMs: TIMEOUT_MS, serverFailureLimit: 2 },
}, async (rig) => {
  const client = await rig.client();
  for (let i = 0; i < 30; i++) {
    client.send(requests(`GET k${i}`));
    await rig.advance(TIMEOUT_MS / 3);
    // It is always late by more than a timeout, but never silent for one.
    if (rig.server.connection.requests.length > 3) rig.server.connection.reply(bulk("late"));
  }
  assertEquals(rig.server.connections.length, 1);
  assert(!rig.server.connection.ended);
});

rigTest("proxy: an attempt to connect that takes too long fails what waits, and counts as one failure", {
  pool: { timeoutMs: TIMEOUT_MS, autoEjectHosts: true, serverFailureLimit: 2 },
  servers: 2,
}, async (rig) => {
  rig.network.silent.add("10.0.0.1:6000");
  const [key] = rig.keysOf(0, 1);
  const client = await rig.client();
  client.send(requests(`GET ${key}`));
  await outwait(rig);
  assertEquals(client.take(), TIMED_OUT);
  assertEquals(rig.pool.servers[0].health.failures, 1);
  assertEquals(rig.count("serverEjects"), 0);
});

rigTest("proxy: without a timeout connecting is given up all the same", {}, async (rig) => {
  rig.network.silent.add("10.0.0.1:6000");
  const client = await rig.client();
  client.send(requests("GET a"));
  await rig.advance(1900);
  assertEquals(client.take(), "");
  await rig.advance(200);
  assertEquals(client.take(), TIMED_OUT);
});

rigTest("proxy: a server that refuses is told, retried at once, and then with pauses", {}, async (rig) => {
  rig.server.die();
  const client = await rig.client();
  const attempts = () => rig.network.attempts.get("10.0.0.1:6000");
  for (let i = 1; i <= 2; i++) {
    client.send(requests("GET a"));
    await settle();
    assertEquals([client.take(), attempts()], [REFUSED, i]);
  }
  for (let i = 0; i < 100; i++) {
    client.send(requests("GET a"));
    await settle();
  }
  assertEquals([client.take(), attempts()], [REFUSED.repeat(100), 2]);
  rig.server.listen();
  await rig.advance(100);
  client.send(requests("GET a"));
  await settle();
  rig.server.connection.reply(bulk("A"));
  await settle();
  assertEquals([client.take(), attempts()], [bulk("A"), 3]);
});

rigTest("proxy: a server that dies fails what was sent to it, and the next request finds a new one", {
  answer: (words) => words[1] === "wait" ? null : echo(words),
}, async (rig) => {
  const [a, b] = [await rig.client(), await rig.client()];
  a.send(requests("GET x", "GET wait", "GET y", "PING"));
  b.send(requests("GET z"));
  await settle();
  rig.server.connection.close();
  await settle();
  const z = rig.server.connections[0].requestCount;
  assertEquals(a.take(), `${bulk("GET x")}${RESET}${RESET}+PONG\r\n`);
  assertEquals(b.take(), RESET, `${z} requests had come`);
  a.send(requests("GET v"));
  await settle();
  assertEquals([a.take(), rig.server.connections.length], [bulk("GET v"), 2]);
  rig.server.connection.break();
  await settle();
  b.send(requests("GET w"));
  await settle();
  assertEquals([b.take(), rig.server.connections.length], [bulk("GET w"), 3]);
});

rigTest("proxy: an idle connection that the server closes is no failure", {
  pool: { autoEjectHosts: true, serverFailureLimit: 1 },
  answer: echo,
}, async (rig) => {
  const client = await rig.client();
  for (let i = 0; i < 5; i++) {
    client.send(requests("GET a"));
    await settle();
    assertEquals(client.take(), bulk("GET a"));
    rig.server.connection.close();
    await settle();
  }
  assertEquals([rig.count("serverEjects"), rig.serverCount("serverEof")], [0, 5]);
});

rigTest(
  "proxy: a reply that nobody asked for ends only that connection",
  { pool: { serverConnections: 2 } },
  async (rig) => {
    const [a, b] = [await rig.client(), await rig.client()];
    a.send(requests("GET a"));
    b.send(requests("GET b"));
    await settle();
    const [first, second] = rig.server.connections;
    first.reply(bulk("A") + bulk("stray"));
    await settle();
    assertEquals([a.take(), first.ended, second.ended], [bulk("A"), true, false]);
    second.reply(bulk("B"));
    await settle();
    assertEquals(b.take(), bulk("B"));
    assert(rig.log.some((line) => line.includes("nobody asked for")));
  },
);

rigTest("proxy: what is no reply ends the connection and fails its requests", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a", "GET b"));
  await settle();
  rig.server.connection.send(`${bulk("A")}HTTP/1.1 400 Bad Request\r\n`);
  await settle();
  assertEquals([client.take(), rig.server.connection.ended], [`${bulk("A")}-ERR Invalid argument\r\n`, true]);
});

/** What a client that asked several servers is told: which of them it was. */
function blamed(reply: string, server: number): string {
  return reply.replace("\r\n", ` (server 'server${server}')\r\n`);
}

rigTest("proxy: a split request of which a part fails is answered with that failure, in its turn", {
  servers: 3,
}, async (rig) => {
  const [a, b, c] = [0, 1, 2].map((server) => rig.keysOf(server, 1)[0]);
  const client = await rig.client();
  client.send(requests(`GET ${a}`, `MGET ${a} ${b} ${c}`, `GET ${c}`));
  await settle();
  rig.servers[2].connection.reply("*1\r\n$1\r\nc\r\n", bulk("C"));
  rig.servers[1].die();
  await settle();
  assertEquals(client.take(), "");
  rig.servers[0].connection.reply(bulk("A"), "*1\r\n$1\r\na\r\n");
  await settle();
  assertEquals(client.take(), bulk("A") + blamed(RESET, 1) + bulk("C"));
  client.send(requests(`DEL ${a} ${b}`, `MSET ${b} 1 ${c} 2`));
  await settle();
  rig.servers[0].connection.reply(":1\r\n");
  rig.servers[2].connection.reply("+OK\r\n");
  await settle();
  assertEquals(client.take(), blamed(REFUSED, 1).repeat(2));
});

rigTest("proxy: all parts of a split request fail", { servers: 2 }, async (rig) => {
  const [a, b] = [0, 1].map((server) => rig.keysOf(server, 1)[0]);
  for (const server of rig.servers) server.die();
  const client = await rig.client();
  for (let i = 0; i < 4; i++) {
    client.send(requests("PING", `MGET ${a} ${b}`, "PING"));
    await settle();
    assertEquals(client.take(), `+PONG\r\n${blamed(REFUSED, 0)}+PONG\r\n`);
  }
});

rigTest("proxy: keys that cannot be on one server are refused", { servers: 2, answer: echo }, async (rig) => {
  const [[a, a2], [b]] = [rig.keysOf(0, 2), rig.keysOf(1, 1)];
  const client = await rig.client();
  client.send(requests(`RENAME ${a} ${b}`, `RENAME ${a} ${a2}`));
  await settle();
  const crossSlot = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
  assertEquals(client.take(), crossSlot + bulk(`RENAME ${a} ${a2}`));
});
