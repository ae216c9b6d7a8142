/**
 * Where other proxies look for a key, as README's migration guide promises it: written down here a second time, from
 * what those proxies do.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { crc32 } from "node:zlib";
import { encode } from "../../../src/base/ascii.ts";
import { loadConfig } from "../../../src/config/load.ts";
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

/** Mcrouter's Crc32HashFunc: CRC-32 without its highest bit, by the number of servers. */
function mcrouterServerOf(key: string, servers: number): number {
  return (crc32(key) & 0x7fffffff) % servers;
}

Deno.test("mcrouter's Crc32: the same server if their number is a power of two", () => {
  const hasher = new KeyHasher(crc32a, null);
  for (const servers of [1, 2, 4, 8, 16]) {
    for (const key of keys) assertEquals(serverOf(hasher, key, servers), mcrouterServerOf(key, servers), key);
  }
  const moved = keys.filter((key) => serverOf(hasher, key, 3) !== mcrouterServerOf(key, 3)).length;
  assertEquals(
    Math.round(moved / keys.length * 10),
    5,
    `and another one for half of the keys with three: ${moved}`,
  );
});

Deno.test("what is first in another proxy's list is first here if its name is", () => {
  const servers = ["10.0.0.30:11211:1 s1", "10.0.0.4:11211:1 s2", "10.0.0.5:11211:1 s3"];
  const file = (list: readonly string[]) =>
    `a:\n  listen: 127.0.0.1:1\n  servers:\n${list.map((server) => `    - ${server}\n`).join("")}`;
  const addresses = (list: readonly string[]) =>
    loadConfig("x.yml", file(list)).pools[0].servers.map(({ address }) =>
      address.transport === "tcp" ? address.hostname : ""
    );
  assertEquals(addresses(servers), ["10.0.0.30", "10.0.0.4", "10.0.0.5"]);
  assertEquals(addresses([...servers].reverse()), ["10.0.0.30", "10.0.0.4", "10.0.0.5"]);
  const unnamed = servers.map((server) => server.split(" ")[0]);
  assertEquals(addresses(unnamed), ["10.0.0.4", "10.0.0.5", "10.0.0.30"], "shorter names come first");
});
