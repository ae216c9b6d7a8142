import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { ENTRY_OVERHEAD_BYTES } from "../../../src/cachenode/limits.ts";
import { CacheStore, NEVER } from "../../../src/cachenode/store.ts";
import { fuzzTest } from "../../support/random.ts";

const VALUE = encode("value");
const COST = "k1".length + VALUE.length + ENTRY_OVERHEAD_BYTES;

Deno.test("store: keeps, replaces and forgets, and counts the bytes", () => {
  const store = new CacheStore(new ManualClock());
  assertEquals(store.get("k1"), undefined);
  store.set("k1", VALUE, NEVER, 7);
  assertEquals(store.get("k1"), { value: VALUE, flags: 7, version: 1, expiresAtMs: NEVER });
  store.set("k2", VALUE);
  store.set("k1", encode("longer"));
  assertEquals([store.size, store.bytes], [2, 2 * COST + 1]);
  assertEquals([store.get("k1")!.version, store.get("k2")!.version], [3, 2]);
  assertEquals([store.delete("k1"), store.delete("k1")], [true, false]);
  assertEquals([store.size, store.bytes], [1, COST]);
  store.clear();
  assertEquals([store.size, store.bytes], [0, 0]);
});

Deno.test("store: an entry is gone at its expiry and not before", () => {
  const clock = new ManualClock();
  const store = new CacheStore(clock);
  store.set("k1", VALUE, store.nowMs + 100);
  clock.advance(99);
  assertEquals(store.get("k1")?.value, VALUE);
  clock.advance(1);
  assertEquals([store.size, store.delete("k1"), store.get("k1")], [1, false, undefined]);
  assertEquals([store.size, store.bytes], [0, 0]);
});

Deno.test("store: sweeps visit a bounded number of entries, and all of them in the end", () => {
  const clock = new ManualClock();
  const store = new CacheStore(clock);
  for (let i = 0; i < 10; i++) store.set(`k${i}`, VALUE, i % 2 === 0 ? store.nowMs + 10 : NEVER);
  assertEquals(store.sweep(100), 0);
  clock.advance(10);
  assertEquals([store.sweep(4), store.sweep(4), store.sweep(4), store.sweep(4)], [2, 2, 1, 0]);
  assertEquals([store.size, store.bytes], [5, 5 * COST]);
});

Deno.test("store: a clearing in the future takes all that is there when it comes", () => {
  const clock = new ManualClock();
  const store = new CacheStore(clock);
  store.set("k1", VALUE);
  store.clearAt(store.nowMs + 10);
  clock.advance(9);
  store.set("k2", VALUE);
  assertEquals(store.size, 2);
  clock.advance(1);
  assertEquals([store.get("k1"), store.get("k2"), store.size], [undefined, undefined, 0]);
  store.set("k1", VALUE);
  clock.advance(1000);
  assertEquals(store.get("k1")?.value, VALUE);
});

Deno.test("store: what was written the longest ago makes room", () => {
  const store = new CacheStore(new ManualClock(), { bytesMax: 3 * COST, entriesMax: 100 });
  for (const key of ["k1", "k2", "k3"]) store.set(key, VALUE);
  store.set("k1", VALUE);
  store.set("k4", VALUE);
  assertEquals(["k1", "k2", "k3", "k4"].map((key) => store.get(key) !== undefined), [
    true,
    false,
    true,
    true,
  ]);
  store.set("k5", new Uint8Array(10 * COST));
  assertEquals([store.size, store.get("k5")?.value.length], [1, 10 * COST]);

  const few = new CacheStore(new ManualClock(), { bytesMax: Infinity, entriesMax: 2 });
  for (const key of ["k1", "k2", "k3"]) few.set(key, VALUE);
  assertEquals([few.size, few.get("k1")], [2, undefined]);
});

fuzzTest("store: agrees with a plain model, whatever is done to it", (random) => {
  const clock = new ManualClock();
  const store = new CacheStore(clock, { bytesMax: 20 * COST, entriesMax: 12 });
  const model = new Map<string, { value: Uint8Array; expiresAtMs: number }>();
  for (let step = 0; step < 5000; step++) {
    const key = `k${random.int(9)}`;
    const action = random.int(6);
    if (action <= 1) {
      const value = random.bytes(random.int(8));
      const expiresAtMs = random.chance() ? NEVER : store.nowMs + random.int(20);
      store.set(key, value, expiresAtMs);
      model.set(key, { value, expiresAtMs });
    } else if (action === 2) {
      store.delete(key);
      model.delete(key);
    } else if (action === 3) clock.advance(random.int(5));
    else store.sweep(random.int(4));
    const expected = model.get(key);
    const isLive = expected !== undefined && expected.expiresAtMs > store.nowMs;
    assertEquals(store.get(key)?.value, isLive ? expected.value : undefined, `${key} in step ${step}`);
  }
  clock.advance(1000);
  for (let i = 0; i < 20; i++) store.sweep(4);
  const left = [...model].filter(([, { expiresAtMs }]) => expiresAtMs === NEVER);
  assertEquals(store.size, left.length);
  const bytes = left.reduce(
    (sum, [key, { value }]) => sum + key.length + value.length + ENTRY_OVERHEAD_BYTES,
    0,
  );
  assertEquals(store.bytes, bytes);
});
