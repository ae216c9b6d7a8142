import { assertEquals } from "@std/assert";
import { copyBytes } from "../../../src/buffer/copy.ts";

Deno.test("any number of bytes is copied from and to any place, and nothing else", () => {
  const source = Uint8Array.from({ length: 300 }, (_, i) => i % 251 + 1);
  for (let length = 0; length <= 200; length++) {
    for (const [at, start] of [[0, 0], [7, 0], [0, 13], [5, 99]]) {
      const target = new Uint8Array(250);
      const expected = new Uint8Array(250);
      expected.set(source.subarray(start, start + length), at);
      copyBytes(target, at, source, start, start + length);
      assertEquals(target, expected, `${length} bytes from ${start} to ${at}`);
    }
  }
});
