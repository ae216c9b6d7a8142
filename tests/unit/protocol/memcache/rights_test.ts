import { assertEquals } from "@std/assert";
import { decode, encode } from "../../../../src/base/ascii.ts";
import { ANSWER, DONE, IGNORE, MORE, type RequestDecoder } from "../../../../src/protocol/contract.ts";
import { MemcacheCodec } from "../../../../src/protocol/memcache/codec.ts";
import type { UserOptions } from "../../../../src/protocol/users.ts";
import { binaryRequest, extrasOf, Op } from "../../../support/memcache_binary.ts";

const NO_PERMISSION = "CLIENT_ERROR permission denied\r\n";
const FORWARDED = "forwarded";

/** A client that is a user without having logged in, with that user's rights. */
function client(rights: Partial<UserOptions>): RequestDecoder {
  const user = { name: "default", password: null, readOnly: false, keys: null, ...rights };
  return new MemcacheCodec(undefined, undefined, true, { users: [user], serverAuth: null })
    .newRequestDecoder();
}

function say(decoder: RequestDecoder, bytes: Uint8Array<ArrayBuffer>): string {
  const request = bytes.slice();
  assertEquals([decoder.decode(request, 0, request.length), decoder.consumed], [DONE, request.length]);
  if (decoder.action === IGNORE) return "nothing";
  return decoder.action === ANSWER ? decode(decoder.answer, 0, decoder.answer.length) : FORWARDED;
}

function check(rights: Partial<UserOptions>, allowed: readonly string[], refused: readonly string[]): void {
  const decoder = client(rights);
  for (const line of allowed) assertEquals(say(decoder, encode(line)), FORWARDED, line);
  for (const line of refused) assertEquals(say(decoder, encode(line)), NO_PERMISSION, line);
  assertEquals(say(decoder, encode("verbosity 1\r\n")), "OK\r\n");
}

Deno.test("memcached's users: one who only reads changes nothing, not even when an item ends", () => {
  check({ readOnly: true }, [
    "get a\r\n",
    "gets a b\r\n",
    "mg a v\r\n",
    "mg T t\r\n",
    "mg a t f OTN\r\n",
    "me a\r\n",
    "version\r\n",
    "stats items\r\n",
  ], [
    "set a 0 0 1\r\nx\r\n",
    "delete a\r\n",
    "incr a 1\r\n",
    "touch a 0\r\n",
    "gat 0 a\r\n",
    "gats -1 a b\r\n",
    "ms a 1\r\nx\r\n",
    "md a\r\n",
    "ma a\r\n",
    "mg a T0\r\n",
    "mg  a  v N30\r\n",
    "mg YQ== b T0\r\n",
    "flush_all\r\n",
  ]);
  const decoder = client({ readOnly: true });
  assertEquals(say(decoder, encode("set a 0 0 1 noreply\r\nx\r\n")), "nothing");
});

Deno.test("memcached's users: one with keys of its own uses no others", () => {
  check({ keys: ["t:", "shared"] }, [
    "get t:a\r\n",
    "get t:a t:b shared\r\n",
    "set t:a 0 0 1\r\nx\r\n",
    "gat 0 t:a\r\n",
    "mg dDph b v\r\n",
    "delete t:a noreply\r\n",
    "mn\r\n",
  ], [
    "get a\r\n",
    "get t:a u:b\r\n",
    "set T:a 0 0 1\r\nx\r\n",
    "mg YQ== b v\r\n",
    "me a\r\n",
    "flush_all\r\n",
  ]);
});

Deno.test("memcached's users: the same rights in the binary protocol, refused with the request's own opaque", () => {
  const opaque = 7;
  const requests: readonly [Uint8Array<ArrayBuffer>, boolean][] = [
    [binaryRequest(Op.GET, { opaque, key: "t:a" }), true],
    [binaryRequest(Op.GETKQ, { opaque, key: "t:a" }), true],
    [binaryRequest(Op.VERSION, { opaque }), true],
    [binaryRequest(Op.GET, { opaque, key: "a" }), false],
    [binaryRequest(Op.SET, { opaque, key: "t:a", extras: extrasOf(0, 0), value: "x" }), false],
    [binaryRequest(Op.SETQ, { opaque, key: "t:a", extras: extrasOf(0, 0), value: "x" }), false],
    [binaryRequest(Op.GAT, { opaque, key: "t:a", extras: extrasOf(0) }), false],
    [binaryRequest(Op.GATKQ, { opaque, key: "t:a", extras: extrasOf(0) }), false],
    [binaryRequest(Op.FLUSH, { opaque }), false],
  ];
  const decoder = client({ readOnly: true, keys: ["t:"] });
  for (const [request, isAllowed] of requests) {
    const outcome = say(decoder, request);
    assertEquals(outcome === FORWARDED, isAllowed, String(request));
    if (isAllowed) continue;
    assertEquals([decoder.answer[1], decoder.answer[7], decoder.answer[15]], [request[1], 0x20, opaque]);
    assertEquals(decoder.closing, false);
  }
});

Deno.test("memcached's users: a long value of one who may not do everything is looked at before it leaves", () => {
  const request = encode(`set t:a 0 0 100\r\n${"x".repeat(50)}`);
  for (const [rights, begins] of [[{}, true], [{ keys: ["t:"] }, false]] as const) {
    const decoder = client(rights);
    assertEquals(decoder.decode(request, 0, request.length), MORE);
    assertEquals(decoder.begin(request, 0, request.length), begins);
  }
});

Deno.test("memcached's users: rights follow the login", () => {
  const users = [
    { name: "all", password: encode("p"), readOnly: false, keys: null },
    { name: "reader", password: encode("p"), readOnly: true, keys: null },
  ];
  const codec = new MemcacheCodec(undefined, undefined, true, { users, serverAuth: null });
  const decoder = codec.newRequestDecoder();
  const login = (name: string) => binaryRequest(Op.SASL_AUTH, { key: "PLAIN", value: `\0${name}\0p` });
  const set = binaryRequest(Op.SET, { key: "a", extras: extrasOf(0, 0), value: "x" });
  for (const [name, expected] of [["all", true], ["reader", false], ["all", true]] as const) {
    say(decoder, login(name));
    assertEquals(say(decoder, set) === FORWARDED, expected, name);
  }
});
