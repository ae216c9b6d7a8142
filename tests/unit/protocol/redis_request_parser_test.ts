import { assert, assertEquals } from "@std/assert";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { ReadWindow } from "../../../src/buffer/read_window.ts";
import { BAD, DONE, MORE } from "../../../src/protocol/contract.ts";
import { INLINE_BYTES_MAX, parseRequest, RespRequest } from "../../../src/protocol/redis/resp_request.ts";
import { fuzzTest } from "../../support/random.ts";
import { joinBytes, resp } from "../../support/resp.ts";
import { showBytes } from "../../support/show_bytes.ts";
import { fromLatin1, latin1, placed, waysToCut } from "./redis_feed.ts";
import {
  brokenRequests,
  type RequestCase,
  type RequestVerdict,
  unfinishedRequests,
  wholeRequests,
} from "./redis_request_cases.ts";

/** Takes the arguments out of a parsed request, after a look at whether all its offsets can be right. */
function verdictOf(
  r: RespRequest,
  status: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): RequestVerdict {
  const arrived = end - start;
  if (status === MORE) {
    assert(r.position >= 0 && r.position <= arrived, "no further than what has arrived");
    return "more";
  }
  if (status === BAD) return r.fault;
  assert(status === DONE && r.length > 0 && r.length <= arrived, "no longer than what has arrived");
  if (r.inline) return { line: fromLatin1(bytes, start, start + r.lineEnd), length: r.length };
  const args: string[] = [];
  let at = 0;
  for (let i = 0; i < r.argc; i++) {
    assert(r.args[2 * i] >= at && r.args[2 * i + 1] >= r.args[2 * i] && r.args[2 * i + 1] <= r.length);
    at = r.args[2 * i + 1];
    args.push(fromLatin1(bytes, start + r.args[2 * i], start + at));
  }
  return { args, length: r.length };
}

/** Parses one request whose bytes arrive in pieces. */
function parseInPieces(input: Uint8Array, ends: readonly number[], place: number): RequestVerdict {
  const r = new RespRequest();
  let verdict: RequestVerdict = "more";
  for (const arrived of ends) {
    const { bytes, start, end } = placed(input.subarray(0, arrived), place++);
    verdict = verdictOf(r, parseRequest(r, bytes, start, end), bytes, start, end);
    if (verdict !== "more") break;
  }
  return verdict;
}

function checkCases(cases: readonly RequestCase[]): void {
  for (const [text, expected] of cases) {
    const input = latin1(text);
    let place = 0;
    for (const ends of waysToCut(input.length)) {
      const verdict = parseInPieces(input, ends, place++);
      assertEquals(
        verdict,
        expected,
        `${showBytes(input)} in pieces that end at ${ends}: ${JSON.stringify(verdict)}`,
      );
    }
  }
}

Deno.test("redis requests: complete ones, however they are cut", () => checkCases(wholeRequests));
Deno.test("redis requests: unfinished ones wait for more", () => checkCases(unfinishedRequests));
Deno.test("redis requests: broken ones are told apart, however they are cut", () =>
  checkCases(brokenRequests));

Deno.test("redis requests: every byte of every request changed to every other never ends in anything odd", () => {
  for (const [text] of [...wholeRequests, ...brokenRequests]) {
    const input = latin1(text);
    if (input.length > 32) continue;
    for (let at = 0; at < input.length; at++) {
      for (let byte = 0; byte < 256; byte++) {
        const mutated = input.slice();
        mutated[at] = byte;
        const whole = parseInPieces(mutated, [mutated.length], byte);
        const bytewise = parseInPieces(mutated, Array.from(mutated, (_, i) => i + 1), at);
        assertEquals(bytewise, whole, showBytes(mutated));
      }
    }
  }
});

Deno.test("redis requests: an argument of 1 MB, in one piece and in many", () => {
  const value = new Uint8Array(1024 * 1024).fill(0x0a);
  const input = joinBytes([resp("SET", "k", value), resp("PING")]);
  for (const step of [input.length, 16384, 4096]) {
    const r = new RespRequest();
    let calls = 0;
    let end = 0;
    let status: number = MORE;
    while (status === MORE) {
      end = Math.min(end + step, input.length);
      status = parseRequest(r, input, 0, end);
      calls++;
    }
    assertEquals([status, r.argc, r.args[5] - r.args[4]], [DONE, 3, value.length]);
    assertEquals(r.length, input.length - resp("PING").length);
    assert(calls <= Math.ceil(input.length / step));
  }
});

Deno.test("redis requests: what is still missing of a long argument is known from its length on", () => {
  const r = new RespRequest();
  const head = latin1("*2\r\n$3\r\nGET\r\n$1000\r\nabc");
  assertEquals(parseRequest(r, head, 0, head.length), MORE);
  assertEquals(r.announced, head.length - 3 + 1002);
});

Deno.test("redis requests: an announced count alone gets no memory", () => {
  const r = new RespRequest();
  const capacity = r.args.length;
  const head = latin1("*1048576\r\n$1\r\na\r\n");
  assertEquals(parseRequest(r, head, 0, head.length), MORE);
  assertEquals(r.args.length, capacity);
});

Deno.test("redis requests: a line without an end is refused when it is longer than redis takes", () => {
  for (const step of [1000, INLINE_BYTES_MAX + 1]) {
    const input = new Uint8Array(INLINE_BYTES_MAX + 1).fill(0x61);
    const r = new RespRequest();
    for (let end = step; end < input.length; end += step) assertEquals(parseRequest(r, input, 0, end), MORE);
    assertEquals(parseRequest(r, input, 0, input.length - 1), MORE);
    assertEquals(parseRequest(r, input, 0, input.length), BAD);
    assertEquals(r.fault, "too big inline request");
  }
});

Deno.test("redis requests: the byte in place of a '$' is noted", () => {
  for (let byte = 0; byte < 256; byte++) {
    if (byte === 0x24) continue;
    const r = new RespRequest();
    const { bytes, start, end } = placed(latin1(`*1\r\n${String.fromCharCode(byte)}`), byte);
    assertEquals([parseRequest(r, bytes, start, end), r.faultByte], [BAD, byte]);
  }
});

fuzzTest("redis requests: random pipelines, cut at random, are read back as they were written", (random) => {
  const pool = new MbufPool(512);
  for (let round = 0; round < 40; round++) {
    const requests = Array.from(
      { length: random.between(1, 40) },
      () =>
        Array.from(
          { length: random.between(1, random.chance(0.05) ? 200 : 6) },
          () => random.bytes(random.int(random.pick([2, 10, 100, 3000]))),
        ),
    );
    const input = joinBytes(requests.map((words) => resp(...words)));
    const window = new ReadWindow(pool, { bytesMin: 256, bytesMax: 2048 });
    const r = new RespRequest();
    const seen: string[][] = [];
    for (let sent = 0; sent < input.length;) {
      const room = window.room();
      const count = Math.min(random.between(1, 900), room.length, input.length - sent);
      room.set(input.subarray(sent, sent + count));
      window.filled(count);
      sent += count;
      while (parseRequest(r, window.bytes, window.start, window.end) === DONE) {
        const verdict = verdictOf(r, DONE, window.bytes, window.start, window.end);
        assert(typeof verdict === "object" && "args" in verdict);
        seen.push([...verdict.args]);
        window.start += r.length;
        r.reset();
      }
    }
    assertEquals(window.start, window.end);
    assertEquals(seen, requests.map((words) => words.map((word) => fromLatin1(word))));
    window.release();
  }
});

fuzzTest(
  "redis requests: random bytes never throw, and are the same in one piece as byte by byte",
  (random) => {
    const alphabet = "*$\r\n-0123456789GETab \"'\\";
    for (let round = 0; round < 5000; round++) {
      const length = random.between(1, 60);
      const input = random.chance(0.2) ? random.bytes(length) : latin1(random.text(length, alphabet));
      if (random.chance(0.7)) input[0] = 0x2a;
      const whole = parseInPieces(input, [length], round);
      assertEquals(parseInPieces(input, Array.from(input, (_, i) => i + 1), round), whole, showBytes(input));
      const cut = random.between(1, length);
      assertEquals(parseInPieces(input, [cut, length], round), whole, showBytes(input));
    }
  },
);
