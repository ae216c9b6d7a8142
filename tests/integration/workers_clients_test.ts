/**
 * Several workers: what one client asks about all, and what one client has shown to the proxy, wherever the others are.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { joinBytes, ReplyError, type ReplyValue, resp, type WireClient } from "../support/wire.ts";
import { type RedisPool, type RedisPoolOptions, startRedisPool } from "./redis_pool.ts";
import { allServe, post, TWO_WORKERS, workersOf } from "./worker_pool.ts";

/** Enough that the kernel gives some to each of two workers, but for once in 10^9. */
const CLIENTS = 30;

/** A pool with two workers and clients of both. */
async function withClients(
  test: (pool: RedisPool, clients: readonly WireClient[]) => Promise<void>,
  options: RedisPoolOptions = {},
): Promise<void> {
  await using pool = await startRedisPool({ flags: TWO_WORKERS, ...options });
  await allServe(pool.proxy);
  const clients = await Promise.all(Array.from({ length: CLIENTS }, () => pool.connect()));
  for (const client of clients) assertEquals(await client.command("PING"), "PONG");
  await eventually(async () => {
    const workers = await workersOf(pool.proxy);
    const counts = workers.map(({ metrics }) => metrics.client_connections);
    return counts.every((count) => count > 0) && counts.reduce((a, b) => a + b) === CLIENTS;
  }, "each worker has clients");
  await test(pool, clients);
  for (const client of clients) client.close();
}

/** The lines of `CLIENT LIST`, each with its fields by name. */
function linesOf(reply: ReplyValue): Record<string, string>[] {
  return `${reply}`.split("\n").filter((line) => line !== "").map((line) =>
    Object.fromEntries(line.split(" ").map((field) => field.split(/=(.*)/s, 2)))
  );
}

realTest("redis-server", "workers: CLIENT LIST shows the clients of all, to each of them", async () => {
  await withClients(async (_, clients) => {
    const ids: number[] = [];
    for (const [i, client] of clients.entries()) {
      assertEquals(await client.command("CLIENT", "SETNAME", `name${i}`), "OK");
      ids.push(await client.command("CLIENT", "ID") as number);
    }
    await clients[7].command("SUBSCRIBE", "channel");
    const sorted = [...ids].sort((a, b) => a - b).map(String);
    assertEquals(new Set(sorted).size, CLIENTS);
    for (const [i, client] of clients.entries()) {
      if (i === 7) continue;
      const lines = linesOf(await client.command("CLIENT", "LIST"));
      assertEquals(lines.map(({ id }) => id), sorted, "in the order in which they came");
      assertEquals(lines.find(({ id }) => id === `${ids[i]}`)?.cmd, "client|list");
      assertEquals(new Set(lines.map(({ name }) => name)).size, CLIENTS);
      assert(lines.every(({ addr, user }) => addr.startsWith("127.0.0.1:") && user === "default"));
      const some = linesOf(await client.command("CLIENT", "LIST", "ID", ids[0], ids[1], ids[2], 999));
      assertEquals(some.length, 3);
      const listening = linesOf(await client.command("CLIENT", "LIST", "TYPE", "pubsub"));
      assertEquals(listening.map(({ name }) => name), ["name7"]);
    }
  });
});

realTest("redis-server", "workers: CLIENT LIST has its place among the client's replies", async () => {
  await withClients(async (_, [client, ...others]) => {
    await client.send(joinBytes([
      resp("SET", "k", "1"),
      resp("CLIENT", "LIST"),
      resp("INCR", "k"),
      resp("CLIENT", "KILL", "ID", "999"),
      resp("CLIENT", "REPLY", "SKIP"),
      resp("CLIENT", "LIST"),
      resp("GET", "k"),
    ]));
    const replies: ReplyValue[] = [];
    for (let i = 0; i < 5; i++) replies.push((await client.readReply()).value);
    assertEquals(linesOf(replies[1]).length, CLIENTS);
    assertEquals([replies[0], ...replies.slice(2)], ["OK", 2, 0, "2"]);
    // Who has ended its half of the connection is answered.
    const [last] = others;
    await last.send(joinBytes([resp("CLIENT", "LIST"), resp("PING")]));
    await last.closeWrite();
    assertEquals(linesOf((await last.readReply()).value).length, CLIENTS);
    assertEquals((await last.readReply()).value, "PONG");
    await last.closed();
    // In a transaction nobody could be asked in time.
    assertEquals(await client.command("MULTI"), "OK");
    assert(await client.command("CLIENT", "LIST") instanceof ReplyError);
    assert(await client.command("EXEC") instanceof ReplyError);
  });
});

realTest("redis-server", "workers: CLIENT KILL finds the clients of all", async () => {
  await withClients(async (pool, clients) => {
    const [killer, ...victims] = clients;
    const ask = (...words: (string | number)[]) => killer.command("CLIENT", "KILL", ...words);
    const all = linesOf(await killer.command("CLIENT", "LIST"));
    const idOf = async (client: WireClient) => await client.command("CLIENT", "ID") as number;
    for (const victim of victims.splice(0, 8)) {
      const id = await idOf(victim);
      assertEquals([await ask("ID", id), await ask("ID", id)], [1, 0]);
      await victim.closed();
    }
    for (const victim of victims.splice(0, 8)) {
      const id = await idOf(victim);
      const { addr } = all.find((line) => line.id === `${id}`)!;
      assertEquals(await ask(addr), "OK");
      assertEquals(await ask(addr), new ReplyError("ERR No such client"));
      await victim.closed();
    }
    assertEquals(await ask("MAXAGE", 100_000), 0);
    assertEquals(await ask("MAXAGE", 0), new ReplyError("ERR maxage should be greater than 0"));
    assertEquals(await ask("LADDR", "127.0.0.1:1"), 0);
    const laddr = `127.0.0.1:${pool.proxy.listens[0]}`;
    assertEquals(await ask("TYPE", "normal", "USER", "default", "LADDR", laddr), victims.length);
    for (const victim of victims) await victim.closed();
    assertEquals(linesOf(await killer.command("CLIENT", "LIST")).length, 1);
    assertEquals(await ask("TYPE", "normal", "SKIPME", "no"), 1);
    await killer.closed();
  });
});

realTest(
  "redis-server",
  "workers: those who kill each other at the same time all get what they asked for",
  async () => {
    await withClients(async (pool, clients) => {
      const outcomes = await Promise.all(
        clients.map((client) => client.command("CLIENT", "KILL", "TYPE", "normal").catch(() => "closed")),
      );
      const survivors = outcomes.filter((outcome) => outcome !== "closed");
      assert(survivors.every((outcome) => typeof outcome === "number"), `${outcomes}`);
      using late = await pool.connect();
      await eventually(
        async () => linesOf(await late.command("CLIENT", "LIST")).length <= survivors.length + 1,
        "those who were killed are gone",
      );
      for (const worker of [0, 1]) assertEquals((await workersOf(pool.proxy))[worker].metrics.restarts, 0);
    });
  },
);

realTest(
  "redis-server",
  "workers: a script that one has seen is known to all, and to those that come later",
  async () => {
    await withClients(async (pool, clients) => {
      const sha = await clients[0].command("SCRIPT", "LOAD", "return ARGV[1]") as string;
      const isKnown = async (client: WireClient) => {
        // The server has forgotten it, as one that was started again.
        await pool.servers[0].command("SCRIPT", "FLUSH");
        return await client.command("EVALSHA", sha, 0, "x") === "x";
      };
      for (const client of clients) assert(await isKnown(client));
      assertEquals(await post(pool.proxy, "/workers/1/kill"), 200);
      await eventually(
        async () => (await workersOf(pool.proxy))[1].metrics.restarts === 1,
        "it serves again",
      );
      const late = await Promise.all(Array.from({ length: CLIENTS }, () => pool.connect()));
      for (const client of late) assert(await isKnown(client), "a worker that is started later knows it");
      assertEquals(await late[0].command("SCRIPT", "FLUSH"), "OK");
      for (const client of late) {
        await eventually(
          async () => await client.command("EVALSHA", sha, 0, "x") instanceof ReplyError,
          "all have forgotten it",
        );
      }
      for (const client of late) client.close();
    });
  },
);

realTest(
  "redis-server",
  "workers: private_connections are those of the process, to the connection",
  async () => {
    await withClients(async (pool, clients) => {
      const outcomes = await Promise.all(clients.map((client) => client.command("WATCH", "k")));
      const granted = clients.filter((_, i) => outcomes[i] === "OK");
      assertEquals(granted.length, 5);
      for (const client of clients) assertEquals(await client.command("UNWATCH"), "OK");
      for (const client of clients) {
        assertEquals(await client.command("WATCH", "k"), "OK");
        assertEquals(await client.command("UNWATCH"), "OK");
      }
      // What a worker had lent that dies is there again.
      for (const client of clients.slice(0, 10)) await client.command("WATCH", "k");
      assertEquals(await post(pool.proxy, "/workers/0/kill"), 200);
      assertEquals(await post(pool.proxy, "/workers/1/kill"), 200);
      await eventually(
        async () => (await workersOf(pool.proxy)).every(({ metrics }) => metrics.restarts === 1),
        "both serve again",
      );
      const late = await Promise.all(Array.from({ length: CLIENTS }, () => pool.connect()));
      const again = await Promise.all(late.map((client) => client.command("WATCH", "k")));
      assertEquals(again.filter((outcome) => outcome === "OK").length, 5);
      for (const client of late) client.close();
    }, { directives: { private_connections: 5 } });
  },
);

realTest("redis-server", "workers: CONFIG GET tells the directives of the process", async () => {
  await withClients(async (_, clients) => {
    for (const client of clients) {
      assertEquals(await client.command("CONFIG", "GET", "pool.*_connections"), [
        ...["pool.client_connections", "100"],
        ...["pool.server_connections", "4"],
        ...["pool.private_connections", "9"],
      ]);
    }
  }, { directives: { client_connections: 100, server_connections: 4, private_connections: 9 } });
});
