import { assert, assertEquals } from "@std/assert";
import { BAD, DONE, MORE, REPLY_FINE } from "../../../../src/protocol/contract.ts";
import { REPLY_LINE_BYTES_MAX } from "../../../../src/protocol/memcache/limits.ts";
import { TextReplyDecoder } from "../../../../src/protocol/memcache/text/reply_decoder.ts";
import { fuzzTest } from "../../../support/random.ts";
import { latin1 } from "./decisions.ts";

const GOOD = [
  "STORED\r\n",
  "NOT_STORED\r\n",
  "EXISTS\r\n",
  "NOT_FOUND\r\n",
  "DELETED\r\n",
  "TOUCHED\r\n",
  "OK\r\n",
  "VERSION 1.6.18\r\n",
  "ERROR\r\n",
  "ERROR Too large\r\n",
  "CLIENT_ERROR bad data chunk\r\n",
  "SERVER_ERROR object too large for cache\r\n",
  "0\r\n",
  "18446744073709551615\r\n",
  "END\r\n",
  "VALUE a 0 0\r\n\r\nEND\r\n",
  "VALUE a 0 5\r\nEND\r\n\r\nEND\r\n",
  "VALUE a 4294967295 1 18446744073709551615\r\nx\r\nVALUE bb 1 2\r\nyz\r\nEND\r\n",
  "VALUE a 0 1\r\nx\r\nSERVER_ERROR out of memory writing get response\r\n",
  "STAT pid 1\r\nSTAT uptime 2\r\nEND\r\n",
  "HD\r\n",
  "HD O1 ka c5\r\n",
  "EN\r\n",
  "EN ka\r\n",
  "NF O1\r\n",
  "NS\r\n",
  "EX\r\n",
  "MN\r\n",
  "ME a exp=-1 la=0 cas=7 fetch=yes cls=1 size=64\r\n",
  "VA 0\r\n\r\n",
  "VA 4 ka f0\r\nEN\r\n\r\n",
] as const;

const WRONG = [
  "\r\n",
  "\n",
  "STORED\n",
  "STORED \r\n",
  "STORED x\r\n",
  "stored\r\n",
  "STOREDX\r\n",
  "+OK\r\n",
  "-1\r\n",
  "1 \r\n",
  "END \r\n",
  "MN x\r\n",
  "VA\r\n",
  "VA x\r\nx\r\n",
  "VA -1\r\n",
  "VA 1073741825\r\n",
  "VA 1\r\nxy\r\n",
  "VALUE a 0 0\r\n\r\nVA 1\r\nx\r\n",
  "VALUE a 0 0\r\n\r\nHD\r\n",
  "hd\r\n",
  "VALUE\r\n",
  "VALUE a\r\n",
  "VALUE a 0\r\n",
  "VALUE a 0 \r\n",
  "VALUE a 0 -1\r\n",
  "VALUE a 0 x\r\n",
  "VALUE a x 0\r\n",
  "VALUE  0 0\r\n",
  "VALUE a 0 0 \r\n",
  "VALUE a 0 0 x\r\n",
  "VALUE a 0 0 1 1\r\n",
  "VALUE a 0 1073741825\r\n",
  "VALUE a 0 4294967297\r\n",
  "VALUE a 0 1\r\nxy\r\n",
  "VALUE a 0 1\r\nx\ry",
  "VALUE a 0 1\r\nx\r\nSTAT a b\r\n",
  "VALUE a 0 1\r\nx\r\nSTORED\r\n",
  "VALUE a 0 1\r\nx\r\n1\r\n",
  "STAT a b\r\nVALUE a 0 1\r\n",
] as const;

/** Decodes pieces as a proxy does: what is before `position` is not shown again. Gives the sizes of the replies. */
function sizes(pieces: readonly Uint8Array[]): (number | "bad")[] {
  const decoder = new TextReplyDecoder();
  const found: (number | "bad")[] = [];
  let pending: number[] = [];
  let size = 0;
  for (const piece of pieces) {
    pending.push(...piece);
    for (;;) {
      const place = pending.length % 7;
      const bytes = Uint8Array.from([...new Array(place).fill(0x0a), ...pending]);
      const status = decoder.decode(bytes, place, bytes.length);
      if (status === BAD) return [...found, "bad"];
      assert(decoder.position >= place && decoder.position <= bytes.length);
      assertEquals(decoder.kind, REPLY_FINE);
      size += decoder.position - place;
      pending = Array.from(bytes.subarray(decoder.position));
      if (status === MORE) break;
      assertEquals(status, DONE);
      found.push(size);
      size = 0;
    }
  }
  return found;
}

Deno.test("reply decoder: good replies, whole, byte by byte and at every split point", async (t) => {
  for (const reply of GOOD) {
    await t.step(JSON.stringify(reply), () => {
      assertEquals(sizes([latin1(reply)]), [reply.length]);
      assertEquals(sizes([latin1(reply + reply)]), [reply.length, reply.length]);
      assertEquals(sizes(Array.from(reply + reply, latin1)), [reply.length, reply.length]);
      for (let i = 1; i < reply.length; i++) {
        const pieces = [latin1(reply.slice(0, i)), latin1(reply.slice(i))];
        assertEquals(sizes(pieces), [reply.length], `split at ${i}`);
      }
    });
  }
});

Deno.test("reply decoder: wrong replies, whole and byte by byte, also behind a good one", async (t) => {
  for (const reply of WRONG) {
    await t.step(JSON.stringify(reply), () => {
      assertEquals(sizes([latin1(reply)]), ["bad"]);
      assertEquals(sizes(Array.from(reply, latin1)), ["bad"]);
      assertEquals(sizes([latin1("END\r\n" + reply)]), [5, "bad"]);
    });
  }
});

Deno.test("reply decoder: no byte but the right one is taken", () => {
  const reply = "VALUE a 0 1\r\nx\r\nEND\r\n";
  const free = new Set([6, 13]); // the key and the data
  for (let i = 0; i < reply.length; i++) {
    if (free.has(i)) continue;
    const wrong = `${reply.slice(0, i)}!${reply.slice(i + 1)}END\r\n`;
    assertEquals(sizes([latin1(wrong)]), ["bad"], JSON.stringify(wrong));
  }
});

Deno.test("reply decoder: data goes by as it comes", () => {
  const decoder = new TextReplyDecoder();
  const line = latin1("VALUE a 0 1073741824\r\n");
  assertEquals(decoder.decode(line, 0, line.length), MORE);
  assertEquals(decoder.position, line.length);
  const data = new Uint8Array(64 * 1024).fill(0x0a);
  for (let i = 0; i < 16 * 1024; i++) {
    assertEquals(decoder.decode(data, 0, data.length), MORE);
    assertEquals(decoder.position, data.length);
  }
  const end = latin1("\r\nEND\r\n");
  assertEquals(decoder.decode(end, 0, end.length), DONE);
  assertEquals(decoder.position, end.length);
});

Deno.test("reply decoder: a line without an end is no reply", () => {
  const text = latin1("CLIENT_ERROR ".padEnd(REPLY_LINE_BYTES_MAX, "x"));
  assertEquals(new TextReplyDecoder().decode(text, 0, text.length - 1), MORE);
  assertEquals(new TextReplyDecoder().decode(text, 0, text.length), BAD);
});

fuzzTest("reply decoder: random replies in random pieces", (random) => {
  for (let round = 0; round < 1000; round++) {
    const replies = Array.from({ length: random.between(1, 10) }, () => {
      return random.chance(0.1) ? random.pick(WRONG) : random.pick(GOOD);
    });
    const bytes = latin1(replies.join(""));
    if (random.chance(0.3)) bytes[random.int(bytes.length)] = random.uint32();
    assertEquals(sizes(random.split(bytes, 10)), sizes([bytes]), JSON.stringify(replies));
  }
});
