import { assert, assertEquals } from "@std/assert";
import { LINGER_MS, TICK_MS } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, requests, rigTest } from "../../support/proxy_rig.ts";

const RESET = "-ERR Connection reset by peer\r\n";

rigTest("drain: what was read is served, even if it had to wait its turn", {
  pool: { clientRequestsMax: 2 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("GET a", "GET b", "GET c", "GET d", "GET e"));
  await settle();
  assertEquals(rig.server.connection.requests.length, 2);
  rig.proxy.drain();
  client.send(requests("GET late"));
  for (const reply of ["A", "B", "C", "D", "E"]) {
    await settle();
    rig.server.connection.reply(bulk(reply));
  }
  await settle();
  assertEquals([client.take(), client.ended], [["A", "B", "C", "D", "E"].map(bulk).join(""), true]);
  assertEquals([rig.server.connection.requestCount, rig.proxy.isDrained], [5, false]);
  client.close();
  await rig.advance(3 * TICK_MS);
  assertEquals([rig.proxy.isDrained, rig.server.openCount], [true, 0]);
});

rigTest("drain: a long request that has begun is served to its end", {}, async (rig) => {
  const client = await rig.client();
  const text = requests("PING", `SET k ${"v".repeat(3_000_000)}`, "GET k");
  client.send(text.slice(0, 2_000_000));
  await settle();
  rig.proxy.drain();
  await settle();
  client.send(text.slice(2_000_000));
  await settle();
  assertEquals(rig.server.connection.requests[0]?.[0], "SET");
  rig.server.connection.reply("+OK\r\n");
  await settle();
  rig.server.connections.find((connection) => connection.requests[0]?.[0] === "GET")?.reply(bulk("v"));
  await settle();
  assertEquals([client.take(), client.ended], ["+PONG\r\n+OK\r\n" + bulk("v"), true]);
});

rigTest(
  "drain: a client that breaks the protocol in a long request is told so and let go",
  {},
  async (rig) => {
    const client = await rig.client();
    const text = requests(`SET k ${"v".repeat(2_000_000)}`);
    client.send(requests("PING") + text.slice(0, 1_500_000));
    await settle();
    client.send(text.slice(1_500_000, -2) + "no end of a bulk string");
    await settle();
    const got = client.take();
    assert(got.startsWith(`+PONG\r\n${RESET}-ERR Protocol error`), got.slice(0, 200));
    assertEquals(client.ended, true);
    await rig.advance(LINGER_MS + TICK_MS);
    assertEquals([rig.proxy.clientCount, rig.server.openCount], [0, 0]);
  },
);
