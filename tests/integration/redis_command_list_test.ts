/**
 * COMMAND through a pool that refuses some of what its servers have.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { ReplyError, type ReplyValue, type WireClient } from "../support/wire.ts";
import { startRedisPool } from "./redis_pool.ts";

const DIRECTIVES = {
  commands: "{deny: [SORT, CONFIG GET, SCRIPT], custom: {LATENCY: {first: 0}}}",
};

/** The names in a reply to COMMAND LIST, in order. */
async function list(client: WireClient, ...words: readonly string[]): Promise<string[]> {
  const reply = await client.command("COMMAND", "LIST", ...words);
  return [...reply as string[] | Set<string>].sort();
}

/** The names of entries, and after them those of their subcommands. */
function namesOf(entries: ReplyValue): string[] {
  return [...entries as ReplyValue[][]].flatMap((entry) => [entry[0] as string, ...namesOf(entry[9])]);
}

/** The same of a reply to COMMAND DOCS, which is a list in RESP2. */
function documented(docs: ReplyValue): string[] {
  const pairs = docs instanceof Map ? [...docs] : pairsOf(docs as ReplyValue[]);
  return pairs.flatMap(([name, doc]) => {
    const fields = new Map(doc instanceof Map ? doc : pairsOf(doc as ReplyValue[]));
    const subcommands = fields.get("subcommands");
    return [name as string, ...subcommands === undefined ? [] : documented(subcommands)];
  });
}

function pairsOf(flat: readonly ReplyValue[]): [ReplyValue, ReplyValue][] {
  return flat.flatMap((name, i) => i % 2 === 0 ? [[name, flat[i + 1]]] : []);
}

/** What no pool takes, what this one denies, and what this one takes in spite of the table. */
function assertLeftOut(names: readonly string[]): void {
  const refused = [
    "monitor",
    "shutdown",
    "replicaof",
    "config|set",
    "flushall",
    "client|tracking",
    "memory|doctor",
  ];
  const denied = ["sort", "config|get", "script", "script|load"];
  for (const name of [...refused, ...denied]) assert(!names.includes(name), `${name} is left out`);
  const taken = [
    "get",
    "sort_ro",
    "config",
    "config|help",
    "memory|usage",
    "acl|whoami",
    "latency",
    "latency|doctor",
  ];
  for (const name of [...taken, "wait", "command|getkeys"]) assert(names.includes(name), `${name} is there`);
}

for (const version of [2, 3]) {
  realTest("redis-server", `COMMAND leaves out what the pool refuses, RESP${version}`, async () => {
    await using pool = await startRedisPool({ servers: 2, directives: DIRECTIVES });
    using client = await pool.connect();
    await client.command("HELLO", version);
    const names = await list(client);
    assertLeftOut(names);
    const entries = await client.command("COMMAND");
    assertEquals(namesOf(entries).sort(), names);
    const top = names.filter((name) => !name.includes("|"));
    assertEquals(await client.command("COMMAND", "COUNT"), top.length);
    assertEquals(documented(await client.command("COMMAND", "DOCS")).sort(), names);
    assertEquals(namesOf(await client.command("COMMAND", "INFO")).sort(), names);
    const some = await client.command(
      "COMMAND",
      "INFO",
      "monitor",
      "get",
      "nope",
      "sort",
      "config|get",
      "config",
    );
    assertEquals((some as ReplyValue[][]).map((entry) => entry?.[0] ?? null), [
      null,
      "get",
      null,
      null,
      null,
      "config",
    ]);
    assertEquals(documented(await client.command("COMMAND", "DOCS", "sort", "get", "monitor", "nope")), [
      "get",
    ]);
    assertEquals(await list(client, "FILTERBY", "PATTERN", "sort*"), ["sort_ro"]);
    const dangerous = await list(client, "FILTERBY", "ACLCAT", "dangerous");
    assertEquals(dangerous.filter((name) => /^(keys|flushall|sort)$/.test(name)), ["keys"]);
    assertEquals(await list(client, "FILTERBY", "MODULE", "nope"), []);
    assertEquals(await client.command("COMMAND", "GETKEYS", "MSET", "a", 1, "b", 2), ["a", "b"]);
    const help = await client.command("COMMAND", "HELP");
    assert(Array.isArray(help) && String(help[0]).startsWith("COMMAND"));
    const unknown = await client.command("COMMAND", "NOPE");
    assert(unknown instanceof ReplyError && unknown.text.startsWith("ERR unknown subcommand 'NOPE'"));
  });
}

realTest("redis-server", "COMMAND: what a pool allows is there, also after a server is gone", async () => {
  await using pool = await startRedisPool({
    servers: 2,
    directives: { allow_dangerous: true, auto_eject_hosts: true, server_failure_limit: 1 },
  });
  using client = await pool.connect();
  const names = await list(client);
  for (const name of ["flushall", "sort", "config|get", "script|load"]) assert(names.includes(name), name);
  for (const name of ["latency", "latency|doctor", "monitor"]) assert(!names.includes(name), name);
  await pool.servers[0].stop();
  for (let tries = 0; await client.command("COMMAND", "COUNT") instanceof ReplyError; tries++) {
    assert(tries < 100);
  }
  assertEquals(await list(client), names);
});
