import { assertEquals } from "@std/assert";
import { decode, encode } from "../../../../src/base/ascii.ts";
import { DONE } from "../../../../src/protocol/contract.ts";
import { MemcacheCodec } from "../../../../src/protocol/memcache/codec.ts";
import { decodeBase64 } from "../../../../src/protocol/memcache/meta/base64.ts";
import { MemcacheRequestDecoder } from "../../../../src/protocol/memcache/request_decoder.ts";
import { fuzzTest } from "../../../support/random.ts";

function base64(text: string): Uint8Array | null {
  const out = new Uint8Array(text.length);
  const bytes = encode(`..${text}`);
  const length = decodeBase64(out, bytes, 2, bytes.length);
  return length === 0 ? null : out.subarray(0, length);
}

fuzzTest("base64: decodes what is encoded", (random) => {
  for (let length = 1; length < 188; length++) {
    const bytes = random.bytes(length);
    assertEquals(base64(btoa(String.fromCharCode(...bytes))), bytes);
  }
});

Deno.test("base64: is as lenient as memcached and no more", () => {
  assertEquals(base64("YWJj"), encode("abc"));
  assertEquals(base64("Y!WJ!j"), encode("abc"));
  assertEquals(base64("YQ==YWJj"), encode("a"));
  for (const wrong of ["", "Y", "YWI", "YWJjY", "====", "Y===", "!!!!"]) {
    assertEquals(base64(wrong), null, wrong);
  }
});

/** A request's decoder when it has been decoded. */
function decoded(request: string): MemcacheRequestDecoder {
  const decoder = new MemcacheRequestDecoder();
  const bytes = encode(request);
  assertEquals(decoder.decode(bytes, 0, bytes.length), DONE);
  return decoder;
}

Deno.test("meta: which replies the client of a quiet command gets", () => {
  const codec = new MemcacheCodec();
  const shown = (request: string, reply: string) => {
    const bytes = encode(`.${reply}\r\n`);
    const isShown = codec.translate(decoded(request).tag, bytes, 1);
    assertEquals(decode(bytes), `.${reply}\r\n`);
    return isShown;
  };
  const all = [
    "HD",
    "HD O1",
    "EN",
    "EN O1",
    "VA 1",
    "NF",
    "NS",
    "EX",
    "CLIENT_ERROR x",
    "SERVER_ERROR x",
    "ERROR",
  ];
  const hidden = (request: string) => all.filter((reply) => !shown(request, reply));
  assertEquals(hidden("mg a q\r\n"), ["EN", "EN O1"]);
  assertEquals(hidden("ms a 0 q\r\n\r\n"), ["HD", "HD O1"]);
  assertEquals(hidden("md a q\r\n"), ["HD", "HD O1"]);
  assertEquals(hidden("ma a q\r\n"), ["HD", "HD O1", "VA 1"]);
});

Deno.test("meta: a command that fails in the proxy is told so even if it is quiet", () => {
  const codec = new MemcacheCodec();
  for (const request of ["mg a\r\n", "mg a q\r\n"]) {
    assertEquals(
      codec.errorReply("Connection refused", decoded(request).tag),
      encode("SERVER_ERROR Connection refused\r\n"),
    );
  }
});

Deno.test("meta: what a server that has nothing would say", () => {
  const miss = (request: string) => {
    const reply = decoded(request).missReply();
    return reply === null ? null : decode(reply);
  };
  assertEquals(miss("mg a v\r\n"), "EN\r\n");
  assertEquals(miss("mg a v k q\r\n"), "");
  for (
    const request of ["mg a v k\r\n", "mg a O1\r\n", "mg a N0\r\n", "md a\r\n", "ms a 0\r\n\r\n", "ma a\r\n"]
  ) {
    assertEquals(miss(request), null, request);
  }
});

Deno.test("meta: a long value with a key in base64 may be passed on piece by piece", () => {
  const decoder = new MemcacheRequestDecoder();
  const line = "ms YWJj 1000 b q\r\n";
  const bytes = encode(`${line}${"x".repeat(1000)}\r\nmn\r\n`);
  const first = line.length + 10;
  assertEquals(decoder.decode(bytes, 0, first), 1);
  assertEquals(decoder.begin(bytes, 0, first), true);
  const { frame, keys, frameStart } = decoder;
  assertEquals(decode(frame, frameStart + keys[0], frameStart + keys[1]), "abc");
  assertEquals(decode(bytes, 0, line.length), "ms YWJj 1000 b  \r\n");
  decoder.letGo(first);
  assertEquals(decoder.decode(bytes, first, bytes.length), DONE);
  assertEquals(decoder.consumed, 992);
});
