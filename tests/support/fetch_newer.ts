/**
 * Fetches newer servers than the machine's own packages have, without installing anything and without being root.
 *
 * ```text
 * the machine's lists of sources ──for the newer release──▶ an apt of our own: lists, packages
 *                                                                │ dpkg-deb --extract
 * FOLDER/bin/redis-server: ld.so --library-path … ◀──────────────┘ FOLDER/usr
 * ```
 *
 * They are started by their own dynamic linker with their own C library, because the machine's may be too old for them.
 *
 * @module
 */

import { sourcesOf } from "./debian_sources.ts";
import { findNewer, NEWER_PROGRAMS, NEWER_RELEASE, newerFolder } from "./newer_programs.ts";
import { removeFolder } from "./start.ts";

const PACKAGES = ["redis-server", "redis-tools", "valkey-server", "memcached"];
/** Of what these depend on, the libraries are unpacked; the rest is for installing packages. */
const UNPACKED = /^(lib(?!perl)|redis-|valkey-|memcached)/;
/** Where they cannot be had, tests do not wait for long. Usually it takes five seconds. */
const FETCH_MAX_MS = 60_000;
const APT_FOLDER = "/etc/apt";

/** Thrown when a step of the way fails. */
class FetchError extends Error {
  override readonly name = "FetchError";
}

/**
 * Makes sure that the newer programs are there, if they can be had.
 *
 * @param folder Where they are kept, for the next time as well.
 * @param show Shows the progress, in one line.
 * @returns Whether they are there.
 */
export async function fetchNewer(
  folder: string | null = newerFolder(),
  show: (text: string) => void = showProgress,
): Promise<boolean> {
  if (folder === null) return false;
  if (isComplete(folder)) return true;
  show(`Fetching Debian 13's ${NEWER_PROGRAMS.join(", ")}:`);
  const unfinished = `${folder}.${Deno.pid}`;
  try {
    await fetchInto(unfinished, AbortSignal.timeout(FETCH_MAX_MS));
    // Another run may have been faster, and uses what it has fetched.
    if (!isComplete(folder)) {
      await removeFolder(folder);
      await Deno.rename(unfinished, folder);
    }
    show(" done.\n");
    return true;
  } catch (error) {
    const reason = error instanceof Error ? error.message : error;
    show(` ${reason}. The tests that need them are left out.\n`);
    return false;
  } finally {
    // Where it cannot be made, it cannot be looked for either.
    await removeFolder(unfinished).catch(() => {});
  }
}

function isComplete(folder: string): boolean {
  return NEWER_PROGRAMS.every((program) => findNewer(program, folder) !== null);
}

async function fetchInto(folder: string, signal: AbortSignal): Promise<void> {
  const sources = sourcesOf(readText("/etc/os-release"), readSources(), NEWER_RELEASE);
  if (sources === null) throw new FetchError("this is not Debian, or its packages come from elsewhere");
  const apt = `${folder}/apt`;
  await Deno.mkdir(`${apt}/sources`, { recursive: true });
  await Deno.mkdir(`${apt}/lists/partial`, { recursive: true });
  await Deno.mkdir(`${apt}/archives/partial`, { recursive: true });
  await Deno.writeTextFile(`${apt}/sources/newer.sources`, sources);
  // Nothing is installed as far as this apt knows, so that it names all that the programs need.
  await Deno.writeTextFile(`${apt}/status`, "");
  const options = optionsOf(apt);
  // A list that cannot be had may be of something else: whether enough has come shows next.
  await run("apt-get", [...options, "update"], signal).catch(() => {});
  const download = ["install", "--yes", "--download-only", "--no-install-recommends", ...PACKAGES];
  await run("apt-get", [...options, ...download], signal);
  for await (const { name } of Deno.readDir(`${apt}/archives`)) {
    if (!name.endsWith(".deb") || !UNPACKED.test(name)) continue;
    await run("dpkg-deb", ["--extract", `${apt}/archives/${name}`, folder], signal);
  }
  await removeFolder(apt);
  await writeStarters(folder);
}

function optionsOf(apt: string): string[] {
  const settings = {
    "Dir::State": apt,
    "Dir::State::lists": `${apt}/lists`,
    "Dir::State::status": `${apt}/status`,
    "Dir::Cache": apt,
    "Dir::Cache::archives": `${apt}/archives`,
    "Dir::Etc::sourcelist": "/dev/null",
    "Dir::Etc::sourceparts": `${apt}/sources`,
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "APT::Default-Release": "",
    // The user that apt would download as may not enter this folder.
    "APT::Sandbox::User": "root",
    "Acquire::Languages": "none",
    "Acquire::http::Timeout": "20",
    "Acquire::https::Timeout": "20",
  };
  return ["--quiet=2", ...Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])];
}

async function run(command: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  let output;
  try {
    output = await new Deno.Command(command, {
      args: [...args],
      env: { DEBIAN_FRONTEND: "noninteractive" },
      stdin: "null",
      signal,
    }).output();
  } catch (error) {
    throw new FetchError(error instanceof Deno.errors.NotFound ? `there is no ${command}` : `${error}`);
  }
  if (output.success) return;
  if (signal.aborted) throw new FetchError(`${command} took too long`);
  const lines = new TextDecoder().decode(output.stderr).trim().split("\n");
  throw new FetchError(`${command}: ${lines.find((line) => line.startsWith("E:")) ?? lines.at(-1)}`);
}

/** Writes a script for each program: the folder may be anywhere, so it starts what is beside it. */
async function writeStarters(folder: string): Promise<void> {
  const { libraries, linker } = findLinker(`${folder}/usr/lib`);
  await Deno.mkdir(`${folder}/bin`);
  for (const program of NEWER_PROGRAMS) {
    if (!exists(`${folder}/usr/bin/${program}`)) throw new FetchError(`the packages have no ${program}`);
    const at = `"$here/usr/lib/${libraries}`;
    const script = `#!/bin/sh\nhere=\${0%/*}/..\n` +
      `exec ${at}/${linker}" --argv0 ${program} --library-path ${at}" "$here/usr/bin/${program}" "$@"\n`;
    await Deno.writeTextFile(`${folder}/bin/${program}`, script, { mode: 0o755 });
  }
}

/** Finds the dynamic linker, whose folder and name are those of the machine's architecture. */
function findLinker(folder: string): { libraries: string; linker: string } {
  for (const { name: libraries } of Deno.readDirSync(folder)) {
    if (!libraries.endsWith("-linux-gnu")) continue;
    for (const { name: linker } of Deno.readDirSync(`${folder}/${libraries}`)) {
      if (/^ld-linux.*\.so\.\d+$/.test(linker)) return { libraries, linker };
    }
  }
  throw new FetchError("the packages have no dynamic linker");
}

function readSources(): Map<string, string> {
  const paths = [`${APT_FOLDER}/sources.list`];
  if (exists(`${APT_FOLDER}/sources.list.d`)) {
    for (const { name } of Deno.readDirSync(`${APT_FOLDER}/sources.list.d`)) {
      if (/\.(list|sources)$/.test(name)) paths.push(`${APT_FOLDER}/sources.list.d/${name}`);
    }
  }
  return new Map(paths.map((path) => [path, readText(path)]));
}

/** The text of a file; empty if there is none or it may not be read. */
function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

function showProgress(text: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(text));
}
