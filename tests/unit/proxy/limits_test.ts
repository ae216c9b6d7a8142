/**
 * The limits that a pool sets on its clients, its servers' queues and the sizes of requests: each has its effect and
 * no other.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { SWEEP_MS, TICK_MS, UPLOAD_BYTES_MIN } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";
import type { Latin1, ScriptedClient } from "../../support/scripted_redis.ts";

const KIB = 1024;
const OUT_OF_MEMORY = "-ERR proxy out of memory\r\n";
const QUEUE_FULL = "-ERR the server's queue is full\r\n";
const TOO_LONG = "-ERR Protocol error: request is too long\r\n";
const TIMED_OUT = "-ERR Connection timed out\r\n";

/** A client for which little fits into the network, as with a real socket. */
async function narrowClient(rig: Rig): Promise<ScriptedClient> {
  rig.network.options = { capacityBytes: 4 * KIB };
  const client = await rig.client();
  rig.network.options = {};
  return client;
}

/** Sends a request and gives what came back by the time all is quiet. */
async function ask(client: ScriptedClient, request: Latin1): Promise<Latin1> {
  client.send(request);
  await settle();
  return client.take();
}

rigTest("client_idle_timeout: a client that asks nothing is closed, one that waits is not", {
  pool: { clientIdleTimeoutMs: 5000 },
}, async (rig) => {
  const [idle, busy, waiting] = [await rig.client(), await rig.client(), await rig.client()];
  await ask(waiting, requests("GET slow"));
  for (let ms = 0; ms < 4000; ms += 1000) {
    await rig.advance(1000);
    assertEquals(await ask(busy, requests("PING")), "+PONG\r\n");
  }
  assertEquals(rig.proxy.clientCount, 3);
  await rig.advance(1000 + SWEEP_MS);
  assertEquals([idle.ended, busy.ended, waiting.ended], [true, false, false]);
  rig.server.connection.reply(bulk("late"));
  await settle();
  assertEquals(waiting.take(), bulk("late"), "it was the server that took long");
  await rig.advance(5000 + SWEEP_MS);
  assertEquals(rig.proxy.clientCount, 0);
});

rigTest("client_timeout: a client that takes nothing is closed, one that takes a little is not", {
  pool: { clientTimeoutMs: 3000 },
  answer: (words) => bulk(words[1].padEnd(20 * KIB, ".")),
}, async (rig) => {
  const [stuck, slow, quick] = [await narrowClient(rig), await narrowClient(rig), await rig.client()];
  stuck.reading = slow.reading = false;
  for (const client of [stuck, slow]) client.send(requests("GET a"));
  await settle();
  for (let ms = 0; ms < 5000; ms += 500) {
    await rig.advance(500);
    slow.transport.capacityBytes += KIB;
    assertEquals((await ask(quick, requests("GET c"))).length, bulk("".padEnd(20 * KIB)).length);
  }
  stuck.reading = slow.reading = true;
  await settle();
  assertEquals([stuck.ended, slow.ended, quick.ended], [true, false, false]);
  assertEquals(slow.take(), bulk("a".padEnd(20 * KIB, ".")));
  assertEquals([rig.proxy.clientCount, rig.count("clientErr")], [2, 1]);
  await rig.advance(20_000);
  assertEquals(rig.proxy.clientCount, 2, "whoever has nothing to take may idle");
});

rigTest("client_requests_limit: the next request waits until one has been answered", {
  pool: { clientRequestsMax: 1 },
}, async (rig) => {
  const [client, other] = [await rig.client(), await rig.client()];
  client.send(requests("GET a", "GET b", "PING", "GET c"));
  await settle();
  const { connection } = rig.server;
  other.send(requests("GET o"));
  await settle();
  assertEquals(connection.requests, [["GET", "a"], ["GET", "o"]]);
  connection.reply(bulk("A"));
  await settle();
  assertEquals([client.take(), connection.requests], [bulk("A"), [["GET", "o"], ["GET", "b"]]]);
  connection.reply(bulk("O"), bulk("B"));
  await settle();
  assertEquals([client.take(), other.take()], [`${bulk("B")}+PONG\r\n`, bulk("O")]);
  assertEquals(connection.requests, [["GET", "c"]]);
  connection.reply(bulk("C"));
  await settle();
  assertEquals(client.take(), bulk("C"));
});

rigTest("client_output_buffer_limit: a client beyond it is not read until it has taken some", {
  pool: { clientOutputBytesMax: 8 * KIB },
  answer: (words) => bulk(words[1].padEnd(KIB, ".")),
}, async (rig) => {
  const [client, other] = [await narrowClient(rig), await rig.client()];
  client.reading = false;
  const keys = Array.from({ length: 200 }, (_, i) => `key${i}`);
  for (const key of keys) {
    client.send(requests(`GET ${key}`));
    await settle();
  }
  const { requestCount } = rig.server.connection;
  // What fits into the network has left.
  assert(requestCount >= 12 && requestCount < 30, `${requestCount} requests went on`);
  assertEquals(await ask(other, requests("GET o")), bulk("o".padEnd(KIB, ".")));
  client.reading = true;
  await settle();
  assertEquals(client.take(), keys.map((key) => bulk(key.padEnd(KIB, "."))).join(""));
});

rigTest("server_queue_limit: what a server does not take fails, and only its own requests", {
  pool: { serverQueueBytesMax: 8 * KIB },
  servers: 2,
  answer: (words) => bulk(words[1]),
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const client = await rig.client();
  rig.network.options = { capacityBytes: 4 * KIB };
  assertEquals(await ask(client, requests(`GET ${a}`, `GET ${b}`)), bulk(a) + bulk(b));
  rig.network.options = {};
  const { connection } = rig.servers[0];
  connection.reading = false;
  const set = requests(`SET ${a} ${"v".repeat(KIB)}`);
  let replies = "";
  for (let i = 0; i < 30; i++) replies += await ask(client, set);
  const [blocked, other] = [await rig.client(), await rig.client()];
  assertEquals(await ask(blocked, set + requests("PING")), `${QUEUE_FULL}+PONG\r\n`);
  assertEquals(
    await ask(other, requests(`GET ${b}`, `MGET ${a} ${b}`)),
    bulk(b) + QUEUE_FULL.replace("\r\n", " (server 'server0')\r\n"),
  );
  assertEquals([rig.pool.servers[0].health.failures, rig.serverCount("serverConnections")], [0, 1]);
  connection.reading = true;
  await settle();
  replies += client.take();
  const taken = replies.split(bulk(a)).length - 1;
  const refused = replies.split(QUEUE_FULL).length - 1;
  assertEquals(replies, bulk(a).repeat(taken) + QUEUE_FULL.repeat(refused), "in order");
  assertEquals(taken + refused, 30);
  assert(taken > 8 && taken < 20, `${taken} requests were taken`);
  assertEquals(await ask(blocked, requests(`GET ${a}`)), bulk(a));
});

rigTest("max_request_size: a list that is longer is refused, however it arrives", {
  pool: { requestBytesMax: 4 * KIB },
  servers: 2,
  answer: echo,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const other = await rig.client();
  const empty = requests(`MSET ${a} v ${b} `).length;
  // The length of the value adds three digits to its own.
  const fits = requests(`MSET ${a} v ${b} ${"v".repeat(4 * KIB - empty - 3)}`);
  assertEquals(fits.length, 4 * KIB);
  for (const pieceBytes of [1, 100, 1024, 4096, 100_000]) {
    const client = await rig.client();
    // A burst has made its read buffer grow.
    await ask(client, requests("PING").repeat(3000));
    await sendInPieces(client, fits, pieceBytes);
    assertEquals(client.take(), "+OK\r\n", `in pieces of ${pieceBytes} bytes`);
    const long = requests(`MSET ${a} v ${b} ${"v".repeat(6 * KIB)}`);
    await sendInPieces(client, requests("GET k") + long + requests("PING"), pieceBytes);
    assertEquals(client.take(), bulk("GET k") + TOO_LONG, `in pieces of ${pieceBytes} bytes`);
    assert(client.ended);
    assertEquals(await ask(other, requests("GET o")), bulk("GET o"));
  }
});

rigTest("max_request_size: a longer list is refused before it is complete", {
  pool: { requestBytesMax: 4 * KIB },
}, async (rig) => {
  const client = await rig.client();
  const long = requests(`MSET a v b ${"v".repeat(100 * KIB)}`);
  await sendInPieces(client, long.slice(0, 8 * KIB), KIB);
  assertEquals([client.take(), client.ended], [TOO_LONG, true]);
});

rigTest("max_request_size: scripts and what names its key by a word are gathered, however they arrive", {
  pool: { requestBytesMax: 4 * KIB },
  answer: () => bulk("v"),
}, async (rig) => {
  for (const words of ["EVAL return(1) 1 k", "EVAL return(1) 0", "SORT k BY", "OBJECT ENCODING", "MULTI"]) {
    for (const pieceBytes of [100, 4096, 100_000]) {
      for (const [length, isTooLong] of [[3000, false], [6000, true]] as const) {
        const client = await rig.client();
        // A burst has made its read buffer grow.
        await ask(client, requests("PING").repeat(3000));
        const long = requests(
          words === "MULTI" ? `GET ${"v".repeat(length)}` : `${words} ${"v".repeat(length)}`,
        );
        await sendInPieces(client, words === "MULTI" ? requests("MULTI") + long : long, pieceBytes);
        const about = `${words}, ${length} bytes, ${pieceBytes} at once`;
        assertEquals(client.take().endsWith(TOO_LONG), isTooLong, about);
        assertEquals(client.ended, isTooLong, about);
        client.close();
        await settle();
      }
    }
  }
});

rigTest("max_request_size: a request that can be passed on piece by piece may be longer", {
  pool: { requestBytesMax: 4 * KIB },
  answer: (words) => bulk(`${words[1]} ${words[2].length}`),
}, async (rig) => {
  for (const length of [3000, 4000, 4100, 5000, 100_000, 2 * UPLOAD_BYTES_MIN]) {
    for (const pieceBytes of [1000, 1024, 4096, 100_000]) {
      const client = await rig.client();
      await sendInPieces(client, requests(`SET k ${"v".repeat(length)}`, `SET l w`), pieceBytes);
      assertEquals(
        client.take(),
        bulk(`k ${length}`) + bulk("l 1"),
        `${length} bytes, ${pieceBytes} at once`,
      );
      client.close();
      await settle();
    }
  }
});

rigTest("max_key_size: a longer key is refused, and the client goes on", {
  pool: { keyBytesMax: 10 },
  servers: 2,
  answer: echo,
}, async (rig) => {
  const client = await rig.client();
  const [fits, long] = ["k".repeat(10), "k".repeat(11)];
  assertEquals(await ask(client, requests(`GET ${fits}`)), bulk(`GET ${fits}`));
  for (const request of [`GET ${long}`, `SET ${long} v`, `MGET ${fits} ${long}`, `DEL a b c ${long}`]) {
    const reply = await ask(client, requests(request, "PING"));
    assert(/^-ERR [^\r]*key[^\r]*\r\n\+PONG\r\n$/.test(reply), `${request}: ${reply}`);
  }
  // The limit is one of keys, not of values.
  assertEquals(await ask(client, requests(`SET k ${long}`)), bulk(`SET k ${long}`));
});

rigTest("max_key_size: a longer key is refused by a memcached pool too", {
  pool: { keyBytesMax: 10, protocol: "memcache" },
}, async (rig) => {
  const client = await rig.client();
  const long = "k".repeat(11);
  const refused = "CLIENT_ERROR bad command line format\r\n";
  assertEquals(await ask(client, `get ${long}\r\nget a ${long}\r\n`), refused.repeat(2));
  assertEquals(await ask(client, `set ${long} 0 0 1\r\nv\r\nverbosity 1\r\n`), `${refused}OK\r\n`);
  await ask(client, `get ${"k".repeat(10)}\r\n`);
  rig.server.connection.send("END\r\n");
  await settle();
  assertEquals(client.take(), "END\r\n");
});

rigTest("max_arguments: a request that announces more is refused at once", {
  pool: { argumentsMax: 4 },
  answer: echo,
}, async (rig) => {
  const client = await rig.client();
  assertEquals(await ask(client, requests("DEL a b c")), ":3\r\n");
  const reply = await ask(client, requests("GET a") + "*5\r\n");
  assertEquals(reply, `${bulk("GET a")}-ERR Protocol error: invalid multibulk length\r\n`);
  assert(client.ended);
});

rigTest("-M: over the limit new requests are refused, and taken again when buffers are free", {
  memoryBytesMax: 600 * KIB,
}, async (rig) => {
  const [greedy, other] = [await narrowClient(rig), await rig.client()];
  greedy.reading = false;
  greedy.send(requests("GET long"));
  await settle();
  const { connection } = rig.server;
  connection.reply(bulk("x".repeat(900 * KIB)));
  await rig.advance(TICK_MS);
  assert(rig.usedBytes > 600 * KIB);
  assertEquals(
    await ask(other, requests("GET a", "PING", "MGET a b")),
    `${OUT_OF_MEMORY}+PONG\r\n${OUT_OF_MEMORY}`,
  );
  assertEquals(connection.requests, [], "nothing was sent");
  greedy.reading = true;
  await rig.advance(TICK_MS);
  assertEquals(greedy.take(), bulk("x".repeat(900 * KIB)));
  other.send(requests("GET a"));
  await settle();
  connection.reply(bulk("A"));
  await settle();
  assertEquals(other.take(), bulk("A"));
});

rigTest("connect_timeout: connecting is given up after it, while requests may take their own time", {
  pool: { connectTimeoutMs: 200, timeoutMs: 1000 },
  servers: 2,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const client = await rig.client();
  rig.network.silent.add("10.0.0.1:6000");
  client.send(requests(`GET ${a}`, `GET ${b}`));
  await rig.advance(100);
  assertEquals(client.take(), "");
  await rig.advance(100 + TICK_MS);
  assertEquals(client.take(), TIMED_OUT);
  rig.servers[1].connection.reply(bulk("B"));
  await settle();
  assertEquals(client.take(), bulk("B"));
  assertEquals(rig.serverCount("serverTimedout"), 1);
});

/** Sends bytes a piece at a time. */
async function sendInPieces(client: ScriptedClient, bytes: Latin1, pieceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    client.send(bytes.slice(at, at + pieceBytes));
    await settle();
  }
}
