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
  /** How many of them may run at the same time; null for as many as there are cores. */
  readonly jobs: number | null;
  /** The path of a compiled proxy that they run instead of the sources; null for the sources. */
  readonly executable: string | null;
}

/** How many test files of a folder may run at the same time; of others one, because they take the time or the machine. */
const JOBS: readonly (readonly [folder: string, jobs: number | null])[] = [
  ["tests/unit/", null],
  ["tests/tidy/", null],
  ["tests/support/", null],
  // Each starts several programs, and waits for them most of the time.
  ["tests/clients/", 2],
  ["tests/conf/", 2],
  ["tests/differential/", 2],
  ["tests/integration/", 2],
];

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
  const groups: TestGroup[] = [null, 2, 1].map((jobs) => {
    return { files: chosen.filter((path) => jobsOf(path) === jobs), jobs, executable: null };
  });
  if (executable !== null) {
    groups.push({
      files: chosen.filter((path) => path.startsWith(PROGRAM_FOLDER)),
      jobs: jobsOf(PROGRAM_FOLDER),
      executable,
    });
  }
  return groups.filter((group) => group.files.length > 0);
}

function jobsOf(path: string): number | null {
  const row = JOBS.find(([folder]) => path.startsWith(folder));
  return row === undefined ? 1 : row[1];
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
