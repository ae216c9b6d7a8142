/**
 * The decoders against a real memcached: what a client gets through them is what it gets directly.
 *
 * Two fresh servers see the same history. One is sent a random stream as it is; the other one is sent what
 * the request decoder forwards of it, and its replies and the decoder's answers are put together in order.
 * Where the proxy is stricter or kinder than memcached on purpose, the direct stream has another request
 * with the reply that the proxy is to give.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { concat } from "../../../../src/base/ascii.ts";
import {
  ANSWER,
  DONE,
  FORWARD,
  FORWARD_ANY,
  FORWARD_JOINABLE,
  IGNORE,
  type RequestDecoder,
  SPLIT,
} from "../../../../src/protocol/contract.ts";
import { TextReplyDecoder } from "../../../../src/protocol/memcache/text/reply_decoder.ts";
import { type MemcachedServer, startMemcached } from "../../../support/memcached_server.ts";
import { realTest } from "../../../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../../../support/random.ts";
import { feed, fragment, latin1 } from "./decisions.ts";

const BATCHES = 100;
const REQUESTS_PER_BATCH = 250;

const LONG_KEY = "k".repeat(251);
/** A request to which memcached replies `CLIENT_ERROR bad command line format`. */
const BAD_LINE = `delete ${LONG_KEY}\r\n`;

/** A request, and what has the same effect if sent to memcached itself. */
interface Exchange {
  readonly request: string;
  readonly direct: string;
}

function same(request: string): Exchange {
  return { request, direct: request };
}

function key(random: Random): string {
  return random.pick(["a", "b", "c", "d", "noreply", "\xc3\xa4", "k".repeat(250)]);
}

function noreply(random: Random): string {
  return random.pick(["", "", "", " ", " noreply", "  noreply ", " what"]);
}

function lineEnd(random: Random): string {
  return random.pick(["\r\n", "\r\n", "\r\n", "\n", "  \r\n"]);
}

function store(random: Random): Exchange {
  const verb = random.pick(["set", "set", "add", "replace", "append", "prepend", "cas"]);
  const length = random.chance(0.001) ? 1_100_000 : random.int(random.pick([3, 30, 3000]));
  const value = random.chance(0.3) ? `${random.int(1000)}` : "x" + random.text(length, "abc \r\n");
  const [flags, time] = [
    random.pick(["0", "1", "4294967295", "007"]),
    random.pick(["0", "-1", "1000", "00"]),
  ];
  const cas = verb === "cas" ? ` ${random.int(200)}` : "";
  const tail = `${value.length}${cas}${noreply(random)}${lineEnd(random)}`;
  return same(`${verb} ${key(random)}  ${flags} ${time} ${tail}${value}\r\n`);
}

/** Too much or too little data: the rest is the next request, for us as for memcached. */
function badData(random: Random): Exchange {
  const silent = random.pick(["", " noreply"]);
  const rest = random.pick(["", "z", " \r\n", "get a\r\n", "noreply\r\n", "\n"]);
  return same(`set ${key(random)} 0 0 ${random.pick(["1", "2"])}${silent}\r\nxyzz${rest}\r\n`);
}

function retrieve(random: Random): Exchange {
  const verb = random.pick(["get", "gets", "get", "gets", "gat 0", "gats 100", "gat x"]);
  const keys = Array.from({ length: random.pick([1, 1, 2, 3, 50]) }, () => key(random));
  const line = ` ${verb}  ${keys.join(" ")}`;
  // Here memcached 1.6.18 drops the replies to all requests that came in the same read; we must not.
  if (random.chance(0.05)) return { request: `${line} ${LONG_KEY}\r\n`, direct: BAD_LINE };
  // Longer lines with this verb are refused, see SERVER_LINE_BYTES_MAX.
  return same(`${line.slice(0, verb.startsWith("gat") ? 2000 : Infinity)}${lineEnd(random)}`);
}

function change(random: Random): Exchange {
  const verb = random.pick(["incr", "decr", "touch"] as const);
  // No time may come while the test runs. And no number may get shorter: memcached pads it with spaces or
  // not, depending on whether an earlier reply with it has left already.
  const good = { incr: ["1", "1000000"], decr: ["0"], touch: ["0", "1000", "-1"] }[verb];
  const number = random.pick([...good, "x", "+", "noreply", "18446744073709551616"]);
  return same(`${verb} ${key(random)} ${number}${noreply(random)}${lineEnd(random)}`);
}

function remove(random: Random): Exchange {
  const time = random.pick(["", "", " 0", " 5", " noreply"]);
  return same(`delete ${key(random)}${time}${noreply(random)}${lineEnd(random)}`);
}

function other(random: Random): Exchange {
  return same(random.pick([
    "version\r\n",
    "version noreply\r\n",
    "verbosity 0\r\n",
    "verbosity 0 noreply\r\n",
    "verbosity noreply\r\n",
    "verbosity x\r\n",
    "GET a\r\n",
    "\r\n",
    "\n",
    "  \r\n",
    "foo bar noreply\r\n",
    `delete ${LONG_KEY}\r\n`,
    `incr ${LONG_KEY} 1 noreply\r\n`,
    "set a 0 0 x\r\n",
    "set a 0 0 -1\r\n",
    "set a 0 0 noreply\r\n",
  ]));
}

/** Where we deviate: memcached says `ERROR`, takes the value for commands, or understands something else. */
function deviating(random: Random): Exchange {
  const line = random.pick([`set ${LONG_KEY} 0 0 9`, "set a -1 0 9", "cas a 0 0 9 -1", "cas a 0 x 9 1"]);
  const silent = random.pick(["", " noreply"]);
  return random.pick([
    { request: `${line}${silent}\r\nversion\r\n\r\n`, direct: `${line}${silent}\r\n` },
    { request: "set a\0 0 0 9\r\nversion\r\n\r\n", direct: BAD_LINE },
    { request: "set a 0 0 9\0 noreply\r\n", direct: "" },
    { request: "get a\0b\r\n", direct: BAD_LINE },
    { request: "get a\x01b\r\n", direct: BAD_LINE },
    { request: "set a 4294967296 0 9\r\nversion\r\n\r\n", direct: BAD_LINE },
    { request: "set a 0 2147483648 9\r\nversion\r\n\r\n", direct: BAD_LINE },
    { request: "set a 0 0 +9\r\n", direct: BAD_LINE },
    { request: "get\r\n", direct: BAD_LINE },
    { request: "gat 1 \r\n", direct: BAD_LINE },
    { request: "set a 0 0\r\n", direct: BAD_LINE },
    { request: "incr a 1 2 noreply\r\n", direct: BAD_LINE },
  ]);
}

const KINDS = [store, store, store, retrieve, retrieve, change, remove, other, badData, deviating];

/** Sends a stream over a connection of its own and gives all that comes back. */
async function exchange(server: MemcachedServer, stream: Uint8Array): Promise<Uint8Array> {
  using client = await server.connect();
  await client.send(concat([stream, latin1("quit\r\n")]));
  return await client.readToEnd();
}

/** What a client gets through the decoders. */
async function throughDecoders(server: MemcachedServer, pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const forwarded: Uint8Array[] = [];
  /** What is to come for each request: bytes, or the server's next reply. */
  const due: (Uint8Array | null)[] = [];
  const { left, lastWords } = feed(pieces, (decoder: RequestDecoder) => {
    const { action } = decoder;
    if (action === ANSWER) due.push(decoder.answer);
    if (action === ANSWER || action === IGNORE) return;
    assert([FORWARD, FORWARD_JOINABLE, FORWARD_ANY, SPLIT].includes(action));
    const frame = decoder.frame.slice(decoder.frameStart, decoder.frameEnd);
    forwarded.push(action === SPLIT ? fragment(decoder) : frame);
    if (!decoder.noReply) due.push(null);
  });
  assertEquals([left, lastWords], [0, null]);
  const replies = Uint8Array.from(await exchange(server, concat(forwarded)));
  const decoder = new TextReplyDecoder();
  let at = 0;
  const parts = due.map((answer) => {
    if (answer !== null) return answer;
    const start = at;
    assertEquals(decoder.decode(replies, at, replies.length), DONE, "a reply for every request");
    at = decoder.position;
    return replies.subarray(start, at);
  });
  assertEquals(at, replies.length, "no reply without a request");
  return concat(parts);
}

realTest("memcached", "decoders: a client gets what memcached itself would give it", async () => {
  await using one = await startMemcached();
  await using other = await startMemcached();
  await runSeeded(chooseSeed(), async (random) => {
    for (let batch = 0; batch < BATCHES; batch++) {
      const exchanges = Array.from({ length: REQUESTS_PER_BATCH }, () => random.pick(KINDS)(random));
      const stream = latin1(exchanges.map(({ request }) => request).join(""));
      const direct = latin1(exchanges.map(({ direct }) => direct).join(""));
      const expected = await exchange(one, direct);
      const got = await throughDecoders(other, random.split(stream, 50));
      assertSame(got, expected, batch);
    }
  });
});

function assertSame(got: Uint8Array, expected: Uint8Array, batch: number): void {
  let at = 0;
  while (at < got.length && got[at] === expected[at]) at++;
  const around = (bytes: Uint8Array) =>
    String.fromCharCode(...bytes.subarray(Math.max(0, at - 200), at + 200));
  assertEquals(around(got), around(expected), `batch ${batch}, from byte ${at}`);
  assertEquals(got.length, expected.length);
}
