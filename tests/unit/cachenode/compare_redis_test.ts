import { assertEquals } from "@std/assert";
import { systemClock } from "../../../src/base/clock.ts";
import { CacheNode } from "../../../src/cachenode/node.ts";
import { denoNetwork } from "../../../src/net/deno_network.ts";
import { realTest } from "../../support/programs.ts";
import { startRedis } from "../../support/redis_server.ts";
import { connect, resp, type WireClient } from "../../support/wire.ts";

/** One request per line; words in double quotes may hold spaces or be empty. */
const SCRIPT = `
PING
PING hello
PING a b
ECHO "some words"
ECHO
SELECT 0
SELECT x
SELECT -1
SELECT 99
GET none
GET
GET a b
SET k v
get k
SET k
SET k v EX
SET k v EX 0
SET k v EX -5
SET k v EX abc
SET k v EX 1.5
SET k v EX 9223372036854775807
SET k v PX 9223372036854775807
SET k v EXAT 9223372036854775807
SET k v EX 10 PX 10
SET k v EX 10 EX 20
SET k v KEEPTTL EX 10
SET k v EX 10 KEEPTTL
SET k v KEEPTTL KEEPTTL
SET k v NX XX
SET k v XX NX
SET k v NX NX
SET k v FOO
SET k v ex 100 nx
SET k v ex 100 xx get
TTL k
SET k w keepttl
TTL k
SET k w
TTL k
SET fresh v NX GET
SET fresh w NX GET
GET fresh
SET absent v XX
SET absent v XX GET
GET absent
SET past v PXAT 1
GET past
EXISTS past
SET future v EXAT 99999999999
SETEX k 100 v
TTL k
SETEX k 0 v
SETEX k x v
SETEX k 9223372036854775807 v
PSETEX k 0 v
PSETEX k 100000 v
SETNX k w
SETNX new w
GET new
GETSET new x
GETSET newer x
GET newer
GETDEL newer
GETDEL newer
APPEND log a
APPEND log bcd
GET log
APPEND log ""
STRLEN log
STRLEN none
SET empty ""
GET empty
STRLEN empty
DEL k new none
DEL none
DEL
UNLINK log
EXISTS a a fresh fresh
TOUCH fresh none
SET n 10
INCR n
DECR n
INCRBY n 5
DECRBY n 3
INCRBY n -100
GET n
INCR unset
DECRBY unset2 7
INCRBY n abc
INCRBY n 1.0
INCRBY n +1
INCRBY n 01
INCRBY n -0
INCRBY n 9223372036854775808
SET n 9223372036854775807
INCR n
DECR n
SET n -9223372036854775808
DECR n
INCRBY n -1
DECRBY n -9223372036854775808
DECRBY n 9223372036854775807
SET n " 1"
INCR n
SET n 1x
INCR n
SET n ""
INCR n
SET n -0
INCR n
SET n 99999999999999999999999
INCR n
INCR
SET e v
EXPIRE e 100
EXPIRE e 50 GT
TTL e
EXPIRE e 200 GT
TTL e
EXPIRE e 300 LT
EXPIRE e 30 LT
TTL e
EXPIRE e 30 NX
EXPIRE e 40 XX
PERSIST e
PERSIST e
EXPIRE e 40 XX
EXPIRE e 40 GT
TTL e
PTTL e
EXPIRE e 40 LT
EXPIRE e 40 NX XX
EXPIRE e 40 GT LT
EXPIRE e 40 NX GT
EXPIRE e 60 XX GT
EXPIRE e 40 FOO
EXPIRE e x
EXPIRE e 9223372036854775807
EXPIRE e -9223372036854775807
PEXPIRE e 9223372036854775807
PEXPIRE e 100000
TTL e
EXPIREAT e 99999999999
PEXPIREAT e 99999999999999
EXPIRE none 10
EXPIRE e 0
GET e
SET e v
PEXPIRE e -1
EXISTS e
TTL none
PTTL none
PERSIST none
SET e v
EXPIREAT e 1
GET e
MSET a 1 b 2 c ""
MGET a none b c
MSET a 1 b
MSET a
MGET
MSET a 3 a 4
GET a
FLUSHALL
DBSIZE
SET a 1
DBSIZE
FLUSHALL ASYNC
FLUSHALL NOW
FLUSHALL SYNC x
DBSIZE
DBSIZE x
FOO
FOO bar "b z"
NOSUCHCOMMAND "two words" x
`.trim().split("\n").map(wordsOf);

/** Bytes as they go over the wire: inline commands, empty requests, broken framing. */
const RAW: readonly string[] = [
  "PING\r\n",
  "PING\n",
  "\r\nPING\r\n",
  'set inline "a\\x41\\n b"\r\nget inline\r\n',
  'SET k "open\r\n',
  "*0\r\nPING\r\n",
  "*-1\r\nPING\r\n",
  "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nx\r\n",
  "*1\r\nPING\r\n",
  "*x\r\n",
  "*1\r\n$-1\r\n",
  "*1\r\n$x\r\n",
  "*9999999999\r\n",
  "PING\r\nQUIT\r\nPING\r\n",
];

function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2]);
}

async function answer(client: WireClient, words: readonly string[]): Promise<string> {
  await client.send(resp(...words));
  const reply = new TextDecoder().decode((await client.readReply()).bytes);
  // What is left of a time depends on when it is asked for; only that there is one is compared here.
  return /^P?TTL$/.test(words[0]) ? reply.replace(/^:[0-9]+/, ":positive") : reply;
}

realTest("redis-server", "redis node: says what redis says", async () => {
  await using node = startNode();
  await using redis = await startRedis();
  using ours = await connect(portOf(node));
  using theirs = await redis.connect();
  for (const words of SCRIPT) {
    assertEquals(await answer(ours, words), await answer(theirs, words), `reply to ${words.join(" ")}`);
  }
});

realTest("redis-server", "redis node: takes inline commands and broken framing as redis does", async () => {
  await using node = startNode();
  await using redis = await startRedis();
  for (const request of RAW) {
    const answers: string[] = [];
    for (const port of [portOf(node), redis.port]) {
      using client = await connect(port);
      await client.send(request);
      await client.closeWrite();
      answers.push(new TextDecoder().decode(await client.readToEnd()));
    }
    assertEquals(answers[0], answers[1], `reply to ${JSON.stringify(request)}`);
  }
});

function startNode(): CacheNode {
  const surroundings = { network: denoNetwork, clock: systemClock, report: fail };
  return new CacheNode("redis", { transport: "tcp", hostname: "127.0.0.1", port: 0 }, surroundings);
}

function fail(error: unknown): void {
  throw error;
}

function portOf(node: CacheNode): number {
  const { address } = node;
  return address.transport === "tcp" ? address.port : 0;
}
