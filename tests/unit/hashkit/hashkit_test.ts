import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { hashByName } from "../../../src/hashkit/hashkit.ts";
import { HASH_NAMES, type HashName } from "../../../src/hashkit/names.ts";
import { fuzzTest } from "../../support/random.ts";
import { hashVectors } from "../fixtures/hash_vectors.ts";

const keys = [
  encode(""),
  encode("a"),
  encode("apple"),
  encode("foo:bar:1234"),
  encode("server1-8"),
  encode("0123456789abcdef0123"),
  encode("\u4f60\u597d"),
  Uint8Array.of(0x61, 0x80, 0x62),
];

// Observed on twemproxy 0.5.0, one column per key above.
// deno-fmt-ignore
const observed: Record<HashName, readonly number[]> = {
  one_at_a_time: [0, 3392050242, 2297466611, 2284676751, 877436221, 3689687926, 1275633067, 1046036224],
  md5: [3649838548, 3111502092, 3195025439, 3155076713, 3853726576, 1466066552, 2674444926, 1449239046],
  crc16: [0, 31879, 3662830516, 1291223310, 1144835972, 1594813694, 1120778135, 2091514663],
  crc32: [0, 26807, 10542, 19638, 11461, 7619, 20642, 11883],
  crc32a: [0, 3904355907, 2838417488, 1287039757, 2898630467, 499335874, 1352841281, 778821690],
  fnv1_64: [2216829733, 2248259518, 473199127, 3959557848, 1740047470, 3383105101, 223760903, 2488299660],
  fnv1a_64: [2216829733, 2248273036, 1488911807, 981588818, 391047052, 4190458057, 931594915, 4205580594],
  fnv1_32: [2166136261, 84696446, 67176023, 334103000, 404703534, 2851043981, 1586576519, 3462655308],
  fnv1a_32: [2166136261, 3826002220, 280767167, 3162797234, 4293972012, 3869748553, 718964643, 3265844562],
  hsieh: [0, 2472816263, 3738850110, 3742844604, 3318089592, 2333927540, 2370877334, 3901690566],
  murmur: [0, 1262581116, 4142305122, 1455771570, 654300303, 3831009809, 1243698303, 3071647222],
  jenkins: [3735928572, 3768813200, 1442444624, 3690969338, 2778607019, 1993360262, 3776367849, 519872988],
};

for (const name of HASH_NAMES) {
  const hash = hashByName(name);

  Deno.test(`${name} hashes the observed keys as the reference does`, () => {
    assertEquals(keys.map((key) => hash(key, 0, key.length)), [...observed[name]]);
  });

  Deno.test(`${name} hashes every key of the fixture as the reference does`, () => {
    assertEquals(hashVectors.length, 240);
    for (const vector of hashVectors) {
      const key = Uint8Array.fromHex(vector.key);
      assertEquals(hash(key, 0, key.length), vector[name], `key ${vector.key}`);
    }
  });

  fuzzTest(`${name} gives a uint32 that depends on the bytes in its range only`, (random) => {
    for (let round = 0; round < 300; round++) {
      const key = random.bytes(random.int(40));
      const start = random.int(20);
      const buffer = random.bytes(start + key.length + random.int(20));
      buffer.set(key, start);
      const value = hash(buffer, start, start + key.length);
      assert(Number.isInteger(value) && value >= 0 && value < 2 ** 32, `${value} is no uint32`);
      assertEquals(value, hash(key, 0, key.length), `key ${key.toHex()} at ${start}`);
    }
  });
}

Deno.test("crc32 keeps 15 bits of crc32a", () => {
  const key = encode("foo:bar:1234");
  const whole = hashByName("crc32a")(key, 0, key.length);
  assertEquals(hashByName("crc32")(key, 0, key.length), Math.floor(whole / 2 ** 16) % 2 ** 15);
});
