import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../../src/base/ascii.ts";
import { DONE, FORWARD, FORWARD_JOINABLE, MORE, SPLIT } from "../../../../src/protocol/contract.ts";
import { LINE_BYTES_MAX } from "../../../../src/protocol/memcache/limits.ts";
import { MemcacheRequestDecoder } from "../../../../src/protocol/memcache/request_decoder.ts";
import { VERBS } from "../../../../src/protocol/memcache/verbs.ts";
import { fuzzTest } from "../../../support/random.ts";
import { decisions, feed, latin1 } from "./decisions.ts";
import { REQUEST_CASES } from "./request_cases.ts";

Deno.test("request decoder: every case as a whole", async (t) => {
  for (const { name, input, decisions: expected } of REQUEST_CASES) {
    await t.step(name, () => assertEquals(decisions([latin1(input)]), expected));
  }
});

Deno.test("request decoder: every case byte by byte", async (t) => {
  for (const { name, input, decisions: expected } of REQUEST_CASES) {
    await t.step(name, () => assertEquals(decisions(Array.from(input, latin1)), expected));
  }
});

Deno.test("request decoder: every case at every split point", async (t) => {
  for (const { name, input, decisions: expected } of REQUEST_CASES) {
    await t.step(name, () => {
      for (let i = 1; i < input.length; i++) {
        const pieces = [latin1(input.slice(0, i)), latin1(input.slice(i))];
        assertEquals(decisions(pieces), expected, `split at ${i}`);
      }
    });
  }
});

Deno.test("request decoder: all cases in one stream", () => {
  const cases = REQUEST_CASES.filter(({ decisions }) =>
    !/left$|^bad|^close/.test(decisions.at(-1) ?? "left")
  );
  // Whether mn asks the servers depends on what came before it.
  const alike = (lines: readonly string[]) =>
    lines.map((line) => line === String.raw`all "mn\r\n"` ? String.raw`say "MN\r\n"` : line);
  assertEquals(
    alike(decisions([latin1(cases.map(({ input }) => input).join(""))])),
    alike(cases.flatMap((c) => c.decisions)),
  );
});

Deno.test("request decoder: a control byte anywhere in a line keeps it from the servers", () => {
  const line = "cas a 1 2 3 4 noreply";
  for (let i = 0; i <= line.length; i++) {
    for (const control of ["\0", "\x01", "\t", "\r", "\x1f", "\x7f"]) {
      const input = `${line.slice(0, i)}${control}${line.slice(i)}\r\nxyz\r\nversion\r\n`;
      const lines = decisions([latin1(input)]);
      if (control === "\r" && i === line.length) continue;
      assert(!lines.some((l) => l.startsWith("forward")), `${JSON.stringify(input)}: ${lines}`);
      assertEquals(lines.at(-1), String.raw`any "version\r\n"`, JSON.stringify(input));
    }
  }
});

Deno.test("request decoder: a value may be passed on piece by piece, and the next request is found behind it", () => {
  const decoder = new MemcacheRequestDecoder();
  const line = "set a 0 0 1000\r\n";
  const bytes = encode(`${line}${"x".repeat(1000)}\r\nget b\r\n`);
  const whole = line.length + 1002;
  const first = line.length + 10;
  assertEquals(decoder.decode(bytes, 0, first), MORE);
  assert(decoder.begin(bytes, 0, first));
  assertEquals(decoder.action, FORWARD);
  assertEquals([decoder.keys[0], decoder.keys[1], decoder.frameEnd], [4, 5, first]);
  assertEquals(decoder.letGo(first), first);
  assertEquals(decoder.decode(bytes, first, whole - 1), MORE);
  assertEquals(decoder.letGo(whole - 1 - first), whole - 1 - first);
  assertEquals(decoder.decode(bytes, whole - 1, bytes.length), DONE);
  assertEquals(decoder.consumed, 1);
  assertEquals(decoder.decode(bytes, whole, bytes.length), DONE);
  assertEquals([decoder.action, decoder.keyCount, decoder.consumed], [
    FORWARD_JOINABLE,
    1,
    "get b\r\n".length,
  ]);
});

Deno.test("request decoder: a silent request is not passed on before it is complete", () => {
  const decoder = new MemcacheRequestDecoder();
  const bytes = encode("set a 0 0 1000 noreply\r\nxxx");
  assertEquals(decoder.decode(bytes, 0, bytes.length), MORE);
  assert(!decoder.begin(bytes, 0, bytes.length));
});

Deno.test("request decoder: a get may have a line up to the limit, and no byte more", () => {
  const line = (length: number) => latin1(`get ${"k ".repeat(length)}`.slice(0, length - 2) + "\r\n");
  let keys = 0;
  const { lastWords } = feed([line(LINE_BYTES_MAX)], (decoder) => keys = decoder.keyCount);
  assertEquals([keys, lastWords], [(LINE_BYTES_MAX - 6) / 2, null]);
  const tooLong = [String.raw`bad "CLIENT_ERROR line too long\r\n"`];
  assertEquals(decisions([line(LINE_BYTES_MAX + 1)]), tooLong);
  assertEquals(decisions([line(LINE_BYTES_MAX + 1).subarray(0, -2), new Uint8Array(3).fill(0x61)]), tooLong);
});

Deno.test("request decoder: a gat may have a line of 2048 bytes, and no byte more", () => {
  const line = (length: number) => latin1(`gat 1 ${"k ".repeat(length)}`.slice(0, length - 2) + "\r\n");
  assert(decisions([line(2048)])[0].startsWith("split"));
  assertEquals(decisions([line(2049)]), [String.raw`say "CLIENT_ERROR line too long\r\n"`]);
});

Deno.test("request decoder: what a large request needed is given back", () => {
  const decoder = new MemcacheRequestDecoder();
  const large = encode(`get ${"k ".repeat(5000)}\r\n`);
  assertEquals(decoder.decode(large, 0, large.length), DONE);
  const { length } = decoder.keys;
  const small = encode("get a b\r\n");
  assertEquals(decoder.decode(small, 0, small.length), DONE);
  assert(length >= 10_000 && decoder.keys.length < 100);
});

Deno.test("the table of verbs is consistent", () => {
  for (const verb of VERBS) {
    assert(verb.wordsMin <= verb.wordsMax, verb.name);
    for (const { word } of verb.numbers) assert(word < verb.wordsMin, verb.name);
    assertEquals(verb.nameBytes, encode(verb.name));
  }
});

const WORDS = [
  ...VERBS.map(({ name }) => name),
  "a",
  "k".repeat(251),
  "0",
  "1",
  "7",
  "-1",
  "noreply",
  "\0",
  "x\r",
  "",
];

fuzzTest("request decoder: random words in random pieces", (random) => {
  for (let round = 0; round < 3000; round++) {
    let input = "";
    for (let i = random.between(1, 30); i > 0; i--) {
      input += random.pick(WORDS) + random.pick([" ", " ", " ", "  ", "\r\n", "\n", ""]);
    }
    const bytes = latin1(input + "\r\n");
    const whole = decisions([bytes]);
    assertEquals(decisions(random.split(bytes, 8)), whole, JSON.stringify(input));
    let consumed = 0;
    const { left } = feed([bytes], (decoder, place) => {
      if ([FORWARD, FORWARD_JOINABLE, SPLIT].includes(decoder.action)) {
        assert(decoder.frameStart >= place && decoder.frameEnd === place + decoder.consumed);
        assert(decoder.keyCount > 0);
      }
      consumed += decoder.consumed;
    });
    assertEquals(consumed + left, bytes.length, JSON.stringify(input));
  }
});

fuzzTest("request decoder: random bytes in random pieces", (random) => {
  for (let round = 0; round < 3000; round++) {
    const bytes = random.bytes(random.between(1, 200));
    for (let i = 0; i < bytes.length; i++) if (random.chance(0.1)) bytes[i] = 0x0a;
    assertEquals(decisions(random.split(bytes, 8)), decisions([bytes]));
  }
});
