import { assert, assertEquals } from "@std/assert";
import { RandomContinuum } from "../../../src/distribution/random.ts";
import { fuzzTest } from "../../support/random.ts";

Deno.test("random draws once per key and spreads the draw over the live servers", () => {
  const draws = [0, 0.333, 0.334, 0.666, 0.667, 0.999];
  let drawn = 0;
  const continuum = new RandomContinuum([true, false, true, false, true], () => draws[drawn++]);
  assertEquals(continuum.points, 3);
  assertEquals(draws.map(() => continuum.dispatch(7)), [0, 0, 2, 2, 4, 4]);
  assertEquals(drawn, draws.length);
});

fuzzTest("random reaches every live server and no other", (random) => {
  const live = Array.from({ length: 8 }, () => random.chance());
  live[random.int(8)] = true;
  const continuum = new RandomContinuum(live, () => random.float());
  const reached = new Set<number>();
  for (let draw = 0; draw < 2000; draw++) reached.add(continuum.dispatch(0));
  for (let i = 0; i < live.length; i++) assert(reached.has(i) === live[i], `server ${i}, live: ${live[i]}`);
});
