import { assertEquals } from "@std/assert";
import { concat, encode } from "../../../../src/base/ascii.ts";
import { MbufPool } from "../../../../src/buffer/mbuf_pool.ts";
import { WriteQueue } from "../../../../src/buffer/write_queue.ts";
import { BAD, DONE, FORWARD_ALL } from "../../../../src/protocol/contract.ts";
import { MemcacheCodec } from "../../../../src/protocol/memcache/codec.ts";
import { binaryReplyOf, binaryRequest, extrasOf, Op } from "../../../support/memcache_binary.ts";

const NOTHING = new Uint8Array(0);
const codec = new MemcacheCodec(undefined, undefined, true);

/** Merges the replies of all servers to a request; each reply lies somewhere inside its array. */
function merge(request: Uint8Array<ArrayBuffer>, replies: readonly Uint8Array[]): Uint8Array {
  const decoder = codec.newRequestDecoder();
  assertEquals(decoder.decode(request, 0, request.length), DONE);
  assertEquals([decoder.action, decoder.keyCount, decoder.noReply], [FORWARD_ALL, 0, false]);
  const held = replies.map((reply, i) => {
    return { bytes: concat([new Uint8Array(i), reply, encode("more")]), start: i, end: i + reply.length };
  });
  const out = new WriteQueue(new MbufPool(16384));
  codec.merge({
    serverName: (fragment) => `server${fragment}`,
    merge: decoder.merge,
    keyCount: 0,
    missOnError: false,
    fragmentOf: new Uint16Array(0),
    fragmentCount: replies.length,
    reply: (fragment) => held[fragment],
    frame: null,
    keys: decoder.keys,
  }, out);
  return out.front()?.slice() ?? NOTHING;
}

Deno.test("outcomes: one OK of all, or the first reply that is another", () => {
  const flush = () => encode("flush_all 10\r\n");
  const ok = encode("OK\r\n");
  const error = encode("SERVER_ERROR Connection refused (server 's2')\r\n");
  assertEquals(merge(flush(), [ok, ok, ok]), ok);
  assertEquals(merge(flush(), [ok, error, encode("ERROR\r\n")]), error);
  assertEquals(merge(flush(), [error, ok]), error);
});

Deno.test("outcomes: one binary success of all, nothing if it is quiet, or the first error", () => {
  const good = binaryReplyOf(Op.FLUSH, { opaque: 7 });
  const bad = (opcode: number) => binaryReplyOf(opcode, { opaque: 7, status: 0x20, value: "Auth failure." });
  const flush = () => binaryRequest(Op.FLUSH, { opaque: 7 });
  const flushq = () => binaryRequest(Op.FLUSHQ, { opaque: 7, extras: extrasOf(5) });
  assertEquals(merge(flush(), [good, good]), good);
  assertEquals(merge(flush(), [good, bad(Op.FLUSH), good]), bad(Op.FLUSH));
  assertEquals(merge(flushq(), [NOTHING, NOTHING]), NOTHING);
  assertEquals(merge(flushq(), [NOTHING, bad(Op.FLUSHQ)]), bad(Op.FLUSHQ));
});

Deno.test("flush_all: what a line of it has to look like", () => {
  const answer = (line: string) => {
    const decoder = codec.newRequestDecoder();
    const bytes = encode(`${line}\r\n`);
    if (decoder.decode(bytes, 0, bytes.length) === BAD) return "bad";
    if (decoder.action === FORWARD_ALL) return decoder.noReply ? "all, silent" : "all";
    return new TextDecoder().decode(decoder.answer).trim();
  };
  for (const line of ["flush_all", "flush_all ", "flush_all 0", "flush_all -1"]) {
    assertEquals(answer(line), "all");
  }
  for (const line of ["flush_all noreply", "flush_all 0 noreply"]) assertEquals(answer(line), "all, silent");
  assertEquals(answer("flush_all x"), "CLIENT_ERROR invalid exptime argument");
  assertEquals(answer("flush_all 0 0 noreply"), "CLIENT_ERROR bad command line format");
});
