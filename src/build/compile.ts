/**
 * The tasks `compile` and `compile:all`: make executables in `dist/`.
 *
 * `--all` compiles for every platform; all other arguments are handed to `deno compile`.
 *
 * @module
 */

import { BUILD_FILE, type BuildInfo } from "./build_info.ts";
import { compileArguments, outputOf, type Target, TARGETS } from "./compile_args.ts";

const ROOT = new URL("../../", import.meta.url);
const BYTES_PER_MB = 1024 * 1024;

/**
 * Compiles.
 *
 * @param args The command line.
 * @returns The exit status: 0 if every executable was made.
 */
async function main(args: readonly string[]): Promise<number> {
  const more = args.filter((arg) => arg !== "--all");
  const targets: readonly (Target | null)[] = args.includes("--all") ? TARGETS : [null];
  const info: BuildInfo = { commit: await currentCommit() };
  Deno.mkdirSync(new URL("dist/", ROOT), { recursive: true });
  Deno.writeTextFileSync(new URL(BUILD_FILE, ROOT), JSON.stringify(info));
  try {
    let failed = 0;
    for (const target of targets) if (!await compile(target, more, info)) failed++;
    return failed === 0 ? 0 : 1;
  } finally {
    Deno.removeSync(new URL(BUILD_FILE, ROOT));
  }
}

async function compile(target: Target | null, more: readonly string[], info: BuildInfo): Promise<boolean> {
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: compileArguments(target, more),
    cwd: ROOT,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn().status;
  const output = outputOf(target);
  if (!success) {
    say(`Cannot compile "${output}": see above\n`);
    return false;
  }
  const { size } = Deno.statSync(new URL(output, ROOT));
  say(`${output}: commit ${info.commit}, ${(size / BYTES_PER_MB).toFixed(1)} MB\n`);
  return true;
}

/** The commit of the sources, 12 digits; `-dirty` behind it if they differ from it; `unknown` without git. */
async function currentCommit(): Promise<string> {
  const args = ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"];
  try {
    const { success, stdout } = await new Deno.Command("git", { args, cwd: ROOT, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : "unknown";
  } catch {
    // There is no git here.
    return "unknown";
  }
}

function say(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
