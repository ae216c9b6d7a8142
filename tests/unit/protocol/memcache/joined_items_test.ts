import { assertEquals } from "@std/assert";
import { BAD, DONE, type JoinedKeys, MORE } from "../../../../src/protocol/contract.ts";
import { TextReplyDecoder } from "../../../../src/protocol/memcache/text/reply_decoder.ts";
import { fuzzTest } from "../../../support/random.ts";
import { latin1 } from "./decisions.ts";

function joinedKeys(names: readonly string[]): JoinedKeys {
  let end = 0;
  const ends = Int32Array.from(names, (name) => end += name.length);
  return { count: names.length, bytes: latin1(names.join("")), ends };
}

function text(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return String.fromCharCode(...bytes.subarray(start, end));
}

/** The replies to joined requests, as a server connection makes them of a stream that comes in pieces; "bad" at the end if it is. */
function replies(decoder: TextReplyDecoder, names: readonly string[], pieces: readonly string[]): string[] {
  const found: string[] = [];
  const joined = decoder.beginJoined(joinedKeys(names));
  let held = "";
  let decoded = 0;
  for (const piece of pieces) {
    held += piece;
    while (held.length > decoded) {
      const bytes = latin1(`??${held}`);
      const status = decoder.decode(bytes, 2 + decoded, bytes.length);
      if (status === BAD) return [...found, "bad"];
      for (let i = 0; i < joined.missed; i++) found.push(text(joined.missReply));
      decoded = decoder.position - 2;
      if (status === MORE) break;
      assertEquals(status, DONE);
      found.push(held.slice(0, decoded) + (joined.ending === null ? "" : text(joined.ending)));
      for (let i = 0; i < joined.followers; i++) found.push(text(joined.followersReply));
      held = held.slice(decoded);
      decoded = 0;
    }
  }
  assertEquals(held, "", "nothing is left over");
  return found;
}

function item(key: string, data: string): string {
  return `VALUE ${key} 7 ${data.length}\r\n${data}\r\n`;
}

const DATA = ["", "x", "END\r\n", "VALUE k1 0 1\r\n", "\r\n", "SERVER_ERROR x\r\n", "y".repeat(300)];

fuzzTest("joined items: each request gets its own item or none, however the reply is cut", (random) => {
  const decoder = new TextReplyDecoder();
  for (let round = 0; round < 1000; round++) {
    const names = Array.from(
      { length: random.between(2, 32) },
      (_, i) => `k${i}`.padEnd(random.between(3, 20), "."),
    );
    const hits = names.map((name) => random.chance(0.6) ? item(name, random.pick(DATA)) : "");
    const error = random.chance(0.1) ? "SERVER_ERROR out of memory\r\n" : null;
    const stop = error === null ? names.length : random.int(names.length);
    const stream = latin1(hits.slice(0, stop).join("") + (error ?? "END\r\n"));
    const pieces = random.split(stream, random.between(1, 12)).map((piece) => text(piece));
    const expected = hits.map((hit) => `${hit}END\r\n`);
    if (error !== null) {
      // The server said nothing of what comes behind the last item, nor that this item was all.
      const last = hits.slice(0, stop).findLastIndex((hit) => hit !== "");
      for (let i = Math.max(last, 0); i < names.length; i++) expected[i] = error;
      if (last >= 0) expected[last] = hits[last] + error;
    }
    assertEquals(replies(decoder, names, pieces), expected);
    // The decoder is ready for whatever comes next.
    const next = latin1("STORED\r\n");
    assertEquals([decoder.decode(next, 0, next.length), decoder.position], [DONE, next.length]);
  }
});

Deno.test("joined items: what no server says to such a request is an error", () => {
  for (
    const stream of [
      item("other", "1"),
      // In another order.
      item("b", "2") + item("a", "1"),
      item("a", "1") + item("a", "1"),
      item("a", "1") + item("b", "2") + item("c", "3") + item("c", "3"),
      "STORED\r\n",
      "ENDX\r\n",
      "END \r\n",
      "ERRORS\r\n",
      item("a", "1") + "STORED\r\n",
      "VALUE a 0 1\r\nxy\r\nEND\r\n",
      "VALUEa 0 1\r\nx\r\nEND\r\n",
      "VALUE a 0 1\nx\r\nEND\r\n",
      "VALUE a 0\r\n\r\nEND\r\n",
      "VALUE a 0 -1\r\n\r\nEND\r\n",
      "\r\n",
      `VALUE ${"a".repeat(5000)}`,
    ]
  ) {
    assertEquals(replies(new TextReplyDecoder(), ["a", "b", "c"], [stream]).at(-1), "bad", stream);
  }
});
