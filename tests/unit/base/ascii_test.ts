import { assertEquals, assertThrows } from "@std/assert";
import * as ascii from "../../../src/base/ascii.ts";
import { assert, AssertionError } from "../../../src/base/assert.ts";

Deno.test("ascii: every constant is the byte that its name says", () => {
  const table: Record<string, string> = {
    LF: "\n",
    CR: "\r",
    TAB: "\t",
    SPACE: " ",
    EXCLAMATION: "!",
    QUOTE: '"',
    HASH: "#",
    DOLLAR: "$",
    PERCENT: "%",
    APOSTROPHE: "'",
    LEFT_PAREN: "(",
    ASTERISK: "*",
    PLUS: "+",
    COMMA: ",",
    MINUS: "-",
    DIGIT_0: "0",
    DIGIT_9: "9",
    COLON: ":",
    EQUALS: "=",
    GREATER: ">",
    BACKSLASH: "\\",
    UNDERSCORE: "_",
    PIPE: "|",
    TILDE: "~",
  };
  const constants = Object.entries(ascii).filter(([, value]) => typeof value === "number");
  assertEquals(constants.map(([name]) => name).sort(), Object.keys(table).sort());
  for (const [name, value] of constants) assertEquals(value, table[name].charCodeAt(0), name);
});

Deno.test("ascii: text is encoded as UTF-8 and decoded from a part of an array", () => {
  assertEquals(ascii.encode("aé€"), Uint8Array.of(0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac));
  assertEquals(ascii.decode(ascii.encode("xaé€y"), 1, 7), "aé€");
  assertEquals(ascii.decode(ascii.encode("abc")), "abc");
  assertEquals(ascii.decode(ascii.encode("abc"), 1), "bc");
  assertEquals(ascii.decode(Uint8Array.of(0x61, 0xff)), "a\ufffd");
  assertEquals(ascii.encode("").length, 0);
});

Deno.test("ascii: arrays are put one behind the other", () => {
  assertEquals(ascii.concat([]), new Uint8Array(0));
  assertEquals(
    ascii.concat([Uint8Array.of(1), new Uint8Array(0), Uint8Array.of(2, 3)]),
    Uint8Array.of(1, 2, 3),
  );
});

Deno.test("assert: a broken invariant is told", () => {
  assert(true, "not thrown");
  const error = assertThrows(() => assert(false, "water is wet"), AssertionError, "water is wet");
  assertEquals(error.name, "AssertionError");
});
