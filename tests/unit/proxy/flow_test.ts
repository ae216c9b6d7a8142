import { assert, assertEquals } from "@std/assert";
import { CLIENT_OUTPUT_HARD_RATIO, STALL_MS } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import type { ScriptedClient } from "../../support/scripted_redis.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** `client_requests_limit`, as the rig's pools have it. */
const CLIENT_IN_FLIGHT_MAX = 16_384;
const CLIENT_OUTPUT_BYTES_HARD = CLIENT_OUTPUT_HARD_RATIO * MIB;
const RESET = "-ERR Connection reset by peer\r\n";

/** A client for which little fits into the network, as with a real socket. */
async function narrowClient(rig: Rig): Promise<ScriptedClient> {
  rig.network.options = { capacityBytes: 64 * KIB };
  const client = await rig.client();
  rig.network.options = {};
  return client;
}

/** Compares long texts without printing them. */
function assertSame(actual: string, expected: string): void {
  assertEquals(actual.length, expected.length);
  assert(actual === expected, "the bytes are the same");
}

rigTest("proxy: a client that does not read is not read either, and goes on when it does", {
  answer: (words) => bulk(words[1].padEnd(KIB, ".")),
}, async (rig) => {
  const client = await narrowClient(rig);
  client.reading = false;
  const keys = Array.from({ length: 20_000 }, (_, i) => `key${i}`);
  client.send(requests(...keys.map((key) => `GET ${key}`)));
  await settle();
  const { requestCount } = rig.server.connection;
  assert(requestCount < 5000, `${requestCount} requests went on`);
  assert(rig.usedBytes < 8 * MIB, `${rig.usedBytes} bytes are in use`);
  await rig.advance(1000);
  assertEquals(rig.server.connection.requestCount, requestCount, "and no more while it waits");
  client.reading = true;
  await settle();
  assertSame(client.take(), keys.map((key) => bulk(key.padEnd(KIB, "."))).join(""));
});

rigTest("proxy: one client has only so many requests under way", {}, async (rig) => {
  const client = await narrowClient(rig);
  const total = 2 * CLIENT_IN_FLIGHT_MAX;
  client.send(requests("GET k").repeat(total));
  let answered = 0;
  let most = 0;
  while (answered < total) {
    await settle();
    const { requests: waiting } = rig.server.connection;
    assert(waiting.length > 0, `${answered} were answered, and no more come`);
    most = Math.max(most, waiting.length);
    answered += waiting.length;
    rig.server.connection.send("+OK\r\n".repeat(waiting.splice(0).length));
  }
  await settle();
  assertSame(client.take(), "+OK\r\n".repeat(total));
  assert(most > 1000 && most <= CLIENT_IN_FLIGHT_MAX, `${most} were under way`);
});

rigTest("proxy: a long reply leaves as it comes", {}, async (rig) => {
  const [client, other] = [await rig.client(), await rig.client()];
  client.send(requests("GET long"));
  await settle();
  other.send(requests("GET short"));
  await settle();
  const reply = bulk("0123456789abcdef".repeat(640 * KIB));
  const { connection } = rig.server;
  for (let at = 0; at < reply.length; at += 100_000) {
    connection.send(reply.slice(at, at + 100_000));
    await settle();
    assert(client.received.length > at - 40 * KIB, `${client.received.length} of ${at} bytes have left`);
    assert(rig.usedBytes < MIB, `${rig.usedBytes} bytes are in use`);
  }
  connection.send(bulk("short"));
  await settle();
  assertSame(client.take(), reply);
  assertEquals(other.take(), bulk("short"));
});

rigTest("proxy: a long reply whose turn has not come waits for it", { servers: 2 }, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const client = await rig.client();
  client.send(requests(`GET ${a}`, `GET ${b}`, `GET ${a}`));
  await settle();
  const long = bulk("x".repeat(300_000));
  rig.servers[1].connection.send(long.slice(0, 150_000));
  await settle();
  assertEquals(client.received, "");
  rig.servers[0].connection.reply(bulk("A"));
  await settle();
  rig.servers[0].connection.reply(bulk("A2"));
  rig.servers[1].connection.send(long.slice(150_000));
  await settle();
  assertSame(client.take(), bulk("A") + long + bulk("A2"));
});

rigTest("proxy: replies of every length around the sizes of buffers", {
  answer: (words) => bulk("v".repeat(Number(words[1]))),
}, async (rig) => {
  const client = await rig.client();
  for (const length of [8191, 8192, 16306, 16307, 16384, 32642, 48978, 65314, 65536, 131_072]) {
    for (const near of [-12, -1, 0, 1, 12]) {
      client.send(requests("GET 1", `GET ${length + near}`, "GET 2"));
      await settle();
      assertSame(client.take(), bulk("v") + bulk("v".repeat(length + near)) + bulk("vv"));
    }
  }
});

rigTest("proxy: a server that dies in the middle of a reply", { servers: 2 }, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const [began, waits, behind] = [await rig.client(), await rig.client(), await rig.client()];
  began.send(requests(`GET ${a}`, `GET ${b}`));
  await settle();
  behind.send(requests(`GET ${a}`));
  waits.send(requests(`GET ${b}`, `GET ${a}`));
  await settle();
  rig.servers[0].connection.send(`$100000\r\n${"x".repeat(50_000)}`);
  await settle();
  assert(began.received.length > 10_000);
  rig.servers[0].connection.break();
  await settle();
  assert(began.ended, "half a reply cannot be taken back");
  assertEquals(behind.take(), RESET);
  rig.servers[1].connection.reply(bulk("nobody's"), bulk("B"));
  await settle();
  assertEquals(waits.take(), bulk("B") + RESET);

  // If nothing has left yet, the failure can still be told.
  waits.send(requests(`GET ${b}`, `GET ${a}`));
  await settle();
  rig.servers[0].connection.send(`$100000\r\n${"x".repeat(50_000)}`);
  await settle();
  rig.servers[0].connection.close();
  rig.servers[1].connection.reply(bulk("B"));
  await settle();
  assertEquals([waits.take(), waits.ended], [bulk("B") + RESET, false]);
});

rigTest("proxy: replies that are complete still leave when the next one breaks off", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a", "GET long", "GET b"));
  await settle();
  rig.server.connection.send(`${bulk("A")}$100000\r\n${"x".repeat(50_000)}`);
  rig.server.connection.finish();
  await settle();
  assert(client.ended);
  assert(client.take().startsWith(bulk("A")));
});

rigTest(
  "proxy: they leave also for a client that takes them slowly, and nothing else does",
  {},
  async (rig) => {
    const client = await narrowClient(rig);
    client.reading = false;
    client.send(requests("GET a", "GET long", "GET b"));
    await settle();
    const first = bulk("A".repeat(200 * KIB));
    const half = `$100000\r\n${"x".repeat(50_000)}`;
    rig.server.connection.send(first + half);
    rig.server.connection.finish();
    await settle();
    assert(!client.ended);
    client.reading = true;
    await settle();
    assert(client.ended);
    assertSame(client.take(), first + half);
  },
);

rigTest("proxy: a client leaves in the middle of its long reply", {}, async (rig) => {
  const [leaves, stays] = [await rig.client(), await rig.client()];
  leaves.send(requests("GET long", "GET other"));
  await settle();
  stays.send(requests("GET s"));
  await settle();
  const { connection } = rig.server;
  connection.send(`$200000\r\n${"x".repeat(100_000)}`);
  await settle();
  leaves.close();
  await settle();
  connection.send(`${"x".repeat(100_000)}\r\n${bulk("other")}${bulk("S")}`);
  await settle();
  assertEquals([stays.take(), connection.ended], [bulk("S"), false]);
});

rigTest("proxy: a long reply is read no faster than its client takes it", {}, async (rig) => {
  const client = await narrowClient(rig);
  client.send(requests("GET long"));
  await settle();
  client.reading = false;
  const reply = bulk("x".repeat(3 * CLIENT_OUTPUT_BYTES_HARD));
  rig.server.connection.send(reply);
  await rig.advance(4 * STALL_MS);
  assert(rig.usedBytes < CLIENT_OUTPUT_BYTES_HARD + 4 * MIB, `${rig.usedBytes} bytes are in use`);
  client.reading = true;
  await settle();
  assertSame(client.take(), reply);
});

rigTest(
  "proxy: a client that does not take a long reply is dropped for those that wait behind it",
  {},
  async (rig) => {
    const [slow, other] = [await narrowClient(rig), await rig.client()];
    slow.send(requests("GET long"));
    await settle();
    other.send(requests("GET o"));
    await settle();
    slow.reading = false;
    rig.server.connection.send(bulk("x".repeat(2 * CLIENT_OUTPUT_BYTES_HARD)) + bulk("O"));
    await rig.advance(STALL_MS - 100);
    assertEquals([rig.proxy.clientCount, other.received], [2, ""]);
    await rig.advance(200);
    assertEquals([rig.proxy.clientCount, other.take()], [1, bulk("O")]);
  },
);

rigTest("proxy: a server that takes nothing ends in the middle of a write", {}, async (rig) => {
  rig.network.options = { capacityBytes: 4 * KIB };
  const client = await rig.client();
  for (const end of ["close", "break"] as const) {
    client.send(requests("GET a"));
    await settle();
    const { connection } = rig.server;
    connection.reading = false;
    connection.reply(bulk("A"));
    client.send(requests(...Array.from({ length: 50 }, (_, i) => `SET k${i} ${"v".repeat(20_000)}`)));
    await settle();
    assertEquals(client.take(), bulk("A"));
    assert(rig.usedBytes > 500 * KIB, `${rig.usedBytes} bytes are in use`);
    connection[end]();
    await settle();
    assertEquals(client.take(), RESET.repeat(50));
    assert(rig.usedBytes < 100 * KIB, `${rig.usedBytes} bytes are still in use`);
  }
});

rigTest(
  "proxy: long requests are passed on as they come, in their client's order",
  { answer: echo },
  async (rig) => {
    const [client, other] = [await rig.client(), await rig.client()];
    const value = "v".repeat(3 * MIB);
    const long = requests(`SET k ${value}`);
    const text = requests("GET a") + long + requests("GET b") + long + requests("PING");
    for (let at = 0; at < text.length; at += 200_000) {
      client.send(text.slice(at, at + 200_000));
      await settle();
      assert(rig.usedBytes < 4 * MIB, `${rig.usedBytes} bytes are in use`);
      other.send(requests("GET o"));
      await settle();
      assertEquals(other.take(), bulk("GET o"));
    }
    const set = bulk(`SET k ${value}`);
    assertSame(client.take(), `${bulk("GET a")}${set}${bulk("GET b")}${set}+PONG\r\n`);
  },
);

rigTest(
  "proxy: a long request for which there is no server is answered once, and taken to its end",
  {},
  async (rig) => {
    rig.server.die();
    const client = await rig.client();
    const long = requests(`SET k ${"v".repeat(2 * MIB)}`);
    for (let i = 0; i < 3; i++) {
      for (let at = 0; at < long.length; at += 300_000) {
        client.send(long.slice(at, at + 300_000));
        await settle();
      }
      client.send(requests("PING"));
      await settle();
      assertEquals(client.take(), "-ERR Connection refused\r\n+PONG\r\n");
    }
  },
);

rigTest("proxy: a client goes in the middle of a long request", { answer: echo }, async (rig) => {
  const other = await rig.client();
  for (const end of ["close", "break", "finish"] as const) {
    const client = await rig.client();
    client.send(requests(`SET k ${"v".repeat(3 * MIB)}`).slice(0, 2 * MIB));
    await settle();
    client[end]();
    await settle();
    other.send(requests("GET o"));
    await settle();
    assertEquals([other.take(), rig.proxy.clientCount, rig.server.openCount], [bulk("GET o"), 1, 1], end);
  }
});
