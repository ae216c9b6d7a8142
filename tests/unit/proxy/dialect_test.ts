import { assert, assertEquals } from "@std/assert";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";
import type { Latin1, ScriptedClient } from "../../support/scripted_redis.ts";

const GREETING = "%2\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.4.1\r\n";
const UNKNOWN = "-ERR unknown command 'HELLO', with args beginning with: '3' \r\n";

/** A server that says on every connection which protocol it has been asked for. */
function bilingual(words: readonly Latin1[]): Latin1 {
  return words[0] === "HELLO" ? GREETING : echo(words);
}

/** A server from before RESP3. */
function old(words: readonly Latin1[]): Latin1 {
  return words[0] === "HELLO"
    ? `-ERR unknown command \`HELLO\`, with args beginning with: \`3\`, \r\n`
    : echo(words);
}

/** A client that has asked for RESP3. */
async function resp3Client(rig: Rig): Promise<ScriptedClient> {
  const client = await rig.client();
  client.send(requests("HELLO 3"));
  await settle();
  assertEquals(client.take().slice(0, 2), "%7");
  return client;
}

rigTest("dialects: each protocol has connections of its own, opened on demand", {
  answer: bilingual,
  pool: { redisAuth: new TextEncoder().encode("secret"), redisDb: 2 },
}, async (rig) => {
  const [two, three] = [await rig.client(), await rig.client()];
  two.send(requests("AUTH secret", "GET a"));
  await settle();
  assertEquals(rig.server.connections.length, 1);
  three.send(requests("HELLO 3 AUTH default secret", "GET b"));
  await settle();
  two.send(requests("GET c"));
  await settle();
  assertEquals(rig.server.connections.length, 2);
  assertEquals(two.take(), `+OK\r\n${bulk("GET a")}${bulk("GET c")}`);
  assert(three.take().endsWith(bulk("GET b")));
  // AUTH, SELECT and two requests; HELLO, SELECT and one.
  assertEquals(rig.server.connections.map(({ requestCount }) => requestCount), [4, 3]);
  three.send(requests("RESET", "AUTH secret", "GET d"));
  await settle();
  assertEquals(rig.server.connections.map(({ requestCount }) => requestCount), [5, 3]);
});

rigTest("dialects: who changes the protocol in between keeps the order of its requests", {
  answer: (words) => words[0] === "HELLO" ? GREETING : null,
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("SET k 1", "SET k 2", "HELLO 3", "GET k", "RESET", "SET k 3"));
  await settle();
  const [two, three] = rig.server.connections;
  assertEquals([two.requests.length, three.requests.length], [2, 0], "GET waits for SET");
  two.reply("+OK\r\n", "+OK\r\n");
  await settle();
  assertEquals([two.requests.length, three.requests.length], [0, 1], "and the next SET for GET");
  three.reply("_\r\n");
  await settle();
  assertEquals(two.requests.length, 1);
  two.reply("+OK\r\n");
  await settle();
  const text = client.take();
  assert(text.startsWith("+OK\r\n+OK\r\n%7") && text.endsWith("_\r\n+RESET\r\n+OK\r\n"), text);
});

rigTest("dialects: the server's version comes from its greeting", { answer: bilingual }, async (rig) => {
  const client = await resp3Client(rig);
  client.send(requests("HELLO"));
  await settle();
  assert(client.take().includes("$7\r\nversion\r\n$5\r\n7.4.1\r\n"));
});

rigTest("dialects: a server without RESP3 is no failed server, and clients are told what it says", {
  answer: old,
  servers: 2,
  pool: { autoEjectHosts: true, serverFailureLimit: 1 },
}, async (rig) => {
  // Nobody knows yet, so the first one is promised RESP3; it is sent away when that turns out wrong.
  const first = await rig.client();
  const other = await rig.client();
  other.send(requests("GET x"));
  first.send(requests("HELLO 3", "MGET a b c d", "PING"));
  await settle();
  const text = first.take();
  assert(text.includes("-ERR HELLO 3 failed: ERR unknown command"), text);
  assert(text.endsWith("+PONG\r\n"), text);
  assert(first.ended, "it is closed");
  assertEquals(rig.count("serverEjects"), 0);
  assertEquals([0, 1].map((server) => rig.serverCount("serverErr", server)), [0, 0]);

  const again = await rig.client();
  again.send(requests("HELLO 3", "HELLO 2", "GET k"));
  await settle();
  const reply = again.take();
  assert(reply.startsWith(`${UNKNOWN}*14\r\n`), reply);
  assert(reply.endsWith(bulk("GET k")), reply);
  other.send(requests("GET y"));
  await settle();
  assertEquals(other.take(), bulk("GET x") + bulk("GET y"));
  assertEquals(rig.log.filter((line) => line.includes("does not speak RESP3")).length, 2);

  // Servers that were upgraded have closed their connections.
  for (const server of rig.servers) server.die();
  await settle();
  for (const server of rig.servers) {
    server.answer = bilingual;
    server.listen();
  }
  await rig.advance(3000);
  const third = await resp3Client(rig);
  third.send(requests("GET k"));
  await settle();
  assertEquals(third.take(), bulk("GET k"));
});

rigTest("dialects: a password that HELLO refuses is the failure that AUTH's would be", {
  answer: (words) => words[0] === "HELLO" ? "-WRONGPASS no\r\n" : echo(words),
}, async (rig) => {
  const client = await resp3Client(rig);
  client.send(requests("GET a"));
  await settle();
  // HELLO has opened a connection already, and the request another one.
  assertEquals([client.ended, rig.serverCount("serverErr")], [false, 2]);
  assert(client.take().startsWith("-ERR HELLO 3 failed: WRONGPASS no"));
});

rigTest(
  "dialects: who wants no reply gets none, of whatever kind",
  { answer: echo, servers: 2 },
  async (rig) => {
    const client = await rig.client();
    const [a] = rig.keysOf(0, 1);
    const [b] = rig.keysOf(1, 1);
    const quiet = [
      `GET ${a}`,
      `MGET ${a} ${b}`,
      `MGET ${a} ${b} ${a}`,
      `DEL ${b} ${a}`,
      `MSET ${a} 1 ${b} 2`,
      `RPOPLPUSH ${a} ${b}`,
      "NOSUCH",
      "PING",
      "HELLO",
    ];
    for (const line of quiet) {
      client.send(requests("CLIENT REPLY SKIP", line, `GET ${b}`));
      await settle();
      assertEquals(client.take(), bulk(`GET ${b}`), line);
    }
    client.send(requests("CLIENT REPLY OFF", ...quiet, ...quiet, "CLIENT REPLY ON", ...quiet.slice(0, 1)));
    await settle();
    assertEquals(client.take(), `+OK\r\n${bulk(`GET ${a}`)}`);
    rig.servers[0].answer = () => null;
    client.send(requests("CLIENT REPLY OFF", `GET ${a}`, `MGET ${b} ${a}`, "CLIENT REPLY ON", `GET ${b}`));
    await settle();
    rig.servers[0].die();
    await settle();
    assertEquals(client.take(), `+OK\r\n${bulk(`GET ${b}`)}`, "nor the errors of a server that fails");
  },
);

rigTest("dialects: long replies are kept from who does not want them", {
  answer: (words) => words[1] === "long" ? bulk("x".repeat(300_000)) : echo(words),
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("CLIENT REPLY SKIP", "GET long", "GET short"));
  await settle();
  assertEquals(client.take(), bulk("GET short"));
});

rigTest("dialects: nil stands for a failed server's keys in the client's protocol", {
  servers: 2,
  answer: bilingual,
  pool: { partialFailure: "nil" },
}, async (rig) => {
  const [a] = rig.keysOf(0, 1);
  const [b] = rig.keysOf(1, 1);
  rig.servers[1].answer = (words) => words[0] === "HELLO" ? GREETING : "-ERR broken\r\n";
  const [two, three] = [await rig.client(), await resp3Client(rig)];
  for (const client of [two, three]) client.send(requests(`MGET ${a} ${b}`));
  await settle();
  assertEquals(two.take(), `*2\r\n${bulk(`value of ${a}`)}$-1\r\n`);
  assertEquals(three.take(), `*2\r\n${bulk(`value of ${a}`)}_\r\n`);
});

rigTest("dialects: CLIENT LIST and CLIENT KILL reach the other clients", { answer: echo }, async (rig) => {
  const [a, b] = [await rig.client(), await rig.client()];
  b.send(requests("CLIENT SETNAME victim", "GET k"));
  await settle();
  a.send(requests("CLIENT LIST"));
  await settle();
  const lines = a.take().trim().split("\n").slice(1);
  assertEquals(lines.map((line) => /^id=(\d+) .* name=(\S*) .* cmd=(\S+) /.exec(line)?.slice(1)), [
    ["1", "", "client|list"],
    ["2", "victim", "get"],
  ]);
  a.send(requests("CLIENT KILL ID 2", "CLIENT KILL ID 1 SKIPME no", "PING"));
  await settle();
  assertEquals([a.take(), a.ended, b.ended], [":1\r\n:1\r\n", true, true]);
});

rigTest("dialects: long answers of the proxy that wait for their turn are few", {}, async (rig) => {
  const client = await rig.client();
  // Short replies make the proxy expect more of them.
  for (let i = 0; i < 100; i++) {
    client.send(requests("GET k"));
    await settle();
    rig.server.connection.reply("+OK\r\n");
    await settle();
  }
  client.take();
  const text = "x".repeat(10_000);
  client.send(requests("GET k") + requests(`ECHO ${text}`).repeat(2000));
  await settle();
  const [{ inFlight }] = rig.pool.clients();
  assert(inFlight > 8 && inFlight < 300, `${inFlight} wait`);
  rig.server.connection.reply("+OK\r\n");
  await settle();
  assertEquals(client.take().length, "+OK\r\n".length + 2000 * bulk(text).length);
});
