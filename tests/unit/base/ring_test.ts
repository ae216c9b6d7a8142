import { assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../src/base/assert.ts";
import { Ring } from "../../../src/base/ring.ts";
import { fuzzTest } from "../../support/random.ts";

function itemsOf<T>(ring: Ring<T>): T[] {
  return Array.from({ length: ring.length }, (_, i) => ring.at(i));
}

Deno.test("ring: an empty one has nothing to give", () => {
  const ring = new Ring<number>();
  assertEquals(ring.length, 0);
  assertEquals(ring.peek(), undefined);
  assertEquals(ring.shift(), undefined);
  assertEquals(ring.length, 0);
});

Deno.test("ring: items leave in the order they came, while it grows and wraps", () => {
  for (const capacity of [0, 1, 2, 3, 8]) {
    const ring = new Ring<number>(capacity);
    let [pushed, shifted] = [0, 0];
    for (let round = 0; round < 40; round++) {
      for (let i = 0; i < 3; i++) ring.push(pushed++);
      for (let i = 0; i < 2; i++) assertEquals(ring.shift(), shifted++);
    }
    assertEquals(itemsOf(ring), Array.from({ length: 40 }, (_, i) => 80 + i));
  }
});

Deno.test("ring: reading and writing outside of its bounds is a defect", () => {
  const ring = new Ring<string>(4);
  ring.push("a");
  for (const index of [-1, 1, 4]) {
    assertThrows(() => ring.at(index), AssertionError, "bounds");
    assertThrows(() => ring.replace(index, "b"), AssertionError, "bounds");
  }
  ring.replace(0, "b");
  assertEquals(ring.peek(), "b");
});

Deno.test("ring: shrinking keeps what is in it", () => {
  const ring = new Ring<number>();
  for (let i = 0; i < 1000; i++) ring.push(i);
  ring.shrink();
  assertEquals(ring.length, 1000);
  for (let i = 0; i < 1000; i++) assertEquals(ring.shift(), i);
  ring.shrink();
  for (let i = 0; i < 1000; i++) ring.push(-i);
  assertEquals(itemsOf(ring), Array.from({ length: 1000 }, (_, i) => -i));
});

fuzzTest("ring: does what an array does", (random) => {
  const ring = new Ring<number>(random.int(20));
  const model: number[] = [];
  for (let step = 0; step < 50_000; step++) {
    // The balance tips to and fro, so that it grows long and becomes empty again.
    const isGrowing = (step >> 10) % 2 === 0;
    const choice = random.int(10);
    if (choice < (isGrowing ? 6 : 2)) {
      ring.push(step);
      model.push(step);
    } else if (choice < 8) {
      assertEquals(ring.peek(), model[0]);
      assertEquals(ring.shift(), model.shift());
    } else if (choice === 8 && model.length > 0) {
      const index = random.int(model.length);
      assertEquals(ring.at(index), model[index]);
      ring.replace(index, -step);
      model[index] = -step;
    } else {
      ring.shrink();
    }
    assertEquals(ring.length, model.length);
    if (step % 1000 === 0) assertEquals(itemsOf(ring), model);
  }
});
