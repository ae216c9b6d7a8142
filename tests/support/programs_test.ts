import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  findProgram,
  howToGet,
  missingProgramRule,
  ProgramMissingError,
  realTestDefinition,
} from "./programs.ts";

const nothing = () => {};

Deno.test("programs: a program on the PATH or in a sbin folder is found", () => {
  for (const name of ["redis-server", "nutcracker", "node", "python3"] as const) {
    const path = findProgram(name);
    if (path !== null) assert(Deno.statSync(path).isFile, path);
  }
});

Deno.test("programs: the way to get them names every package once", () => {
  assertEquals(
    howToGet(["redis-cli", "memcached", "redis-benchmark"]),
    "apt-get install redis-tools memcached",
  );
});

Deno.test("programs: CI decides what a missing program means", () => {
  assertEquals([undefined, "", "0", "false"].map((ci) => missingProgramRule(ci ?? "")), [
    "ignore",
    "ignore",
    "ignore",
    "ignore",
  ]);
  assertEquals(["true", "1", "yes"].map((ci) => missingProgramRule(ci)), ["fail", "fail", "fail"]);
});

Deno.test("programs: a test whose programs are there is declared as it is", () => {
  const definition = realTestDefinition(["memcached"], "m", nothing, () => "/usr/bin/memcached", "fail");
  assertEquals(definition, { name: "m", fn: nothing });
});

Deno.test("programs: a test without its program is ignored locally and says how to get it", () => {
  const definition = realTestDefinition(["nutcracker"], "n", nothing, () => null, "ignore");
  assertEquals(definition.ignore, true);
  assertEquals(definition.name, "n [needs nutcracker: apt-get install nutcracker]");
});

Deno.test("programs: a test without its program fails in CI", async () => {
  const definition = realTestDefinition(["nutcracker"], "n", nothing, () => null, "fail");
  assert(!definition.ignore, "it must not be ignored");
  const error = await assertRejects(
    async () => await definition.fn({} as Deno.TestContext),
    ProgramMissingError,
  );
  assertStringIncludes(error.message, "apt-get install nutcracker");
});
