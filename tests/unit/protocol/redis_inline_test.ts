import { assertEquals } from "@std/assert";
import { encodeRequest, splitInline } from "../../../src/protocol/redis/inline.ts";
import { fuzzTest } from "../../support/random.ts";
import { resp } from "../../support/resp.ts";
import { fromLatin1, latin1, placed } from "./redis_feed.ts";

function split(text: string): string[] | null {
  const { bytes, start, end } = placed(latin1(text), text.length);
  return splitInline(bytes, start, end)?.map((word) => String.fromCharCode(...word)) ?? null;
}

Deno.test("redis inline: words, quotes and escapes are those of redis", () => {
  const table: [string, string[] | null][] = [
    ["", []],
    [" \t ", []],
    ["PING", ["PING"]],
    ["  GET   key\t", ["GET", "key"]],
    ["a\rb\vc\fd", ["a", "b", "c", "d"]],
    ['SET k "a b"', ["SET", "k", "a b"]],
    ["SET k 'a b'", ["SET", "k", "a b"]],
    ["\"\" ''", ["", ""]],
    ['"a\\nb\\rc\\td\\be\\af"', ["a\nb\rc\td\be\x07f"]],
    ['"\\x41\\xfF\\x00"', ["A\xff\0"]],
    ['"\\xZZ\\x4"', ["xZZx4"]],
    ['"\\q\\"\\\\"', ['q"\\']],
    ["'\\n\\x41'", ["\\n\\x41"]],
    ["'it\\'s'", ["it's"]],
    ["'\\\\'", null],
    ["a\\nb", ["a\\nb"]],
    ['pre"fix ed"', ["prefix ed"]],
    ["\xe9\x80", ["\xe9\x80"]],
    ['"unclosed', null],
    ["'unclosed", null],
    ['"', null],
    ['"ends with \\"', null],
    ['"ends with \\', null],
    ['"a"b', null],
    ["'a'b", null],
    ["\"a\"'b'", null],
    ['GET "a"b c', null],
  ];
  for (const [text, words] of table) assertEquals(split(text), words, JSON.stringify(text));
});

fuzzTest("redis inline: whatever is quoted is read back, and is written as servers want it", (random) => {
  for (let round = 0; round < 2000; round++) {
    const words = Array.from(
      { length: random.between(1, 5) },
      () => fromLatin1(random.bytes(random.int(12))),
    );
    const quoted = words.map((word) =>
      `"${word.replace(/["\\]/g, "\\$&").replace(/[\n\r]/g, (c) => c === "\n" ? "\\n" : "\\x0D")}"`
    );
    const blanks = () => random.text(random.between(1, 3), " \t");
    const line = quoted.join(blanks()) + (random.chance() ? blanks() : "");
    assertEquals(split(line), words, JSON.stringify(line));
    assertEquals(encodeRequest(words.map((word) => [...latin1(word)])), resp(...words.map(latin1)));
  }
});

fuzzTest("redis inline: random lines never throw", (random) => {
  for (let round = 0; round < 5000; round++) {
    const line = random.text(random.int(20), "\"'\\x4 \tab\0\xff");
    const words = split(line);
    if (words !== null && !/["'\\]/.test(line)) {
      assertEquals(words, line.split(/[ \t]+/).filter((word) => word !== ""));
    }
  }
});
