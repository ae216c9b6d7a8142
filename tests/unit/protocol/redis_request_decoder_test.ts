import { assert, assertEquals } from "@std/assert";
import {
  ANSWER,
  BAD,
  DONE,
  FORWARD,
  FORWARD_TOGETHER,
  IGNORE,
  MORE,
  SPLIT,
} from "../../../src/protocol/contract.ts";
import { MergeCode } from "../../../src/protocol/redis/command.ts";
import { RedisRequestDecoder } from "../../../src/protocol/redis/request_decoder.ts";
import { resp } from "../../support/resp.ts";
import { fromLatin1, latin1, placed, waysToCut } from "./redis_feed.ts";

function newDecoder(): RedisRequestDecoder {
  return new RedisRequestDecoder({ password: null, db: 0 });
}

/** Pieces of the frame by offsets relative to its start. */
function pieces(decoder: RedisRequestDecoder, offsets: Int32Array): string[] {
  return Array.from({ length: decoder.keyCount }, (_, i) => {
    const base = decoder.frameStart;
    return fromLatin1(decoder.frame, base + offsets[2 * i], base + offsets[2 * i + 1]);
  });
}

/** Decodes one whole request and gives what is sent on. */
function decodeWhole(decoder: RedisRequestDecoder, request: Uint8Array): string {
  const { bytes, start, end } = placed(request, 2);
  assertEquals(decoder.decode(bytes, start, end), DONE);
  assertEquals(decoder.consumed, request.length);
  return fromLatin1(decoder.frame, decoder.frameStart, decoder.frameEnd);
}

const words = (line: string) => line.split(" ");

Deno.test("redis decoder: requests with one key go to its server as they are", () => {
  const decoder = newDecoder();
  for (
    const [line, key] of [["GET k", "k"], ["set Key v", "Key"], ["OBJECT ENCODING k", "k"], [
      "NEWCMD k x",
      "k",
    ]]
  ) {
    const request = resp(...words(line));
    assertEquals(decodeWhole(decoder, request), fromLatin1(request));
    assertEquals([decoder.action, pieces(decoder, decoder.keys)], [FORWARD, [key]], line);
  }
  const request = resp("SET", "k", "v");
  const { bytes, start, end } = placed(request, 3);
  decoder.decode(bytes, start, end);
  assert(
    decoder.frame === bytes && decoder.frameStart === start && decoder.frameEnd === end,
    "nothing is copied",
  );
});

Deno.test("redis decoder: a key may be empty, or hold any byte", () => {
  const decoder = newDecoder();
  for (const key of ["", "\0", "\r\n", "\xff\x00$1\r\n"]) {
    decodeWhole(decoder, resp("GET", latin1(key)));
    assertEquals([decoder.action, pieces(decoder, decoder.keys)], [FORWARD, [key]]);
  }
});

Deno.test("redis decoder: requests with many keys are split into units, or have to be together", () => {
  const decoder = newDecoder();
  const unit = (line: string) => fromLatin1(resp(...words(line))).replace(/^\*\d+\r\n/, "");
  const table: [string, number, string[]][] = [
    ["MGET a bb c", MergeCode.ARRAY, ["a", "bb", "c"]],
    ["mset a 1 bb 2", MergeCode.STATUS, ["a 1", "bb 2"]],
    ["DEL a b", MergeCode.SUM, ["a", "b"]],
    ["UNLINK a b", MergeCode.SUM, ["a", "b"]],
    ["EXISTS a a", MergeCode.SUM, ["a", "a"]],
    ["TOUCH a b", MergeCode.SUM, ["a", "b"]],
    ["JSON.MSET a $ 1 bb $.x 2", MergeCode.STATUS, ["a $ 1", "bb $.x 2"]],
    ["TS.MADD a 1 1 bb 2 2", MergeCode.RESULTS, ["a 1 1", "bb 2 2"]],
  ];
  for (const [line, merge, units] of table) {
    decodeWhole(decoder, resp(...words(line)));
    assertEquals([decoder.action, decoder.merge], [SPLIT, merge], line);
    assertEquals(pieces(decoder, decoder.keys), units.map((unit) => words(unit)[0]), line);
    assertEquals(pieces(decoder, decoder.units), units.map(unit), line);
    const head = fromLatin1(decoder.fragmentHead(1));
    assertEquals(
      head,
      fromLatin1(resp(words(line)[0].toUpperCase(), ...words(units[0]))).split(unit(units[0]))[0],
    );
  }
  // What follows the keys goes to every server.
  decodeWhole(decoder, resp("json.mget", "a", "bb", "$.path"));
  assertEquals([decoder.action, decoder.merge], [SPLIT, MergeCode.ARRAY]);
  assertEquals(pieces(decoder, decoder.units), ["a", "bb"].map(unit));
  const whole = fromLatin1(decoder.fragmentHead(1)) + unit("a") + fromLatin1(decoder.fragmentTail);
  assertEquals(whole, fromLatin1(resp("JSON.MGET", "a", "$.path")));
  decodeWhole(decoder, resp("MGET", "a", "b"));
  assertEquals(decoder.fragmentTail.length, 0);
  for (const line of ["RENAME a b", "SINTER a b c", "EVAL s 2 a b x", "MSETNX a 1 b 2"]) {
    decodeWhole(decoder, resp(...words(line)));
    assertEquals(decoder.action, FORWARD_TOGETHER, line);
  }
  for (const line of ["MGET a", "DEL a", "MSET a 1", "SINTER a"]) {
    decodeWhole(decoder, resp(...words(line)));
    assertEquals([decoder.action, pieces(decoder, decoder.keys)], [FORWARD, ["a"]], line);
  }
});

Deno.test("redis decoder: a thousand keys", () => {
  const decoder = newDecoder();
  const keys = Array.from({ length: 1000 }, (_, i) => `key:${i}`);
  decodeWhole(decoder, resp("MGET", ...keys));
  assertEquals([decoder.action, pieces(decoder, decoder.keys)], [SPLIT, keys]);
  decodeWhole(decoder, resp("MGET", "a", "b"));
  assertEquals(pieces(decoder, decoder.keys), ["a", "b"]);
});

Deno.test("redis decoder: well-framed nonsense is answered, and the connection goes on", () => {
  const decoder = newDecoder();
  const table: [string, string][] = [
    ["GET", "-ERR wrong number of arguments for 'get' command\r\n"],
    ["GET a b", "-ERR wrong number of arguments for 'get' command\r\n"],
    ["MGET", "-ERR wrong number of arguments for 'mget' command\r\n"],
    ["MSET a 1 b", "-ERR wrong number of arguments for 'mset' command\r\n"],
    ["NOSUCH", "-ERR unknown command 'NOSUCH', with args beginning with: \r\n"],
    ["PING", "+PONG\r\n"],
  ];
  for (const [line, answer] of table) {
    decodeWhole(decoder, resp(...words(line)));
    assertEquals(
      [decoder.action, fromLatin1(decoder.answer), decoder.closing],
      [ANSWER, answer, false],
      line,
    );
  }
  for (const line of ["MONITOR", "FLUSHALL", "SCRIPT DEBUG YES"]) {
    decodeWhole(decoder, resp(...words(line)));
    assertEquals(decoder.action, ANSWER, line);
    assert(fromLatin1(decoder.answer).startsWith("-ERR "), line);
  }
  for (const request of ["*0\r\n", "*-1\r\n", "\r\n", "   \n"]) {
    decodeWhole(decoder, latin1(request));
    assertEquals(decoder.action, IGNORE);
  }
});

Deno.test("redis decoder: inline commands are sent as arrays", () => {
  const decoder = newDecoder();
  const sent = decodeWhole(decoder, latin1("SET \"a key\" 'v\\x' \r\n"));
  assertEquals(sent, fromLatin1(resp("SET", "a key", "v\\x")));
  assertEquals([decoder.action, pieces(decoder, decoder.keys)], [FORWARD, ["a key"]]);
  decodeWhole(decoder, latin1("mget a b\n"));
  assertEquals([decoder.action, pieces(decoder, decoder.keys)], [SPLIT, ["a", "b"]]);
  const request = resp("GET", "k");
  assertEquals(decodeWhole(decoder, request), fromLatin1(request), "an array after an inline command");
});

Deno.test("redis decoder: the last words to broken framing are those of redis", () => {
  const table: [string, string][] = [
    ["*a\r\n", "invalid multibulk length"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\nPING\r\n", "expected '$', got 'P'"],
    ["*1\r\n\r\n", "expected '$', got ' '"],
    ['GET "a\r\n', "unbalanced quotes in request"],
  ];
  for (const [input, text] of table) {
    for (const ends of waysToCut(input.length)) {
      const decoder = newDecoder();
      let status: number = MORE;
      for (const arrived of ends) {
        const { bytes, start, end } = placed(latin1(input.slice(0, arrived)), arrived);
        status = decoder.decode(bytes, start, end);
        if (status !== MORE) break;
      }
      assertEquals([status, fromLatin1(decoder.answer)], [BAD, `-ERR Protocol error: ${text}\r\n`], input);
    }
  }
});

Deno.test("redis decoder: a pipeline of different requests, byte by byte", () => {
  const lines = ["GET a", "MGET a b", "PING", "SET k v", "NOSUCH", "DEL x y z", "RENAME a b"];
  const input = latin1(
    lines.map((line, i) => i === 3 ? `${line}\r\n` : fromLatin1(resp(...words(line)))).join(""),
  );
  const actions: number[] = [];
  const decoder = newDecoder();
  let first = 0;
  for (let arrived = 1; arrived <= input.length; arrived++) {
    const { bytes, start, end } = placed(input.subarray(first, arrived), arrived);
    if (decoder.decode(bytes, start, end) === DONE) {
      actions.push(decoder.action);
      first += decoder.consumed;
    }
  }
  assertEquals(first, input.length);
  assertEquals(actions, [FORWARD, SPLIT, ANSWER, FORWARD, ANSWER, SPLIT, FORWARD_TOGETHER]);
});
