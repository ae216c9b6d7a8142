import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { KeyHasher } from "../../../src/distribution/hash_tag.ts";
import { hashByName } from "../../../src/hashkit/hashkit.ts";
import { HASH_NAMES } from "../../../src/hashkit/names.ts";
import { fuzzTest } from "../../support/random.ts";

/** A hasher whose "hash" only notes which bytes it was asked for. */
function recordingHasher(
  tag: string | readonly [number, number] | null,
): (key: Uint8Array) => number[] | null {
  let hashed: number[] | null = null;
  const [open, close] = typeof tag === "string" ? encode(tag) : tag ?? [];
  const hasher = new KeyHasher((bytes, start, end) => {
    hashed = [...bytes.subarray(start, end)];
    return 1;
  }, tag === null ? null : [open, close]);
  return (key) => {
    hashed = null;
    // Brackets around the key must not be taken for its own.
    const around = encode("{}$-$}{");
    const buffer = Uint8Array.of(...around, ...key, ...around);
    hasher.hash(buffer, around.length, around.length + key.length);
    return hashed;
  };
}

const texts: [tag: string | null, key: string, hashed: string][] = [
  ["{}", "{user1}.name", "user1"],
  ["{}", "name.{user1}", "user1"],
  ["{}", "{user1}", "user1"],
  ["{}", "a{b}c", "b"],
  ["{}", "plain", "plain"],
  ["{}", "{}x", "{}x"],
  ["{}", "{}", "{}"],
  ["{}", "{}{a}", "{}{a}"],
  ["{}", "a{b", "a{b"],
  ["{}", "a{", "a{"],
  ["{}", "a}b", "a}b"],
  ["{}", "}a{", "}a{"],
  ["{}", "}a{b}", "b"],
  ["{}", "{a}{b}", "a"],
  ["{}", "{{a}}", "{a"],
  ["{}", "{ }", " "],
  ["$$", "$a$b", "a"],
  ["$$", "x$a$", "a"],
  ["$$", "$$a", "$$a"],
  ["$$", "$$a$", "$$a$"],
  ["$$", "a$b", "a$b"],
  ["$$", "$", "$"],
  ["()", "{a}(b)", "b"],
  [null, "{user1}.name", "{user1}.name"],
];

for (const [tag, key, hashed] of texts) {
  Deno.test(`with the tag ${tag ?? "of none"}, "${key}" is hashed as "${hashed}"`, () => {
    assertEquals(recordingHasher(tag)(encode(key)), [...encode(hashed)]);
  });
}

Deno.test("a tag and what lies in it may be any bytes", () => {
  const hash = recordingHasher([0x00, 0xff]);
  assertEquals(hash(Uint8Array.of(7, 0x00, 0x80, 0x00, 13, 0xff, 9)), [0x80, 0x00, 13]);
  assertEquals(hash(Uint8Array.of(0xff, 0x00, 1)), [0xff, 0x00, 1]);
});

fuzzTest("the hashed part is what the first opening and the next closing bracket enclose", (random) => {
  const hash = recordingHasher("{}");
  for (let round = 0; round < 2000; round++) {
    const key = random.text(random.between(1, 8), "{}ab");
    const expected = /^[^{]*\{([^}]+)\}/.exec(key)?.[1] ?? key;
    assertEquals(hash(encode(key)), [...encode(expected)], `key ${key}`);
  }
});

Deno.test("an empty key hashes to 0 with every function, tag or not", () => {
  for (const name of HASH_NAMES) {
    for (const tag of [null, [0x7b, 0x7d]] as const) {
      assertEquals(new KeyHasher(hashByName(name), tag).hash(encode("{a}"), 2, 2), 0, name);
    }
  }
});

Deno.test("keys with the same tag have the same hash", () => {
  const hasher = new KeyHasher(hashByName("fnv1a_64"), [0x7b, 0x7d]);
  const bare = encode("user1");
  const hash = hashByName("fnv1a_64")(bare, 0, bare.length);
  for (const key of [encode("{user1}.name"), encode("age.{user1}"), bare]) {
    assertEquals(hasher.hash(key, 0, key.length), hash);
  }
});
