import { createHash } from "node:crypto";
import { assertEquals } from "@std/assert";
import { GATHER_PATIENCE_MS, TICK_MS } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { bulk, requests, type Rig, rigTest } from "../../support/proxy_rig.ts";
import type { ScriptedClient } from "../../support/scripted_redis.ts";

const SCRIPT = "return(1)";
const SHA = createHash("sha1").update(SCRIPT).digest("hex");
const NOSCRIPT = "-NOSCRIPT No matching script. Please use EVAL.\r\n";

/** A client that has called a script, which the first server has confirmed to have. */
async function scriptUser(rig: Rig, key: string): Promise<ScriptedClient> {
  const client = await rig.client();
  client.send(requests(`EVAL ${SCRIPT} 1 ${key}`, `EVALSHA ${SHA} 1 ${key}`));
  await settle();
  rig.server.connection.reply(":1\r\n", ":1\r\n");
  await settle();
  assertEquals(client.take(), ":1\r\n:1\r\n");
  return client;
}

rigTest("scripts: a server gets the text until it is known to have it", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests(`EVAL ${SCRIPT} 1 k`, `EVALSHA ${SHA} 1 k a`, `EVALSHA ${SHA} 1 k b`));
  await settle();
  const { connection } = rig.server;
  assertEquals(connection.requests, [
    ["EVAL", SCRIPT, "1", "k"],
    ["EVAL", SCRIPT, "1", "k", "a"],
    ["EVAL", SCRIPT, "1", "k", "b"],
  ]);
  connection.reply(":1\r\n", "-ERR it fails\r\n");
  await settle();
  client.send(requests(`EVALSHA ${SHA} 1 k c`));
  await settle();
  assertEquals(connection.requests[1], ["EVAL", SCRIPT, "1", "k", "c"], "an error tells nothing");
  connection.reply(":1\r\n", ":1\r\n");
  await settle();
  client.send(requests(`EVALSHA_RO ${SHA} 1 k d`));
  await settle();
  assertEquals(connection.requests, [["EVALSHA_RO", SHA, "1", "k", "d"]]);
  connection.reply(NOSCRIPT);
  await settle();
  assertEquals(connection.requests, [["EVAL_RO", SCRIPT, "1", "k", "d"]], "it has lost it");
  connection.reply(":4\r\n");
  await settle();
  assertEquals(client.take(), ":1\r\n-ERR it fails\r\n:1\r\n:1\r\n:4\r\n");
});

rigTest("scripts: an answer to the text itself is final", {}, async (rig) => {
  const client = await rig.client();
  client.send(requests(`EVAL ${SCRIPT} 1 k`));
  await settle();
  rig.server.connection.reply(":1\r\n");
  client.send(requests(`EVALSHA ${SHA} 1 k`));
  await settle();
  assertEquals(rig.server.connection.requests, [["EVAL", SCRIPT, "1", "k"]]);
  rig.server.connection.reply(NOSCRIPT);
  await settle();
  assertEquals([client.take(), rig.server.connection.requests], [`:1\r\n${NOSCRIPT}`, []]);
});

rigTest("scripts: a call is sent a second time, and not a third", {}, async (rig) => {
  const client = await scriptUser(rig, "k");
  client.send(requests(`EVALSHA ${SHA} 1 k`));
  await settle();
  rig.server.connection.reply(NOSCRIPT);
  await settle();
  assertEquals(rig.server.connection.requests, [["EVAL", SCRIPT, "1", "k"]]);
  rig.server.connection.reply(NOSCRIPT);
  await settle();
  assertEquals([client.take(), rig.server.connection.requests], [NOSCRIPT, []]);
});

rigTest("scripts: a client may leave, and a server be taken out, before the reply comes", {
  servers: 2,
}, async (rig) => {
  const [key] = rig.keysOf(0, 1);
  const client = await scriptUser(rig, key);
  const other = await rig.client();
  other.send(requests(`EVALSHA ${SHA} 1 ${key}`));
  await settle();
  other.break();
  await settle();
  rig.server.connection.reply(NOSCRIPT);
  await settle();
  assertEquals(rig.server.connection.requests, [], "nobody waits for it");
  client.send(requests(`EVALSHA ${SHA} 1 ${key}`));
  await settle();
  rig.reload({ servers: [rig.config.servers[1]] });
  rig.server.connection.reply(NOSCRIPT);
  await settle();
  await rig.advance(2 * TICK_MS);
  assertEquals([client.take(), rig.server.openCount], [NOSCRIPT, 0]);
});

rigTest("SCRIPT KILL has connections of its own, which end with the reply", { servers: 2 }, async (rig) => {
  const client = await rig.client();
  const keys = [rig.keysOf(0, 1)[0], rig.keysOf(1, 1)[0]];
  client.send(requests(...keys.map((key) => `GET ${key}`)));
  await settle();
  const other = await rig.client();
  other.send(requests("SCRIPT KILL"));
  await settle();
  assertEquals(rig.servers.map(({ connection }) => connection.requests), [[["SCRIPT", "KILL"]], [[
    "SCRIPT",
    "KILL",
  ]]]);
  rig.servers[0].connection.reply("-NOTBUSY No scripts in execution right now.\r\n");
  rig.servers[1].connection.reply("+OK\r\n");
  await settle();
  assertEquals(other.take(), "+OK\r\n");
  await rig.advance(2 * TICK_MS);
  assertEquals(rig.servers.map(({ openCount }) => openCount), [1, 1]);
  for (const server of rig.servers) server.connections[0].reply(bulk("v"));
  await settle();
  assertEquals(client.take(), bulk("v") + bulk("v"));
});

rigTest("a server that does not answer fails what asks all, by its name, and nothing else", {
  servers: 2,
  pool: { timeoutMs: 200, allowDangerous: true },
}, async (rig) => {
  const [client, other] = [await rig.client(), await rig.client()];
  client.send(requests("DBSIZE", "KEYS *", "FLUSHALL", "RANDOMKEY"));
  other.send(requests(`GET ${rig.keysOf(0, 1)[0]}`));
  await settle();
  rig.servers[0].connection.reply(":1\r\n", "*0\r\n", "+OK\r\n", bulk("k"), bulk("v"));
  await settle();
  assertEquals([client.take(), other.take()], ["", bulk("v")]);
  await rig.advance(300);
  const failure = "-ERR Connection timed out (server 'server1')\r\n";
  assertEquals(client.take(), failure + failure + failure + bulk("k"));
});

rigTest("INFO is answered without a server that hangs, and its late reply is nobody's", {
  servers: 2,
}, async (rig) => {
  const [client, other] = [await rig.client(), await rig.client()];
  const answered = () => /proxy_servers_answered:(\d)/.exec(client.take())?.[1];
  client.send(requests("INFO", "PING"));
  await settle();
  // Later ones are opened to learn the servers' versions.
  const [first, second] = rig.servers.map(({ connections }) => connections[0]);
  first.reply(bulk("used_memory:1\r\n"));
  await rig.advance(GATHER_PATIENCE_MS - TICK_MS);
  assertEquals(client.take(), "");
  await rig.advance(2 * TICK_MS);
  assertEquals(answered(), "1");
  const [key] = rig.keysOf(1, 1);
  client.send(requests(`GET ${key}`, "INFO"));
  other.send(requests("INFO"));
  await settle();
  other.break();
  first.reply(bulk(""), bulk(""));
  second.reply(bulk("late".padEnd(100_000)), bulk("v"), bulk(""), bulk(""));
  await settle();
  const text = client.take();
  assertEquals([text.slice(0, 7), /proxy_servers_answered:(\d)/.exec(text)?.[1]], [bulk("v"), "2"]);
  // Half of a reply has come when nobody waits any more.
  client.send(requests("INFO"));
  await settle();
  second.send(`$100000\r\n${"x".repeat(50_000)}`);
  await rig.advance(GATHER_PATIENCE_MS + TICK_MS);
  assertEquals(answered(), "0");
  second.reply(`${"x".repeat(50_000)}\r\n`);
  first.reply(bulk(""));
  client.send(requests(`GET ${key}`));
  await settle();
  second.reply(bulk("v"));
  await settle();
  assertEquals(client.take(), bulk("v"));
});

rigTest("the patience with a reply that has come does not end that with another request", {
  servers: 2,
  pool: { timeoutMs: 0 },
}, async (rig) => {
  const client = await rig.client();
  client.send(requests("INFO"));
  await settle();
  const servers = rig.servers.map(({ connections }) => connections[0]);
  for (const server of servers) server.reply(bulk(""));
  await settle();
  assertEquals(client.take().slice(0, 1), "$");
  client.send(requests(`MGET ${rig.keysOf(0, 1)[0]} ${rig.keysOf(1, 1)[0]}`));
  await settle();
  await rig.advance(GATHER_PATIENCE_MS + TICK_MS);
  assertEquals(client.take(), "");
  for (const server of servers) server.reply(`*1\r\n${bulk("v")}`);
  await settle();
  assertEquals(client.take(), `*2\r\n${bulk("v")}${bulk("v")}`);
});
