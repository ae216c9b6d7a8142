import { assertEquals } from "@std/assert";
import { concat } from "../../../../src/base/ascii.ts";
import { MbufPool } from "../../../../src/buffer/mbuf_pool.ts";
import { WriteQueue } from "../../../../src/buffer/write_queue.ts";
import { SPLIT } from "../../../../src/protocol/contract.ts";
import { MemcacheCodec } from "../../../../src/protocol/memcache/codec.ts";
import { fuzzTest } from "../../../support/random.ts";
import { feed, latin1 } from "./decisions.ts";

const codec = new MemcacheCodec();

/** Merges replies to a `get` of some keys; each reply lies somewhere inside its array. */
function merge(
  keys: readonly string[],
  fragmentOf: readonly number[],
  replies: readonly string[],
  missOnError = false,
): string {
  const request = latin1(`  get ${keys.join(" ")}\r\n`);
  let merged = "";
  feed([request], (decoder) => {
    assertEquals([decoder.action, decoder.keyCount], [SPLIT, keys.length]);
    const held = replies.map((reply, i) => {
      const bytes = concat([new Uint8Array(i), latin1(reply), latin1("VALUE next 0 1\r\n")]);
      return { bytes, start: i, end: i + reply.length };
    });
    const out = new WriteQueue(new MbufPool(16384));
    codec.merge({
      serverName: (fragment) => `server${fragment}`,
      merge: decoder.merge,
      keyCount: keys.length,
      missOnError,
      fragmentOf: Uint16Array.from(fragmentOf),
      fragmentCount: replies.length,
      reply: (fragment) => held[fragment],
      frame: decoder.frame.slice(decoder.frameStart, decoder.frameEnd),
      keys: decoder.keys.slice(0, 2 * keys.length),
    }, out);
    merged = text(out);
  });
  return merged;
}

function text(queue: WriteQueue): string {
  let all = "";
  for (let bytes = queue.front(); bytes !== null; bytes = queue.front()) {
    all += String.fromCharCode(...bytes);
    queue.written(bytes.length);
  }
  return all;
}

/** One item as a server sends it. */
function item(key: string, data = `data of ${key}`): string {
  return `VALUE ${key} 0 ${data.length}\r\n${data}\r\n`;
}

interface MergeCase {
  readonly name: string;
  readonly keys: string;
  readonly fragmentOf: readonly number[];
  readonly replies: readonly string[];
  readonly merged: string;
}

const ERROR = "SERVER_ERROR out of memory writing get response\r\n";
const UNEXPECTED = "SERVER_ERROR Invalid argument\r\n";

const CASES: readonly MergeCase[] = [
  {
    name: "in the order of the request",
    keys: "a b c d",
    fragmentOf: [1, 0, 1, 0],
    replies: [`${item("b")}${item("d")}END\r\n`, `${item("a")}${item("c")}END\r\n`],
    merged: `${item("a")}${item("b")}${item("c")}${item("d")}END\r\n`,
  },
  {
    name: "misses are left out",
    keys: "a b c d",
    fragmentOf: [0, 1, 0, 1],
    replies: [`${item("c")}END\r\n`, `${item("b")}END\r\n`],
    merged: `${item("b")}${item("c")}END\r\n`,
  },
  {
    name: "nothing at all",
    keys: "a b",
    fragmentOf: [0, 1],
    replies: ["END\r\n", "END\r\n"],
    merged: "END\r\n",
  },
  {
    name: "what is asked for twice comes twice",
    keys: "a b a",
    fragmentOf: [0, 1, 0],
    replies: [`${item("a")}${item("a")}END\r\n`, `${item("b")}END\r\n`],
    merged: `${item("a")}${item("b")}${item("a")}END\r\n`,
  },
  {
    name: "data like protocol",
    keys: "a b",
    fragmentOf: [0, 1],
    replies: [`${item("a", "x\r\nEND\r\nVALUE b 0 1")}END\r\n`, `${item("b", "")}END\r\n`],
    merged: `${item("a", "x\r\nEND\r\nVALUE b 0 1")}${item("b", "")}END\r\n`,
  },
  {
    name: "cas values stay",
    keys: "a b",
    fragmentOf: [0, 1],
    replies: ["VALUE a 1 1 77\r\nx\r\nEND\r\n", "VALUE b 2 1 78\r\ny\r\nEND\r\n"],
    merged: "VALUE a 1 1 77\r\nx\r\nVALUE b 2 1 78\r\ny\r\nEND\r\n",
  },
  {
    name: "an error for one is an error for all",
    keys: "a b",
    fragmentOf: [0, 1],
    replies: [`${item("a")}END\r\n`, ERROR],
    merged: ERROR,
  },
  {
    name: "an error behind an item",
    keys: "a b",
    fragmentOf: [0, 1],
    replies: [`${item("a")}${ERROR}`, "END\r\n"],
    merged: ERROR,
  },
  {
    name: "the bare error, whose first letter END has too",
    keys: "a b",
    fragmentOf: [0, 1],
    replies: ["END\r\n", "ERROR\r\n"],
    merged: "ERROR\r\n",
  },
  {
    name: "an item nobody asked for",
    keys: "a b",
    fragmentOf: [0, 1],
    replies: [`${item("a")}END\r\n`, `${item("c")}END\r\n`],
    merged: UNEXPECTED,
  },
  {
    name: "an item too many",
    keys: "a b",
    fragmentOf: [0, 1],
    replies: [`${item("a")}${item("a")}END\r\n`, `${item("b")}END\r\n`],
    merged: UNEXPECTED,
  },
  {
    name: "items in another order",
    keys: "a b c",
    fragmentOf: [0, 1, 0],
    replies: [`${item("c")}${item("a")}END\r\n`, "END\r\n"],
    merged: UNEXPECTED,
  },
];

Deno.test("merge: every case", async (t) => {
  for (const { name, keys, fragmentOf, replies, merged } of CASES) {
    await t.step(name, () => assertEquals(merge(keys.split(" "), fragmentOf, replies), merged));
  }
});

fuzzTest("merge: random keys on random servers", (random) => {
  for (let round = 0; round < 1000; round++) {
    const fragmentCount = random.between(1, 6);
    const keys = Array.from(
      { length: random.between(2, 40) },
      () => random.text(random.between(1, 2), "abcd"),
    );
    // A key belongs to one server only, and a server has only some of its keys.
    const fragmentOf = keys.map((key) => (key.charCodeAt(0) * 7 + key.length) % fragmentCount);
    const store = new Map(
      keys.filter(() => random.chance()).map((key) => [key, random.text(random.int(30))]),
    );
    const found = (key: string) => store.has(key) ? item(key, store.get(key)) : "";
    const replies = Array.from({ length: fragmentCount }, (_, fragment) => {
      return keys.filter((_, i) => fragmentOf[i] === fragment).map(found).join("") + "END\r\n";
    });
    assertEquals(merge(keys, fragmentOf, replies), keys.map(found).join("") + "END\r\n", keys.join(" "));
  }
});

Deno.test("codec: the probe, errors and what a good reply is", () => {
  const isGood = (reply: string) => codec.dialects[0].isGood(latin1(reply), 0, reply.length);
  assertEquals(isGood("VERSION 1.6.18\r\n"), true);
  assertEquals(isGood("ERROR\r\n"), false);
  assertEquals(isGood("SERVER_ERROR out of memory\r\n"), false);
  assertEquals(codec.errorReply("Connection refused", 0), latin1("SERVER_ERROR Connection refused\r\n"));
  assertEquals(codec.errorReply("unknown", 0), codec.errorReply("unknown", 0));
});

Deno.test("merge: if so asked, the keys of a failed server are missing, and all others are there", () => {
  const replies = [`${item("a")}${item("c")}END\r\n`, "SERVER_ERROR Connection refused (server 's2')\r\n"];
  assertEquals(merge(["a", "b", "c", "d"], [0, 1, 0, 1], replies, true), `${item("a")}${item("c")}END\r\n`);
  assertEquals(merge(["a", "b"], [0, 1], [ERROR, ERROR], true), "END\r\n");
});
