/**
 * Newer servers than those that the machine's own packages have, and how a test says that it needs one.
 *
 * They are unpacked into a folder of the user's, see `fetch_newer.ts`, and installed nowhere. A test that needs one is left
 * out where it cannot be had, in CI as well: what the machine's own packages have is tested everywhere.
 *
 * @module
 */

import { type ProgramName, realTest } from "./programs.ts";

/** A program of Debian 13: redis 8.0, valkey 8.1 and memcached 1.6.38. */
export const NEWER_PROGRAMS = ["redis-server", "redis-cli", "valkey-server", "memcached"] as const;

/** One of {@link NEWER_PROGRAMS}. */
export type NewerProgram = typeof NEWER_PROGRAMS[number];

/** The release that they are taken from. */
export const NEWER_RELEASE = "trixie";

/**
 * Names the folder that they are unpacked into.
 *
 * @returns Its path; null where the user has no folder for such things.
 */
export function newerFolder(): string | null {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") || (home ? `${home}/.cache` : "");
  return cache.startsWith("/") ? `${cache}/nutcracker-tests/${NEWER_RELEASE}` : null;
}

/**
 * Looks a newer program up.
 *
 * @param program Its name.
 * @param folder Where; the folder of {@link newerFolder} unless given.
 * @returns The absolute path of what starts it; null if it has not been fetched.
 */
export function findNewer(program: NewerProgram, folder: string | null = newerFolder()): string | null {
  if (folder === null) return null;
  const path = `${folder}/bin/${program}`;
  try {
    return Deno.statSync(path).isFile ? path : null;
  } catch {
    return null;
  }
}

/**
 * Declares a test that needs newer programs; it is left out without them.
 *
 * @param programs Those that it starts.
 * @param name The test's name.
 * @param fn The test, which is handed the paths of the programs in the same order.
 * @param others Programs of the machine's own packages that it starts, too.
 */
export function newerTest(
  programs: readonly NewerProgram[],
  name: string,
  fn: (paths: readonly string[]) => Promise<void>,
  others: readonly ProgramName[] = [],
): void {
  const paths = programs.map((program) => findNewer(program));
  const missing = programs.filter((_, i) => paths[i] === null);
  if (missing.length === 0) realTest(others, name, () => fn(paths as string[]));
  else {
    const why = `needs Debian 13's ${missing.join(", ")}, which the task test fetches on Debian`;
    Deno.test({ name: `${name} [${why}]`, ignore: true, fn: () => {} });
  }
}
