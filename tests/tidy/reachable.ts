/**
 * Whether every module is used by something, and every test is run.
 *
 * @module
 */

import { resolveImport } from "./resolve.ts";
import type { Complaint, Source } from "./sources.ts";

/** What is started by itself, besides the tests. */
const ENTRIES = ["main.ts", "src/build/compile.ts", "src/cachenode/demo.ts", "src/workers/worker.ts"];

/** They declare tests on behalf of others. */
const TEST_DECLARERS = [
  "tests/integration/redis_rows/kinds.ts",
  "tests/support/newer_programs.ts",
  "tests/support/programs.ts",
  "tests/support/proxy_rig.ts",
  "tests/support/random.ts",
];

/**
 * Checks that the program, the demo or a test leads to every module of `src/`.
 *
 * @param sources All modules.
 * @returns A complaint per module that nothing imports.
 */
export function checkReachable(sources: readonly Source[]): Complaint[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const waiting = [...byPath.keys()].filter((path) => ENTRIES.includes(path) || path.startsWith("tests/"));
  const reached = new Set(waiting);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const { specifier } of byPath.get(path)!.imports) {
      const target = specifier === null ? null : resolveImport(path, specifier);
      if (target === null || !byPath.has(target) || reached.has(target)) continue;
      reached.add(target);
      waiting.push(target);
    }
  }
  return [...byPath.keys()]
    .filter((path) => path.startsWith("src/") && !reached.has(path))
    .map((path) => ({ path, line: 1, text: "is imported neither by the program nor by a test" }));
}

/**
 * Checks that tests and benches stand in files that are run as such.
 *
 * @param sources Modules.
 * @returns A complaint per file whose tests would never run.
 */
export function checkTestNames(sources: readonly Source[]): Complaint[] {
  return sources
    .filter(({ path, declaresTests }) => declaresTests && !TEST_DECLARERS.includes(path))
    .filter(({ path }) => !/^tests\/.*_test\.ts$|^tests\/bench\/.*_bench\.ts$/.test(path))
    .map(({ path }) => ({
      path,
      line: 1,
      text: "declares tests, but is not named tests/…_test.ts or tests/bench/…_bench.ts",
    }));
}
