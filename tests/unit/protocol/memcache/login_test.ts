import { assertEquals } from "@std/assert";
import { concat, decode, encode } from "../../../../src/base/ascii.ts";
import { ANSWER, BAD, DONE, FORWARD, FORWARD_JOINABLE, MORE } from "../../../../src/protocol/contract.ts";
import { type ClientFacts, NO_CLIENT, NO_POOL } from "../../../../src/protocol/facts.ts";
import { MemcacheCodec } from "../../../../src/protocol/memcache/codec.ts";
import type { MemcacheAuth } from "../../../../src/protocol/memcache/login.ts";
import type { RequestDecoder } from "../../../../src/protocol/contract.ts";
import { binaryRequest, Op } from "../../../support/memcache_binary.ts";

const BOB = { name: "bob", password: encode("secret"), readOnly: false, keys: null };
const USERS: MemcacheAuth = { users: [BOB], serverAuth: null };

function codecOf(auth: MemcacheAuth): MemcacheCodec {
  return new MemcacheCodec(undefined, undefined, false, auth);
}

/** What becomes of a stream that comes in pieces: each answer, or the kind of what is forwarded. */
function outcomes(decoder: RequestDecoder, pieces: readonly Uint8Array<ArrayBuffer>[]): string[] {
  const found: string[] = [];
  let held: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  for (const piece of pieces) {
    held = concat([held, piece]);
    let start = 0;
    while (start < held.length) {
      const status = decoder.decode(held, start, held.length);
      if (status === MORE) break;
      const text = decoder.answer.length > 24 ? decode(decoder.answer, 0, decoder.answer.length) : "";
      if (status === BAD) return [...found, `bad ${text}`];
      assertEquals(status, DONE);
      start += decoder.consumed;
      if (decoder.action === ANSWER) found.push(decode(decoder.answer, 0, decoder.answer.length));
      else {found.push(
          decoder.action === FORWARD || decoder.action === FORWARD_JOINABLE
            ? `forward by ${decoder.dialect}`
            : `action ${decoder.action}`,
        );}
    }
    held = held.slice(start);
  }
  return found;
}

const TEXT = encode("get a\r\nset x 0 0 10\r\nbob secret\r\nget a\r\nset x 0 0 10\r\nbob secreX\r\n");
const BINARY = concat([
  binaryRequest(Op.SASL_AUTH, { key: "PLAIN", value: "\0bob\0wrong" }),
  binaryRequest(Op.SASL_AUTH, { key: "PLAIN", value: "" }),
  binaryRequest(Op.SASL_STEP, { key: "PLAIN", value: "\0bob\0secret" }),
  binaryRequest(Op.GET, { key: "a" }),
]);

for (const [name, stream, count] of [["text", TEXT, 4], ["binary", BINARY, 4]] as const) {
  Deno.test(`a ${name} login is the same whole, in two pieces cut anywhere, and byte by byte`, () => {
    const run = (pieces: readonly Uint8Array<ArrayBuffer>[]) =>
      outcomes(codecOf(USERS).newRequestDecoder(), pieces);
    const whole = run([stream]);
    assertEquals(whole.length, count, whole.join());
    assertEquals(whole.filter((outcome) => outcome.startsWith("forward")).length, name === "text" ? 2 : 1);
    for (let cut = 1; cut < stream.length; cut++) {
      assertEquals(run([stream.slice(0, cut), stream.slice(cut)]), whole, `cut at ${cut}`);
    }
    assertEquals(run(Array.from(stream, (byte) => Uint8Array.of(byte))), whole);
  });
}

Deno.test("a stranger's connection ends with its first other request, in the binary protocol", () => {
  const decoder = codecOf(USERS).newRequestDecoder();
  const get = binaryRequest(Op.GET, { key: "a" });
  assertEquals(decoder.decode(get, 0, get.length), DONE);
  assertEquals([decoder.closing, decoder.action, decoder.answer[7]], [true, ANSWER, 0x20]);
});

Deno.test("what servers do not speak is refused at once", () => {
  const auth = (sasl: boolean): MemcacheAuth => ({
    users: null,
    serverAuth: { user: "proxy", password: encode("p"), sasl },
  });
  const get = [binaryRequest(Op.GET, { key: "a" })];
  const line = [encode("get a\r\n")];
  const sasl = codecOf(auth(true));
  assertEquals(sasl.dialects.map(({ name, greetingSteps }) => [name, ...greetingSteps]), [[
    "binary",
    "SASL AUTH",
  ]]);
  assertEquals(outcomes(sasl.newRequestDecoder(), get), ["forward by 0"]);
  assertEquals(outcomes(sasl.newRequestDecoder(), line), [
    "bad SERVER_ERROR the servers of this pool speak only the binary protocol\r\n",
  ]);
  const text = codecOf(auth(false));
  assertEquals(text.dialects.map(({ name, greetingSteps }) => [name, ...greetingSteps]), [["text", "login"]]);
  assertEquals(decode(text.dialects[0].greeting, 0, 100), "set login 0 0 7\r\nproxy p\r\n");
  assertEquals(outcomes(text.newRequestDecoder(), line), ["forward by 0"]);
  assertEquals(outcomes(text.newRequestDecoder(), get)[0].startsWith("bad "), true);
});

Deno.test("a reload lets a request that has begun go on, and the next one go by the new settings", () => {
  const me: ClientFacts = { ...NO_CLIENT };
  const pool = { ...NO_POOL, clients: () => [me] };
  const open = codecOf({ users: null, serverAuth: null });
  const decoder = open.newRequestDecoder(me);
  const set = encode("set k 0 0 5\r\nhello\r\nget a\r\n");
  assertEquals(decoder.decode(set, 0, 15), MORE);
  codecOf(USERS).succeed(open, pool);
  assertEquals(outcomes(decoder, [set]), ["forward by 0", "CLIENT_ERROR unauthenticated\r\n"]);
});

Deno.test("a reload moves binary clients to where their connections are now", () => {
  const me: ClientFacts = { ...NO_CLIENT };
  const pool = { ...NO_POOL, clients: () => [me] };
  const open = codecOf({ users: null, serverAuth: null });
  const decoder = open.newRequestDecoder(me);
  const get = [binaryRequest(Op.GET, { key: "a" })];
  assertEquals(outcomes(decoder, get), ["forward by 1"]);
  const sasl = codecOf({ users: null, serverAuth: { user: "u", password: encode("p"), sasl: true } });
  sasl.succeed(open, pool);
  assertEquals(outcomes(decoder, get), ["forward by 0"]);
  const text = codecOf({ users: null, serverAuth: { user: "u", password: encode("p"), sasl: false } });
  text.succeed(sasl, pool);
  assertEquals(outcomes(decoder, get)[0].startsWith("bad "), true);
});
