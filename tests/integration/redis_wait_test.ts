/**
 * WAIT and WAITAOF through a pool whose servers have replicas.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { PoolValue } from "../support/pool_file.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";
import { ReplyError, type ReplyValue, resp, WireClient } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";
import { type Kind, testWithKinds } from "./redis_rows/kinds.ts";

/** Replicas are filled at once instead of after 5 seconds and leave no file, and a running server may get a folder of its own. */
const ARGS = [
  ...["--repl-diskless-sync-delay", "0"],
  ...["--repl-diskless-load", "on-empty-db"],
  ...["--rdb-del-sync-files", "yes"],
  ...["--enable-protected-configs", "yes"],
];

/** A pool whose servers have a replica each. */
class ReplicatedPool implements AsyncDisposable {
  readonly pool: RedisPool;
  readonly replicas: readonly RedisServer[];

  constructor(pool: RedisPool, replicas: readonly RedisServer[]) {
    this.pool = pool;
    this.replicas = replicas;
  }

  async connect(): Promise<WireClient> {
    return await this.pool.connect();
  }

  /** How many connections each server has, those of its replica and of whoever asks left out. */
  async clientCounts(): Promise<number[]> {
    const lists = await Promise.all(
      this.pool.servers.map((server) => server.command("CLIENT", "LIST", "TYPE", "normal")),
    );
    return lists.map((list) => String(list).trim().split("\n").length - 1);
  }

  /** Waits until every replica has acknowledged all that its server has. */
  async catchUp(): Promise<void> {
    for (const server of this.pool.servers) {
      using master = await server.connect();
      for (let tries = 0;; tries++) {
        assertEquals(await master.command("PUBLISH", "channel", ""), 0);
        if (await master.command("WAIT", 1, 100) === 1) break;
        assert(tries < 200, "the replica follows its master");
      }
    }
  }

  /** Waits until no server has a client that waits. */
  async nobodyWaits(): Promise<void> {
    for (let tries = 0;; tries++) {
      const infos = await Promise.all(this.pool.servers.map((server) => server.command("INFO", "clients")));
      const waiting = infos.map((info) => Number(/blocked_clients:(\d+)/.exec(String(info))![1]));
      if (waiting.every((count) => count === 0)) return;
      assert(tries < 200, `somebody waits: ${waiting}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const replica of this.replicas) replica.process.signal("SIGCONT");
    await Promise.all(this.replicas.map((replica) => replica.stop()));
    await this.pool[Symbol.asyncDispose]();
  }
}

async function startReplicated(
  { redis }: Kind,
  directives: Readonly<Record<string, PoolValue>> = {},
): Promise<ReplicatedPool> {
  const pool = await startRedisPool({ servers: 2, directives, redis: { ...redis, args: ARGS } });
  const replicas = await Promise.all(
    pool.servers.map(({ port }) =>
      startRedis({ ...redis, args: [...ARGS, "--replicaof", "127.0.0.1", `${port}`] })
    ),
  );
  const replicated = new ReplicatedPool(pool, replicas);
  await replicated.catchUp();
  return replicated;
}

/** One key of each server. */
async function keysOf({ pool }: ReplicatedPool): Promise<string[]> {
  return (await pool.keysByServer(1)).flat();
}

/** Writes to all servers over the shared connections. */
async function writeAll(client: WireClient, keys: readonly string[]): Promise<void> {
  for (const key of keys) assertEquals(await client.command("SET", key, "v"), "OK");
}

testWithKinds("WAIT: the smallest number of replicas that have all that was written", async (kind) => {
  await using replicated = await startReplicated(kind);
  const keys = await keysOf(replicated);
  const [, stopped] = replicated.replicas;
  using client = await replicated.connect();
  await writeAll(client, keys);
  // First connections that nobody has used, then those that were given back: on their own both would count what was
  // acknowledged before the write.
  for (let time = 0; time < 3; time++) {
    await replicated.catchUp();
    stopped.process.signal("SIGSTOP");
    assertEquals(await client.command("SET", keys[1], time), "OK");
    assertEquals(await client.command("WAIT", 1, 50), 0, "a replica that has stopped has not got the write");
    stopped.process.signal("SIGCONT");
    assertEquals(await client.command("WAIT", 1, 0), 1, "all replicas have it");
  }
  stopped.process.signal("SIGSTOP");
  using another = await replicated.connect();
  assertEquals(await another.command("HELLO", 3) instanceof ReplyError, false);
  assertEquals(
    await another.command("WAIT", 0, 0),
    0,
    "what others have written counts, too, as it may have been first",
  );
  // Pipelined: it waits for the writes in front of it, and what follows waits for it.
  await client.send(resp("SET", keys[1], "x"));
  await client.send(resp("WAIT", 1, 0));
  await client.send(resp("GET", keys[1]));
  assertEquals((await client.readReply()).value, "OK");
  stopped.process.signal("SIGCONT");
  assertEquals([(await client.readReply()).value, (await client.readReply()).value], [1, "x"]);
  await replicated.nobodyWaits();
});

testWithKinds("WAIT: errors are the servers' own, and none is left out", async (kind) => {
  await using replicated = await startReplicated(kind, { timeout: 500 });
  const { pool } = replicated;
  using client = await replicated.connect();
  const fails = async (words: readonly (string | number)[], text: string): Promise<void> =>
    assertEquals<ReplyValue>(await client.command(...words), new ReplyError(text));
  await fails(["WAIT", 1, -1], "ERR timeout is negative");
  await fails(["WAIT", 1, "x"], "ERR timeout is not an integer or out of range");
  await fails(["WAIT", "x", 1], "ERR value is not an integer or out of range");
  await fails(["WAIT", 1], "ERR wrong number of arguments for 'wait' command");
  const [master, port] = [pool.servers[0], pool.servers[1].port];
  await master.command("REPLICAOF", "127.0.0.1", port);
  const reply = await client.command("WAIT", 1, 1);
  assert(
    reply instanceof ReplyError && reply.text.startsWith("ERR WAIT cannot be used with replica instances."),
  );
  await master.command("REPLICAOF", "NO", "ONE");
  await pool.servers[1].command("ACL", "SETUSER", "default", "resetchannels");
  await fails(
    ["WAIT", 0, 1],
    "NOPERM the proxy may not SPUBLISH to '__nutcracker:wait', without which it cannot wait (server 's1')",
  );
  await pool.servers[1].command("ACL", "SETUSER", "default", "&__nutcracker:wait");
  assertEquals(await client.command("WAIT", 0, 1), 0, "its old replica follows another server now");
  // While it waits at both servers, one ends: nobody waits for the other any more.
  await client.send(resp("WAIT", 9, 0));
  await pool.servers[1].stop();
  const failed = (await client.readReply()).value;
  assert(failed instanceof ReplyError && failed.text.endsWith("(server 's1')"), `${Deno.inspect(failed)}`);
  const refused = await client.command("WAIT", 0, 1);
  assert(refused instanceof ReplyError && refused.text.endsWith("(server 's1')"), `${Deno.inspect(refused)}`);
  // A server that hangs is not waited for longer than the pool's timeout.
  await pool.restart(1);
  for (let tries = 0; await client.command("WAIT", 0, 1) !== 0; tries++) {
    assert(tries < 100, "the server is connected to again");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  pool.servers[0].process.signal("SIGSTOP");
  const hung = await client.command("WAIT", 1, 10);
  pool.servers[0].process.signal("SIGCONT");
  assert(hung instanceof ReplyError && hung.text.endsWith("'s0')"), `${Deno.inspect(hung)}`);
});

testWithKinds(
  "WAIT: a client that leaves ends its connections; its timeout is not the pool's",
  async (kind) => {
    await using replicated = await startReplicated(kind, { timeout: 200, private_connections: 2 });
    const before = await replicated.clientCounts();
    const client = await replicated.connect();
    assertEquals(await client.command("WAIT", 2, 500), 1, "it may wait longer than other requests");
    await client.send(resp("WAIT", 2, 0));
    using other = await replicated.connect();
    const tooMany = new ReplyError("ERR too many private connections, see private_connections");
    for (let tries = 0;; tries++) {
      const reply = await other.command("WAIT", 0, 1);
      if (reply instanceof ReplyError) {
        assertEquals(reply, tooMany);
        break;
      }
      assert(tries < 500, "the first client waits");
    }
    client.close();
    await replicated.nobodyWaits();
    for (let tries = 0; await other.command("WAIT", 1, 1000) !== 1; tries++) assert(tries < 100);
    const after = await replicated.clientCounts();
    for (const [i, count] of after.entries()) assert(count <= before[i] + 2, `${before} became ${after}`);
  },
);

testWithKinds("WAIT: nothing is known in a transaction, and CLIENT REPLY is kept to", async (kind) => {
  await using replicated = await startReplicated(kind);
  using client = await replicated.connect();
  for (
    const words of [["MULTI"], ["WAIT", 1, 0], ["SET", "k", "v"], ["WAIT", 1, "x"], ["WAITAOF", 0, 1, 0]]
  ) {
    await client.send(resp(...words));
  }
  const replies = await client.command("EXEC") as ReplyValue;
  assertEquals(replies, "OK");
  for (let i = 0; i < 4; i++) assertEquals((await client.readReply()).value, "QUEUED");
  assertEquals((await client.readReply()).value, [
    0,
    "OK",
    new ReplyError("ERR timeout is not an integer or out of range"),
    [0, 0],
  ]);
  await client.send(resp("CLIENT", "REPLY", "OFF"));
  await client.send(resp("WAIT", 1, 0));
  await client.send(resp("CLIENT", "REPLY", "ON"));
  assertEquals(await client.command("WAIT", 1, 0), "OK");
  assertEquals((await client.readReply()).value, 1);
});

testWithKinds("WAITAOF: the smallest of both numbers, from redis 7.2 on", async (kind) => {
  const folder = await Deno.makeTempDir();
  await using _ = { [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }) };
  await using replicated = await startReplicated(kind);
  const keys = await keysOf(replicated);
  using client = await replicated.connect();
  if (kind.lacks.has("WAITAOF")) {
    const reply = await client.command("WAITAOF", 1, 1, 0);
    assert(reply instanceof ReplyError && reply.text.startsWith("ERR unknown command 'WAITAOF'"));
    return;
  }
  await writeAll(client, keys);
  assertEquals(await client.command("WAITAOF", 0, 1, 50), [0, 0], "nobody has an append-only file");
  const withoutFile = await client.command("WAITAOF", 1, 0, 0);
  assert(
    withoutFile instanceof ReplyError &&
      withoutFile.text.startsWith("ERR WAITAOF cannot be used when numlocal"),
  );
  for (const [i, server] of [...replicated.pool.servers, ...replicated.replicas].entries()) {
    await Deno.mkdir(`${folder}/${i}`);
    assertEquals(await server.command("CONFIG", "SET", "dir", `${folder}/${i}`), "OK");
    assertEquals(await server.command("CONFIG", "SET", "appendonly", "yes"), "OK");
  }
  await writeAll(client, keys);
  assertEquals(await client.command("WAITAOF", 1, 1, 0), [1, 1]);
  await replicated.replicas[0].command("CONFIG", "SET", "appendonly", "no");
  await writeAll(client, keys);
  assertEquals(await client.command("WAITAOF", 1, 0, 0), [1, 0]);
});
