import { assertEquals } from "@std/assert";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, rigTest } from "../../support/proxy_rig.ts";

rigTest("proxy: a request goes to its server as it is, and the reply back", {}, async (rig) => {
  const client = await rig.client();
  client.send("*2\r\n$3\r\ngEt\r\n$1\r\nk\r\n");
  await settle();
  assertEquals(rig.server.connection.requests, [["gEt", "k"]]);
  rig.server.connection.reply("$5\r\nvalue\r\n");
  await settle();
  assertEquals(client.take(), "$5\r\nvalue\r\n");
});

rigTest(
  "proxy: replies come in the order of the requests, whichever server is first",
  { servers: 3 },
  async (rig) => {
    const keys = [0, 1, 2].map((server) => rig.keysOf(server, 2));
    const order = [keys[2][0], keys[0][0], keys[1][0], keys[0][1], keys[2][1], keys[1][1]];
    const client = await rig.client();
    client.send(requests(...order.map((key) => `GET ${key}`)));
    await settle();
    const replied: string[] = [];
    for (const server of [1, 0, 2]) {
      for (const key of keys[server]) {
        rig.servers[server].connection.reply(bulk(key));
        replied.push(key);
        await settle();
        const ready = order.findIndex((key) => !replied.includes(key));
        const expected = order.slice(0, ready < 0 ? order.length : ready).map(bulk).join("");
        assertEquals(client.received, expected, `after the reply for ${key}`);
      }
    }
  },
);

rigTest("proxy: answers of its own wait for their turn", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("PING", "GET a", "PING", "NOSUCH", "GET b", "ECHO x"));
  await settle();
  assertEquals(client.take(), "+PONG\r\n");
  rig.server.connection.reply(bulk("A"));
  await settle();
  const unknown = "-ERR unknown command 'NOSUCH', with args beginning with: \r\n";
  assertEquals(client.take(), `${bulk("A")}+PONG\r\n${unknown}`);
  rig.server.connection.reply(bulk("B"));
  await settle();
  assertEquals(client.take(), bulk("B") + bulk("x"));
});

rigTest(
  "proxy: many clients share one connection, and one turn's requests leave as one write",
  {},
  async (rig) => {
    const clients = await Promise.all(Array.from({ length: 50 }, () => rig.client()));
    while (rig.count("clientConnections") < clients.length) await settle();
    for (const round of ["first", "second"]) {
      clients.forEach((client, i) => client.send(requests(`GET ${round}${i}`, `GET other${i}`)));
      await settle();
      const { requests: waiting } = rig.server.connection;
      assertEquals(waiting.length, 100);
      rig.server.connection.reply(...waiting.map((words) => bulk(words[1])));
      await settle();
      clients.forEach((client, i) => assertEquals(client.take(), bulk(`${round}${i}`) + bulk(`other${i}`)));
    }
    assertEquals([rig.serverCount("requests"), rig.serverCount("responses")], [200, 200]);
    assertEquals(rig.network.connected.map(({ writes }) => writes), [2]);
  },
);

rigTest("proxy: requests may come byte by byte", { answer: echo }, async (rig) => {
  const client = await rig.client();
  for (const byte of requests("GET a", "MGET b c", "PING") + "GET d\r\n") {
    client.send(byte);
    await settle();
  }
  const expected = [
    bulk("GET a"),
    `*2\r\n${bulk("value of b")}${bulk("value of c")}`,
    "+PONG\r\n",
    bulk("GET d"),
  ];
  assertEquals(client.take(), expected.join(""));
});

rigTest("proxy: a client that leaves takes nobody's reply with it", {}, async (rig) => {
  const [stays, leaves, breaks] = [await rig.client(), await rig.client(), await rig.client()];
  stays.send(requests("GET s1"));
  await settle();
  leaves.send(requests("GET l1", "GET l2", "MGET l3 l4"));
  await settle();
  breaks.send(requests("GET b1"));
  await settle();
  stays.send(requests("GET s2"));
  await settle();
  leaves.break();
  breaks.break();
  await settle();
  assertEquals(rig.proxy.clientCount, 1);
  const { connection } = rig.server;
  connection.reply(...["s1", "l1", "l2"].map(bulk), "*2\r\n$-1\r\n$-1\r\n", ...["b1", "s2"].map(bulk));
  await settle();
  assertEquals(stays.take(), bulk("s1") + bulk("s2"));
  assertEquals([leaves.take(), breaks.take(), connection.ended], ["", "", false]);
  assertEquals(rig.count("clientErr"), 2);
});

rigTest("proxy: a client with fragments under way leaves", { servers: 2 }, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const [stays, leaves] = [await rig.client(), await rig.client()];
  leaves.send(requests(`MGET ${a} ${b}`, `GET ${a}`));
  await settle();
  stays.send(requests(`GET ${b}`, `GET ${a}`));
  await settle();
  rig.servers[0].connection.reply("*1\r\n$1\r\nx\r\n");
  await settle();
  leaves.break();
  await settle();
  rig.servers[1].connection.reply("*1\r\n$1\r\ny\r\n", bulk("right b"));
  rig.servers[0].connection.reply(bulk("wrong"), bulk("right a"));
  await settle();
  assertEquals(stays.take(), bulk("right b") + bulk("right a"));
});

rigTest("proxy: a client that has ended its stream gets its replies, and then the end", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a", "GET b"));
  client.finish();
  await settle();
  assertEquals([client.ended, rig.server.connection.requests.length], [false, 2]);
  rig.server.connection.reply(bulk("A"));
  await settle();
  assertEquals([client.take(), client.ended], [bulk("A"), false]);
  rig.server.connection.reply(bulk("B"));
  await settle();
  assertEquals([client.take(), client.ended, rig.proxy.clientCount], [bulk("B"), true, 0]);
  assertEquals([rig.count("clientEof"), rig.count("clientErr")], [1, 0]);
});

rigTest("proxy: QUIT is answered in its turn, and nothing behind it is done", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a", "QUIT", "GET b"));
  await settle();
  assertEquals(rig.server.connection.requests, [["GET", "a"]]);
  client.send(requests("GET c"));
  await settle();
  rig.server.connection.reply(bulk("A"));
  await settle();
  assertEquals([client.take(), client.ended], [`${bulk("A")}+OK\r\n`, true]);
  assertEquals(rig.server.connection.requestCount, 1);
  client.close();
  await settle();
  assertEquals(rig.proxy.clientCount, 0);
});

rigTest("proxy: a client that never goes after its last words is let go in the end", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("QUIT"));
  await rig.advance(900);
  assertEquals([client.take(), client.ended, rig.proxy.clientCount], ["+OK\r\n", true, 1]);
  await rig.advance(200);
  assertEquals(rig.proxy.clientCount, 0);
});

rigTest(
  "proxy: broken framing is told after all replies before it, and ends the connection",
  {},
  async (rig) => {
    const [other, client] = [await rig.client(), await rig.client()];
    client.send(requests("GET a") + "*1\r\n$x\r\n" + requests("GET b"));
    await settle();
    assertEquals([client.take(), client.ended], ["", false]);
    rig.server.connection.reply(bulk("A"));
    await settle();
    assertEquals([client.take(), client.ended], [
      `${bulk("A")}-ERR Protocol error: invalid bulk length\r\n`,
      true,
    ]);
    assertEquals(rig.server.connection.requestCount, 1);
    assertEquals(rig.server.connection.ended, false, "its server's connection is nobody's alone");
    other.send(requests("GET o"));
    await settle();
    rig.server.connection.reply(bulk("O"));
    await settle();
    assertEquals(other.take(), bulk("O"));
    assertEquals(rig.count("clientErr"), 0, "counted when it goes");
    client.close();
    await settle();
    assertEquals(rig.count("clientErr"), 1);
  },
);

rigTest("proxy: a client too many is told so and closed; a place that becomes free is given", {
  pool: { clientConnections: 2 },
  answer: echo,
}, async (rig) => {
  const clients = [await rig.client(), await rig.client(), await rig.client()];
  assertEquals([clients[2].take(), clients[2].ended], ["-ERR max number of clients reached\r\n", true]);
  clients[2].close();
  clients[1].send(requests("GET a"));
  await settle();
  assertEquals(clients[1].take(), bulk("GET a"));
  clients[0].close();
  await settle();
  const late = await rig.client();
  late.send(requests("GET b"));
  await settle();
  assertEquals(late.take(), bulk("GET b"));
  assertEquals(rig.count("clientConnections"), 2);
});

rigTest("proxy: draining answers what is under way and takes nothing new", {}, async (rig) => {
  const [busy, idle] = [await rig.client(), await rig.client()];
  busy.send(requests("GET a"));
  await settle();
  rig.proxy.drain();
  await settle();
  assertEquals([idle.ended, busy.ended], [true, false]);
  busy.send(requests("GET b"));
  rig.server.connection.reply(bulk("A"));
  await settle();
  assertEquals([busy.take(), busy.ended, rig.server.connection.requestCount], [bulk("A"), true, 1]);
});
