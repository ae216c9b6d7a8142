import { assert, assertEquals } from "@std/assert";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, rigTest } from "../../support/proxy_rig.ts";
import type { Latin1 } from "../../support/scripted_redis.ts";

const OUT_OF_RANGE = "-ERR DB index is out of range\r\n";

/** A server with two databases. */
function twoDatabases(words: readonly Latin1[]): Latin1 {
  if (words[0] === "HELLO") return "%1\r\n$7\r\nversion\r\n$5\r\n7.4.1\r\n";
  return words[0] === "SELECT" && Number(words[1]) >= 2 ? OUT_OF_RANGE : echo(words);
}

rigTest("databases: each has connections of its own, opened on demand", {
  answer: twoDatabases,
  pool: { databases: 2, redisDb: 1 },
}, async (rig) => {
  const [a, b] = [await rig.client(), await rig.client()];
  const greetings = () => rig.server.connections.map(({ requestCount }) => requestCount);
  a.send(requests("SELECT 0", "GET a"));
  b.send(requests("GET b"));
  await settle();
  // The pool's own database, which is not 0, takes a SELECT and one request; database 0 needs no SELECT.
  assertEquals(greetings().sort(), [1, 2]);
  a.send(requests("SELECT 1", "GET c", "SELECT 0", "GET d", "RESET", "GET e"));
  await settle();
  assertEquals(greetings().sort(), [2, 4]);
  const OK = "+OK\r\n";
  assertEquals(
    a.take(),
    `${OK}${bulk("GET a")}${OK}${bulk("GET c")}${OK}${bulk("GET d")}+RESET\r\n${bulk("GET e")}`,
  );
  assertEquals(b.take(), bulk("GET b"));
});

rigTest("databases: who selects another in between keeps the order of its requests", {
  answer: () => null,
  pool: { databases: 2 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("SET k 1", "SELECT 1", "SET k 2", "SELECT 0", "GET k"));
  await settle();
  const [first] = rig.server.connections;
  assertEquals(rig.server.connections.length, 1, "the other database waits for the first SET");
  first.reply("+OK\r\n");
  await settle();
  const [, second] = rig.server.connections;
  assertEquals(second.requests.length, 1, "the greeting");
  second.reply("+OK\r\n");
  await settle();
  assertEquals([first.requests.length, second.requests.length], [0, 1]);
  second.reply("+OK\r\n");
  await settle();
  first.reply("$1\r\n1\r\n");
  await settle();
  assertEquals(client.take(), "+OK\r\n+OK\r\n+OK\r\n+OK\r\n$1\r\n1\r\n");
});

rigTest("databases: a server that lacks one is no failed server, and its clients are told", {
  answer: twoDatabases,
  pool: { databases: 4, autoEjectHosts: true, serverFailureLimit: 1 },
}, async (rig) => {
  const [client, other, third] = [await rig.client(), await rig.client(), await rig.client()];
  other.send(requests("GET a"));
  client.send(requests("SELECT 3", "GET b"));
  await settle();
  assertEquals(client.take(), "+OK\r\n-ERR SELECT 3 failed: ERR DB index is out of range\r\n");
  assert(client.ended, "who was promised the database is sent away");
  third.send(requests("SELECT 3", "SELECT 1", "GET c"));
  other.send(requests("GET d"));
  await settle();
  assertEquals(third.take(), `${OUT_OF_RANGE}+OK\r\n${bulk("GET c")}`);
  assertEquals(other.take(), bulk("GET a") + bulk("GET d"));
  assertEquals(rig.count("serverEjects"), 0);
  assert(rig.log.some((line) => line.includes("does not speak RESP2, database 3")), rig.log.join("\n"));
});

rigTest("databases: a reload may change how many there are", {
  answer: echo,
  pool: { databases: 4, serverConnections: 2 },
}, async (rig) => {
  const [client, other] = [await rig.client(), await rig.client()];
  client.send(requests("SELECT 3", "CLIENT SETNAME me", "GET a"));
  other.send(requests("SELECT 1", "GET b"));
  await settle();
  rig.reload({ databases: 2, serverConnections: 2 });
  client.send(requests("GET c", "PING"));
  other.send(requests("GET d"));
  await settle();
  assertEquals(client.take(), `+OK\r\n+OK\r\n${bulk("GET a")}${OUT_OF_RANGE}+PONG\r\n`);
  assertEquals(other.take(), `+OK\r\n${bulk("GET b")}${bulk("GET d")}`);
  rig.reload({ databases: null, redisDb: 3 });
  client.send(requests("SELECT 3", "GET e", "CLIENT LIST"));
  other.send(requests("GET f", "RESET", "GET g"));
  await settle();
  const text = client.take();
  assert(text.startsWith(`+OK\r\n${bulk("GET e")}`), text);
  assert(text.includes(" name=me ") && text.includes(" db=3 "), "names outlive a reload");
  assertEquals(other.take(), `${OUT_OF_RANGE}+RESET\r\n${bulk("GET g")}`);
});

rigTest("databases: a greeting that is refused after a reload is nobody's dialect any more", {
  answer: () => null,
  pool: { databases: 4 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("SELECT 3", "GET a"));
  await settle();
  rig.reload({ databases: null });
  rig.server.connections[0].reply(OUT_OF_RANGE);
  await settle();
  assertEquals(client.take(), "+OK\r\n-ERR SELECT 3 failed: ERR DB index is out of range\r\n");
  client.send(requests("SELECT 0"));
  await settle();
  assertEquals(client.take(), "+OK\r\n");
});
