import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../src/base/assert.ts";
import { buildContinuum } from "../../../src/distribution/continuum.ts";
import { KetamaContinuum } from "../../../src/distribution/ketama.ts";
import { ModulaContinuum } from "../../../src/distribution/modula.ts";
import { DISTRIBUTION_NAMES } from "../../../src/distribution/names.ts";
import { RandomContinuum } from "../../../src/distribution/random.ts";

const servers = [{ name: "a", weight: 1 }, { name: "b", weight: 2 }];

function noRandom(): number {
  throw new Error("nothing may be drawn");
}

Deno.test("each distribution is built by its name", () => {
  const live = [true, true];
  assert(buildContinuum("ketama", servers, live, noRandom) instanceof KetamaContinuum);
  assert(buildContinuum("modula", servers, live, noRandom) instanceof ModulaContinuum);
  assert(buildContinuum("random", servers, live, noRandom) instanceof RandomContinuum);
});

for (const name of DISTRIBUTION_NAMES) {
  Deno.test(`${name}: with no live server there is no point and no answer but -1`, () => {
    const continuum = buildContinuum(name, servers, [false, false], noRandom);
    assertEquals([continuum.points, continuum.dispatch(0), continuum.dispatch(2 ** 32 - 1)], [0, -1, -1]);
  });

  Deno.test(`${name}: the only live server gets every key`, () => {
    const continuum = buildContinuum(name, servers, [false, true], () => 0.999);
    for (const hash of [0, 1, 2, 2 ** 31, 2 ** 32 - 1]) assertEquals(continuum.dispatch(hash), 1);
  });

  Deno.test(`${name}: a continuum does not follow changes of what it was built from`, () => {
    const live = [false, true];
    const continuum = buildContinuum(name, servers, live, () => 0);
    live[0] = true;
    live[1] = false;
    assertEquals(continuum.dispatch(0), 1);
  });
}

Deno.test("a list of live servers of another length is a defect", () => {
  assertThrows(() => buildContinuum("modula", servers, [true], noRandom), AssertionError);
});
