import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ManualClock, systemClock } from "../../../src/base/clock.ts";
import { CLIENTS_MAX, OUTPUT_BYTES_MAX } from "../../../src/cachenode/limits.ts";
import { CacheNode, type NodeProtocol } from "../../../src/cachenode/node.ts";
import type { TcpAddress } from "../../../src/net/address.ts";
import { denoNetwork } from "../../../src/net/deno_network.ts";
import { eventually } from "../../support/process.ts";
import { connect, resp } from "../../support/wire.ts";

const ANY_PORT: TcpAddress = { transport: "tcp", hostname: "127.0.0.1", port: 0 };

function start(protocol: NodeProtocol, address = ANY_PORT, clock = systemClock): CacheNode {
  const report = (error: unknown) => {
    throw error;
  };
  return new CacheNode(protocol, address, { network: denoNetwork, clock, report });
}

function portOf(node: CacheNode): number {
  return (node.address as TcpAddress).port;
}

Deno.test("node: clients share what it remembers, and come and go", async () => {
  await using node = start("redis");
  using one = await connect(portOf(node));
  using two = await connect(portOf(node));
  assertEquals(await one.command("SET", "k", "v"), "OK");
  assertEquals(await two.command("GET", "k"), "v");
  one.close();
  await eventually(() => node.clients === 1, "the node has noticed that a client has gone");
  assertEquals(await two.command("GET", "k"), "v");
});

Deno.test("node: two nodes remember different things", async () => {
  await using one = start("memcache");
  await using two = start("memcache");
  using a = await connect(portOf(one));
  using b = await connect(portOf(two));
  await a.exchange("set k 0 0 1\r\nv\r\n", "STORED\r\n");
  await b.exchange("get k\r\n", "END\r\n");
});

Deno.test("node: a stop closes its clients and frees its port", async () => {
  const node = start("redis");
  const port = portOf(node);
  using client = await connect(port);
  assertEquals(await client.command("PING"), "PONG");
  await node.stop();
  await node.stop();
  await client.closed();
  assertEquals(node.clients, 0);
  await assertRejects(() => connect(port), Deno.errors.ConnectionRefused);
  await start("redis", { ...ANY_PORT, port }).stop();
});

Deno.test("node: a port that is taken is told at once", async () => {
  await using node = start("redis");
  assertThrows(() => start("redis", { ...ANY_PORT, port: portOf(node) }), Deno.errors.AddrInUse);
});

Deno.test("node: its timer sweeps what has expired, and ends with it", async () => {
  const clock = new ManualClock();
  const node = start("redis", ANY_PORT, clock);
  using client = await connect(portOf(node));
  await client.command("SET", "k", "v", "PX", 10);
  clock.advance(9);
  assertEquals(await client.command("DBSIZE"), 1);
  clock.advance(200);
  assertEquals(await client.command("DBSIZE"), 0);
  await node.stop();
  assertEquals(clock.pending, 0);
});

Deno.test("node: a client that reads nothing stalls nobody, and gets everything when it reads", async () => {
  await using node = start("redis");
  using greedy = await connect(portOf(node));
  using other = await connect(portOf(node));
  const value = "v".repeat(OUTPUT_BYTES_MAX);
  assertEquals(await other.command("SET", "k", value), "OK");
  const count = 100;
  for (let i = 0; i < count; i++) await greedy.send(resp("GET", "k"));
  assertEquals(await other.command("PING"), "PONG");
  for (let i = 0; i < count; i++) await greedy.expect(`$${value.length}\r\n${value}\r\n`);
});

Deno.test("node: more clients than it takes are turned away", async () => {
  await using node = start("redis");
  const clients = [];
  try {
    for (let i = 0; i < CLIENTS_MAX; i++) clients.push(await connect(portOf(node)));
    await eventually(() => node.clients === CLIENTS_MAX, "all clients are accepted");
    using late = await connect(portOf(node));
    await late.closed();
    assertEquals(await clients[0].command("PING"), "PONG");
  } finally {
    for (const client of clients) client.close();
  }
});
