import { assert, assertEquals } from "@std/assert";
import { concat, decode, encode } from "../../../../src/base/ascii.ts";
import {
  ANSWER,
  BAD,
  DONE,
  FORWARD,
  FORWARD_ANY,
  GATHER,
  IGNORE,
  MORE,
  REPLY_FINE,
} from "../../../../src/protocol/contract.ts";
import { OPCODES } from "../../../../src/protocol/memcache/binary/opcodes.ts";
import { BinaryReplyDecoder } from "../../../../src/protocol/memcache/binary/reply_decoder.ts";
import { MemcacheCodec } from "../../../../src/protocol/memcache/codec.ts";
import { MemcacheRequestDecoder } from "../../../../src/protocol/memcache/request_decoder.ts";
import { makeTag, tagCode, tagEncoding, tagOpaque } from "../../../../src/protocol/memcache/tag.ts";
import { binaryReplyOf, binaryRequest, extrasOf, Op } from "../../../support/memcache_binary.ts";
import { fuzzTest } from "../../../support/random.ts";
import { showBytes } from "../../../support/show_bytes.ts";
import { feed } from "./decisions.ts";

const codec = new MemcacheCodec();

/** What is decided about a stream: one word for each decision, with what belongs to it. */
function decisions(pieces: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const { left, lastWords } = feed(pieces.map((piece) => piece.slice()), (decoder) => {
    const { action, frame, frameStart, frameEnd, keys, answer, closing } = decoder;
    const sent = showBytes(frame.subarray(frameStart, frameEnd));
    if (action === FORWARD) {
      lines.push(`${decode(frame, frameStart + keys[0], frameStart + keys[1])} in ${sent}`);
    } else if (action === FORWARD_ANY) lines.push(`any ${sent}`);
    else if (action === ANSWER) lines.push(`${closing ? "close" : "say"} ${showBytes(answer)}`);
    else if (action === GATHER) lines.push(`gather ${sent} by ${decoder.dialect}`);
    else assertEquals(action, IGNORE);
    if (action === FORWARD || action === FORWARD_ANY) assertEquals(decoder.dialect, 1);
  });
  if (lastWords !== null) lines.push(`bad ${showBytes(lastWords)}`);
  else if (left > 0) lines.push(`${left} left`);
  return lines;
}

const FORMS = new Map<number, Uint8Array>();
for (const { code, extrasBytes, hasKey, mayHaveValue } of OPCODES) {
  FORMS.set(
    code,
    binaryRequest(code, {
      opaque: 0x01020304,
      cas: 5n,
      extras: new Uint8Array(extrasBytes),
      key: hasKey ? "key" : "",
      value: mayHaveValue ? "value" : "",
    }),
  );
}

Deno.test("binary requests: every opcode in its right form, whole, byte by byte and at every split point", () => {
  for (const { code, loudCode, name } of OPCODES) {
    const request = FORMS.get(code)!;
    const loud = request.slice();
    loud[1] = loudCode;
    const whole = decisions([request, binaryRequest(Op.NOOP)]);
    assertEquals(whole.at(-1)!.startsWith("say") || whole.at(-1)!.startsWith("close"), true, name);
    if (FORMS.get(code)!.length > 24 && whole[0].startsWith("key")) {
      assertEquals(whole[0], `key in ${showBytes(loud)}`, name);
    }
    const stream = concat([request, binaryRequest(Op.NOOP)]);
    assertEquals(decisions(Array.from(stream, (byte) => Uint8Array.of(byte))), whole, name);
    for (let i = 1; i < stream.length; i++) {
      assertEquals(decisions([stream.slice(0, i), stream.slice(i)]), whole, `${name} split at ${i}`);
    }
  }
});

Deno.test("binary requests: what the proxy answers itself", () => {
  const said = (request: Uint8Array) => decisions([request]);
  const answer = (opcode: number, status: number, value: string) =>
    showBytes(binaryReplyOf(opcode, { opaque: 7, status, value }));
  const opaque = 7;
  assertEquals(said(binaryRequest(Op.NOOP, { opaque })), [`say ${answer(Op.NOOP, 0, "")}`]);
  assertEquals(said(binaryRequest(Op.QUIT, { opaque })), [`close ${answer(Op.QUIT, 0, "")}`]);
  assertEquals(said(binaryRequest(Op.QUITQ, { opaque })), [`close ""`]);
  assertEquals(said(binaryRequest(Op.FLUSHQ, { opaque })), [
    `say ${answer(Op.FLUSHQ, 0x20, "Auth failure.")}`,
  ]);
  const unknown = (opcode: number) => `say ${answer(opcode, 0x81, "Unknown command")}`;
  assertEquals(said(binaryRequest(Op.SASL_LIST, { opaque })), [unknown(Op.SASL_LIST)]);
  const auth = binaryRequest(Op.SASL_AUTH, { opaque, key: "PLAIN", value: "\0a\0b" });
  assertEquals(said(concat([auth, auth])), [unknown(Op.SASL_AUTH), unknown(Op.SASL_AUTH)]);
  const strange = binaryRequest(0x40, { opaque, extras: extrasOf(1), key: "k", value: "\x80".repeat(50) });
  assertEquals(said(concat([strange, strange])), [unknown(0x40), unknown(0x40)]);
});

Deno.test("binary requests: the proxy's own numbers", () => {
  const stat = (key = "", value = "") => binaryReplyOf(Op.STAT, { opaque: 7, key, value });
  const all = concat([stat("pid", "7"), stat("requests", "12"), stat()]);
  assertEquals(decisions([binaryRequest(Op.STAT, { opaque: 7 })]), [`say ${showBytes(all)}`]);
  const unknown = binaryReplyOf(Op.STAT, { opaque: 7, status: 1, value: "Not found" });
  assertEquals(decisions([binaryRequest(Op.STAT, { opaque: 7, key: "reset" })]), [
    `say ${showBytes(unknown)}`,
  ]);
  const items = concat([binaryRequest(Op.STAT, { opaque: 7, key: "items" }), FORMS.get(Op.GET)!]);
  const expected = decisions([items]);
  assertEquals(expected[0], 'gather "stats items\\r\\n" by 0');
  assertEquals(expected.length, 2, "the GET behind it goes by its own dialect");
  for (let cut = 1; cut < items.length; cut++) {
    assertEquals(decisions([items.slice(0, cut), items.slice(cut)]), expected);
  }
});

Deno.test("binary requests: lengths that cannot be right get last words, and nothing of them goes upstream", () => {
  const bad = (request: Uint8Array, status: number, value: string) => {
    const reply = binaryReplyOf(request[1], { opaque: 7, status, value });
    assertEquals(decisions([request]), [`bad ${showBytes(reply)}`]);
  };
  const opaque = 7;
  for (const { code, name, extrasBytes, extrasOptional, hasKey, mayHaveValue } of OPCODES) {
    const right = { opaque, extras: new Uint8Array(extrasBytes), key: hasKey ? "k" : "" };
    const wrong = [{ ...right, extras: new Uint8Array(extrasBytes + 1) }];
    if (extrasBytes > 0 && !extrasOptional) wrong.push({ ...right, extras: new Uint8Array(0) });
    if (hasKey !== null) wrong.push({ ...right, key: hasKey ? "" : "k" });
    for (const parts of wrong) bad(binaryRequest(code, parts), 4, "Invalid arguments");
    if (!mayHaveValue) bad(binaryRequest(code, { ...right, value: "v" }), 4, "Invalid arguments");
    const short = binaryRequest(code, right);
    short[4] = extrasBytes + 1;
    bad(short, 0x81, "Unknown command");
    assert(name.length > 0);
  }
  bad(binaryRequest(Op.GET, { opaque, key: "k".repeat(251) }), 4, "Invalid arguments");
  const huge = binaryRequest(Op.SET, { opaque, key: "k", extras: extrasOf(0, 0) });
  huge[8] = 0xff;
  bad(huge, 3, "Too large.");
});

Deno.test("binary requests: another first byte ends the stream, and 0x80 in a text stream is a verb", () => {
  const noop = showBytes(binaryReplyOf(Op.NOOP));
  assertEquals(decisions([binaryRequest(Op.NOOP), encode("get a\r\n")]), [`say ${noop}`, `bad ""`]);
  assertEquals(decisions([encode("mn\r\n"), Uint8Array.of(0x80, 13, 10)]), [
    String.raw`say "MN\r\n"`,
    String.raw`say "ERROR\r\n"`,
  ]);
});

Deno.test("binary requests: a long value may be passed on piece by piece", () => {
  const decoder = new MemcacheRequestDecoder();
  const request = binaryRequest(Op.SETQ, { key: "k", extras: extrasOf(0, 0), value: "x".repeat(1000) });
  const bytes = concat([request, binaryRequest(Op.NOOP)]);
  assertEquals(decoder.decode(bytes, 0, 100), MORE);
  assert(decoder.begin(bytes, 0, 100));
  assertEquals([decoder.action, decoder.frame[1], decoder.keys[0], decoder.keys[1]], [
    FORWARD,
    Op.SET,
    32,
    33,
  ]);
  assertEquals(decoder.letGo(100), 100);
  assertEquals(decoder.decode(bytes, 100, 500), MORE);
  assertEquals(decoder.letGo(400), 400);
  assertEquals(decoder.decode(bytes, 500, bytes.length), DONE);
  assertEquals(decoder.consumed, request.length - 500);
  assertEquals(decoder.decode(bytes, request.length, bytes.length), DONE);
  assertEquals(decoder.action, ANSWER);
});

Deno.test("binary requests: which replies the client gets, and with which opcode", () => {
  for (const { code, loudCode, name } of OPCODES) {
    const decoder = new MemcacheRequestDecoder();
    const request = FORMS.get(code)!.slice();
    assertEquals(decoder.decode(request, 0, request.length), DONE, name);
    if (decoder.action !== FORWARD) continue;
    const isQuiet = code !== loudCode;
    const isRead = name.startsWith("G");
    for (const status of [0, 1, 2, 5]) {
      const reply = concat([Uint8Array.of(0), binaryReplyOf(loudCode, { status, value: "v" })]);
      const shown = codec.translate(decoder.tag, reply, 1);
      assertEquals(shown, !isQuiet || status !== (isRead ? 1 : 0), `${name} ${status}`);
      if (shown) assertEquals(reply.subarray(1), binaryReplyOf(code, { status, value: "v" }), name);
    }
    const error = codec.errorReply("Connection refused", decoder.tag);
    const parts = { opaque: 0x01020304, status: 0x86, value: "Connection refused" };
    assertEquals(error, binaryReplyOf(code, parts), name);
  }
});

Deno.test("binary requests: what a server that has nothing would say", () => {
  const miss = (opcode: number, extras?: Uint8Array) => {
    const decoder = new MemcacheRequestDecoder();
    const request = binaryRequest(opcode, { opaque: 9, key: "kk", extras });
    assertEquals(decoder.decode(request, 0, request.length), DONE);
    return decoder.missReply();
  };
  assertEquals(miss(Op.GET), binaryReplyOf(Op.GET, { opaque: 9, status: 1, value: "Not found" }));
  assertEquals(miss(Op.GATK, extrasOf(0)), binaryReplyOf(Op.GATK, { opaque: 9, status: 1, key: "kk" }));
  assertEquals(miss(Op.GETKQ)?.length, 0);
  assertEquals(miss(Op.DELETE), null);
});

Deno.test("tags keep an opcode and an opaque of 32 bits", () => {
  for (const opaque of [0, 1, 0x7fffffff, 0x80000000, 0xffffffff]) {
    for (const code of [0, 1, 0x7f, 0xff]) {
      const tag = makeTag(1, code, opaque);
      assert(Number.isSafeInteger(tag) && tag > 0);
      assertEquals([tagEncoding(tag), tagCode(tag), tagOpaque(tag)], [1, code, opaque]);
    }
  }
});

/** Decodes pieces as a proxy does. Gives the sizes of the replies. */
function sizes(pieces: readonly Uint8Array[]): (number | "bad")[] {
  const decoder = new BinaryReplyDecoder();
  const found: (number | "bad")[] = [];
  let pending = new Uint8Array(0);
  let size = 0;
  for (const piece of pieces) {
    pending = concat([pending, piece]);
    for (;;) {
      const place = pending.length % 7;
      const bytes = concat([new Uint8Array(place), pending]);
      const status = decoder.decode(bytes, place, bytes.length);
      if (status === BAD) return [...found, "bad"];
      assertEquals(decoder.kind, REPLY_FINE);
      size += decoder.position - place;
      pending = bytes.slice(decoder.position);
      if (status === MORE) break;
      found.push(size);
      size = 0;
    }
  }
  return found;
}

fuzzTest("binary replies: whole, byte by byte and in random pieces", (random) => {
  for (let round = 0; round < 200; round++) {
    const replies = Array.from({ length: random.between(1, 5) }, () =>
      binaryReplyOf(random.int(256), {
        extras: random.bytes(random.pick([0, 4, 8])),
        key: random.text(random.int(9)),
        value: random.bytes(random.pick([0, 1, 50])),
        status: random.int(3),
      }));
    const expected = replies.map(({ length }) => length);
    const stream = concat(replies);
    assertEquals(sizes([stream]), expected);
    assertEquals(sizes(Array.from(stream, (byte) => Uint8Array.of(byte))), expected);
    assertEquals(sizes(random.split(stream, 9)), expected);
  }
});

Deno.test("binary replies: what no server says", () => {
  const good = binaryReplyOf(Op.GET, { key: "k" });
  const request = good.slice();
  request[0] = 0x80;
  const short = good.slice();
  short[11] = 0;
  const huge = good.slice();
  huge[8] = 0xff;
  for (const wrong of [request, request.subarray(0, 1), short, huge]) {
    assertEquals(sizes([concat([good, wrong])]), [good.length, "bad"]);
  }
});

Deno.test("the binary dialect: its probe has a good reply", () => {
  const { probe, isGood } = codec.dialects[1];
  assertEquals(probe, binaryRequest(Op.NOOP));
  const good = binaryReplyOf(Op.NOOP);
  assert(isGood(good, 0, good.length));
  assert(!isGood(binaryReplyOf(Op.NOOP, { status: 0x20 }), 0, 24));
});
