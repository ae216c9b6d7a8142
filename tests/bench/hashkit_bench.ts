/**
 * What placing a key costs: each hash over a key of 20 bytes, the hash tag, and the lookup in a continuum.
 *
 * @module
 */

import { encode } from "../../src/base/ascii.ts";
import { buildContinuum } from "../../src/distribution/continuum.ts";
import { KeyHasher } from "../../src/distribution/hash_tag.ts";
import { DISTRIBUTION_NAMES } from "../../src/distribution/names.ts";
import { hashByName } from "../../src/hashkit/hashkit.ts";
import { HASH_NAMES } from "../../src/hashkit/names.ts";

const KEYS = 1000;
const KEY_BYTES = 20;
const SERVERS = 32;

// All keys in one buffer, as a read buffer holds them.
const buffer = encode(Array.from({ length: KEYS }, (_, i) => `user:{${1_000_000 + i}}:name`).join(""));
const hashes = Uint32Array.from({ length: KEYS }, (_, i) => {
  return hashByName("fnv1a_64")(buffer, i * KEY_BYTES, (i + 1) * KEY_BYTES);
});
const servers = Array.from({ length: SERVERS }, (_, i) => ({ name: `10.0.0.${i}:6379`, weight: 1 }));
const live = servers.map(() => true);

// Results end up here, so that no loop can be optimized away.
let sink = 0;

for (const name of HASH_NAMES) {
  const hash = hashByName(name);
  Deno.bench(`${name}, ${KEYS} keys`, { group: "hash" }, () => {
    for (let start = 0; start < buffer.length; start += KEY_BYTES) {
      sink ^= hash(buffer, start, start + KEY_BYTES);
    }
  });
}

for (const tag of [null, [0x7b, 0x7d]] as const) {
  const hasher = new KeyHasher(hashByName("fnv1a_64"), tag);
  Deno.bench(`fnv1a_64 ${tag === null ? "whole" : "by tag"}, ${KEYS} keys`, { group: "tag" }, () => {
    for (let start = 0; start < buffer.length; start += KEY_BYTES) {
      sink ^= hasher.hash(buffer, start, start + KEY_BYTES);
    }
  });
}

for (const name of DISTRIBUTION_NAMES) {
  const continuum = buildContinuum(name, servers, live, Math.random);
  Deno.bench(`${name} dispatch, ${SERVERS} servers, ${KEYS} hashes`, { group: "dispatch" }, () => {
    for (let i = 0; i < KEYS; i++) sink ^= continuum.dispatch(hashes[i]);
  });
}

Deno.bench(`ketama build, ${SERVERS} servers`, { group: "build" }, () => {
  sink ^= buildContinuum("ketama", servers, live, Math.random).points;
});
