import { assert, assertEquals } from "@std/assert";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { ReadWindow } from "../../../src/buffer/read_window.ts";
import { fuzzTest, type Random } from "../../support/random.ts";

const limits = { bytesMin: 512, bytesMax: 8192 };

function newWindow(): { pool: MbufPool; window: ReadWindow } {
  const pool = new MbufPool(2048);
  return { pool, window: new ReadWindow(pool, limits) };
}

/** Reads as many bytes as are asked for or fit. */
function read(window: ReadWindow, count = Infinity, byte = 0x2e): number {
  const room = window.room();
  const taken = Math.min(room.length, count);
  room.fill(byte, 0, taken);
  window.filled(taken);
  return taken;
}

Deno.test("read window: it starts small and is all room", () => {
  const { pool, window } = newWindow();
  assertEquals([window.bytes.length, window.start, window.end], [512, 0, 0]);
  assert(window.room() === window.bytes, "an empty window needs no view");
  window.release();
  assertEquals(pool.usage.usedBytes, 0);
});

Deno.test("read window: it grows while reads fill it, up to its limit", () => {
  const { pool, window } = newWindow();
  const sizes = Array.from({ length: 5 }, () => {
    const count = read(window);
    window.start = window.end;
    return count;
  });
  assertEquals(sizes, [512, 2048, 8192, 8192, 8192]);
  assertEquals(pool.usage.usedBytes, 8192);
});

Deno.test("read window: it shrinks step by step when reads have been small for long", () => {
  const { window } = newWindow();
  for (let i = 0; i < 3; i++) {
    read(window);
    window.start = window.end;
  }
  const sizes = new Set<number>();
  for (let i = 0; i < 50; i++) {
    read(window, 10);
    window.start = window.end;
    sizes.add(window.bytes.length);
  }
  assertEquals([...sizes], [8192, 2048, 512]);
});

Deno.test("read window: one larger read in between keeps its size", () => {
  const { window } = newWindow();
  for (let i = 0; i < 3; i++) {
    read(window);
    window.start = window.end;
  }
  for (let i = 0; i < 60; i++) {
    read(window, i % 15 === 0 ? 2000 : 10);
    window.start = window.end;
  }
  assertEquals(window.bytes.length, 8192);
});

Deno.test("read window: what is still needed moves to the front when the room becomes short", () => {
  const { window } = newWindow();
  read(window, 460, 0x61);
  window.start = 450;
  read(window, 10, 0x62);
  assertEquals([window.bytes.length, window.start, window.end], [512, 0, 20]);
  assertEquals(new TextDecoder().decode(window.bytes.subarray(0, 20)), "a".repeat(10) + "b".repeat(10));
});

Deno.test("read window: a message that is longer than the limit is taken all the same, and given up after", () => {
  const { pool, window } = newWindow();
  let length = 0;
  while (length < 100_000) length += read(window, 100_000 - length, 0x63);
  assertEquals(window.end - window.start, 100_000);
  assert(window.bytes.subarray(window.start, window.end).every((byte) => byte === 0x63));
  assert(window.bytes.length >= 100_000 && window.bytes.length <= 262_144, `${window.bytes.length}`);
  window.start = window.end;
  window.room();
  assertEquals(window.bytes.length, 8192);
  assertEquals(pool.usage.usedBytes, 8192);
});

Deno.test("read window: a detached buffer belongs to the caller, and the window goes on empty", () => {
  const { pool, window } = newWindow();
  read(window, 300, 0x61);
  const buffer = window.detach();
  assertEquals([window.start, window.end, window.bytes.length], [0, 0, 512]);
  assert(window.bytes !== buffer && buffer[299] === 0x61);
  read(window, 300, 0x62);
  assertEquals(buffer[299], 0x61);
  assertEquals(pool.usage.usedBytes, 1024);
  pool.give(buffer);
  window.release();
  assertEquals(pool.usage.usedBytes, 0);
});

Deno.test("read window: after a detached long message it is no larger than its limit", () => {
  const { pool, window } = newWindow();
  while (window.end < 50_000) read(window);
  pool.give(window.detach());
  assertEquals(window.bytes.length, 8192);
});

/** Uses up a part of what is unread, after comparing it. */
function consume(random: Random, window: ReadWindow, model: number[]): void {
  assertEquals([...window.bytes.subarray(window.start, window.end)], model);
  const count = random.chance(0.5) ? model.length : random.int(model.length + 1);
  window.start += count;
  model.splice(0, count);
}

fuzzTest("read window: it loses, doubles and changes nothing, and gives everything back", (random) => {
  const pool = new MbufPool(1024);
  for (let round = 0; round < 40; round++) {
    const bytesMin = random.pick([256, 512, 4096]);
    const window = new ReadWindow(pool, { bytesMin, bytesMax: bytesMin * random.pick([1, 4, 8]) });
    let model: number[] = [];
    const detached: Uint8Array<ArrayBuffer>[] = [];
    for (let step = 0; step < 200; step++) {
      const room = window.room();
      assert(room.length > 0, "there is always room for a read");
      const { buffer, byteOffset, length } = window.bytes;
      assert(room.buffer === buffer && room.byteOffset + room.length === byteOffset + length);
      const bytes = random.bytes(Math.min(room.length, random.int(random.pick([2, 100, 5000]))));
      room.set(bytes);
      window.filled(bytes.length);
      model.push(...bytes);
      if (random.chance(0.7)) consume(random, window, model);
      if (random.chance(0.05)) {
        const [start, end] = [window.start, window.end];
        const buffer = window.detach();
        assertEquals([...buffer.subarray(start, end)], model);
        detached.push(buffer);
        model = [];
      }
    }
    window.release();
    for (const buffer of detached) pool.give(buffer);
    assertEquals(pool.usage.usedBytes, 0);
  }
});

Deno.test("read window: bytes from elsewhere come behind what is there, however many they are", () => {
  const { pool, window } = newWindow();
  read(window, 100);
  const more = Uint8Array.from({ length: 20_000 }, (_, i) => i % 251);
  window.append(more.subarray(0, 7));
  window.append(more.subarray(7));
  assertEquals(window.end - window.start, 100 + more.length);
  assertEquals(window.bytes.slice(window.start + 100, window.end), more);
  window.release();
  assertEquals(pool.usage.usedBytes, 0);
});
