import { assert, assertEquals } from "@std/assert";
import { decode } from "../../../src/base/ascii.ts";
import { parseInteger } from "../../../src/protocol/redis/argument.ts";
import { UNKNOWN_COMMAND } from "../../../src/protocol/redis/command.ts";
import { resolveCommand } from "../../../src/protocol/redis/command_lookup.ts";
import { keyFaultReply, refusedReply, unknownCommandReply } from "../../../src/protocol/redis/key_errors.ts";
import { blockingMs, findKeys, KeyList } from "../../../src/protocol/redis/key_spec.ts";
import { KeyStatus } from "../../../src/protocol/redis/key_status.ts";
import { fuzzTest } from "../../support/random.ts";
import { lay } from "./redis_arguments.ts";

const list = new KeyList(1);

/** The argument indexes of the keys, or the name of what is wrong. */
function keysOf(line: string): number[] | string {
  const words = line.split(" ");
  const { argc, args, bytes, base } = lay(words);
  const command = resolveCommand(argc, args, bytes, base);
  const status = findKeys(command, argc, args, bytes, base, list);
  if (status === KeyStatus.OK) return [...list.indexes.subarray(0, list.count)];
  assertEquals(list.count, 0, line);
  return Object.entries(KeyStatus).find(([, code]) => code === status)![0];
}

const found: readonly (readonly [string, number[]])[] = [
  ["GET k", [1]],
  ["PING", []],
  ["MGET a b c", [1, 2, 3]],
  ["LMOVEM a b LEFT RIGHT", [1, 2]],
  ["BLMOVEM a b LEFT RIGHT 0 EXACTLY 2 OBO", [1, 2]],
  ["SUNIONCARD 2 a b LIMIT 2", [2, 3]],
  ["SDIFFCARD 1 a", [2]],
  ["TS.NRANGE 2 a b - +", [2, 3]],
  ["TS.READ a - BLOCK 100 1", [1]],
  ["MSET a 1 b 2", [1, 3]],
  ["JSON.MSET a $ 1 b $ 2", [1, 4]],
  ["JSON.MGET a b $", [1, 2]],
  ["BLPOP a b 0", [1, 2]],
  ["RENAME a b", [1, 2]],
  ["BITOP AND d a b", [2, 3, 4]],
  ["OBJECT ENCODING k", [2]],
  ["COMMAND DOCS get", []],
  ["EVAL s 0", []],
  ["EVAL s 0 a b", []],
  ["EVAL s 2 a b c", [3, 4]],
  ["ZUNIONSTORE d 2 a b WEIGHTS 1 2", [1, 3, 4]],
  ["MSETEX 2 a 1 b 2 EX 5", [2, 4]],
  ["CMS.MERGE d 2 a b WEIGHTS 1 2", [1, 3, 4]],
  ["XREAD STREAMS a b 0 0", [2, 3]],
  ["xread count 2 block 0 streams a 0", [6]],
  ["XREADGROUP GROUP g streams COUNT 1 NOACK STREAMS a >", [8]],
  ["XREADGROUP GROUP streams c CLAIM 5 STREAMS a >", [7]],
  ["XREAD SOMETHING STREAMS a 0", [3]],
  ["SORT k", [1]],
  ["SORT k BY store GET store LIMIT 0 1 STORE d", [1, 10]],
  ["SORT k STORE", [1]],
  ["SORT_RO k BY w", [1]],
  ["GEORADIUS k 1 1 1 m STORE d", [1, 7]],
  ["GEORADIUS store 1 1 1 store STORE d STOREDIST e", [1, 7, 9]],
  ["GEORADIUSBYMEMBER k store 1 m STOREDIST d", [1, 6]],
  ["NO.SUCH k v", [1]],
];

for (const [line, keys] of found) {
  Deno.test(`redis keys: ${line}`, () => assertEquals(keysOf(line), keys));
}

Deno.test("redis keys: MIGRATE has one key, or those after KEYS", () => {
  const keys = (...words: string[]) => {
    const { argc, args, bytes, base } = lay(["MIGRATE", "h", "1", ...words]);
    assertEquals(
      findKeys(resolveCommand(argc, args, bytes, base), argc, args, bytes, base, list),
      KeyStatus.OK,
    );
    return [...list.indexes.subarray(0, list.count)];
  };
  assertEquals(keys("k", "0", "5"), [3]);
  assertEquals(keys("", "0", "5", "COPY", "KEYS", "a", "b"), [8, 9]);
  assertEquals(keys("", "0", "5", "AUTH2", "keys", "keys", "KEYS", "a"), [10]);
  assertEquals(keys("k", "0", "5", "KEYS", "a"), [3]);
  assertEquals(keys("", "0", "5"), [3]);
});

const wrong: readonly (readonly [string, string])[] = [
  ["GET", "WRONG_ARITY"],
  ["GET a b", "WRONG_ARITY"],
  ["MGET", "WRONG_ARITY"],
  ["MSET a 1 b", "WRONG_ARITY"],
  ["OBJECT ENCODING", "WRONG_ARITY"],
  ["NO.SUCH", "WRONG_ARITY"],
  ["EVAL s x", "NOT_AN_INTEGER"],
  ["EVAL s 99999999999999999999", "NOT_AN_INTEGER"],
  ["EVAL s 1", "TOO_MANY_NUMKEYS"],
  ["EVAL s -1 a", "NEGATIVE_NUMKEYS"],
  ["FCALL f x", "BAD_NUMKEYS"],
  ["SINTERCARD 0 a", "NUMKEYS_NOT_POSITIVE"],
  ["ZUNION 0 a", "NO_INPUT_KEY"],
  ["ZUNION 4611686018427387904 a", "SYNTAX"],
  ["MSETEX 2 a 1 b", "TOO_MANY_NUMKEYS"],
  ["XREAD COUNT 1 STREAMS", "SYNTAX"],
  ["XREAD COUNT 1 STREAMS a", "UNBALANCED_STREAMS"],
  ["XREAD a b c", "SYNTAX"],
];

for (const [line, status] of wrong) {
  Deno.test(`redis keys: ${line} is ${status}`, () => assertEquals(keysOf(line), status));
}

Deno.test("redis keys: the list grows and keeps what is in it", () => {
  const keys = new KeyList(1);
  keys.add(7, 1);
  keys.add(10, 1000, 2);
  assertEquals(keys.count, 1001);
  assertEquals([keys.indexes[0], keys.indexes[1], keys.indexes[1000]], [7, 10, 2008]);
  assert(keys.indexes.length < 2048);
  assertEquals(keysOf(`MGET ${"k ".repeat(999)}k`), Array.from({ length: 1000 }, (_, i) => i + 1));
});

Deno.test("redis keys: how long a command may wait is read where it says so", () => {
  const waits = (line: string) => {
    const { argc, args, bytes, base } = lay(line.split(" "));
    return blockingMs(resolveCommand(argc, args, bytes, base), argc, args, bytes, base);
  };
  assertEquals(waits("BLPOP a b 2"), 2000);
  assertEquals(waits("BLPOP a 0"), Infinity);
  assertEquals(waits("BLPOP a 0.0"), Infinity);
  assertEquals(waits("brpoplpush a b 0.25"), 250);
  assertEquals(waits("BLMPOP 1.5 1 a LEFT"), 1500);
  assertEquals(waits("BLMOVEM a b LEFT RIGHT 2 COUNT 7 BULK"), 2000);
  assertEquals(waits("TS.READ block - BLOCK 100 1"), 100);
  assertEquals(waits("TS.READ block $ MAX_COUNT 5 BLOCK 0 1"), Infinity);
  assertEquals(waits("XREAD BLOCK 0 STREAMS a 0"), Infinity);
  assertEquals(waits("xreadgroup group block block count 1 block 5 streams a 0"), 5);
  // The server answers these at once, or knows a notation that we do not.
  for (const line of ["BLPOP a x", "BLPOP a -1", "BLPOP a 1e3"]) assertEquals(waits(line), Infinity, line);
  // BLOCK as a value or a key is no option.
  const others = [
    "XREADGROUP GROUP block block COUNT 1 STREAMS block >",
    "XREAD STREAMS block 0",
    "GET block",
    "TS.READ block $ MAX_COUNT 5",
  ];
  for (const line of others) assertEquals(waits(line), -1, line);
});

Deno.test("redis keys: integers are as strict as in redis", () => {
  const parse = (text: string) => {
    const { args, bytes, base } = lay([text]);
    return parseInteger(bytes, base + args[0], base + args[1]);
  };
  const integers = ["0", "1", "-1", "10", "-42", "123456789012345", "4611686018427387904"];
  for (const text of integers) assertEquals(parse(text), Number(text), text);
  for (const text of ["", "-", "-0", "+1", "01", "-01", " 1", "1 ", "1.0", "1e3", "0x1", "1\u0000", "²"]) {
    assert(Number.isNaN(parse(text)), text);
  }
  for (const text of ["9223372036854775808", "-9223372036854775809", "99999999999999999999"]) {
    assert(Number.isNaN(parse(text)), text);
  }
});

Deno.test("redis keys: what is refused is refused with its reason", () => {
  const { argc, args, bytes, base } = lay(["monitor"]);
  assertEquals(
    decode(refusedReply(resolveCommand(argc, args, bytes, base))),
    "-ERR command 'MONITOR' is not supported by this proxy: it concerns a single server, not the keys in it\r\n",
  );
});

Deno.test("redis keys: a faulty request of an unknown command has an answer too", () => {
  assertEquals(
    decode(keyFaultReply(KeyStatus.WRONG_ARITY, UNKNOWN_COMMAND)),
    "-ERR wrong number of arguments for 'unknown' command\r\n",
  );
});

fuzzTest("redis keys: whatever is sent, a key is an argument and a reply is one line", (random) => {
  const words = [
    "GET",
    "MSET",
    "EVAL",
    "FCALL",
    "ZUNIONSTORE",
    "MSETEX",
    "LMPOP",
    "XREAD",
    "XREADGROUP",
    "SORT",
  ];
  words.push(
    "GEORADIUS",
    "MIGRATE",
    "OBJECT",
    "encoding",
    "block",
    "streams",
    "store",
    "limit",
    "by",
    "keys",
    "group",
  );
  words.push("-1", "0", "1", "2", "3", "4294967297", "9223372036854775807", "", "k", "\r\n", "\0");
  for (let round = 0; round < 50_000; round++) {
    const request = Array.from({ length: random.between(1, 9) }, () => random.pick(words));
    const { argc, args, bytes, base } = lay(request);
    const command = resolveCommand(argc, args, bytes, base);
    const status = findKeys(command, argc, args, bytes, base, list);
    const said = JSON.stringify(request);
    for (let i = 0; i < list.count; i++) assert(list.indexes[i] > 0 && list.indexes[i] < argc, said);
    const reply = status === KeyStatus.OK
      ? unknownCommandReply(bytes, base, args, argc)
      : keyFaultReply(status, command);
    if (status !== KeyStatus.OK) assertEquals(list.count, 0, said);
    assertEquals(decode(reply).indexOf("\r\n"), reply.length - 2, said);
  }
});
