import { assertEquals } from "@std/assert";
import { ModulaContinuum } from "../../../src/distribution/modula.ts";
import { fuzzTest } from "../../support/random.ts";
import { continuumVectors } from "../fixtures/hash_vectors.ts";

continuumVectors.forEach((vector, i) => {
  Deno.test(`pool ${i} of the fixture: modula dispatches as the reference does`, () => {
    const continuum = new ModulaContinuum(vector.servers, vector.servers.map(({ live }) => live));
    for (const [hash, server] of vector.modula_dispatch) {
      assertEquals(continuum.dispatch(hash), server, `${hash}`);
    }
  });
});

fuzzTest("modula looks the hash up in a table with each live server as often as it weighs", (random) => {
  for (let round = 0; round < 100; round++) {
    const servers = Array.from({ length: random.between(1, 10) }, (_, i) => {
      return { name: `${i}`, weight: random.between(1, 9) };
    });
    const live = servers.map(() => random.chance(0.8));
    const table = servers.flatMap(({ weight }, i) => live[i] ? new Array<number>(weight).fill(i) : []);
    const continuum = new ModulaContinuum(servers, live);
    assertEquals(continuum.points, table.length);
    for (let draw = 0; draw < 50; draw++) {
      const hash = random.uint32();
      assertEquals(continuum.dispatch(hash), table.length === 0 ? -1 : table[hash % table.length], `${hash}`);
    }
  }
});

Deno.test("the largest weights need no more memory than the smallest", () => {
  const weight = 2 ** 31 - 1;
  const servers = [0, 1, 2].map((i) => ({ name: `${i}`, weight }));
  const continuum = new ModulaContinuum(servers, [true, true, true]);
  assertEquals(continuum.points, 3 * weight);
  const hashes = [0, weight - 1, weight, 2 * weight - 1, 2 * weight, 2 ** 32 - 1];
  assertEquals(hashes.map((hash) => continuum.dispatch(hash)), [0, 0, 1, 1, 2, 2]);
});
