import { assert, assertEquals } from "@std/assert";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { ReadWindow } from "../../../src/buffer/read_window.ts";
import { BAD, DONE, MORE, REPLY_FINE, REPLY_UNABLE } from "../../../src/protocol/contract.ts";
import { isErrorReply, RespReplyDecoder } from "../../../src/protocol/redis/resp_reply.ts";
import { fuzzTest, type Random } from "../../support/random.ts";
import { joinBytes } from "../../support/resp.ts";
import { showBytes } from "../../support/show_bytes.ts";
import { fromLatin1, latin1, placed, waysToCut } from "./redis_feed.ts";

const nested = (depth: number, inside: string) => "*1\r\n".repeat(depth) + inside;

/** One whole reply each. */
const replies: readonly string[] = [
  // RESP2
  "+OK\r\n",
  "+\r\n",
  "-ERR unknown command\r\n",
  "-keyalreadyexists\r\n",
  "-\r\n",
  "-a\r\n",
  ":0\r\n",
  ":-9223372036854775808\r\n",
  "$0\r\n\r\n",
  "$-1\r\n",
  "$5\r\nvalue\r\n",
  "$2\r\n\r\n\r\n",
  "$10\r\n+OK\r\n$1\r\nx\r\n",
  "$4\r\n\0\xff\x80\0\r\n",
  "*0\r\n",
  "*-1\r\n",
  "*2\r\n$1\r\na\r\n$-1\r\n",
  "*3\r\n+a\r\n-b\r\n:3\r\n",
  "*2\r\n*0\r\n*0\r\n",
  "*3\r\n*-1\r\n$-1\r\n$0\r\n\r\n",
  "*2\r\n$1\r\n0\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n",
  nested(9, "$1\r\nx\r\n"),
  nested(9, "*0\r\n"),
  nested(40, "*2\r\n:1\r\n$-1\r\n"),
  "*2\r\n*2\r\n*2\r\n:1\r\n:2\r\n:3\r\n:4\r\n",
  // RESP3
  "_\r\n",
  "#t\r\n",
  ",-inf\r\n",
  ",1.5e10\r\n",
  "(3492890328409238509324850943850943825024385\r\n",
  "!5\r\nERR x\r\n",
  "=7\r\ntxt:abc\r\n",
  "%0\r\n",
  "%2\r\n+a\r\n:1\r\n+b\r\n*1\r\n_\r\n",
  "~3\r\n:1\r\n:2\r\n~0\r\n",
  ">2\r\n+message\r\n+x\r\n",
  "|1\r\n+ttl\r\n:9\r\n+value\r\n",
  "|0\r\n+value\r\n",
  "*2\r\n|1\r\n+a\r\n:1\r\n$1\r\nx\r\n:2\r\n",
  "%1\r\n|1\r\n+a\r\n*0\r\n+k\r\n|1\r\n+b\r\n_\r\n$1\r\nv\r\n",
  "|1\r\n+outer\r\n|1\r\n+inner\r\n:1\r\n:2\r\n+value\r\n",
];

/** What no server may send. The byte that breaks it is the last, or is followed by what makes it certain. */
const brokenReplies: readonly string[] = [
  "OK\r\n",
  "\r\n",
  "\0",
  "x",
  "$a\r\n",
  "$\r\n",
  "$-2\r\n",
  "$-10\r\n",
  "$1\nx",
  "$1xy",
  "*\r\n",
  "*x\r\n",
  "*-2\r\n",
  "%-1\r\n",
  "~-1\r\n",
  ">-1\r\n",
  "|-1\r\n",
  "=-1\r\n",
  "!-1\r\n",
  "$1\r\nxyz",
  "$1\r\nx\n\n",
  "$1\r\nx\r\r",
  "$0\r\nx\r\n",
  "$3\r\nab\r\n\n",
  "*2\r\n$1\r\nxx\r\n",
  "*2\r\n:1\r\nOK\r\n",
  "$99999999999999999999\r\n",
  "*99999999999999999999\r\n",
  `$${"1".repeat(40)}`,
  "*1099511627776\r\n".repeat(5000),
];

interface Outcome {
  readonly status: number;
  /** What was decoded, put together from the pieces in which it could have left. */
  readonly taken: string;
  readonly kind: number;
}

/** Decodes one reply whose bytes arrive in pieces; what has been decoded is not shown again. */
function decodeInPieces(
  decoder: RespReplyDecoder,
  input: Uint8Array,
  ends: readonly number[],
  place: number,
): Outcome {
  let [status, taken]: [number, string] = [MORE, ""];
  for (const arrived of ends) {
    if (status !== MORE || arrived <= taken.length) continue;
    const { bytes, start, end } = placed(input.subarray(taken.length, arrived), place++);
    status = decoder.decode(bytes, start, end);
    if (status === BAD) break;
    assert(decoder.position >= start && decoder.position <= end, "the position is in what has arrived");
    taken += fromLatin1(bytes, start, decoder.position);
  }
  return { status, taken, kind: decoder.kind };
}

Deno.test("redis replies: every type, however it is cut", () => {
  const decoder = new RespReplyDecoder();
  let place = 0;
  for (const text of replies) {
    for (const rest of ["", "+next\r\n", "\0"]) {
      const input = latin1(text + rest);
      for (const ends of waysToCut(input.length, rest === "" ? 48 : 0)) {
        const outcome = decodeInPieces(decoder, input, ends, place++);
        assertEquals(
          outcome,
          { status: DONE, taken: text, kind: REPLY_FINE },
          `${showBytes(input)} cut at ${ends}`,
        );
      }
    }
  }
});

Deno.test("redis replies: a reply without its last byte waits for it", () => {
  for (const text of replies) {
    for (let length = 1; length < text.length; length++) {
      const input = latin1(text.slice(0, length));
      for (const ends of [[length], Array.from({ length }, (_, i) => i + 1)]) {
        const outcome = decodeInPieces(new RespReplyDecoder(), input, ends, length);
        assertEquals(outcome.status, MORE, `${showBytes(input)} cut at ${ends}`);
      }
    }
  }
});

Deno.test("redis replies: what is none is told, however it is cut", () => {
  for (const text of brokenReplies) {
    const input = latin1(text);
    let place = 0;
    for (const ends of input.length > 100 ? [[input.length]] : waysToCut(input.length)) {
      const { status } = decodeInPieces(new RespReplyDecoder(), input, ends, place++);
      assertEquals(status, BAD, `${showBytes(input)} cut at ${ends}`);
    }
  }
});

Deno.test("redis replies: a server that cannot serve is known by the first word of its error", () => {
  const table: [string, number][] = [
    ["-LOADING Redis is loading the dataset in memory\r\n", REPLY_UNABLE],
    ["-MASTERDOWN Link with MASTER is down\r\n", REPLY_UNABLE],
    ["-LOADINGS x\r\n", REPLY_FINE],
    ["-LOADING\r\n", REPLY_FINE],
    ["-ERR LOADING x\r\n", REPLY_FINE],
    ["+LOADING x\r\n", REPLY_FINE],
    ["$9\r\n-LOADING \r\n", REPLY_FINE],
    ["*1\r\n-LOADING x\r\n", REPLY_FINE],
    [`-LOADING ${"x".repeat(3000)}\r\n`, REPLY_UNABLE],
    [`-${"x".repeat(3000)}\r\n`, REPLY_FINE],
  ];
  for (const [text, kind] of table) {
    const decoder = new RespReplyDecoder();
    for (const ends of waysToCut(text.length)) {
      assertEquals(
        decodeInPieces(decoder, latin1(text), ends, 0),
        { status: DONE, taken: text, kind },
        `${ends}`,
      );
      const next = decodeInPieces(decoder, latin1("+OK\r\n"), [5], 0);
      assertEquals(next.kind, REPLY_FINE, "the next reply is judged for itself");
    }
  }
});

Deno.test("redis replies: lengths around the sizes of buffers, with the cut at every offset near an edge", () => {
  const lengths = [16306, 16307, 16383, 16384, 16385, 32642, 48978, 65314, 65536];
  for (const length of lengths) {
    const text = `$${length}\r\n${"v".repeat(length)}\r\n`;
    const input = latin1(`${text}+next\r\n`);
    const edges = [8, 16384, 32768, text.length].filter((edge) => edge <= text.length);
    for (const edge of edges) {
      for (let cut = Math.max(1, edge - 12); cut <= Math.min(edge + 12, input.length - 1); cut++) {
        const decoder = new RespReplyDecoder();
        const outcome = decodeInPieces(decoder, input, [cut, input.length], cut);
        assert(outcome.status === DONE && outcome.taken === text, `${length} cut at ${cut}`);
        const rest = input.subarray(text.length);
        assertEquals(decodeInPieces(decoder, rest, [rest.length], 1).taken, "+next\r\n");
      }
    }
  }
});

Deno.test("redis replies: a long bulk is used up as it comes", () => {
  const decoder = new RespReplyDecoder();
  const chunk = new Uint8Array(65536).fill(0x76);
  const head = latin1("$1000000\r\n");
  assertEquals([decoder.decode(head, 0, head.length), decoder.position], [MORE, head.length]);
  for (let left = 1_000_000; left > 0; left -= chunk.length) {
    const end = Math.min(left, chunk.length);
    assertEquals([decoder.decode(chunk, 0, end), decoder.position], [MORE, end]);
  }
  assertEquals(decoder.decode(latin1("\r\n"), 0, 2), DONE);
});

Deno.test("redis replies: errors are errors", () => {
  assertEquals(["-x\r\n", "!1\r\nx\r\n"].map((text) => isErrorReply(latin1(text), 0)), [true, true]);
  assertEquals(["+x\r\n", "$-1\r\n", ":-1\r\n"].map((text) => isErrorReply(latin1(text), 0)), [
    false,
    false,
    false,
  ]);
  assertEquals(isErrorReply(latin1("+x\r\n-y\r\n"), 4), true);
});

/** A random reply of some depth. */
function randomReply(random: Random, depth: number): string {
  const choice = random.int(depth > 0 ? 14 : 8);
  const word = () => random.text(random.int(6), "abc -+*$");
  const inside = (count: number) =>
    Array.from({ length: count }, () => randomReply(random, depth - 1)).join("");
  const count = random.int(4);
  switch (choice) {
    case 0:
      return `+${word()}\r\n`;
    case 1:
      return `-${word()}\r\n`;
    case 2:
      return `${random.pick([":1", ":-7", "_", "#t", ",2.5", "(99"])}\r\n`;
    case 3:
      return random.pick(["$-1\r\n", "*-1\r\n"]);
    case 8:
      return `*${count}\r\n${inside(count)}`;
    case 9:
      return `%${count}\r\n${inside(2 * count)}`;
    case 10:
      return `${random.pick(["~", ">"])}${count}\r\n${inside(count)}`;
    case 11:
      return `|${count}\r\n${inside(2 * count)}${randomReply(random, depth)}`;
    default: {
      const value = fromLatin1(random.bytes(random.int(random.pick([3, 50, 1500]))));
      return `${random.pick(["$", "$", "=", "!"])}${value.length}\r\n${value}\r\n`;
    }
  }
}

fuzzTest("redis replies: random replies, read at random into a window, are told apart", (random) => {
  const pool = new MbufPool(512);
  for (let round = 0; round < 60; round++) {
    const texts = Array.from({ length: random.between(1, 30) }, () => randomReply(random, random.int(10)));
    const input = joinBytes(texts.map(latin1));
    const window = new ReadWindow(pool, { bytesMin: 256, bytesMax: 2048 });
    const decoder = new RespReplyDecoder();
    const seen: string[] = [];
    let taken = "";
    for (let sent = 0; sent < input.length;) {
      const room = window.room();
      const count = Math.min(random.between(1, random.pick([3, 900])), room.length, input.length - sent);
      room.set(input.subarray(sent, sent + count));
      window.filled(count);
      sent += count;
      let status: number = DONE;
      while (status === DONE && window.start < window.end) {
        status = decoder.decode(window.bytes, window.start, window.end);
        assert(status !== BAD, showBytes(input));
        taken += fromLatin1(window.bytes, window.start, decoder.position);
        window.start = decoder.position;
        if (status === DONE) {
          seen.push(taken);
          taken = "";
        }
      }
    }
    assertEquals(seen, texts);
    window.release();
  }
});

fuzzTest(
  "redis replies: random bytes never throw, and are the same in one piece as byte by byte",
  (random) => {
    const alphabet = "*$+-:%|~_#\r\n\r\n0123ab";
    for (let round = 0; round < 5000; round++) {
      const length = random.between(1, 40);
      const input = random.chance(0.2) ? random.bytes(length) : latin1(random.text(length, alphabet));
      const whole = decodeInPieces(new RespReplyDecoder(), input, [length], round);
      const bytewise = decodeInPieces(
        new RespReplyDecoder(),
        input,
        Array.from(input, (_, i) => i + 1),
        round,
      );
      assertEquals(bytewise.status, whole.status, showBytes(input));
      if (whole.status !== BAD) assertEquals(bytewise.taken, whole.taken, showBytes(input));
    }
  },
);
