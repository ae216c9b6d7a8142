import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { queryBytes } from "../../../src/stats/query_bytes.ts";

Deno.test("a parameter is read as bytes, be they text or not", () => {
  const cases: readonly (readonly [string, readonly number[] | Uint8Array])[] = [
    ["?pool=a&key=%ff%00%0a", [0xff, 0, 0x0a]],
    ["?key=a+b%2B=c", encode("a b+=c")],
    ["?key=%C3%a4ä", encode("ää")],
    ["key=%zz%4%", encode("%zz%4%")],
    ["?key=", []],
    ["?key", []],
    ["?key=first&key=second", encode("first")],
  ];
  for (const [search, bytes] of cases) {
    assertEquals(queryBytes(search, "key"), Uint8Array.from(bytes), search);
  }
  assertEquals([queryBytes("?pool=a", "key"), queryBytes("", "key")], [null, null]);
});
