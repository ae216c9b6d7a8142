/**
 * The task `test`: makes sure that the real programs are there, runs the tests, and ends with the line
 * `N passed, N failed`.
 *
 * Words on the command line choose test files by parts of their paths; everything that begins with a
 * dash is passed on to `deno test`. If the variable NUTCRACKER_COMPILED holds the path of a compiled proxy, the tests of
 * the whole program are run a second time, with it.
 *
 * @module
 */

import { fetchNewer } from "./support/fetch_newer.ts";
import { installPrograms } from "./support/install.ts";
import { EXECUTABLE_VARIABLE } from "./support/proxy.ts";
import { howToGet, missingProgramRule, type ProgramName } from "./support/programs.ts";
import {
  countTests,
  formatCounts,
  groupTests,
  sumCounts,
  type TestCounts,
  type TestGroup,
} from "./support/test_run.ts";

const ROOT = new URL("../", import.meta.url);
const NEEDED: readonly ProgramName[] = [
  "redis-server",
  "memcached",
  "nutcracker",
  "python3-pymemcache",
  "python3-redis",
  "promtool",
  "prometheus",
  "script",
  "bash",
  "zsh",
  "fish",
  "groff",
  "logrotate",
  "systemd-analyze",
  "chromium",
];
/** A test that leaves a connection, a file or an operation behind fails. */
const LEAKS_FAIL = ["--sanitize-ops", "--sanitize-resources"];
/** How much of the output is kept to find the summary in; a summary is one line. */
const TAIL_CHARS = 64 * 1024;

/**
 * Runs the tests.
 *
 * @param args The command line.
 * @returns The exit status: 0 if at least one test passed and none failed.
 */
async function main(args: readonly string[]): Promise<number> {
  const flags = args.filter((arg) => arg.startsWith("-"));
  const filters = args.filter((arg) => !arg.startsWith("-"));
  const groups = groupTests([...filesBelow("tests")], filters, Deno.env.get("NUTCRACKER_COMPILED") || null);
  if (groups.length === 0) say(`No test file's path contains "${filters.join('" or "')}".\n`);
  else {
    tellMissing(await installPrograms(NEEDED));
    await fetchNewer();
  }
  const results: TestCounts[] = [];
  for (const group of groups) results.push(await runGroup(group, flags));
  const counts = sumCounts(results);
  await Deno.stdout.write(new TextEncoder().encode(`${formatCounts(counts)}\n`));
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

function tellMissing(missing: readonly ProgramName[]): void {
  if (missing.length === 0) return;
  const names = missing.join(", ");
  const fate = missingProgramRule() === "fail" ? "fail" : "are left out";
  say(`Not on this machine: ${names}. The tests that need them ${fate}; to get them: ${howToGet(missing)}\n`);
}

async function runGroup(group: TestGroup, flags: readonly string[]): Promise<TestCounts> {
  const { executable, jobs } = group;
  if (executable !== null) say(`\nThe tests of the whole program once more, with ${executable}:\n`);
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "-A", ...LEAKS_FAIL, ...(jobs === 1 ? [] : ["--parallel"]), ...flags, ...group.files],
    cwd: ROOT,
    env: {
      ...(Deno.stdout.isTerminal() && !Deno.noColor ? { FORCE_COLOR: "1" } : {}),
      ...(jobs === null ? {} : { DENO_JOBS: `${jobs}` }),
      ...(executable === null ? {} : { [EXECUTABLE_VARIABLE]: executable }),
    },
    stdout: "piped",
  }).spawn();
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of child.stdout) {
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-TAIL_CHARS);
    for (let written = 0; written < chunk.length;) {
      written += await Deno.stdout.write(chunk.subarray(written));
    }
  }
  return countTests(tail, (await child.status).code);
}

/** Yields the paths of all files below a folder, from the top of the repository. */
function* filesBelow(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(new URL(`${folder}/`, ROOT))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(path);
    else if (entry.isFile) yield path;
  }
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
