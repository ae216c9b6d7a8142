import { assert, assertEquals, assertThrows } from "@std/assert";
import type { PoolConfig } from "../../../src/config/config.ts";
import type { Address } from "../../../src/net/address.ts";
import { LINGER_MS, POOL_DRAIN_MAX_MS, TICK_MS } from "../../../src/proxy/limits.ts";
import { ListenError } from "../../../src/proxy/listeners.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";
import { ScriptedClient } from "../../support/scripted_redis.ts";

/** A pool's `listen` on a port of the network in memory. */
function listenOn(port: number): PoolConfig["listen"] {
  return {
    text: `127.0.0.1:${port}`,
    address: { transport: "tcp", hostname: "127.0.0.1", port },
    mode: null,
  };
}

/** Connects a client to a port. */
async function dial(rig: Rig, port: number): Promise<ScriptedClient> {
  const address: Address = { transport: "tcp", hostname: "127.0.0.1", port };
  const client = new ScriptedClient(rig.network.dial(address));
  await settle();
  return client;
}

/** Whether anybody listens at a port. */
function isOpen(rig: Rig, port: number): boolean {
  try {
    rig.network.dial({ transport: "tcp", hostname: "127.0.0.1", port }).close();
    return true;
  } catch {
    return false;
  }
}

rigTest("reload: a pool that is added listens, one that is taken out drains", {}, async (rig) => {
  const changes = rig.reload({ listen: listenOn(7000) }, { name: "more", listen: listenOn(7001) });
  assertEquals(changes, [
    { kind: "changed", pool: "rig", ignored: [] },
    { kind: "added", pool: "more", ignored: [] },
  ]);
  const [idle, busy] = [await dial(rig, 7001), await dial(rig, 7001)];
  busy.send(requests("GET a"));
  await settle();
  assertEquals(rig.reload({ listen: listenOn(7000) }), [{ kind: "removed", pool: "more", ignored: [] }]);
  await rig.advance(2 * TICK_MS);
  assertEquals([isOpen(rig, 7001), idle.ended, busy.ended], [false, true, false]);
  assertEquals([rig.proxy.clientCount, rig.proxy.snapshot().length], [2, 1]);
  rig.server.connection.reply(bulk("A"));
  await settle();
  assertEquals([busy.take(), busy.ended], [bulk("A"), true]);
  await rig.advance(LINGER_MS + 2 * TICK_MS);
  assertEquals([rig.proxy.clientCount, rig.server.openCount], [0, 0]);
});

rigTest("reload: the clients of a pool that is taken out have only so much time", {}, async (rig) => {
  rig.reload({ listen: listenOn(7000) }, { name: "more", listen: listenOn(7001) });
  const busy = await dial(rig, 7001);
  // Its server answers now and then, but never this.
  busy.send(requests("GET a", "GET b", "GET c"));
  await settle();
  rig.reload({ listen: listenOn(7000) });
  for (const reply of ["A", "B"]) {
    await rig.advance(POOL_DRAIN_MAX_MS / 2 - 100);
    rig.server.connection.reply(bulk(reply));
  }
  await settle();
  assertEquals([busy.take(), busy.ended], [bulk("A") + bulk("B"), false]);
  await rig.advance(300);
  assertEquals([busy.ended, rig.proxy.clientCount, rig.server.openCount], [true, 0, 0]);
});

rigTest(
  "reload: a pool moves to another address, and its clients do not notice",
  { answer: echo },
  async (rig) => {
    rig.reload({ listen: listenOn(7000) });
    const client = await dial(rig, 7000);
    rig.reload({ listen: listenOn(7001) });
    await settle();
    assertEquals([isOpen(rig, 7000), isOpen(rig, 7001)], [false, true]);
    client.send(requests("GET a"));
    await settle();
    assertEquals([client.take(), client.ended], [bulk("GET a"), false]);
  },
);

rigTest("reload: if one address cannot be bound, nothing changes at all", { answer: echo }, async (rig) => {
  rig.reload({ listen: listenOn(7000) });
  const client = await dial(rig, 7000);
  const taken = rig.network.listen(listenOn(7009).address);
  const { pool } = rig;
  const { config, router } = pool;
  const error = assertThrows(
    () =>
      rig.reload(
        { listen: listenOn(7001), timeoutMs: 5, servers: [] },
        { name: "good", listen: listenOn(7002) },
        { name: "bad", listen: listenOn(7009) },
      ),
    ListenError,
  );
  assertEquals(error.message, "bind for pool 'bad' to addr '127.0.0.1:7009' failed: Address already in use");
  assert(rig.pool === pool, "the pool is the same");
  assert(pool.config === config, "the config is the same");
  assert(pool.router === router, "the router is the same");
  assertEquals([7000, 7001, 7002].map((port) => isOpen(rig, port)), [true, false, false]);
  client.send(requests("GET a"));
  await settle();
  assertEquals(client.take(), bulk("GET a"));
  taken.close();
});

rigTest("reload: pools may change places", { servers: 2, answer: echo }, async (rig) => {
  const [first, second] = rig.config.servers.map((server) => [server]);
  rig.reload(
    { name: "one", listen: listenOn(7000), servers: first },
    { name: "two", listen: listenOn(7001), servers: second },
  );
  const old = await dial(rig, 7000);
  rig.reload(
    { name: "one", listen: listenOn(7001), servers: first },
    { name: "two", listen: listenOn(7000), servers: second },
  );
  const late = await dial(rig, 7000);
  old.send(requests("GET old"));
  late.send(requests("GET late", "GET later"));
  await settle();
  assertEquals(rig.servers.map(({ connection }) => connection.requestCount), [1, 2]);
});

rigTest(
  "reload: another name or protocol is another pool at the same address",
  { answer: echo },
  async (rig) => {
    rig.reload({ listen: listenOn(7000) });
    const old = await dial(rig, 7000);
    rig.reload({ listen: listenOn(7000), name: "renamed" });
    const renamed = await dial(rig, 7000);
    await settle();
    assertEquals([old.ended, renamed.ended], [true, false]);
    const changes = rig.reload({ listen: listenOn(7000), name: "renamed", protocol: "memcache" });
    assertEquals(changes.map(({ kind, pool }) => `${pool} ${kind}`), ["renamed added", "renamed removed"]);
    const memcache = await dial(rig, 7000);
    memcache.send("nonsense\r\n");
    await settle();
    assertEquals(renamed.ended, true);
    assertEquals(memcache.take(), "ERROR\r\n");
  },
);
