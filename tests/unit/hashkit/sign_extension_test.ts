import { assertEquals, assertNotEquals } from "@std/assert";
import type { Hash } from "../../../src/hashkit/hashkit.ts";
import { hashByName } from "../../../src/hashkit/hashkit.ts";
import type { HashName } from "../../../src/hashkit/names.ts";
import { fuzzTest } from "../../support/random.ts";

// The hashes again, as the C code reads: in exact integers, with the key as signed or as unsigned chars. They
// are slow and owe nothing to 32-bit arithmetic, which makes them a second opinion on it.
type Oracle = (chars: readonly bigint[]) => bigint;

const UINT32 = 0xffff_ffffn;
const UINT64 = 0xffff_ffff_ffff_ffffn;

function fnv1(basis: bigint, prime: bigint, mask: bigint): Oracle {
  return (chars) => chars.reduce((hash, char) => ((hash * prime) & mask) ^ (char & mask), basis) & UINT32;
}

function fnv1a(basis: bigint, prime: bigint, mask: bigint): Oracle {
  return (chars) => chars.reduce((hash, char) => ((hash ^ (char & mask)) * prime) & mask, basis) & UINT32;
}

function oneAtATime(chars: readonly bigint[]): bigint {
  let hash = 0n;
  for (const char of chars) {
    hash = (hash + char) & UINT32;
    hash = (hash + (hash << 10n)) & UINT32;
    hash ^= hash >> 6n;
  }
  hash = (hash + (hash << 3n)) & UINT32;
  hash ^= hash >> 11n;
  return (hash + (hash << 15n)) & UINT32;
}

const BASIS_64 = 0xcbf2_9ce4_8422_2325n;
const PRIME_64 = 0x100_0000_01b3n;
const BASIS_32 = 0x811c_9dc5n;
const PRIME_32 = 0x0100_0193n;

const oracles: [HashName, Oracle][] = [
  ["one_at_a_time", oneAtATime],
  ["fnv1_64", fnv1(BASIS_64, PRIME_64, UINT64)],
  ["fnv1a_64", fnv1a(BASIS_64, PRIME_64, UINT64)],
  ["fnv1_32", fnv1(BASIS_32, PRIME_32, UINT32)],
  ["fnv1a_32", fnv1a(BASIS_32, PRIME_32, UINT32)],
];

function signedChars(key: Uint8Array): bigint[] {
  return Array.from(new Int8Array(key.buffer, key.byteOffset, key.length), BigInt);
}

function hashWhole(hash: Hash, key: Uint8Array): number {
  return hash(key, 0, key.length);
}

for (const [name, oracle] of oracles) {
  fuzzTest(`${name} takes bytes as signed chars`, (random) => {
    for (let round = 0; round < 300; round++) {
      const key = random.bytes(random.between(1, 30));
      assertEquals(hashWhole(hashByName(name), key), Number(oracle(signedChars(key))), `key ${key.toHex()}`);
    }
  });

  Deno.test(`${name} would differ with unsigned chars`, () => {
    const key = Uint8Array.of(0x61, 0x80, 0x62);
    assertNotEquals(hashWhole(hashByName(name), key), Number(oracle(Array.from(key, BigInt))));
  });
}

Deno.test("hsieh sign-extends the third byte of a tail and no other", () => {
  // The C code for a key of three bytes, step by step in exact integers.
  for (const [third, extended] of [[0x7f, 0x7fn], [0x80, 0xffff_ff80n], [0xff, 0xffff_ffffn]] as const) {
    let hash = 0x8080n;
    hash = (hash ^ (hash << 16n)) & UINT32;
    hash = (hash ^ (extended << 18n)) & UINT32;
    hash = (hash + (hash >> 11n)) & UINT32;
    hash = (hash ^ (hash << 3n)) & UINT32;
    hash = (hash + (hash >> 5n)) & UINT32;
    hash = (hash ^ (hash << 4n)) & UINT32;
    hash = (hash + (hash >> 17n)) & UINT32;
    hash = (hash ^ (hash << 25n)) & UINT32;
    hash = (hash + (hash >> 6n)) & UINT32;
    assertEquals(hashWhole(hashByName("hsieh"), Uint8Array.of(0x80, 0x80, third)), Number(hash));
  }
});
