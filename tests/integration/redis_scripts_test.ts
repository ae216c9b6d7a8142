/**
 * Scripts and functions over several servers, against real redis-servers.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { SCRIPT_BYTES_MAX } from "../../src/protocol/redis/limits.ts";
import { eventually } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { joinBytes, ReplyError, type ReplyValue, resp, type WireClient } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

const SCRIPT = "return {KEYS[1] or 'none', ARGV[1] or 'nothing', redis.call('INCR', 'calls')}";
const NOSCRIPT = "NOSCRIPT No matching script. Please use EVAL.";
const LIBRARY = "#!lua name=lib\nredis.register_function('f', function(keys) return #keys end)";

function errorText(reply: ReplyValue): string {
  assert(reply instanceof ReplyError, `${reply} is an error`);
  return reply.text;
}

async function everywhere(pool: RedisPool, ...words: readonly string[]): Promise<ReplyValue[]> {
  return await Promise.all(pool.servers.map((server) => server.command(...words)));
}

async function load(client: WireClient, script = SCRIPT): Promise<string> {
  const sha = await client.command("SCRIPT", "LOAD", script) as string;
  assertEquals(/^[0-9a-f]{40}$/.test(sha), true);
  return sha;
}

realTest("redis-server", "scripts: LOAD, EXISTS and FLUSH are on all servers", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  using client = await pool.connect();
  const sha = await load(client);
  assertEquals(await everywhere(pool, "SCRIPT", "EXISTS", sha), [[1], [1], [1], [1]]);
  await pool.servers[2].command("SCRIPT", "FLUSH");
  const other = await load(client, "return 2");
  assertEquals(
    await client.command("SCRIPT", "EXISTS", sha, other, "no"),
    [0, 1, 0],
    "all have it, or it is 0",
  );
  assertEquals(await client.command("SCRIPT", "FLUSH", "ASYNC"), "OK");
  assertEquals(await everywhere(pool, "SCRIPT", "EXISTS", other), [[0], [0], [0], [0]]);
  assertEquals(
    errorText(await client.command("EVALSHA", other, 0)),
    NOSCRIPT,
    "FLUSH holds for the proxy, too",
  );
  assertEquals(
    errorText(await client.command("SCRIPT", "KILL")),
    "NOTBUSY No scripts in execution right now.",
  );
  assert(
    errorText(await client.command("SCRIPT", "LOAD", "return (")).startsWith("ERR Error compiling script"),
  );
});

realTest("redis-server", "scripts: EVALSHA works on servers that have not seen the script", async () => {
  await using pool = await startRedisPool({ servers: 4 });
  using client = await pool.connect();
  const keys = (await pool.keysByServer(1)).map(([key]) => key);
  // One EVAL, which one server sees.
  assertEquals(await client.command("EVAL", SCRIPT, 1, keys[0], "a"), [keys[0], "a", 1]);
  const sha = await pool.servers[0].command("SCRIPT", "LOAD", SCRIPT) as string;
  for (const [server, key] of keys.entries()) {
    for (const name of ["EVALSHA", "evalsha"]) {
      const reply = await client.command(name, sha.toUpperCase(), 1, key, "b") as [string, string, number];
      assertEquals(reply.slice(0, 2), [key, "b"]);
    }
    assertEquals(await pool.servers[server].command("GET", "calls"), server === 0 ? "3" : "2", "once each");
  }
  // EVAL_RO too, and without keys, on a stable server.
  await client.command("EVAL_RO", "return ARGV[1]", 0, "x");
  const readOnly = await pool.servers[0].command("SCRIPT", "LOAD", "return ARGV[1]") as string;
  await everywhere(pool, "SCRIPT", "FLUSH");
  for (let i = 0; i < 3; i++) assertEquals(await client.command("EVALSHA_RO", readOnly, 0, "y"), "y");
  const exists = (await everywhere(pool, "SCRIPT", "EXISTS", readOnly) as number[][]).flat();
  assertEquals(exists.reduce((sum, one) => sum + one), 1, "all three went to one server");
});

realTest("redis-server", "scripts: a server that has lost a script is sent it again", async () => {
  await using pool = await startRedisPool({ servers: 2, directives: { timeout: 5000 } });
  using client = await pool.connect();
  const sha = await load(client);
  const keys = (await pool.keysByServer(1)).map(([key]) => key);
  for (const key of keys) await client.command("EVALSHA", sha, 1, key);
  await everywhere(pool, "SCRIPT", "FLUSH");
  for (const key of keys) {
    assertEquals((await client.command("EVALSHA", sha, 1, key, "z") as string[])[0], key);
  }
  assertEquals(await everywhere(pool, "GET", "calls"), ["2", "2"]);
  await pool.servers[1].stop();
  await pool.restart(1);
  await eventually(async () => await client.command("EXISTS", keys[1]) === 0, "the server is back");
  assertEquals(await client.command("EVALSHA", sha, 1, keys[1], "again"), [keys[1], "again", 1]);
});

realTest("redis-server", "scripts: a client's requests stay in their order", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  const script = "return redis.call('APPEND', KEYS[1], ARGV[1])";
  const sha = await load(client, script);
  const [[key]] = await pool.keysByServer(1);
  const pipeline = (mark: string) =>
    joinBytes([
      resp("EVALSHA", sha, 1, key, mark),
      resp("APPEND", key, "b"),
      resp("GET", key),
      resp("DEL", key),
    ]);
  // The server has not been sent it yet; it has it; it has lost it, which the client is told if others are behind it.
  await everywhere(pool, "SCRIPT", "FLUSH");
  for (const expected of ["ab", "ab"]) {
    await client.send(pipeline("a"));
    assertEquals((await client.readReply()).value, 1);
    assertEquals((await client.readReply()).value, 2);
    assertEquals((await client.readReply()).value, expected);
    assertEquals((await client.readReply()).value, 1);
  }
  await everywhere(pool, "SCRIPT", "FLUSH");
  await client.send(pipeline("a"));
  assertEquals(errorText((await client.readReply()).value), NOSCRIPT);
  assertEquals((await client.readReply()).value, 1);
  assertEquals((await client.readReply()).value, "b");
  assertEquals((await client.readReply()).value, 1);
  // The next one is right again.
  await client.send(pipeline("a"));
  for (const expected of [1, 2, "ab", 1]) assertEquals((await client.readReply()).value, expected);
});

realTest("redis-server", "scripts: nothing else is sent twice", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  const [keys0, keys1] = await pool.keysByServer(1);
  const failing = await load(
    client,
    "redis.call('INCR', KEYS[1]) return redis.error_reply('NOSCRIPT not really')",
  );
  for (const count of [1, 2, 3]) {
    assertEquals(errorText(await client.command("EVALSHA", failing, 1, keys0[0])), "NOSCRIPT not really");
    assertEquals(await client.command("GET", keys0[0]), `${count}`);
  }
  assertEquals(errorText(await client.command("EVALSHA", "f".repeat(40), 1, keys0[0])), NOSCRIPT);
  const crossSlot = "CROSSSLOT Keys in request don't hash to the same slot";
  assertEquals(errorText(await client.command("EVALSHA", failing, 2, keys0[0], keys1[0])), crossSlot);
  assertEquals(await client.command("GET", keys0[0]), "3");
  // A client that wants no reply gets none, and its scripts run.
  await client.send(joinBytes([
    resp("CLIENT", "REPLY", "SKIP"),
    resp("EVALSHA", failing, 1, keys0[0]),
    resp("GET", keys0[0]),
  ]));
  assertEquals((await client.readReply()).value, "4");
});

realTest(
  "redis-server",
  "scripts: what is loaded in a transaction can be called on every server",
  async () => {
    await using pool = await startRedisPool({ servers: 4 });
    using client = await pool.connect();
    const keys = (await pool.keysByServer(1)).flat();
    const scripts = ["return {'first', KEYS[1]}", "return {'second', KEYS[1]}", "return ("];
    for (const words of [["MULTI"], ...scripts.map((script) => ["SCRIPT", "LOAD", script])]) {
      assertEquals(await client.command(...words), words.length === 1 ? "OK" : "QUEUED");
    }
    const [first, second, wrong] = await client.command("EXEC") as string[];
    assert(errorText(wrong).startsWith("ERR Error compiling script"), wrong);
    for (const key of keys) {
      assertEquals(await client.command("EVALSHA", first, 1, key), ["first", key]);
      assertEquals(await client.command("EVALSHA", second, 1, key), ["second", key]);
    }
    // The server is that of the key, and what it has not been told the proxy still knows.
    for (const words of [["MULTI"], ["SET", keys[1], "v"], ["SCRIPT", "LOAD", "return KEYS[1]"]]) {
      await client.command(...words);
    }
    const [, third] = await client.command("EXEC") as string[];
    assertEquals(await client.command("EVALSHA", third, 1, keys[3]), keys[3]);
    const long = `return '${"x".repeat(SCRIPT_BYTES_MAX)}'`;
    await client.command("MULTI");
    const refusal = "ERR command 'SCRIPT|LOAD' is not supported inside MULTI by this proxy";
    assertEquals(errorText(await client.command("SCRIPT", "LOAD", long)), refusal);
    assertEquals(errorText(await client.command("EXEC")).split(" ")[0], "EXECABORT");
  },
);

realTest("redis-server", "scripts: long replies of EVALSHA, in RESP3 too", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  const sha = await load(client, "return string.rep('x', tonumber(ARGV[1]))");
  await client.command("HELLO", 3);
  for (const bytes of [10, 20_000, 3_000_000]) {
    for (let i = 0; i < 2; i++) {
      assertEquals(await client.command("EVALSHA", sha, 0, bytes), "x".repeat(bytes));
    }
  }
});

realTest(
  "redis-server",
  "scripts: KILL reaches the server that runs one, past what waits for it",
  async () => {
    await using pool = await startRedisPool({ servers: 3 });
    using client = await pool.connect();
    using other = await pool.connect();
    const [, , [key]] = await pool.keysByServer(1);
    await everywhere(pool, "CONFIG", "SET", "busy-reply-threshold", "50");
    await client.send(joinBytes([resp("EVAL", "while true do end", 1, key), resp("GET", key)]));
    await eventually(async () => {
      const reply = await other.command("SCRIPT", "KILL");
      if (!(reply instanceof ReplyError)) return true;
      assert(reply.text.startsWith("NOTBUSY"), reply.text);
      return false;
    }, "the script is killed");
    assert(errorText((await client.readReply()).value).includes("Script killed by user"));
    assertEquals((await client.readReply()).value, null);
  },
);

realTest(
  "redis-server",
  "functions: LOAD, LIST, DELETE, DUMP, RESTORE, FLUSH, STATS are of all servers",
  async () => {
    await using pool = await startRedisPool({ servers: 4 });
    using client = await pool.connect();
    const keys = (await pool.keysByServer(1)).map(([key]) => key);
    assertEquals(await client.command("FUNCTION", "LOAD", LIBRARY), "lib");
    assertEquals(
      errorText(await client.command("FUNCTION", "LOAD", LIBRARY)),
      "ERR Library 'lib' already exists",
    );
    assertEquals(await client.command("FUNCTION", "LOAD", "REPLACE", LIBRARY), "lib");
    for (const key of keys) assertEquals(await client.command("FCALL", "f", 1, key), 1);
    assertEquals(await client.command("FCALL", "f", 0), 0);
    for (let i = 0; i < 20; i++) {
      const many = LIBRARY.replace("lib", `lib${i}`).replace("'f'", `'f${i}'`);
      assertEquals(await client.command("FUNCTION", "LOAD", many), `lib${i}`);
    }
    for (const hello of [2, 3]) {
      await client.command("HELLO", hello);
      assertEquals(
        (await client.command("FUNCTION", "LIST", "WITHCODE") as unknown[]).length,
        21,
        "in any order",
      );
      const stats = await client.command("FUNCTION", "STATS");
      using direct = await pool.servers[0].connect();
      await direct.command("HELLO", hello);
      assertEquals(stats, await direct.command("FUNCTION", "STATS"));
    }
    await client.send(resp("FUNCTION", "DUMP"));
    const { bytes } = await client.readReply();
    const dump = bytes.subarray(bytes.indexOf(0x0a) + 1, -2);
    assertEquals(await client.command("FUNCTION", "FLUSH"), "OK");
    assertEquals(await client.command("FUNCTION", "LIST"), []);
    assertEquals(await client.command("FUNCTION", "RESTORE", dump, "APPEND"), "OK");
    assertEquals(await client.command("FUNCTION", "DELETE", "lib7"), "OK");
    assertEquals(errorText(await client.command("FUNCTION", "DELETE", "lib7")), "ERR Library not found");
    assertEquals((await everywhere(pool, "FUNCTION", "LIST") as unknown[][]).map(({ length }) => length), [
      20,
      20,
      20,
      20,
    ]);
    await pool.servers[3].command("FUNCTION", "FLUSH");
    const text = "ERR the servers do not say the same: they have different scripts or functions";
    assertEquals(errorText(await client.command("FUNCTION", "LIST")), text);
  },
);

realTest("redis-server", "scripts: a transaction calls those that its server does not have", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  const [[key], [other]] = await pool.keysByServer(1);
  const [read, unknown] = ["return redis.call('GET', KEYS[1])", "0".repeat(40)];
  const sha = await load(client);
  const readSha = await load(client, read);
  const forget = async (): Promise<void> => {
    for (const server of pool.servers) assertEquals(await server.command("SCRIPT", "FLUSH"), "OK");
  };
  const run = async (...calls: readonly (readonly (string | number)[])[]): Promise<ReplyValue> => {
    assertEquals(await client.command("MULTI"), "OK");
    for (const call of calls) assertEquals(await client.command(...call), "QUEUED", call.join());
    return await client.command("EXEC");
  };
  await forget();
  // Before and after the key that chooses the server; the text is longer than the SHA-1, and the keys move with it.
  assertEquals(
    await run(["EVALSHA", sha, 0, "a"], ["SET", key, "v"], ["EVALSHA_RO", readSha, 1, key], [
      "EVALSHA",
      sha.toUpperCase(),
      1,
      key,
      "b",
    ]),
    [["none", "a", 1], "OK", "v", [key, "b", 2]],
  );
  await forget();
  assertEquals(await run(["EVALSHA", readSha, 1, key]), ["v"], "its own key chooses the server");
  await forget();
  assertEquals(await client.command("WATCH", key), "OK");
  assertEquals(await client.command("EVALSHA", readSha, 1, key), "v", "with a pinned connection");
  await forget();
  assertEquals(await run(["EVALSHA_RO", readSha, 1, key]), ["v"]);
  const [failed] = await run(["EVALSHA", unknown, 1, key]) as ReplyValue[];
  assertEquals(errorText(failed), NOSCRIPT, "nobody has shown it to the proxy");
  const late = "return 'late'";
  const replies = await run(["EVAL", late, 1, key], ["GET", key]);
  assertEquals(replies, ["late", "v"]);
  await forget();
  const lateSha = createHash("sha1").update(late).digest("hex");
  assertEquals(
    await client.command("EVALSHA", lateSha, 1, other),
    "late",
    "what a transaction shows is known",
  );
  // Keys on another server are refused where they are, whatever is sent.
  assertEquals(await client.command("MULTI"), "OK");
  assertEquals(await client.command("GET", key), "QUEUED");
  assertEquals(errorText(await client.command("EVALSHA", sha, 1, other)).slice(0, 9), "CROSSSLOT");
  assertEquals(errorText(await client.command("EXEC")).slice(0, 9), "EXECABORT");
});
