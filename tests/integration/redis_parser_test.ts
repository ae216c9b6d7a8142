/**
 * The parser of requests against a real redis-server: what the one calls a protocol error the other has to
 * call so too, in the same words.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { BAD, DONE } from "../../src/protocol/contract.ts";
import { RedisRequestDecoder } from "../../src/protocol/redis/request_decoder.ts";
import { ARGUMENTS_MAX } from "../../src/protocol/redis/resp_request.ts";
import { realTest } from "../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";
import { joinBytes, resp } from "../support/resp.ts";
import { showBytes } from "../support/show_bytes.ts";
import { fromLatin1, latin1 } from "../unit/protocol/redis_feed.ts";

const FRAMES = 3000;
const AT_ONCE = 25;
const ERROR_START = "-ERR Protocol error: ";

/** What a protocol error says; null if there is none. */
type Verdict = string | null;

/** Takes the frame as the proxy does, request after request. */
function ourVerdict(frame: Uint8Array<ArrayBuffer>): Verdict {
  const decoder = new RedisRequestDecoder({ password: null, db: 0 });
  let start = 0;
  while (start < frame.length) {
    const status = decoder.decode(frame, start, frame.length);
    if (status === BAD) return fromLatin1(decoder.answer).slice(ERROR_START.length, -2);
    if (status !== DONE || decoder.closing) break;
    start += decoder.consumed;
  }
  return null;
}

/** Sends the frame and the end of the stream, and looks for a protocol error among the replies. */
async function serverVerdict(redis: RedisServer, frame: Uint8Array): Promise<Verdict> {
  using client = await redis.connect();
  await client.send(frame);
  await client.closeWrite();
  const text = fromLatin1(await client.readToEnd());
  // No reply of the commands below can hold this, as their arguments are short.
  const at = text.indexOf(ERROR_START);
  return at < 0 ? null : text.slice(at + ERROR_START.length, text.indexOf("\r\n", at));
}

/** A frame of which the server's parser sees less than ours, because it skips the LF of a line end unseen. */
function hasWrongLineEnd(text: string): boolean {
  let at = 0;
  while (at < text.length) {
    if (text[at] !== "*") {
      at = text.indexOf("\n", at) + 1;
      if (at === 0) return false;
      continue;
    }
    const head = text.indexOf("\r", at);
    if (head < 0) return /^\*-?\d*[^-\d\r]/.test(text.slice(at));
    if (head + 1 < text.length && text[head + 1] !== "\n") return true;
    const count = Number(text.slice(at + 1, head));
    at = head + 2;
    for (let i = 0; i < count && at < text.length; i++) {
      const line = text.indexOf("\r", at);
      if (line < 0) return text.length > at;
      if (line + 1 < text.length && text[line + 1] !== "\n") return true;
      const end = line + 2 + Number(text.slice(at + 1, line));
      if (Number.isNaN(end) || text[at] !== "$") return false;
      if (text.length >= end + 2 && text.slice(end, end + 2) !== "\r\n") return true;
      at = end + 2;
    }
  }
  return false;
}

/** Where the two differ by design. */
function isDocumented(frame: Uint8Array, ours: Verdict, theirs: Verdict): boolean {
  const text = fromLatin1(frame);
  if (hasWrongLineEnd(text)) return true;
  // The server announces more arguments than the proxy takes.
  const counts = [...text.matchAll(/\*(\d+)\r\n/g)].map((match) => Number(match[1]));
  if (ours === "invalid multibulk length" && counts.some((count) => count > ARGUMENTS_MAX)) return true;
  // To the server a zero byte ends an inline command's line.
  if (frame.includes(0)) return ours === null || theirs === null;
  return false;
}

function randomRequest(random: Random): Uint8Array {
  const word = () =>
    random.pick([random.bytes(random.int(4)), latin1(random.text(random.int(12), "ab \"'\\x41"))]);
  switch (random.int(8)) {
    case 0:
      return latin1(`PING ${random.text(random.int(10), " ab\"'\\x4n")}\r\n`);
    case 1:
      return latin1(
        random.pick(["\r\n", "*0\r\n", "*-1\r\n", "*-0\r\n", "*00\r\n", "PING\n", "GET 'a b'\r\n"]),
      );
    case 2:
      return resp("ECHO", word());
    case 3:
      return resp("SET", word(), word());
    default:
      return resp("GET", word());
  }
}

function mutate(random: Random, frame: Uint8Array): Uint8Array {
  const at = random.int(frame.length);
  const bytes = random.chance(0.7)
    ? latin1(random.text(random.int(3), "*$-+:\r\n 0123456789ab\"'"))
    : random.bytes(random.int(3));
  return joinBytes([frame.subarray(0, at), bytes, frame.subarray(at + random.int(3))]);
}

function randomFrame(random: Random): Uint8Array<ArrayBuffer> {
  const requests = Array.from({ length: random.between(1, 3) }, () => randomRequest(random));
  if (random.chance(0.8)) {
    const which = random.int(requests.length);
    for (let times = random.between(1, 2); times > 0; times--) {
      requests[which] = mutate(random, requests[which]);
    }
  }
  return joinBytes([...requests, resp("PING")]);
}

realTest(
  "redis-server",
  "redis parser: what is a protocol error to the server is one to the proxy",
  async (t) => {
    await using redis = await startRedis();
    const fixed: readonly string[] = [
      "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$4294967297\r\nx\r\n",
      "*3\r\n$3\r\nSET\r\n$3\r\nfoo\r\n$03\r\nabc\r\n",
      "*1\r\n$-0\r\n\r\n",
      "*-99999999999999999999\r\n",
      "*99999999999999999999999999\r\n",
      "*1\r\n$536870913\r\n",
      "*2\r\n$3\r\nGET\r\n\r\n",
      "*2\r\n$3\r\nGET\r\n\n\r\n",
      "*2\r\n$3\r\nGET\r\nabc\r\n",
      'GET "a\r\n',
      "GET 'a'b\r\n",
      `GET ${"a".repeat(70_000)}`,
    ];
    for (const text of fixed) {
      const frame = latin1(text);
      const ours = ourVerdict(frame);
      assert(ours !== null, text);
      assertEquals(ours, await serverVerdict(redis, frame), text);
    }
    await t.step("random frames", () =>
      runSeeded(chooseSeed(), async (random) => {
        let [compared, broken] = [0, 0];
        for (let sent = 0; sent < FRAMES; sent += AT_ONCE) {
          const frames = Array.from({ length: AT_ONCE }, () => randomFrame(random));
          const verdicts = await Promise.all(frames.map((frame) => serverVerdict(redis, frame)));
          frames.forEach((frame, i) => {
            const [ours, theirs] = [ourVerdict(frame), verdicts[i]];
            if (ours !== theirs && isDocumented(frame, ours, theirs)) return;
            assertEquals(ours, theirs, `${showBytes(frame)}: ours ${ours}, the server's ${theirs}`);
            compared++;
            if (ours !== null) broken++;
          });
        }
        assert(
          compared > FRAMES * 0.67 && broken > FRAMES / 10,
          `${compared} compared, ${broken} of them broken`,
        );
      }));
  },
);
