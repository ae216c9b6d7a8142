import { assertEquals } from "@std/assert";
import { INT32, isNumber, readLength, UINT32, UINT64 } from "../../../../src/protocol/memcache/number.ts";
import { latin1 } from "./decisions.ts";

const CASES = [
  //  word                          UINT32 INT32  UINT64
  ["0", true, true, true],
  ["7", true, true, true],
  ["-7", false, true, false],
  ["-", false, false, false],
  ["", false, false, false],
  ["+7", false, false, false],
  ["--7", false, false, false],
  ["7 ", false, false, false],
  ["7a", false, false, false],
  ["0x7", false, false, false],
  ["2147483647", true, true, true],
  ["-2147483647", false, true, false],
  ["2147483648", true, false, true],
  ["-2147483648", false, false, false],
  ["4294967295", true, false, true],
  ["4294967296", false, false, true],
  ["00000000000000000004294967295", true, false, true],
  ["00000000000000000004294967296", false, false, true],
  ["18446744073709551615", false, false, true],
  ["18446744073709551616", false, false, false],
  ["99999999999999999999", false, false, false],
  ["111111111111111111111", false, false, false],
] as const;

Deno.test("number: what is one of which kind", () => {
  for (const [word, ...expected] of CASES) {
    const bytes = latin1(`9${word}9`);
    const got = [UINT32, INT32, UINT64].map((kind) => isNumber(kind, bytes, 1, 1 + word.length));
    assertEquals(got, [...expected], word);
  }
});

Deno.test("number: lengths up to a limit", () => {
  const read = (word: string) => readLength(100, latin1(`9${word}9`), 1, 1 + word.length);
  assertEquals(["0", "007", "100", "101", "99999999999999999999999"].map(read), [0, 7, 100, 101, 101]);
  assertEquals(["", "-1", "+1", "1 ", " 1", "1x", "101x"].map(read), [-1, -1, -1, -1, -1, -1, -1]);
});
