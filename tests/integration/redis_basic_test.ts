/**
 * Redis clients, the proxy and real servers: data arrives where it belongs and comes back as it was.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { chooseSeed, Random, runSeeded } from "../support/random.ts";
import { joinBytes, resp } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

const SERVERS = 4;

/** All keys that the servers hold, each with the numbers of the servers that hold it. */
async function placement(pool: RedisPool): Promise<Map<string, number[]>> {
  const places = new Map<string, number[]>();
  for (const [i, server] of pool.servers.entries()) {
    for (const key of await server.command("KEYS", "*") as string[]) {
      places.set(key, [...places.get(key) ?? [], i]);
    }
  }
  return places;
}

realTest("redis-server", "redis: every key is on exactly one server, and all servers have some", async () => {
  await using pool = await startRedisPool({ servers: SERVERS });
  using client = await pool.connect();
  const keys = Array.from({ length: 400 }, (_, i) => `user:${i}`);
  for (const key of keys) await client.exchange(resp("SET", key, `${key}'s`), "+OK\r\n");
  const places = await placement(pool);
  assertEquals([...places.keys()].sort(), [...keys].sort());
  assertEquals([...places.values()].filter((servers) => servers.length !== 1), []);
  assertEquals(new Set([...places.values()].flat()).size, SERVERS);
  for (const [key, [i]] of places) {
    assertEquals(await pool.servers[i].command("GET", key), `${key}'s`);
    assertEquals(await client.command("GET", key), `${key}'s`);
  }
});

/** A request, and the reply of a redis-server that has carried out those before it. */
type Exchange = readonly [request: string, reply: string];

const everyKind: readonly Exchange[] = [
  ["SET s 5", "+OK\r\n"],
  ["INCRBY s 10", ":15\r\n"],
  ["APPEND s 0", ":3\r\n"],
  ["GETRANGE s 0 1", "$2\r\n15\r\n"],
  ["STRLEN s", ":3\r\n"],
  ["GETDEL s", "$3\r\n150\r\n"],
  ["GET s", "$-1\r\n"],
  ["SETEX e 100 v", "+OK\r\n"],
  ["EXPIRE e 200 NX", ":0\r\n"],
  ["PERSIST e", ":1\r\n"],
  ["TYPE e", "+string\r\n"],
  ["HSET h f 1 g 2", ":2\r\n"],
  ["HMGET h f x g", "*3\r\n$1\r\n1\r\n$-1\r\n$1\r\n2\r\n"],
  ["HGETALL h", "*4\r\n$1\r\nf\r\n$1\r\n1\r\n$1\r\ng\r\n$1\r\n2\r\n"],
  ["RPUSH l a b c", ":3\r\n"],
  ["LRANGE l 0 -1", "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"],
  ["LPOP l 5", "*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"],
  ["LPOP l 5", "*-1\r\n"],
  ["SADD t m", ":1\r\n"],
  ["SISMEMBER t m", ":1\r\n"],
  ["SMEMBERS u", "*0\r\n"],
  ["ZADD z 1.5 m 2 n", ":2\r\n"],
  ["ZRANGE z 0 -1 WITHSCORES", "*4\r\n$1\r\nm\r\n$3\r\n1.5\r\n$1\r\nn\r\n$1\r\n2\r\n"],
  ["ZSCAN z 0 COUNT 5", "*2\r\n$1\r\n0\r\n*4\r\n$1\r\nm\r\n$3\r\n1.5\r\n$1\r\nn\r\n$1\r\n2\r\n"],
  ["PFADD p a b", ":1\r\n"],
  ["PFCOUNT p", ":2\r\n"],
  ["SETBIT b 7 1", ":0\r\n"],
  ["BITCOUNT b", ":1\r\n"],
  ["GEOADD g 13.361389 38.115556 Palermo", ":1\r\n"],
  ["GEOHASH g Palermo", "*1\r\n$11\r\nsqc8b49rny0\r\n"],
  ["EVAL return{KEYS[1],ARGV[1]} 1 k a", "*2\r\n$1\r\nk\r\n$1\r\na\r\n"],
  ["XADD x 1-1 f v", "$3\r\n1-1\r\n"],
  ["XRANGE x - +", "*1\r\n*2\r\n$3\r\n1-1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n"],
  ["LPUSH z a", "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"],
  ["SET k v XX NX", "-ERR syntax error\r\n"],
];

realTest("redis-server", "redis: commands of every kind are answered as by the server itself", async () => {
  await using pool = await startRedisPool({ servers: SERVERS });
  using client = await pool.connect();
  for (const [request, reply] of everyKind) await client.exchange(resp(...request.split(" ")), reply);
  // The same at once, in one write, after a fresh start.
  for (const server of pool.servers) assertEquals(await server.command("FLUSHALL"), "OK");
  const requests = everyKind.map(([request]) => resp(...request.split(" ")));
  await client.exchange(joinBytes(requests), everyKind.map(([, reply]) => reply).join(""));
});

realTest("redis-server", "redis: commands with many keys are split and their replies merged", async () => {
  await using pool = await startRedisPool({ servers: SERVERS });
  using client = await pool.connect();
  const keys = Array.from({ length: 100 }, (_, i) => `k${i}`);
  const pairs = keys.flatMap((key) => [key, `v-${key}`]);
  assertEquals(await client.command("MSET", ...pairs), "OK");
  const places = await placement(pool);
  assertEquals(places.size, keys.length);
  assertEquals(new Set([...places.values()].flat()).size, SERVERS);
  for (const [key, [i]] of places) assertEquals(await pool.servers[i].command("GET", key), `v-${key}`);
  const wanted = ["none", ...keys, keys[3], keys[3], "nil"];
  const values = wanted.map((key) => keys.includes(key) ? `v-${key}` : null);
  assertEquals(await client.command("MGET", ...wanted), values);
  assertEquals(await client.command("EXISTS", ...wanted), 102);
  assertEquals(await client.command("TOUCH", ...wanted), 102);
  assertEquals(await client.command("DEL", ...keys.slice(0, 40), "none"), 40);
  assertEquals(await client.command("UNLINK", ...keys), 60);
  assertEquals(await placement(pool), new Map());
});

realTest("redis-server", "redis: keys with the same hash tag meet on one server", async () => {
  await using pool = await startRedisPool({ servers: SERVERS, directives: { hash_tag: '"{}"' } });
  using client = await pool.connect();
  for (let i = 0; i < 20; i++) {
    assertEquals(await client.command("SADD", `{t${i}}a`, "1", "2"), 2);
    assertEquals(await client.command("SADD", `{t${i}}b`, "2", "3"), 2);
    assertEquals(await client.command("SINTERSTORE", `{t${i}}c`, `{t${i}}a`, `{t${i}}b`), 1);
    assertEquals(await client.command("RENAME", `{t${i}}c`, `x{t${i}}`), "OK");
    assertEquals(await client.command("ZUNION", "2", `{t${i}}a`, `{t${i}}b`), ["1", "3", "2"]);
  }
  const places = await placement(pool);
  for (let i = 0; i < 20; i++) {
    const servers = [`{t${i}}a`, `{t${i}}b`, `x{t${i}}`].map((key) => places.get(key)!.join());
    assertEquals(new Set(servers).size, 1);
  }
  assertEquals(new Set([...places.values()].flat()).size, SERVERS);
});

realTest("redis-server", "redis: keys and values of any bytes and lengths survive", async () => {
  await using pool = await startRedisPool({ servers: SERVERS });
  using client = await pool.connect();
  await runSeeded(chooseSeed(), async (random) => {
    const lengths = [0, 1, 255, 4096, 16_335, 16_336, 16_384, 16_385, 65_536, 1_000_000];
    for (const keyLength of lengths.slice(0, -1)) {
      for (const valueLength of lengths) {
        const key = random.bytes(keyLength);
        const value = random.bytes(valueLength);
        await client.exchange(resp("SET", key, value), "+OK\r\n");
        await client.exchange(resp("GET", key), joinBytes([bulk(value)]));
        // The empty key is on one server for all lengths.
        const found = await Promise.all(pool.servers.map((server) => server.command("EXISTS", key)));
        assertEquals(found.reduce((sum: number, count) => sum + Number(count), 0), 1);
      }
    }
  });
});

realTest("redis-server", "redis: a value of 32 MB goes there and back", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  const value = new Uint8Array(32 * 1024 * 1024).map((_, i) => i * 31 + (i >> 12));
  await client.exchange(resp("SET", "large", value), "+OK\r\n");
  await client.exchange(resp("GET", "large"), bulk(value));
  assertEquals(await client.command("STRLEN", "large"), value.length);
  await client.exchange(
    joinBytes([resp("MGET", "large", "none", "large"), resp("PING")]),
    joinBytes([text("*3\r\n"), bulk(value), text("$-1\r\n"), bulk(value), text("+PONG\r\n")]),
  );
});

realTest("redis-server", "redis: 40 clients with random pipelines never get another's reply", async () => {
  await using pool = await startRedisPool({ servers: SERVERS, directives: { server_connections: 2 } });
  await runSeeded(chooseSeed(), async (random) => {
    const seeds = Array.from({ length: 40 }, () => random.uint32());
    await Promise.all(seeds.map((seed, i) => randomPipelines(pool, i, new Random(seed))));
  });
  const stats = await pool.stats();
  assertEquals([stats.client_err, stats.forward_error], [0, 0]);
});

/** Sends random requests for keys of its own, in random pieces, and knows every reply. */
async function randomPipelines(pool: RedisPool, id: number, random: Random): Promise<void> {
  using client = await pool.connect();
  const model = new Map<string, string>();
  for (let round = 0; round < 10; round++) {
    const requests: Uint8Array[] = [];
    const replies: string[] = [];
    for (let i = random.between(1, 60); i > 0; i--) {
      const [request, reply] = randomExchange(model, id, random);
      requests.push(request);
      replies.push(reply);
    }
    for (const piece of random.split(joinBytes(requests), 8)) await client.send(piece);
    await client.expect(replies.join(""));
  }
}

function randomExchange(
  model: Map<string, string>,
  id: number,
  random: Random,
): [request: Uint8Array, reply: string] {
  const key = () => `client${id}:${random.int(20)}`;
  const show = (name: string) => {
    const value = model.get(name);
    return value === undefined ? "$-1\r\n" : `$${value.length}\r\n${value}\r\n`;
  };
  const name = key();
  switch (random.int(5)) {
    case 0: {
      const value = random.text(random.pick([1, 10, 1000, 20_000]));
      model.set(name, value);
      return [resp("SET", name, value), "+OK\r\n"];
    }
    case 1:
      return [resp("DEL", name), `:${model.delete(name) ? 1 : 0}\r\n`];
    case 2: {
      const names = Array.from({ length: random.between(1, 12) }, key);
      return [resp("MGET", ...names), `*${names.length}\r\n${names.map(show).join("")}`];
    }
    case 3:
      return [resp("PING", name), `$${name.length}\r\n${name}\r\n`];
    default:
      return [resp("GET", name), show(name)];
  }
}

realTest("redis-server", "redis: a client that ends its stream still gets what it is owed", async () => {
  await using pool = await startRedisPool({ servers: SERVERS });
  using client = await pool.connect();
  const requests = Array.from({ length: 1000 }, (_, i) => resp("SET", `k${i}`, "v"));
  await client.send(joinBytes([...requests, resp("QUIT"), resp("SET", "after", "v")]));
  await client.closeWrite();
  await client.expect("+OK\r\n".repeat(1001));
  await client.closed();
  const places = await placement(pool);
  assert(!places.has("after"), "what follows QUIT is not carried out");
  assertEquals(places.size, 1000);
});

realTest("redis-server", "redis: a client that leaves in the middle disturbs nobody", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using bystander = await pool.connect();
  await bystander.exchange(resp("SET", "large", "x".repeat(300_000)), "+OK\r\n");
  for (let round = 0; round < 50; round++) {
    const leaver = await pool.connect();
    await leaver.send(joinBytes(Array.from({ length: 10 }, () => resp("GET", "large"))));
    // Some leave with half a request behind, some at once, some after the first bytes.
    if (round % 3 === 0) await leaver.send("*3\r\n$3\r\nSET\r\n$5\r\nhal");
    if (round % 3 === 1) await leaver.readBytes(1);
    leaver.close();
    await bystander.exchange(resp("SET", `r${round}`, round), "+OK\r\n");
    await bystander.exchange(resp("STRLEN", "large"), ":300000\r\n");
  }
  assertEquals(await bystander.command("EXISTS", "hal", "half"), 0);
});

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

function bulk(value: Uint8Array): Uint8Array {
  return joinBytes([text(`$${value.length}\r\n`), value, text("\r\n")]);
}
