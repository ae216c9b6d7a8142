/**
 * Commands that the configuration denies, and those that it tells the keys of.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { ReplyError, type ReplyValue } from "../support/wire.ts";
import { startRedisPool } from "./redis_pool.ts";

function errorText(reply: ReplyValue): string {
  assert(reply instanceof ReplyError, `${reply} is an error`);
  return reply.text;
}

function denied(name: string): string {
  return `NOPERM The configuration of this proxy denies the '${name}' command`;
}

realTest("redis-server", "commands: what is denied is refused, in whichever case and form", async () => {
  const commands = "{deny: [get, SORT, MGET, config get, PING, FOO, memory|usage, SCAN]}";
  await using pool = await startRedisPool({ servers: 2, directives: { commands } });
  using client = await pool.connect();
  for (
    const [words, name] of [
      [["GET", "k"], "get"],
      [["Get", "k", "too", "many"], "get"],
      [["SORT", "k"], "sort"],
      [["mget", "a", "b"], "mget"],
      [["CONFIG", "GET", "*"], "config|get"],
      [["PING"], "ping"],
      [["FOO", "k"], "foo"],
      [["MEMORY", "USAGE", "k"], "memory|usage"],
      [["SCAN", "0"], "scan"],
    ] as const
  ) assertEquals(errorText(await client.command(...words)), denied(name));
  await client.send("GET inline\r\n");
  assertEquals(errorText((await client.readReply()).value), denied("get"));
  assertEquals(await client.command("SET", "k", "v"), "OK");
  assertEquals(await client.command("GETDEL", "k"), "v");
  assertEquals(await client.command("DBSIZE"), 0);
  assert(
    errorText(await client.command("CONFIG", "REWRITE")).includes("CONFIG"),
    "its other subcommands are as before",
  );
  assert(errorText(await client.command("BAR", "k")).startsWith("ERR unknown command 'BAR'"));
});

realTest("redis-server", "commands: custom commands go where their keys are", async () => {
  // Commands of redis under other names stand for those of a module.
  const names = ["SETEX my.set", "MEMORY my.memory", "BITOP my.op", "ECHO my.echo", "MSETNX my.msetnx"];
  const args = names.flatMap((pair) => ["--rename-command", ...pair.split(" ")]);
  const custom = "{my.op: {first: 2, last: -1}, my.echo: {first: 0}, my.memory: {first: 2}, " +
    "my.msetnx: {first: 1, last: -1, step: 2}, DBSIZE: {first: 0}}";
  await using pool = await startRedisPool({
    servers: 4,
    directives: { commands: `{custom: ${custom}}` },
    redis: { args },
  });
  using client = await pool.connect();
  const keys = (await pool.keysByServer(2)).map(([a, b]) => [a, b]);
  for (const [a, b] of keys) {
    // Without a rule the key is at argument 1.
    assertEquals(await client.command("MY.SET", a, 100, "v"), "OK");
    assertEquals(await client.command("my.op", "NOT", b, a), 1);
    assertEquals(typeof await client.command("My.Memory", "USAGE", b), "number");
    assertEquals(await client.command("DEL", a, b), 2);
    assertEquals(await client.command("my.msetnx", a, "1", b, "2"), 1);
  }
  const across = await client.command("my.op", "AND", keys[0][0], keys[1][0]);
  assertEquals(errorText(across), "CROSSSLOT Keys in request don't hash to the same slot");
  assertEquals(
    errorText(await client.command("my.msetnx", keys[0][0], "1", keys[2][0], "2")),
    errorText(across),
  );
  assertEquals(await client.command("my.echo", "word"), "word");
  assertEquals(
    errorText(await client.command("my.op", "x")),
    "ERR wrong number of arguments for 'my.op' command",
  );
  assert(Number(await client.command("DBSIZE")) < 8, "the table's own row gives way to one of the file");
});

realTest("redis-server", "commands: a reload changes them for clients that are there", async () => {
  await using pool = await startRedisPool({ servers: 2, directives: { commands: "{deny: [INCR]}" } });
  using client = await pool.connect();
  assertEquals(errorText(await client.command("INCR", "k")), denied("incr"));
  const file = await Deno.readTextFile(pool.proxy.configPath);
  await Deno.writeTextFile(pool.proxy.configPath, file.replace("INCR", "DECR"));
  pool.proxy.signal("SIGHUP");
  await eventually(() => pool.proxy.log().includes("this is generation 2"), "the file is loaded");
  assertEquals(await client.command("INCR", "k"), 1);
  assertEquals(errorText(await client.command("DECR", "k")), denied("decr"));
});
