import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import type { RequestDescription } from "../../../src/protocol/contract.ts";
import { describeLine } from "../../../src/protocol/memcache/text/describe.ts";
import { describeRequest } from "../../../src/protocol/redis/describe.ts";
import { resp } from "../../support/resp.ts";
import { fuzzTest } from "../../support/random.ts";

/** What a description says: the command and the key, `null` for none of them. */
function read(head: Uint8Array, description: RequestDescription | null): [string, string] | null {
  if (description === null) return null;
  const { command, keyStart, keyEnd } = description;
  return [command, new TextDecoder().decode(head.subarray(keyStart, keyEnd))];
}

Deno.test("a redis request is described by its command and first key", () => {
  const cases: readonly (readonly [string[], [string, string]])[] = [
    [["get", "k"], ["GET", "k"]],
    [["SET", "key", "value"], ["SET", "key"]],
    [["MSET", "a", "1", "b", "2"], ["MSET", "a"]],
    [["EVAL", "return 1", "1", "k"], ["EVAL", "k"]],
    [["BITOP", "AND", "dest", "src"], ["BITOP", "dest"]],
    [["NOSUCH", "k"], ["NOSUCH", "k"]],
    [["PING"], ["PING", ""]],
  ];
  for (const [words, expected] of cases) {
    const head = resp(...words);
    assertEquals(read(head, describeRequest(head)), expected, words.join(" "));
  }
});

Deno.test("an inline command is described by its name", () => {
  const describe = (text: string) => read(encode(text), describeRequest(encode(text)));
  assertEquals(describe("ping\r\n"), ["PING", ""]);
  assertEquals(describe("  get key\n"), ["GET", ""]);
  assertEquals(["", " ", "\r\n", "unfinished", `${"x".repeat(65)}\r\n`].map(describe), Array(5).fill(null));
});

Deno.test("a key whose end is not here is described with the end that it will have", () => {
  const head = resp("SET", "k".repeat(2000), "v").subarray(0, 1024);
  const { keyStart, keyEnd } = describeRequest(head)!;
  assertEquals(keyEnd - keyStart, 2000);
});

Deno.test("a memcached request is described by its verb and first key", () => {
  const cases: readonly (readonly [string, [string, string] | null])[] = [
    ["get a b\r\n", ["get", "a"]],
    ["set key 0 0 5\r\nvalue\r\n", ["set", "key"]],
    ["gat 10 key other\r\n", ["gat", "key"]],
    ["version\r\n", ["version", ""]],
    // What was joined to a request before it.
    [" key\r\n", ["get", "key"]],
    [" key other", ["get", "key"]],
    ["nonsense key\r\n", null],
  ];
  for (const [text, expected] of cases) {
    const head = encode(text);
    assertEquals(read(head, describeLine(head)), expected, text);
  }
});

fuzzTest("whatever the bytes are, describing them ends and gives offsets in order", (random) => {
  for (let i = 0; i < 2000; i++) {
    const good = random.chance() ? resp("SET", random.text(random.int(20)), "v") : encode("gat 1 key\r\n");
    const bytes = random.chance(0.2)
      ? random.bytes(random.int(60))
      : good.slice(0, random.int(good.length + 1));
    if (bytes.length > 0 && random.chance()) bytes[random.int(bytes.length)] = random.int(256);
    for (const description of [describeRequest(bytes), describeLine(bytes)]) {
      if (description === null) continue;
      assertEquals(description.keyStart >= 0 && description.keyStart <= description.keyEnd, true);
    }
  }
});
