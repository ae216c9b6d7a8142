/**
 * The real programs that tests run against, and how a test says that it needs one.
 *
 * Locally, a test whose program is missing is reported as ignored, with the way to get the program in
 * its name. Where the variable `CI` is set nothing real is left out: such a test fails.
 *
 * @module
 */

/** Where each program comes from: its name, and the Debian package that holds it. */
export const PROGRAM_PACKAGES = {
  "redis-server": "redis-server",
  "redis-cli": "redis-tools",
  "redis-benchmark": "redis-tools",
  "memcached": "memcached",
  "memccapable": "libmemcached-tools",
  "memccat": "libmemcached-tools",
  "memccp": "libmemcached-tools",
  "memcexist": "libmemcached-tools",
  "memcflush": "libmemcached-tools",
  "memcping": "libmemcached-tools",
  "memcrm": "libmemcached-tools",
  "memcslap": "libmemcached-tools",
  "memcstat": "libmemcached-tools",
  "memctouch": "libmemcached-tools",
  "memcaslap": "libmemcached-tools",
  "saslpasswd2": "sasl2-bin",
  "nutcracker": "nutcracker",
  "promtool": "prometheus",
  "prometheus": "prometheus",
  "script": "bsdutils",
  "bash": "bash",
  "zsh": "zsh",
  "fish": "fish",
  "groff": "groff-base",
  "logrotate": "logrotate",
  "systemd-analyze": "systemd",
  "chromium": "chromium",
  "node": "nodejs",
  "python3": "python3",
  "python3-pymemcache": "python3-pymemcache",
  "python3-redis": "python3-redis",
} as const;

/** A program that tests may need. */
export type ProgramName = keyof typeof PROGRAM_PACKAGES;

/** Folders that are searched after those of `PATH`; Debian keeps daemons in the sbin ones. */
const EXTRA_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

/**
 * Modules of Debian's own Python, which is the only one to see Debian's modules: "program" is that Python, and it is
 * there if the module is.
 */
const PYTHON_MODULES: ReadonlyMap<ProgramName, string> = new Map([
  ["python3-pymemcache", "/usr/lib/python3/dist-packages/pymemcache/__init__.py"],
  ["python3-redis", "/usr/lib/python3/dist-packages/redis/__init__.py"],
]);
const DEBIAN_PYTHON = "/usr/bin/python3";

/** Thrown when a program is not on this machine. */
export class ProgramMissingError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "ProgramMissingError";

  /**
   * Makes the error that says how to get the program.
   *
   * @param program Which one is missing.
   */
  constructor(program: ProgramName) {
    super(`Cannot find "${program}": not installed; ${howToGet([program])}`);
  }
}

/**
 * Says how missing programs can be had.
 *
 * @param programs Which ones.
 * @returns A command for Debian and its kin.
 */
export function howToGet(programs: readonly ProgramName[]): string {
  const packages = new Set(programs.map((program) => PROGRAM_PACKAGES[program]));
  return `apt-get install ${[...packages].join(" ")}`;
}

/**
 * Looks a program up.
 *
 * @param program Its name.
 * @returns Its absolute path; null if it is not on this machine.
 */
export function findProgram(program: ProgramName): string | null {
  const module = PYTHON_MODULES.get(program);
  if (module !== undefined) return isFile(module) && isExecutable(DEBIAN_PYTHON) ? DEBIAN_PYTHON : null;
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter((folder) => folder.startsWith("/"));
  for (const folder of [...folders, ...EXTRA_FOLDERS]) {
    const path = `${folder}/${program}`;
    if (isExecutable(path)) return path;
  }
  return null;
}

/**
 * Looks up a program that must be there.
 *
 * @param program Its name.
 * @returns Its absolute path.
 * @throws {ProgramMissingError} If it is not on this machine.
 */
export function requireProgram(program: ProgramName): string {
  const path = findProgram(program);
  if (path === null) throw new ProgramMissingError(program);
  return path;
}

/** What a missing program means for the tests that need it. */
export type MissingProgramRule = "ignore" | "fail";

/**
 * Tells what a missing program means here.
 *
 * @param ci The value of the variable `CI`; undefined if it is not set.
 * @returns `fail` in CI, `ignore` elsewhere.
 */
export function missingProgramRule(ci: string | undefined = Deno.env.get("CI")): MissingProgramRule {
  return ci === undefined || ci === "" || ci === "0" || ci === "false" ? "ignore" : "fail";
}

/**
 * Declares a test that needs real programs.
 *
 * @param programs The program or programs that it starts.
 * @param name The test's name.
 * @param fn The test.
 */
export function realTest(
  programs: ProgramName | readonly ProgramName[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test(realTestDefinition(typeof programs === "string" ? [programs] : programs, name, fn));
}

/**
 * Makes what {@link realTest} declares.
 *
 * @param programs The programs that the test starts.
 * @param name The test's name.
 * @param fn The test.
 * @param find How a program is looked up.
 * @param rule What a missing one means.
 * @returns The test as it is, as one that is ignored, or as one that fails.
 */
export function realTestDefinition(
  programs: readonly ProgramName[],
  name: string,
  fn: (t: Deno.TestContext) => void | Promise<void>,
  find: (program: ProgramName) => string | null = findProgram,
  rule: MissingProgramRule = missingProgramRule(),
): Deno.TestDefinition {
  const missing = programs.filter((program) => find(program) === null);
  if (missing.length === 0) return { name, fn };
  if (rule === "ignore") {
    return { name: `${name} [needs ${missing.join(", ")}: ${howToGet(missing)}]`, ignore: true, fn };
  }
  return {
    name,
    fn: () => {
      throw new ProgramMissingError(missing[0]);
    },
  };
}

function isExecutable(path: string): boolean {
  return isFile(path) && ((Deno.statSync(path).mode ?? 0) & 0o111) !== 0;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
