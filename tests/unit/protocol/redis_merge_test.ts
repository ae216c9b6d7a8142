import { assertEquals } from "@std/assert";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { WriteQueue } from "../../../src/buffer/write_queue.ts";
import type { HeldReply, SplitReplies } from "../../../src/protocol/contract.ts";
import { COMMANDS, MergeCode } from "../../../src/protocol/redis/command.ts";
import { fragmentHead, mergeReplies } from "../../../src/protocol/redis/merge.ts";
import { fuzzTest } from "../../support/random.ts";
import { fromLatin1, latin1, placed } from "./redis_feed.ts";

const { ARRAY, SUM, STATUS } = MergeCode;

function splitOf(
  merge: number,
  fragmentOf: readonly number[],
  replies: readonly string[],
  missOnError = false,
): SplitReplies {
  const held: HeldReply[] = replies.map((text, i) => placed(latin1(text), i + 1));
  return {
    merge,
    keyCount: fragmentOf.length,
    missOnError,
    fragmentOf: Uint16Array.from(fragmentOf),
    fragmentCount: replies.length,
    reply: (fragment) => held[fragment],
    serverName: (fragment) => `server${fragment}`,
    frame: null,
    keys: new Int32Array(0),
  };
}

/** The merged reply of all servers. */
function mergedAll(code: number, ...replies: readonly string[]): string {
  return merged(code, [], replies);
}

/** The merged reply, in front of which something else was appended already. */
function merged(
  merge: number,
  fragmentOf: readonly number[],
  replies: readonly string[],
  missOnError = false,
): string {
  const pool = new MbufPool(256);
  const out = new WriteQueue(pool);
  out.append(latin1("<"), 0, 1);
  mergeReplies(splitOf(merge, fragmentOf, replies, missOnError), out);
  let text = "";
  for (let front = out.front(); front !== null; front = out.front()) {
    text += fromLatin1(front);
    out.written(front.length);
  }
  assertEquals(text[0], "<");
  return text.slice(1);
}

const INVALID = "-ERR Invalid argument\r\n";

Deno.test("redis merge: values go back to the places of their keys", () => {
  const table: [number[], string[], string][] = [
    [[0, 1], ["*1\r\n$1\r\na\r\n", "*1\r\n$1\r\nb\r\n"], "*2\r\n$1\r\na\r\n$1\r\nb\r\n"],
    [
      [0, 1, 0, 2, 1],
      ["*2\r\n$1\r\na\r\n$1\r\nc\r\n", "*2\r\n$1\r\nb\r\n$1\r\ne\r\n", "*1\r\n$1\r\nd\r\n"],
      "*5\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n$1\r\nd\r\n$1\r\ne\r\n",
    ],
    [[0, 1, 1], ["*1\r\n$-1\r\n", "*2\r\n$0\r\n\r\n$-1\r\n"], "*3\r\n$-1\r\n$0\r\n\r\n$-1\r\n"],
    // Elements may be of any shape, errors among them.
    [
      [1, 0, 1],
      ["*1\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n", "*2\r\n-WRONGTYPE x\r\n%1\r\n+a\r\n_\r\n"],
      "*3\r\n-WRONGTYPE x\r\n*2\r\n:1\r\n*1\r\n$1\r\nx\r\n%1\r\n+a\r\n_\r\n",
    ],
    [[0, 1], ["*1\r\n+*1\r\n", "*1\r\n$4\r\n\r\n$1\r\n"], "*2\r\n+*1\r\n$4\r\n\r\n$1\r\n"],
  ];
  for (const [fragmentOf, replies, expected] of table) {
    assertEquals(merged(ARRAY, fragmentOf, replies), expected);
  }
});

Deno.test("redis merge: what is not an array of as many elements as were asked for is an error", () => {
  for (
    const odd of [
      "*0\r\n",
      "*1\r\n$1\r\nb\r\n",
      "*3\r\n:1\r\n:2\r\n:3\r\n",
      "*-1\r\n",
      "$2\r\nxx\r\n",
      "+OK\r\n",
      ":2\r\n",
      "_\r\n",
    ]
  ) {
    assertEquals(merged(ARRAY, [0, 1, 1], ["*1\r\n$1\r\na\r\n", odd]), INVALID, odd);
    assertEquals(merged(ARRAY, [1, 0, 0], [odd, "*1\r\n$1\r\na\r\n"]), INVALID, odd);
  }
});

Deno.test("redis merge: counts are added, and statuses are one", () => {
  assertEquals(merged(SUM, [0, 1, 2], [":1\r\n", ":0\r\n", ":20\r\n"]), ":21\r\n");
  assertEquals(merged(SUM, [0, 1], [":4294967296\r\n", ":4294967296\r\n"]), ":8589934592\r\n");
  for (const odd of [":-1\r\n", "+OK\r\n", "$1\r\n1\r\n", "*0\r\n"]) {
    assertEquals(merged(SUM, [0, 1], [":1\r\n", odd]), INVALID, odd);
  }
  assertEquals(merged(STATUS, [0, 1], ["+OK\r\n", "+OK\r\n"]), "+OK\r\n");
});

Deno.test("redis merge: the first error among the fragments is the whole reply", () => {
  const fine = { [ARRAY]: "*1\r\n$1\r\na\r\n", [SUM]: ":1\r\n", [STATUS]: "+OK\r\n" };
  for (const code of [ARRAY, SUM, STATUS]) {
    assertEquals(merged(code, [0, 1], [fine[code], "-ERR no\r\n"]), "-ERR no\r\n");
    assertEquals(merged(code, [0, 1], ["-OOM full\r\n", fine[code]]), "-OOM full\r\n");
    assertEquals(merged(code, [0, 1, 2], [fine[code], "-A\r\n", "-B\r\n"]), "-A\r\n");
    assertEquals(merged(code, [0, 1], [fine[code], "!3\r\nbad\r\n"]), "!3\r\nbad\r\n");
  }
});

Deno.test("redis merge: heads of fragments have the count and the name", () => {
  const named = (name: string) => COMMANDS.find((command) => command.name === name)!;
  assertEquals(fromLatin1(fragmentHead(named("MGET"), 3)), "*4\r\n$4\r\nMGET\r\n");
  assertEquals(fromLatin1(fragmentHead(named("MSET"), 3)), "*7\r\n$4\r\nMSET\r\n");
  assertEquals(fromLatin1(fragmentHead(named("DEL"), 1000)), "*1001\r\n$3\r\nDEL\r\n");
  assertEquals(fragmentHead(named("MGET"), 3) === fragmentHead(named("MGET"), 3), true, "made once");
});

fuzzTest("redis merge: random keys over random fragments", (random) => {
  for (let round = 0; round < 500; round++) {
    const fragmentCount = random.between(2, 40);
    const keyCount = fragmentCount + random.int(100);
    // Every fragment has a key, because there is none without.
    const fragmentOf = random.shuffle(
      Array.from({ length: keyCount }, (_, i) => i < fragmentCount ? i : random.int(fragmentCount)),
    );
    const values = fragmentOf.map((_, i) =>
      random.pick([
        `$${`${i}`.length}\r\n${i}\r\n`,
        "$-1\r\n",
        `*2\r\n:${i}\r\n*0\r\n`,
        `-ERR ${i}\r\n`,
        `:${i}\r\n`,
      ])
    );
    const arrays = Array.from({ length: fragmentCount }, (_, fragment) => {
      const own = values.filter((_, i) => fragmentOf[i] === fragment);
      return `*${own.length}\r\n${own.join("")}`;
    });
    assertEquals(merged(ARRAY, fragmentOf, arrays), `*${keyCount}\r\n${values.join("")}`);
    const counts = Array.from({ length: fragmentCount }, () => random.int(1000));
    const sum = counts.reduce((a, b) => a + b);
    assertEquals(merged(SUM, fragmentOf, counts.map((count) => `:${count}\r\n`)), `:${sum}\r\n`);
  }
});

Deno.test("redis merge: if so asked, nil stands for the keys of a failed server", () => {
  const failed = "-ERR Connection refused (server 's2')\r\n";
  const good = "*2\r\n$1\r\na\r\n$1\r\nc\r\n";
  assertEquals(
    merged(ARRAY, [0, 1, 0, 1], [good, failed], true),
    "*4\r\n$1\r\na\r\n$-1\r\n$1\r\nc\r\n$-1\r\n",
  );
  assertEquals(merged(ARRAY, [1, 0, 1], [failed, failed], true), "*3\r\n$-1\r\n$-1\r\n$-1\r\n");
  assertEquals(merged(SUM, [0, 1], [":1\r\n", failed], true), failed);
  assertEquals(merged(STATUS, [0, 1], ["+OK\r\n", failed], true), failed);
});

Deno.test("redis merge: what all servers say is one reply", () => {
  const down = "-ERR Connection refused (server 's1')\r\n";
  const busy = "-NOTBUSY No scripts in execution right now.\r\n";
  const differ = "-ERR the servers do not say the same: they have different scripts or functions\r\n";
  const { EQUAL, ALIKE, MINIMUM, KEYS, RANDOM, KILLED, RUNNING, SCAN, FIRST } = MergeCode;
  const idle = "*4\r\n$14\r\nrunning_script\r\n$-1\r\n$7\r\nengines\r\n*0\r\n";
  const running = "*4\r\n$14\r\nrunning_script\r\n*0\r\n$7\r\nengines\r\n*0\r\n";
  const table: [number, string[], string][] = [
    [SUM, [":1\r\n", ":20\r\n", ":0\r\n"], ":21\r\n"],
    [SUM, [":1\r\n", down], down],
    [STATUS, ["+OK\r\n", down, "-ERR other\r\n"], down],
    [EQUAL, ["$2\r\nab\r\n", "$2\r\nab\r\n"], "$2\r\nab\r\n"],
    [EQUAL, ["$2\r\nab\r\n", "$2\r\nba\r\n"], differ],
    [EQUAL, ["$2\r\nab\r\n", down], down],
    [
      ALIKE,
      ["*2\r\n:1\r\n*2\r\n:2\r\n:3\r\n", "*2\r\n*2\r\n:3\r\n:2\r\n:1\r\n"],
      "*2\r\n:1\r\n*2\r\n:2\r\n:3\r\n",
    ],
    [
      ALIKE,
      ["%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:2\r\n+a\r\n:1\r\n"],
      "%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n",
    ],
    [ALIKE, ["%2\r\n+a\r\n:1\r\n+b\r\n:2\r\n", "%2\r\n+b\r\n:1\r\n+a\r\n:2\r\n"], differ],
    [ALIKE, ["*2\r\n:1\r\n:2\r\n", "*2\r\n:1\r\n:1\r\n"], differ],
    [MINIMUM, ["*3\r\n:1\r\n:0\r\n:1\r\n", "*3\r\n:1\r\n:1\r\n:0\r\n"], "*3\r\n:1\r\n:0\r\n:0\r\n"],
    [MINIMUM, ["*1\r\n:1\r\n", "*2\r\n:1\r\n:1\r\n"], INVALID],
    [MINIMUM, ["*1\r\n+x\r\n", "*1\r\n:1\r\n"], INVALID],
    [KEYS, ["*1\r\n+a\r\n", "*0\r\n", "*2\r\n+b\r\n+c\r\n"], "*3\r\n+a\r\n+b\r\n+c\r\n"],
    [KEYS, ["", "*0\r\n"], "-ERR there are more than 100000 keys, use SCAN\r\n"],
    [KEYS, ["*0\r\n", ""], "-ERR there are more than 100000 keys, use SCAN\r\n"],
    [KEYS, ["*0\r\n", down], down],
    [KEYS, ["*0\r\n", ":1\r\n"], INVALID],
    [RANDOM, ["$-1\r\n", down, "$1\r\nk\r\n"], "$1\r\nk\r\n"],
    [RANDOM, ["$-1\r\n", "_\r\n"], "$-1\r\n"],
    [RANDOM, ["$-1\r\n", down], down],
    [KILLED, [busy, "+OK\r\n", busy], "+OK\r\n"],
    [KILLED, [busy, busy], busy],
    [KILLED, [busy, "+OK\r\n", "-UNKILLABLE x\r\n"], "-UNKILLABLE x\r\n"],
    [RUNNING, [idle, running], running],
    [RUNNING, [idle, idle], idle],
    [SCAN, ["-ERR x\r\n"], "-ERR x\r\n"],
    [SCAN, ["*1\r\n$1\r\n0\r\n"], INVALID],
    [SCAN, ["*2\r\n$1\r\nx\r\n*0\r\n"], INVALID],
    [FIRST, ["$1\r\nk\r\n"], "$1\r\nk\r\n"],
  ];
  for (const [code, replies, expected] of table) {
    assertEquals(mergedAll(code, ...replies), expected, replies.join());
  }
  for (const code of Object.values(MergeCode)) {
    // Nobody wants to know.
    if (code !== KEYS && code !== MergeCode.INFO) assertEquals(mergedAll(code, "", ""), "");
  }
});

Deno.test("redis merge: so many replicas have it at each server", () => {
  const down = "-ERR Connection refused (server 's1')\r\n";
  const unknown = "-ERR unknown command 'SPUBLISH', with args beginning with: \r\n";
  const denied = "-NOPERM this user has no permissions\r\n";
  const published = ["+PONG\r\n", ":0\r\n"];
  const table: [string[], string][] = [
    [[...published, ":2\r\n", ...published, ":1\r\n"], ":1\r\n"],
    [
      [...published, "*2\r\n:1\r\n:2\r\n", ...published, "*2\r\n:0\r\n:3\r\n"],
      "*2\r\n:0\r\n:2\r\n",
    ],
    [["+PONG\r\n", unknown, ":2\r\n"], ":2\r\n"],
    [["-LOADING x\r\n", ":0\r\n", ":2\r\n"], "-LOADING x\r\n"],
    [[...published, ":2\r\n", "+PONG\r\n", "-ERR x\r\n", ":1\r\n"], "-ERR x\r\n"],
    [
      [...published, ":2\r\n", "+PONG\r\n", denied, ":1\r\n"],
      "-NOPERM the proxy may not SPUBLISH to '__nutcracker:wait', without which it cannot wait (server 'server4')\r\n",
    ],
    [[...published, "", down, down, down], down],
    [[...published, ":2\r\n", ...published, "*1\r\n*0\r\n"], INVALID],
    [[...published, ":2\r\n", ...published, "*2\r\n:1\r\n:1\r\n"], INVALID],
    [[...published, "+x\r\n"], INVALID],
  ];
  for (const [replies, expected] of table) {
    assertEquals(mergedAll(MergeCode.ACKNOWLEDGED, ...replies), expected, replies.join());
  }
});
