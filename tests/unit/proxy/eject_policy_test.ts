/**
 * What clients get for the keys of a server that is ejected or has failed: `eject_policy`, `eject_last`,
 * `mget_on_error`.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { settle } from "../../support/memory_network.ts";
import { bulk, echo, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";
import type { Latin1, ScriptedClient } from "../../support/scripted_redis.ts";

const NIL = "$-1\r\n";
const REFUSED = "-ERR Connection refused\r\n";
const REFUSED_BY_FIRST = "-ERR Connection refused (server 'server0')\r\n";
const RETRY_MS = 1000;
const EJECTING = { autoEjectHosts: true, serverFailureLimit: 2, serverRetryTimeoutMs: RETRY_MS };

/** Sends a request and gives what came back by the time all is quiet. */
async function ask(client: ScriptedClient, request: Latin1): Promise<Latin1> {
  client.send(request);
  await settle();
  return client.take();
}

/** Lets the first server die, and be ejected for it. */
async function ejectFirst(rig: Rig, client: ScriptedClient): Promise<void> {
  const [key] = rig.keysOf(0, 1);
  rig.servers[0].die();
  const request = rig.pool.config.protocol === "redis" ? requests(`SET ${key} v`) : `touch ${key} 0\r\n`;
  const said = await ask(client, request) + await ask(client, request);
  assertEquals(said.match(/Connection refused\r\n/g)?.length, 2);
  assertEquals([rig.count("serverEjects"), rig.pool.servers[0].health.state], [1, "ejected"]);
}

/** Lets the first server live again until it has answered a probe. */
async function restoreFirst(rig: Rig): Promise<void> {
  rig.servers[0].listen();
  // The longer it was away, the longer the pauses between probes are.
  await rig.advance(5 * RETRY_MS);
  assertEquals(rig.pool.servers[0].health.state, "live");
}

rigTest("eject_policy error: an ejected server keeps its keys, and they fail at once", {
  pool: { ...EJECTING, ejectPolicy: "error" },
  servers: 2,
  answer: echo,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const client = await rig.client();
  await ejectFirst(rig, client);
  assertEquals(rig.serverOf(a), 0);
  const attempts = rig.network.attempts.get("10.0.0.1:6000");
  assertEquals(
    await ask(client, requests(`GET ${a}`, `SET ${a} v`, `GET ${b}`)),
    REFUSED.repeat(2) + bulk(`GET ${b}`),
  );
  for (const request of [`MGET ${a} ${b}`, `MGET ${b} ${a}`, `DEL ${a} ${b}`, `MSET ${b} 1 ${a} 2`]) {
    assertEquals(await ask(client, requests(request)), REFUSED_BY_FIRST, request);
  }
  assertEquals(rig.network.attempts.get("10.0.0.1:6000"), attempts, "no request is spent on it");
  await restoreFirst(rig);
  assertEquals(await ask(client, requests(`GET ${a}`)), bulk(`GET ${a}`));
});

rigTest("eject_policy miss: reads find nothing on an ejected server, and writes fail", {
  pool: { ...EJECTING, ejectPolicy: "miss" },
  servers: 2,
  answer: (words) => words[0] === "EXISTS" ? `:${words.length - 1}\r\n` : echo(words),
}, async (rig) => {
  const [[a, a2], [b]] = [rig.keysOf(0, 2), rig.keysOf(1, 1)];
  const client = await rig.client();
  await ejectFirst(rig, client);
  assertEquals(rig.serverOf(a), 0);
  const table: [Latin1, Latin1][] = [
    [`GET ${a}`, NIL],
    [`GET ${b}`, bulk(`GET ${b}`)],
    [`MGET ${a} ${a2}`, `*2\r\n${NIL}${NIL}`],
    [`MGET ${a} ${b} ${a2}`, `*3\r\n${NIL}${bulk(`value of ${b}`)}${NIL}`],
    [`HGETALL ${a}`, "*0\r\n"],
    [`HMGET ${a} x y`, `*2\r\n${NIL}${NIL}`],
    [`TTL ${a}`, ":-2\r\n"],
    [`TYPE ${a}`, "+none\r\n"],
    [`EXISTS ${a}`, ":0\r\n"],
    [`EXISTS ${a} ${b}`, ":1\r\n"],
    [`SET ${a} v`, REFUSED],
    [`INCR ${a}`, REFUSED],
    [`GETDEL ${a}`, REFUSED],
    [`DEL ${a}`, REFUSED],
    [`DEL ${a} ${b}`, REFUSED_BY_FIRST],
    [`MSET ${a} 1 ${b} 2`, REFUSED_BY_FIRST],
  ];
  for (const [request, reply] of table) assertEquals(await ask(client, requests(request)), reply, request);
  await restoreFirst(rig);
  assertEquals(
    await ask(client, requests(`MGET ${a} ${b}`)),
    `*2\r\n${bulk(`value of ${a}`)}${bulk(`value of ${b}`)}`,
  );
});

rigTest("eject_policy miss: a server that fails and is not ejected yet has no missing keys", {
  pool: { ...EJECTING, serverFailureLimit: 10, ejectPolicy: "miss" },
  servers: 2,
  answer: echo,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const client = await rig.client();
  rig.servers[0].die();
  assertEquals(await ask(client, requests(`GET ${a}`)), REFUSED);
  assertEquals(await ask(client, requests(`MGET ${b} ${a}`)), REFUSED_BY_FIRST);
});

rigTest("eject_policy miss: memcached reads find nothing, everything else fails", {
  pool: { ...EJECTING, ejectPolicy: "miss", protocol: "memcache" },
  servers: 2,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const refused = "SERVER_ERROR Connection refused\r\n";
  const client = await rig.client();
  await ejectFirst(rig, client);
  const table: [Latin1, Latin1][] = [
    [`get ${a}\r\n`, "END\r\n"],
    [`gets ${a} ${a}\r\n`, "END\r\n"],
    [`set ${a} 0 0 1\r\nv\r\n`, refused],
    [`delete ${a}\r\n`, refused],
    [`set ${a} 0 0 1 noreply\r\nv\r\n`, ""],
  ];
  for (const [request, reply] of table) assertEquals(await ask(client, request), reply, request);
  client.send(`get ${a} ${b}\r\n`);
  await settle();
  assertEquals(client.take(), "");
  rig.servers[1].connection.send(`VALUE ${b} 0 1\r\nB\r\nEND\r\n`);
  await settle();
  assertEquals(client.take(), `VALUE ${b} 0 1\r\nB\r\nEND\r\n`);
});

rigTest("eject_policy error: memcached requests fail, those with noreply silently", {
  pool: { ...EJECTING, ejectPolicy: "error", protocol: "memcache" },
  servers: 2,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const client = await rig.client();
  await ejectFirst(rig, client);
  assertEquals(await ask(client, `get ${a}\r\n`), "SERVER_ERROR Connection refused\r\n");
  assertEquals(await ask(client, `delete ${a} noreply\r\n`), "");
  client.send(`get ${a} ${b}\r\n`);
  await settle();
  rig.servers[1].connection.send(`VALUE ${b} 0 1\r\nB\r\nEND\r\n`);
  await settle();
  assertEquals(client.take(), "SERVER_ERROR Connection refused (server 'server0')\r\n");
});

rigTest("eject_policy rehash: reads, writes and lists of keys go to the servers that are left", {
  pool: EJECTING,
  servers: 3,
  answer: echo,
}, async (rig) => {
  const [[a, a2], [b], [c]] = [rig.keysOf(0, 2), rig.keysOf(1, 1), rig.keysOf(2, 1)];
  const client = await rig.client();
  await ejectFirst(rig, client);
  const values = [a, b, c, a2].map((key) => bulk(`value of ${key}`)).join("");
  assertEquals(await ask(client, requests(`MGET ${a} ${b} ${c} ${a2}`)), `*4\r\n${values}`);
  assertEquals(await ask(client, requests(`DEL ${a} ${b} ${c} ${a2}`)), ":4\r\n");
  assertEquals(await ask(client, requests(`SET ${a} 1`)), bulk(`SET ${a} 1`));
  assertEquals(rig.serverOf(b) === 0 || rig.serverOf(c) === 0, false);
  await restoreFirst(rig);
  assertEquals([a, b, c].map((key) => rig.serverOf(key)), [0, 1, 2], "every key is where it was");
});

rigTest("eject_last false: the last live server stays, and is tried again and again", {
  pool: { ...EJECTING, ejectLast: false },
  servers: 2,
  answer: echo,
}, async (rig) => {
  const [[a], [b]] = [rig.keysOf(0, 1), rig.keysOf(1, 1)];
  const client = await rig.client();
  await ejectFirst(rig, client);
  rig.servers[1].die();
  for (let i = 0; i < 10; i++) {
    assertEquals(await ask(client, requests(`GET ${b}`)), REFUSED);
    await rig.advance(100);
  }
  assertEquals([rig.count("serverEjects"), rig.pool.servers[1].health.state], [1, "live"]);
  rig.servers[1].listen();
  await rig.advance(2000);
  assertEquals(await ask(client, requests(`GET ${b}`)), bulk(`GET ${b}`), "no probe was needed");
  await restoreFirst(rig);
  rig.servers[1].die();
  assertEquals(await ask(client, requests(`GET ${a}`)), bulk(`GET ${a}`));
});

rigTest("eject_last true: the last server is ejected too, and comes back by a probe", {
  pool: EJECTING,
  servers: 2,
  answer: echo,
}, async (rig) => {
  const [b] = rig.keysOf(1, 1);
  const client = await rig.client();
  await ejectFirst(rig, client);
  rig.servers[1].die();
  for (let i = 0; i < 3; i++) await ask(client, requests(`GET ${b}`));
  assertEquals([rig.count("serverEjects"), rig.pool.servers[1].health.live], [2, false]);
  assertEquals(await ask(client, requests(`GET ${b}`, "PING")), `${REFUSED}+PONG\r\n`);
  rig.servers[1].listen();
  await rig.advance(RETRY_MS + 100);
  assertEquals(await ask(client, requests(`GET ${b}`)), bulk(`GET ${b}`));
});

rigTest("mget_on_error nil: keys of a failed server are nil in lists, and nothing else changes", {
  pool: { partialFailure: "nil", timeoutMs: 400, serverFailureLimit: 10 },
  servers: 2,
  answer: echo,
}, async (rig) => {
  const [[a, a2], [b]] = [rig.keysOf(0, 2), rig.keysOf(1, 1)];
  const client = await rig.client();
  rig.servers[1].answer = () => null;
  client.send(requests(`MGET ${a} ${b} ${a2}`));
  await rig.advance(500);
  assertEquals(client.take(), `*3\r\n${bulk(`value of ${a}`)}${NIL}${bulk(`value of ${a2}`)}`, "a timeout");
  rig.servers[1].connection.reply(`*1\r\n${bulk("too late")}`);
  rig.servers[1].answer = echo;
  rig.servers[0].die();
  await settle();
  assertEquals(await ask(client, requests(`MGET ${a} ${b}`)), `*2\r\n${NIL}${bulk(`value of ${b}`)}`);
  const table: [Latin1, Latin1][] = [
    [`GET ${a}`, REFUSED],
    [`DEL ${a} ${b}`, REFUSED_BY_FIRST],
    [`MSET ${a} 1 ${b} 2`, REFUSED_BY_FIRST],
  ];
  for (const [request, reply] of table) assertEquals(await ask(client, requests(request)), reply, request);
});

rigTest("mget_on_error nil: keys that are all on the failed server are nil too", {
  pool: { partialFailure: "nil" },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("MGET a b", "GET a"));
  await settle();
  rig.server.die();
  await settle();
  assertEquals(client.take(), "*2\r\n$-1\r\n$-1\r\n-ERR Connection reset by peer\r\n");
});
