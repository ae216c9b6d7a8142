import { assertEquals } from "@std/assert";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";
import type { Latin1 } from "../../support/scripted_redis.ts";

const QUEUED = "+QUEUED\r\n";
const ABORTED = "-EXECABORT Transaction discarded because of previous errors.\r\n";
const CROSSSLOT = "-CROSSSLOT Keys of one transaction are on several servers, see hash_tag\r\n";

/** What a server says that has understood MULTI and nothing else. */
function transactional(words: readonly Latin1[]): Latin1 | null {
  switch (words[0]) {
    case "MULTI":
    case "WATCH":
    case "UNWATCH":
    case "DISCARD":
      return "+OK\r\n";
    case "EXEC":
      return "*0\r\n";
    case "BLPOP":
      return null;
    default:
      return QUEUED;
  }
}

/** How many connections to servers the pool's clients have to themselves. */
function inUse(rig: Rig): number {
  return rig.count("privateConnections");
}

/** What came over each connection of a server, closed ones included. */
function heard(rig: Rig, server = 0): number[] {
  return rig.servers[server].connections.map((connection) => connection.requestCount);
}

rigTest("transaction: it begins at its server with its first key, and its connection is used again", {
  answer: transactional,
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("MULTI", "PING", "PING"));
  await settle();
  assertEquals(client.take(), "+OK\r\n" + QUEUED + QUEUED);
  assertEquals([rig.server.connections.length, inUse(rig)], [0, 0], "nobody knows of it");
  client.send(requests("SET a 1"));
  await settle();
  assertEquals([client.take(), heard(rig), inUse(rig)], [QUEUED, [4], 1]);
  client.send(requests("EXEC"));
  await settle();
  assertEquals([client.take(), heard(rig), inUse(rig)], ["*0\r\n", [5], 0]);
  const other = await rig.client();
  other.send(requests("MULTI", "SET b 1", "EXEC"));
  await settle();
  assertEquals([other.take(), heard(rig), inUse(rig)], ["+OK\r\n" + QUEUED + "*0\r\n", [8], 0]);
  await rig.advance(40_000);
  assertEquals(rig.server.openCount, 0, "idle connections end");
});

rigTest("transaction: it waits for what was under way, and what follows waits for it", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("SET a 0", "MULTI", "SET a 1", "EXEC", "GET a"));
  await settle();
  assertEquals(heard(rig), [1]);
  const [shared] = rig.server.connections;
  shared.reply("+OK\r\n");
  await settle();
  assertEquals([client.take(), heard(rig)], ["+OK\r\n+OK\r\n", [1, 3]]);
  rig.server.connection.reply("+OK\r\n", QUEUED);
  await settle();
  assertEquals([client.take(), heard(rig)], [QUEUED, [1, 3]]);
  rig.server.connection.reply("*1\r\n+OK\r\n");
  await settle();
  assertEquals([client.take(), heard(rig)], ["*1\r\n+OK\r\n", [2, 3]]);
  shared.reply(bulk("1"));
  await settle();
  assertEquals(client.take(), bulk("1"));
});

rigTest("transaction: a key of another server is refused, and the server is told that EXEC must fail", {
  servers: 2,
  answer: transactional,
}, async (rig) => {
  const client = await rig.client();
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  client.send(requests("MULTI", `SET ${a} 1`, `SET ${b} 1`, `MGET ${a} ${b}`, "EXEC"));
  await settle();
  assertEquals(client.take(), "+OK\r\n" + QUEUED + CROSSSLOT + CROSSSLOT + "*0\r\n");
  assertEquals([heard(rig, 0), heard(rig, 1)], [[4], []]);
  assertEquals(rig.count("errorCrossSlot"), 2);
  client.send(requests("MULTI", `MGET ${a} ${b}`, `SET ${a} 1`, "EXEC"));
  await settle();
  assertEquals(client.take(), "+OK\r\n" + CROSSSLOT + QUEUED + ABORTED);
  assertEquals([heard(rig, 0), heard(rig, 1), inUse(rig)], [[4], [], 0]);
});

rigTest("transaction: WATCH that cannot be makes the next EXEC fail", {
  servers: 2,
  answer: transactional,
}, async (rig) => {
  const client = await rig.client();
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  client.send(requests(`WATCH ${a} ${b}`, "MULTI", `SET ${a} 1`, "EXEC"));
  await settle();
  assertEquals(client.take(), CROSSSLOT + "+OK\r\n" + QUEUED + ABORTED);
  client.send(requests(`WATCH ${a}`, `WATCH ${b}`, "MULTI", `SET ${a} 1`, "EXEC"));
  await settle();
  assertEquals(client.take(), "+OK\r\n" + CROSSSLOT + "+OK\r\n" + QUEUED + ABORTED);
  assertEquals([rig.servers[0].openCount, inUse(rig)], [0, 0], "the watch ends with its connection");
  client.send(requests(`WATCH ${a}`, "UNWATCH", "MULTI", `SET ${a} 1`, "EXEC"));
  await settle();
  assertEquals(client.take(), "+OK\r\n+OK\r\n+OK\r\n" + QUEUED + "*0\r\n");
});

rigTest("transaction: when its server dies EXEC fails, and nothing is sent anywhere again", {
  answer: transactional,
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("MULTI", "SET a 1"));
  await settle();
  assertEquals(client.take(), "+OK\r\n" + QUEUED);
  rig.server.connection.close();
  await settle();
  client.send(requests("SET a 2", "EXEC", "EXEC"));
  await settle();
  const lost = "-ERR the server of this transaction has ended its connection\r\n";
  assertEquals(client.take(), lost + ABORTED + "-ERR EXEC without MULTI\r\n");
  assertEquals([heard(rig), inUse(rig)], [[2], 0]);
});

rigTest("transaction: watched keys whose server dies make EXEC fail", {
  answer: transactional,
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("WATCH a"));
  await settle();
  rig.server.connection.close();
  await settle();
  client.send(requests("MULTI", "SET a 2", "EXEC", "MULTI", "SET a 2", "EXEC"));
  await settle();
  assertEquals(client.take(), "+OK\r\n+OK\r\n" + QUEUED + ABORTED + "+OK\r\n" + QUEUED + "*0\r\n");
});

rigTest("transaction: a request in it that takes too long ends it", {
  answer: (words) => words[1] === "slow" ? null : transactional(words),
  pool: { timeoutMs: 100 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("MULTI", "SET a 1", "SET slow 1"));
  await rig.advance(200);
  client.send(requests("EXEC"));
  await settle();
  assertEquals(client.take(), "+OK\r\n" + QUEUED + "-ERR Connection timed out\r\n" + ABORTED);
  assertEquals([rig.server.openCount, inUse(rig)], [0, 0]);
});

rigTest("transaction: a client that leaves takes its connection with it", {
  answer: transactional,
}, async (rig) => {
  for (const lines of [["MULTI", "SET a 1"], ["WATCH a"], ["WATCH a", "MULTI"], ["MULTI", "GET a", "QUIT"]]) {
    const client = await rig.client();
    client.send(requests(...lines));
    await settle();
    client.close();
    await settle();
    assertEquals([rig.server.openCount, inUse(rig)], [0, 0], lines.join(", "));
  }
});

rigTest("transaction: RESET and another protocol end what the server keeps", {
  answer: transactional,
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("MULTI", "SET a 1", "RESET", "EXEC"));
  await settle();
  assertEquals(client.take(), "+OK\r\n" + QUEUED + "+RESET\r\n-ERR EXEC without MULTI\r\n");
  assertEquals([rig.server.openCount, inUse(rig)], [0, 0]);
});

rigTest("private_connections: beyond them requests are refused in clear words", {
  answer: transactional,
  pool: { privateConnections: 2 },
}, async (rig) => {
  const clients = [await rig.client(), await rig.client(), await rig.client()];
  clients.forEach((client, i) => client.send(requests(i === 1 ? "BLPOP a 0" : "WATCH a")));
  await settle();
  const refusal = "-ERR too many private connections, see private_connections\r\n";
  assertEquals(clients.map((client) => client.take()), ["+OK\r\n", "", refusal]);
  assertEquals([rig.count("errorPrivateLimit"), inUse(rig)], [1, 2]);
  clients[2].send(requests("MULTI", "SET a 1", "EXEC"));
  await settle();
  assertEquals(clients[2].take(), "+OK\r\n" + QUEUED + ABORTED, "a WATCH that failed must not be forgotten");
  clients[0].send(requests("UNWATCH"));
  await settle();
  clients[2].send(requests("MULTI", "SET a 1", "EXEC"));
  await settle();
  assertEquals(clients[2].take(), "+OK\r\n" + QUEUED + "*0\r\n");
});

rigTest("private connections: a reload that takes a server out ends a transaction on it", {
  servers: 2,
  answer: transactional,
}, async (rig) => {
  const client = await rig.client();
  const [a] = rig.keysOf(0, 1);
  client.send(requests("MULTI", `SET ${a} 1`));
  await settle();
  rig.reload({ servers: [rig.config.servers[1]] });
  await rig.advance(100);
  client.send(requests(`SET ${a} 1`, "EXEC"));
  await settle();
  const lost = "-ERR the server of this transaction has ended its connection\r\n";
  assertEquals(client.take(), "+OK\r\n" + QUEUED + lost + ABORTED);
  assertEquals(rig.servers[0].openCount, 0);
});

rigTest("waiting: a request that waits holds up its own client alone, and its connection is used again", {
  answer: (words) => words[0] === "BLPOP" ? null : echo(words),
}, async (rig) => {
  const [waiting, other] = [await rig.client(), await rig.client()];
  waiting.send(requests("GET a", "BLPOP k 0", "GET b"));
  other.send(requests("GET c"));
  await settle();
  assertEquals([waiting.take(), other.take()], [bulk("GET a"), bulk("GET c")]);
  rig.server.connection.reply("*2\r\n$1\r\nk\r\n$1\r\nv\r\n");
  await settle();
  assertEquals([waiting.take(), inUse(rig)], ["*2\r\n$1\r\nk\r\n$1\r\nv\r\n" + bulk("GET b"), 0]);
  other.send(requests("BLPOP k 0"));
  await settle();
  assertEquals([rig.server.connections.length, heard(rig)], [2, [3, 2]]);
});

rigTest("waiting: the time limit is the request's own and the pool's together", {
  answer: (words) => words[0] === "BLPOP" ? null : echo(words),
  pool: { timeoutMs: 100 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("BLPOP a 1"));
  await rig.advance(1000);
  assertEquals([client.take(), inUse(rig)], ["", 1]);
  await rig.advance(200);
  assertEquals([client.take(), inUse(rig)], ["-ERR Connection timed out\r\n", 0]);
  assertEquals(rig.serverCount("serverTimedout"), 1);
  client.send(requests("BLPOP a 0"));
  await rig.advance(10_000);
  assertEquals([client.take(), inUse(rig)], ["", 1]);
});

rigTest("waiting: a client that leaves frees its connection at once, whatever it has sent behind", {
  answer: () => null,
}, async (rig) => {
  for (const behind of [0, 1, 40, 4000]) {
    const client = await rig.client();
    client.send(requests("BLPOP a 0"));
    await settle();
    client.send(requests(...Array<string>(behind).fill("SET some value")));
    await settle();
    assertEquals([rig.server.openCount, inUse(rig)], [1, 1]);
    client.finish();
    await settle();
    assertEquals([rig.server.openCount, inUse(rig)], [0, 0], `${behind} requests behind`);
    client.close();
  }
  // The same in one piece, after a request of which the reply is awaited first.
  const client = await rig.client();
  client.send(requests("GET a", "BLPOP a 0", "GET b", "GET c"));
  await settle();
  rig.server.connection.reply(bulk("x"));
  await settle();
  assertEquals(inUse(rig), 1);
  client.close();
  await settle();
  assertEquals([inUse(rig), rig.pool.clientCount], [0, 0]);
});

rigTest("waiting: a client that sends without end behind such a request is closed", {
  answer: () => null,
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("BLPOP a 0"));
  await settle();
  client.send("x".repeat(3 * 1024 * 1024));
  for (let i = 0; i < 1000 && !client.ended; i++) await settle();
  assertEquals([client.ended, inUse(rig), rig.server.openCount], [true, 0, 0]);
});

rigTest("waiting: what was sent behind such a request is served in order when it ends", {
  answer: (words) => words[0] === "BLPOP" ? null : echo(words),
}, async (rig) => {
  const client = await rig.client();
  const lines = Array.from({ length: 2000 }, (_, i) => `GET key${i}`);
  client.send(requests("BLPOP a 0", ...lines.slice(0, 1000)));
  await settle();
  client.send(requests(...lines.slice(1000)));
  await settle();
  rig.server.connection.reply("*-1\r\n");
  for (let i = 0; i < 50; i++) await settle();
  assertEquals(client.take(), "*-1\r\n" + lines.map(bulk).join(""));
});

rigTest("CLIENT LIST shows transactions and subscriptions, and the log tells when there are too many", {
  answer: (words) =>
    words[0] === "SUBSCRIBE" ? "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n" : transactional(words),
  pool: { privateConnections: 2 },
}, async (rig) => {
  const [one, two, three] = [await rig.client(), await rig.client(), await rig.client()];
  one.send(requests("MULTI", "SET a 1", "SET b 1"));
  two.send(requests("SUBSCRIBE a"));
  await settle();
  three.send(requests("WATCH a", "WATCH a", "CLIENT LIST"));
  await settle();
  const list = three.take();
  const states = [...list.matchAll(/flags=(\S+) .* (sub=\d) .* (multi=\S+)/g)].map((match) => match.slice(1));
  assertEquals(states, [["x", "sub=0", "multi=2"], ["P", "sub=1", "multi=-1"], ["N", "sub=0", "multi=-1"]]);
  assertEquals(rig.count("errorPrivateLimit"), 1);
  assertEquals(rig.log.filter((line) => line.includes("private_connections")).length, 1);
});

rigTest("PUBLISH in a transaction: whoever leaves, nothing is left over", { servers: 2 }, async (rig) => {
  const [[key], [channel]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const begin = requests(
    "MULTI",
    `SET ${key} 1`,
    `PUBLISH ${channel} x`,
    `PUBLISH ${channel} y`,
    "EXEC",
    "PING",
  );
  const carryOut = async (): Promise<void> => {
    rig.servers[0].connection.reply("+OK\r\n", QUEUED, QUEUED, QUEUED, "*3\r\n+OK\r\n+PONG\r\n+PONG\r\n");
    await settle();
  };
  const client = await rig.client();
  client.send(begin);
  await settle();
  const published = [["PUBLISH", channel, "x"], ["PUBLISH", channel, "y"]];
  assertEquals(rig.servers[1].connections.length, 0, "nothing is published before EXEC");
  await carryOut();
  const { connection } = rig.servers[1];
  assertEquals(connection.requests, published);
  connection.reply(":1\r\n", ":2\r\n");
  await settle();
  const queued = "+OK\r\n" + QUEUED + QUEUED + QUEUED;
  assertEquals(client.take(), `${queued}*3\r\n+OK\r\n:1\r\n:2\r\n+PONG\r\n`);
  // The client leaves while it waits for the publications, and then before EXEC is answered.
  client.send(begin);
  await settle();
  await carryOut();
  client.break();
  await settle();
  assertEquals(connection.requests, published);
  connection.reply(":1\r\n", ":2\r\n");
  const another = await rig.client();
  // With nothing behind it: who waits to be served is not heard leaving.
  another.send(begin.slice(0, -requests("PING").length));
  await settle();
  another.break();
  await settle();
  assertEquals([connection.requests, inUse(rig)], [[], 0]);
  // The server of the channel dies.
  const last = await rig.client();
  last.send(begin);
  await settle();
  await carryOut();
  connection.break();
  await settle();
  const lost = "-ERR Connection reset by peer (server 'server1')\r\n";
  assertEquals(last.take(), `${queued}*3\r\n+OK\r\n${lost}${lost}+PONG\r\n`);
});
