import { assertEquals } from "@std/assert";
import { didYouMean, nearNames } from "../../../src/config/near_names.ts";

const NAMES = [
  "timeout",
  "servers",
  "server_retry_timeout",
  "redis_auth",
  "server_auth",
  "client_auth",
  "hash",
];

const cases: readonly [given: string, expected: readonly string[], why: string][] = [
  ["tiemout", ["timeout"], "two neighbours exchanged"],
  ["timeot", ["timeout"], "one too few"],
  ["timeoutt", ["timeout"], "one too many"],
  ["timeaut", ["timeout"], "another one"],
  ["Servers", ["servers"], "a capital"],
  ["server-retry-timeout", ["server_retry_timeout"], "the joining character"],
  ["retry_timeout", ["server_retry_timeout"], "a part"],
  ["auth", ["redis_auth", "server_auth", "client_auth"], "a part of several"],
  ["retry_time", ["server_retry_timeout"], "a part rather than several mistakes"],
  ["srevrs", ["servers"], "two mistakes"],
  ["hsh", ["hash"], "short, one mistake"],
  ["hs", [], "too short for a mistake"],
  ["abcdefg", [], "another word"],
  ["", [], "nothing"],
];

for (const [given, expected, why] of cases) {
  Deno.test(`names near "${given}": ${why}`, () => assertEquals(nearNames(given, NAMES), expected));
}

Deno.test("the name itself is the nearest", () => {
  for (const name of NAMES) assertEquals(nearNames(name, NAMES), [name]);
});

Deno.test("suggestions are a question", () => {
  assertEquals(didYouMean([]), "");
  assertEquals(didYouMean(["hash"]), 'did you mean "hash"?');
  assertEquals(didYouMean(["a", "b"]), 'did you mean "a" or "b"?');
  assertEquals(didYouMean(["a", "b", "c", "d"]), 'did you mean "a", "b" or "c"?');
  assertEquals(didYouMean(["hash"], (name) => `--${name}`), "did you mean --hash?");
});
