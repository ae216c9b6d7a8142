import { assertEquals } from "@std/assert";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";
import type { Latin1, ScriptedConnection } from "../../support/scripted_redis.ts";

/** What a server says to a subscriber: one consent for each name. */
function consents(words: readonly Latin1[]): Latin1 {
  const [name, ...channels] = words;
  const word = name.toLowerCase();
  if (!word.endsWith("subscribe")) return echo(words);
  return channels.map((channel) => push(word, channel, 1)).join("");
}

/** What comes over a connection that is listened to. */
function push(...elements: readonly (Latin1 | number)[]): Latin1 {
  const texts = elements.map((element) => typeof element === "number" ? `:${element}\r\n` : bulk(element));
  return `*${elements.length}\r\n${texts.join("")}`;
}

/** The connection over which a server was asked for something. */
function feedOf(rig: Rig, server = 0): ScriptedConnection {
  return rig.servers[server].connections.findLast((connection) => !connection.ended)!;
}

function counts(rig: Rig): number[] {
  return [rig.count("subscribers"), rig.count("privateConnections")];
}

rigTest(
  "subscription: each channel is asked of its server, patterns of all, and the numbers are one server's",
  {
    servers: 2,
    answer: consents,
  },
  async (rig) => {
    const [[a, c], [b]] = [rig.keysOf(0, 2), rig.keysOf(1, 1)];
    const client = await rig.client();
    client.send(requests(`SUBSCRIBE ${a} ${b} ${c}`, "PSUBSCRIBE x*", `SUBSCRIBE ${a}`, `SSUBSCRIBE ${b}`));
    await settle();
    assertEquals(
      client.take(),
      push("subscribe", a, 1) + push("subscribe", b, 2) + push("subscribe", c, 3) +
        push("psubscribe", "x*", 4) + push("subscribe", a, 4) + push("ssubscribe", b, 1),
    );
    assertEquals(rig.servers.map(({ connections }) => connections.map((one) => one.requestCount)), [[2], [
      3,
    ]]);
    assertEquals(counts(rig), [1, 2]);
    client.send(
      requests(
        `UNSUBSCRIBE ${b} none`,
        "PUNSUBSCRIBE",
        "SUNSUBSCRIBE",
        "UNSUBSCRIBE",
        "UNSUBSCRIBE",
        "GET k",
      ),
    );
    await settle();
    assertEquals(
      client.take(),
      push("unsubscribe", b, 3) + push("unsubscribe", "none", 3) + push("punsubscribe", "x*", 2) +
        push("sunsubscribe", b, 0) + push("unsubscribe", a, 1) + push("unsubscribe", c, 0) +
        "*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n" + bulk("GET k"),
    );
    assertEquals(counts(rig), [0, 0]);
  },
);

rigTest(
  "subscription: the client is told when all servers have consented, and hears what came since after that",
  {
    servers: 2,
    answer: () => null,
  },
  async (rig) => {
    const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
    const client = await rig.client();
    client.send(requests(`SUBSCRIBE ${a} ${b}`));
    await settle();
    feedOf(rig, 0).reply(push("subscribe", a, 1) + push("message", a, "early"));
    await settle();
    assertEquals(client.take(), "");
    feedOf(rig, 1).reply(push("subscribe", b, 1));
    await settle();
    assertEquals(
      client.take(),
      push("subscribe", a, 1) + push("subscribe", b, 2) + push("message", a, "early"),
    );
    feedOf(rig, 1).send(push("message", b, "later"));
    await settle();
    assertEquals(client.take(), push("message", b, "later"));
    client.send(requests(`UNSUBSCRIBE ${a}`));
    await settle();
    feedOf(rig, 0).reply(push("message", a, "last") + push("unsubscribe", a, 0));
    await settle();
    assertEquals(client.take(), push("message", a, "last") + push("unsubscribe", a, 1));
  },
);

rigTest("subscription: messages of any length arrive whole, and never within one another or a reply", {
  servers: 2,
  answer: consents,
  mbufBytes: 512,
}, async (rig) => {
  const [[a], [b, key]] = [rig.keysOf(0, 1), rig.keysOf(1, 2)];
  const client = await rig.client();
  const feeds: ScriptedConnection[] = [];
  let shared: ScriptedConnection | null = null;
  for (const [i, server] of rig.servers.entries()) {
    server.answer = (words, connection) => {
      if (words[0] === "HELLO") return "%0\r\n";
      if (words[0] === "SUBSCRIBE") feeds[i] = connection;
      else if (words[0] === "GET") shared = connection;
      return words[0] === "GET" ? null : consents(words);
    };
  }
  client.send(requests("HELLO 3", `SUBSCRIBE ${a} ${b}`, `GET ${key}`));
  await settle();
  client.take();
  const [long, other, reply] = [
    push("message", a, "x".repeat(200_000)),
    push("message", b, "y"),
    bulk("z".repeat(100_000)),
  ];
  const [feedA, feedB] = feeds;
  feedA.send(long.slice(0, 150_000));
  shared!.send(reply.slice(0, 70_000));
  await settle();
  feedB.send(other);
  await settle();
  feedA.send(long.slice(150_000));
  await settle();
  shared!.send(reply.slice(70_000));
  for (let i = 0; i < 20; i++) await settle();
  assertEquals(client.take(), other + long + reply);
});

rigTest("subscription: a server that is gone takes its subscribers with it", {
  servers: 2,
  answer: consents,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const [client, other] = [await rig.client(), await rig.client()];
  client.send(requests(`SUBSCRIBE ${a} ${b}`));
  other.send(requests(`SUBSCRIBE ${a}`));
  await settle();
  rig.servers[1].die();
  await settle();
  assertEquals([client.ended, other.ended, counts(rig)], [true, false, [1, 1]]);
  const again = await rig.client();
  again.send(requests(`SUBSCRIBE ${a}`, `SUBSCRIBE ${b}`, "PING"));
  await rig.advance(100);
  assertEquals(again.ended, true);
  assertEquals(
    again.take(),
    push("subscribe", a, 1) + "-ERR Connection refused\r\n",
    "a client must know that it does not hear all",
  );
});

rigTest("subscription: when a channel belongs to another server its subscribers are sent away", {
  servers: 2,
  answer: consents,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const [moved, stays, pattern] = [await rig.client(), await rig.client(), await rig.client()];
  moved.send(requests(`SUBSCRIBE ${b}`));
  stays.send(requests(`SUBSCRIBE ${a}`));
  pattern.send(requests("PSUBSCRIBE *"));
  await settle();
  rig.reload({ servers: [rig.config.servers[0]] });
  await rig.advance(100);
  assertEquals([moved.ended, stays.ended, pattern.ended], [true, false, true]);
  rig.reload({});
  await rig.advance(100);
  assertEquals(stays.ended, false);
});

rigTest("subscription: a server that does not answer in time sends its subscriber away", {
  answer: () => null,
  pool: { timeoutMs: 100 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("SUBSCRIBE a"));
  await rig.advance(200);
  assertEquals([client.take(), client.ended, counts(rig)], ["-ERR Connection timed out\r\n", true, [0, 0]]);
});

rigTest("subscription: what a server refuses is told, and the client is sent away", {
  answer: () => "-NOPERM no channels\r\n",
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("SUBSCRIBE a b"));
  await settle();
  assertEquals([client.take(), client.ended], ["-NOPERM no channels\r\n", true]);
});

rigTest("subscription: a slow subscriber is dropped at a bound, and nobody waits for it", {
  answer: consents,
  pool: { clientOutputBytesMax: 1024, clientTimeoutMs: 0 },
}, async (rig) => {
  const [slow, other] = [await rig.client(), await rig.client()];
  for (const client of [slow, other]) client.send(requests("SUBSCRIBE a"));
  await settle();
  slow.reading = false;
  slow.transport.capacityBytes = 1000;
  other.take();
  const message = push("message", "a", "x".repeat(1000));
  let heard = 0;
  for (let i = 0; i < 1000 && rig.count("subscribersDropped") === 0; i++) {
    for (const feed of rig.server.connections) if (!feed.ended) feed.send(message);
    await settle();
    heard += other.take().length;
    assertEquals(heard, (i + 1) * message.length);
  }
  assertEquals([rig.count("subscribersDropped"), counts(rig)], [1, [1, 1]]);
  slow.close();
});

rigTest("subscription: a message that is longer than the bound drops its subscriber", {
  answer: consents,
  mbufBytes: 512,
  pool: { clientOutputBytesMax: 1024 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("SUBSCRIBE a"));
  await settle();
  feedOf(rig).send(push("message", "a", "x".repeat(100_000)));
  for (let i = 0; i < 20; i++) await settle();
  assertEquals([client.ended, rig.count("subscribersDropped"), counts(rig)], [true, 1, [0, 0]]);
});

rigTest("subscription: RESET, QUIT and a client that leaves end it", { answer: consents }, async (rig) => {
  const client = await rig.client();
  client.send(requests("SUBSCRIBE a", "RESET", "GET k"));
  await settle();
  assertEquals(client.take(), push("subscribe", "a", 1) + "+RESET\r\n" + bulk("GET k"));
  assertEquals(counts(rig), [0, 0]);
  client.send(requests("SUBSCRIBE a"));
  await settle();
  client.finish();
  await settle();
  assertEquals([client.ended, counts(rig)], [true, [0, 0]]);
  const other = await rig.client();
  other.send(requests("SUBSCRIBE a", "QUIT"));
  await settle();
  assertEquals(other.take(), push("subscribe", "a", 1) + "+OK\r\n");
  other.close();
  await settle();
  assertEquals(counts(rig), [0, 0]);
});

rigTest(
  "subscription: servers tell of their own keys everywhere",
  { servers: 2, answer: consents },
  async (rig) => {
    const client = await rig.client();
    client.send(requests("SUBSCRIBE __keyevent@0__:expired"));
    await settle();
    assertEquals(client.take(), push("subscribe", "__keyevent@0__:expired", 1));
    for (const server of [0, 1]) {
      feedOf(rig, server).send(
        push("message", "__keyevent@0__:expired", `k${server}`),
      );
    }
    await settle();
    assertEquals(client.take().length, 2 * push("message", "__keyevent@0__:expired", "k0").length);
  },
);

rigTest("subscription: a subscriber may be idle", {
  answer: consents,
  pool: { clientIdleTimeoutMs: 1000 },
}, async (rig) => {
  const [listening, idle] = [await rig.client(), await rig.client()];
  listening.send(requests("SUBSCRIBE a"));
  await rig.advance(3000);
  assertEquals([listening.ended, idle.ended], [false, true]);
});

rigTest("private_connections holds for subscribers, too", {
  answer: consents,
  pool: { privateConnections: 1 },
}, async (rig) => {
  const [first, second] = [await rig.client(), await rig.client()];
  first.send(requests("SUBSCRIBE a", "SUBSCRIBE b"));
  second.send(requests("SUBSCRIBE a", "GET k"));
  await settle();
  assertEquals(first.take(), push("subscribe", "a", 1) + push("subscribe", "b", 2));
  assertEquals(
    second.take(),
    "-ERR too many private connections, see private_connections\r\n" + bulk("GET k"),
  );
});

rigTest(
  "subscription: a client may listen to much, and not to everything",
  { answer: consents },
  async (rig) => {
    const client = await rig.client();
    const names = Array.from({ length: 65_536 }, (_, i) => `c${i}`);
    client.send(requests(`SUBSCRIBE ${names.join(" ")}`));
    for (let i = 0; i < 100 && client.received.length < 2_000_000; i++) await settle();
    assertEquals(client.take().endsWith(push("subscribe", "c65535", 65_536)), true);
    const refusal = "-ERR too many subscriptions\r\n";
    client.send(requests("PSUBSCRIBE x*", "UNSUBSCRIBE c0", "SUBSCRIBE x"));
    await settle();
    assertEquals(client.take(), refusal + push("unsubscribe", "c0", 65_535) + push("subscribe", "x", 65_536));
    const other = await rig.client();
    other.send(requests(`SUBSCRIBE ${"x".repeat(5 * 1024 * 1024)}`));
    for (let i = 0; i < 100 && other.received === ""; i++) await settle();
    assertEquals(other.take(), refusal);
  },
);
