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
    slow.reading = true;
    await Promise.resolve();
    slow.reading = false;
    slow.send(requests("GET b"));
    assertEquals((await ask(quick, requests("GET c"))).length, bulk("c".padEnd(20 * KIB)).length);
  }
  assertEquals([stuck.transport.closed, rig.proxy.clientCount, rig.count("clientErr")], [true, 2, 1]);
});
