/**
 * What the task `test` does with test files and with what `deno test` says about them.
 *
 * @module
 */

/** How many tests ended in which way. */
export interface TestCounts {
  /** Those that passed. */
  readonly passed: number;
  /** Those that failed; a file that cannot be loaded counts as one. */
  readonly failed: number;
  /** Those that were left out. */
  readonly skipped: number;
}

/** No tests at all. */
export const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: 0 };

/** Test files that are run together. */
export interface TestGroup {
  /** Paths from the top of the repository. */
  readonly files: readonly string[];
  /** Whether they may run at the same time. */
  readonly parallel: boolean;
  /** The path of a compiled proxy that they run instead of the sources; null for the sources. */
  readonly executable: string | null;
}

/** Tests here share nothing with each other; all others have the machine to themselves, one by one. */
const PARALLEL_FOLDERS = ["tests/unit/", "tests/tidy/", "tests/support/"];

/** Tests of the whole program, which a compiled one has to pass too. */
const PROGRAM_FOLDER = "tests/integration/";

/**
 * Chooses the test files and says which of them may run together.
 *
 * @param paths All files, from the top of the repository.
 * @param filters Parts of paths; a file is chosen if one of them is in its path, or if there are none.
 * @param executable The path of a compiled proxy that is tested too; null if there is none.
 * @returns The groups that have files, in the order to run them.
 */
export function groupTests(
  paths: readonly string[],
  filters: readonly string[],
  executable: string | null = null,
): TestGroup[] {
  const chosen = paths
    .filter((path) => path.endsWith("_test.ts"))
    .filter((path) => filters.length === 0 || filters.some((filter) => path.includes(filter)))
    .sort();
  const isParallel = (path: string) => PARALLEL_FOLDERS.some((folder) => path.startsWith(folder));
  const groups: TestGroup[] = [
    { files: chosen.filter(isParallel), parallel: true, executable: null },
    { files: chosen.filter((path) => !isParallel(path)), parallel: false, executable: null },
  ];
  if (executable !== null) {
    groups.push({
      files: chosen.filter((path) => path.startsWith(PROGRAM_FOLDER)),
      parallel: false,
      executable,
    });
  }
  return groups.filter((group) => group.files.length > 0);
}

/**
 * Reads the counts from the last summary line of `deno test`.
 *
 * Its JUnit report is of no use for that: it counts steps as tests and misses files that throw.
 *
 * @param output What it wrote to standard output, or the end of it.
 * @param code Its exit status.
 * @returns The counts; whatever went wrong without being counted is one failure.
 */
export function countTests(output: string, code: number): TestCounts {
  // deno-lint-ignore no-control-regex
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const summary = plain.match(/^(?:ok|FAILED) \| \d+ passed.*$/gm)?.at(-1) ?? "";
  const count = (word: string) => Number(new RegExp(`\\| (\\d+) ${word}`).exec(summary)?.[1] ?? 0);
  const failed = count("failed");
  const uncounted = failed === 0 && (code !== 0 || summary === "");
  return { passed: count("passed"), failed: uncounted ? 1 : failed, skipped: count("ignored") };
}

/**
 * Adds counts up.
 *
 * @param counts Any number of them.
 * @returns Their sums.
 */
export function sumCounts(counts: readonly TestCounts[]): TestCounts {
  return counts.reduce((sum, next) => ({
    passed: sum.passed + next.passed,
    failed: sum.failed + next.failed,
    skipped: sum.skipped + next.skipped,
  }), NO_TESTS);
}

/**
 * Formats the last line of a test run.
 *
 * @param counts What it says.
 * @returns `N passed, N failed`, and how many were skipped if any were.
 */
export function formatCounts(counts: TestCounts): string {
  const line = `${counts.passed} passed, ${counts.failed} failed`;
  return counts.skipped === 0 ? line : `${line}, ${counts.skipped} skipped`;
}
