/**
 * A connection on which replies no longer fit their requests is left, or everybody would wait in vain from then on.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { TICK_MS } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";

const TIMEOUT_MS = 400;
const TIMED_OUT = "-ERR Connection timed out\r\n";
const POOL = { timeoutMs: TIMEOUT_MS, serverFailureLimit: 2 };

/** A server that answers at once, but says nothing to the first request of its first connection. */
function losesOneReply(rig: Rig): void {
  rig.server.answer = (words, connection) => {
    const isFirst = connection === rig.server.connections[0] && connection.requestCount === 1;
    return isFirst ? "" : bulk(words[1]);
  };
}

rigTest("proxy: a connection that has lost a reply is left, though the server goes on answering", {
  pool: POOL,
}, async (rig) => {
  losesOneReply(rig);
  const client = await rig.client();
  let tries = 0;
  for (let reply = TIMED_OUT; reply === TIMED_OUT; tries++) {
    assert(tries < 10, "it has not been left");
    const key = `k${tries}`;
    client.send(requests(`GET ${key}`));
    await rig.advance(TIMEOUT_MS + TICK_MS);
    reply = client.take();
    if (reply !== TIMED_OUT) assertEquals(reply, bulk(key));
  }
  assertEquals([rig.server.connections[0].ended, rig.server.connections.length], [true, 2]);
});

rigTest(
  "proxy: a connection that has lost a reply is left, even if nobody asks",
  { pool: POOL },
  async (rig) => {
    losesOneReply(rig);
    const client = await rig.client();
    client.send(requests("GET a"));
    await rig.advance(2 * TIMEOUT_MS + 2 * TICK_MS);
    assertEquals([client.take(), rig.server.connections[0].ended], [TIMED_OUT, true]);
    client.send(requests("GET b"));
    await settle();
    assertEquals(client.take(), bulk("b"));
  },
);

rigTest("proxy: half a reply that nobody asked for is one too many", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a"));
  await settle();
  const [first] = rig.server.connections;
  first.send(`${bulk("A")}$5\r\nab`);
  await settle();
  assertEquals([client.take(), first.ended], [bulk("A"), true]);
  client.send(requests("GET b"));
  await settle();
  rig.server.connection.reply(bulk("B"));
  await settle();
  assertEquals(client.take(), bulk("B"));
});
