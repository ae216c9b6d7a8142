import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../src/base/assert.ts";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { fuzzTest } from "../../support/random.ts";

const MIB = 1024 * 1024;

Deno.test("mbuf pool: the size of an mbuf is rounded up to a power of two", () => {
  const table = [[1, 256], [256, 256], [257, 512], [512, 512], [16384, 16384], [16385, 32768], [MIB, MIB]];
  for (const [asked, given] of table) assertEquals(new MbufPool(asked).mbufBytes, given);
  assertEquals(new MbufPool(MIB + 1).mbufBytes, MIB + 1);
  assertThrows(() => new MbufPool(0), AssertionError);
});

Deno.test("mbuf pool: a buffer has the size of its class; above the largest class, its own", () => {
  const pool = new MbufPool(512);
  const table = [[0, 256], [1, 256], [256, 256], [257, 512], [1000, 1024], [MIB - 1, MIB], [MIB, MIB]];
  for (const [asked, given] of table) assertEquals(pool.take(asked).length, given, `${asked}`);
  assertEquals(pool.take(MIB + 1).length, MIB + 1);
});

Deno.test("mbuf pool: what comes back is used again for its class", () => {
  const pool = new MbufPool(512);
  const buffer = pool.take(600);
  assertEquals(pool.usage, { usedBytes: 1024, freeBytes: 0 });
  pool.give(buffer);
  assertEquals(pool.usage, { usedBytes: 0, freeBytes: 1024 });
  const other = pool.take(2048);
  assert(pool.take(513) === buffer);
  assertEquals(pool.usage, { usedBytes: 3072, freeBytes: 0 });
  pool.give(other);
  assertEquals(pool.usage, { usedBytes: 1024, freeBytes: 2048 });
});

Deno.test("mbuf pool: a class keeps 4 MiB at the most, and oversized buffers not at all", () => {
  const pool = new MbufPool(512);
  const buffers = Array.from({ length: 6 }, () => pool.take(MIB));
  const oversized = pool.take(3 * MIB);
  assertEquals(pool.usage.usedBytes, 9 * MIB);
  for (const buffer of buffers) pool.give(buffer);
  pool.give(oversized);
  assertEquals(pool.usage, { usedBytes: 0, freeBytes: 4 * MIB });
});

Deno.test("mbuf pool: only whole buffers may come back", () => {
  const pool = new MbufPool(512);
  assertThrows(() => pool.give(new Uint8Array(300)), AssertionError, "whole buffers");
  assertThrows(() => pool.give(pool.take(512).subarray(1)), AssertionError, "whole buffers");
});

Deno.test("mbuf pool: trimming lets go of half of what was not needed, and of nothing that was", () => {
  const pool = new MbufPool(512);
  const free = () => pool.usage.freeBytes / 1024;
  const buffers = Array.from({ length: 16 }, () => pool.take(1024));
  for (const buffer of buffers) pool.give(buffer);
  pool.trim();
  assertEquals(free(), 16, "all were needed since the last call");
  pool.trim();
  assertEquals(free(), 8);
  const needed = Array.from({ length: 6 }, () => pool.take(1024));
  for (const buffer of needed) pool.give(buffer);
  pool.trim();
  assertEquals(free(), 7, "two of eight were left all the time");
  for (let i = 0; i < 10; i++) pool.trim();
  assertEquals(free(), 0);
});

fuzzTest("mbuf pool: it knows what is out, and gives no buffer to two", (random) => {
  const pool = new MbufPool(random.pick([1, 512, 16384]));
  const out = new Map<Uint8Array<ArrayBuffer>, number>();
  let usedBytes = 0;
  for (let step = 0; step < 5000; step++) {
    if (random.chance(0.5)) {
      const bytesMin = random.int(1 << random.between(1, 21));
      const buffer = pool.take(bytesMin);
      assert(buffer.length >= bytesMin && !out.has(buffer));
      // Nobody else may write into it, at either end.
      buffer[0] = buffer[buffer.length - 1] = step;
      out.set(buffer, step & 0xff);
      usedBytes += buffer.length;
    } else if (out.size > 0) {
      const [buffer, mark] = [...out][random.int(out.size)];
      assertEquals([buffer[0], buffer[buffer.length - 1]], [mark, mark]);
      out.delete(buffer);
      usedBytes -= buffer.length;
      pool.give(buffer);
    }
    if (random.chance(0.02)) pool.trim();
    if (out.size > 40) {
      for (const buffer of out.keys()) pool.give(buffer);
      out.clear();
      usedBytes = 0;
    }
    assertEquals(pool.usage.usedBytes, usedBytes);
  }
});
