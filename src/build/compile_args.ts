/**
 * How `deno compile` is called.
 *
 * @module
 */

import { PERMISSIONS, V8_FLAGS } from "../daemon/permissions.ts";
import { BUILD_FILE } from "./build_info.ts";

/** Every platform that `deno compile` knows and the program is for; not Windows, which lacks its signals. */
export const TARGETS = [
  "x86_64-unknown-linux-gnu",
  "aarch64-unknown-linux-gnu",
  "x86_64-apple-darwin",
  "aarch64-apple-darwin",
] as const;

/** Files that the program reads or starts at run time, and that no import leads to. */
const EMBEDDED: readonly string[] = [BUILD_FILE];

/** A platform to compile for. */
export type Target = (typeof TARGETS)[number];

/**
 * Makes the command line of `deno compile`.
 *
 * @param target The platform; null for this machine's own.
 * @param more What else the compiler is told, such as `--no-check`. A permission replaces the one of the same name:
 *   `--allow-write=/run/nutcracker` narrows what the executable may write.
 * @returns The arguments of `deno`.
 */
export function compileArguments(target: Target | null, more: readonly string[] = []): string[] {
  const nameOf = (flag: string): string => flag.split("=")[0];
  const replaced = new Set(more.map(nameOf));
  const isApple = target?.endsWith("-darwin") ?? false;
  const permissions = PERMISSIONS
    // Without /proc there is nothing to start, and Deno would warn of it at every start.
    .filter(({ descriptor }) => descriptor.name !== "run" || !isApple)
    .map(({ flag }) => flag)
    .filter((flag) => !replaced.has(nameOf(flag)));
  return [
    "compile",
    "--quiet",
    // Deno's code cache is a file with a known name in the folder for temporary files, which others may write to.
    "--no-code-cache",
    V8_FLAGS,
    ...permissions,
    ...more,
    ...EMBEDDED.flatMap((path) => ["--include", path]),
    ...(target === null ? [] : ["--target", target]),
    "--output",
    outputOf(target),
    "main.ts",
  ];
}

/**
 * Says what the executable is called.
 *
 * @param target The platform; null for this machine's own.
 * @returns Its path from the top of the repository.
 */
export function outputOf(target: Target | null): string {
  return target === null ? "dist/nutcracker" : `dist/nutcracker-${target}`;
}
