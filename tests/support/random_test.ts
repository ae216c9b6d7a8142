import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { chooseSeed, Random, runSeeded } from "./random.ts";
import { joinBytes } from "./wire.ts";

Deno.test("random: a seed repeats its sequence and another one does not", () => {
  const draw = (seed: number) => {
    const random = new Random(seed);
    return [
      random.uint32(),
      random.int(1000),
      random.text(20),
      [...random.bytes(10)],
      random.shuffle([1, 2, 3, 4]),
    ];
  };
  assertEquals(draw(42), draw(42));
  assertNotEquals(draw(42), draw(43));
});

Deno.test("random: values keep to their range and reach its ends", () => {
  const random = new Random(1);
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) seen.add(random.between(-2, 2));
  assertEquals([...seen].sort((a, b) => a - b), [-2, -1, 0, 1, 2]);
  assertEquals(random.int(1), 0);
});

Deno.test("random: pieces join to the whole, and none is empty", () => {
  const random = new Random(chooseSeed());
  for (let i = 0; i < 500; i++) {
    const whole = random.bytes(random.int(40));
    const pieces = random.split(whole, random.between(1, 10));
    assert(pieces.every((piece) => piece.length > 0), `seed ${random.seed}`);
    assertEquals(joinBytes(pieces), whole, `seed ${random.seed}`);
  }
});

Deno.test("random: a failure names the seed", async () => {
  await assertRejects(
    () =>
      runSeeded(77, () => {
        throw new Error("broken");
      }),
    Error,
    "NUTCRACKER_SEED=77 repeats this: broken",
  );
});
