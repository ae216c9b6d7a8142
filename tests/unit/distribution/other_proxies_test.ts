/**
 * Where other proxies look for a key, as README's migration guide promises it: written down here a second time, from
 * what those proxies do.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { encode } from "../../../src/base/ascii.ts";
import { KeyHasher } from "../../../src/distribution/hash_tag.ts";
import { ModulaContinuum } from "../../../src/distribution/modula.ts";
import { crc16 } from "../../../src/hashkit/crc16.ts";
import { crc32a } from "../../../src/hashkit/crc32a.ts";

const keys = Array.from({ length: 2000 }, (_, i) => `user:${i * 7919}:{tag${i % 97}}:${"x".repeat(i % 40)}`);
const BRACES = [0x7b, 0x7d] as const;

/** The server of a key among servers of weight 1. */
function serverOf(hasher: KeyHasher, key: string, servers: number): number {
  const weighted = Array.from({ length: servers }, (_, i) => ({ name: `g${i}`, weight: 1 }));
  const bytes = encode(key);
  return new ModulaContinuum(weighted, weighted.map(() => true)).dispatch(
    hasher.hash(bytes, 0, bytes.length),
  );
}

/** CRC-16/XMODEM, bit by bit. */
function xmodem(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000) !== 0 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff;
  }
  return crc;
}

Deno.test("predixy's crc16 and modula: the same server if their number is a power of two", () => {
  assertEquals(xmodem(encode("123456789")), 0x31c3);
  const hasher = new KeyHasher(crc16, BRACES);
  for (const servers of [1, 2, 4, 8, 16]) {
    for (const key of keys) {
      const tag = /\{(.+?)\}/.exec(key)![1];
      assertEquals(serverOf(hasher, key, servers), xmodem(encode(tag)) % servers, key);
    }
  }
  const moved = keys.filter((key) =>
    serverOf(new KeyHasher(crc16, null), key, 3) !== xmodem(encode(key)) % 3
  );
  assertEquals(moved.length > keys.length / 3, true, "and another one with three");
});

Deno.test("mcrouter's Crc32: the same server, however many there are", () => {
  const hasher = new KeyHasher(crc32a, null);
  for (const servers of [1, 2, 3, 5, 7, 12]) {
    for (const key of keys) assertEquals(serverOf(hasher, key, servers), crc32(key) % servers, key);
  }
});
