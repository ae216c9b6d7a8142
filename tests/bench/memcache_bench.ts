/**
 * How long the memcached decoders take. Each call handles one array of pipelined messages; divide by their
 * number, which the name tells.
 *
 * Run with `deno bench tests/bench/memcache_bench.ts`.
 *
 * @module
 */

import { concat, encode } from "../../src/base/ascii.ts";
import { MbufPool } from "../../src/buffer/mbuf_pool.ts";
import { WriteQueue } from "../../src/buffer/write_queue.ts";
import { DONE } from "../../src/protocol/contract.ts";
import { MemcacheCodec } from "../../src/protocol/memcache/codec.ts";
import { TextReplyDecoder } from "../../src/protocol/memcache/text/reply_decoder.ts";
import { MemcacheRequestDecoder } from "../../src/protocol/memcache/request_decoder.ts";
import { binaryRequest, extrasOf, Op } from "../support/memcache_binary.ts";

const MESSAGES = 400;
const KEY = "user:12345678:name";
const VALUE = "v".repeat(32);

function benchRequests(name: string, message: string | Uint8Array): void {
  const one = typeof message === "string" ? encode(message) : message;
  const bytes = concat(new Array<Uint8Array>(MESSAGES).fill(one));
  const decoder = new MemcacheRequestDecoder();
  Deno.bench(`${MESSAGES} × ${name}`, { group: "requests" }, () => {
    for (let at = 0; at < bytes.length; at += decoder.consumed) {
      if (decoder.decode(bytes, at, bytes.length) !== DONE) throw new Error("the request is complete");
    }
  });
}

function benchReplies(name: string, message: string): void {
  const bytes = encode(message.repeat(MESSAGES));
  const decoder = new TextReplyDecoder();
  Deno.bench(`${MESSAGES} × ${name}`, { group: "replies" }, () => {
    for (let at = 0; at < bytes.length; at = decoder.position) {
      if (decoder.decode(bytes, at, bytes.length) !== DONE) throw new Error("the reply is complete");
    }
  });
}

function item(key: string): string {
  return `VALUE ${key} 0 ${VALUE.length}\r\n${VALUE}\r\n`;
}

const keys = Array.from({ length: 10 }, (_, i) => `${KEY}${i}`);

benchRequests("get", `get ${KEY}\r\n`);
benchRequests("set of 32 bytes", `set ${KEY} 0 0 ${VALUE.length}\r\n${VALUE}\r\n`);
benchRequests("mg", `mg ${KEY} v\r\n`);
benchRequests("mg of a key in base64", `mg ${btoa(KEY)} b v\r\n`);
benchRequests("binary get", binaryRequest(Op.GET, { key: KEY }));
benchRequests(
  "binary set of 32 bytes",
  binaryRequest(Op.SET, { key: KEY, extras: extrasOf(0, 0), value: VALUE }),
);
benchRequests("get of 10 keys", `get ${keys.join(" ")}\r\n`);
benchReplies("STORED", "STORED\r\n");
benchReplies("an item of 32 bytes", `${item(KEY)}END\r\n`);
benchReplies("10 items of 32 bytes", `${keys.map(item).join("")}END\r\n`);

Deno.bench(
  "merge 10 items of two servers",
  { group: "merge" },
  (() => {
    const codec = new MemcacheCodec();
    const queue = new WriteQueue(new MbufPool(16384));
    const decoder = new MemcacheRequestDecoder();
    const frame = encode(`get ${keys.join(" ")}\r\n`);
    decoder.decode(frame, 0, frame.length);
    const held = [0, 1].map((fragment) => {
      const bytes = encode(keys.filter((_, i) => i % 2 === fragment).map(item).join("") + "END\r\n");
      return { bytes, start: 0, end: bytes.length };
    });
    const replies = {
      merge: decoder.merge,
      keyCount: keys.length,
      missOnError: false,
      fragmentOf: Uint16Array.from(keys, (_, i) => i % 2),
      fragmentCount: held.length,
      reply: (fragment: number) => held[fragment],
      serverName: () => "",
      frame,
      keys: decoder.keys,
    };
    return () => {
      codec.merge(replies, queue);
      queue.clear();
    };
  })(),
);
