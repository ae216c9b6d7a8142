/**
 * What lies outside of the program: files, variables, addresses, the machine. Whether they may be used is found out before
 * they are, so that Deno asks nobody.
 *
 * @module
 */

import type { Options } from "./cli/flags.ts";
import type { Config } from "./config/config.ts";
import type { Outside } from "./config/structures.ts";
import { isPermitted, requirePermission } from "./daemon/permissions.ts";
import { requireAll } from "./daemon/requirements.ts";
import { strerror } from "./net/strerror.ts";

/** The file of the token cannot be used. */
export class TokenFileError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "TokenFileError";

  /**
   * Makes the error.
   *
   * @param path The file's path as it was given.
   * @param cause Why it cannot be read; nothing if it is empty.
   */
  constructor(path: string, cause?: unknown) {
    super(`Cannot read token file "${path}": ${cause === undefined ? "empty" : strerror(cause)}`, { cause });
  }
}

/** What a configuration file may refer to, and the file itself. */
export const OUTSIDE: Outside = {
  readFile(path) {
    requirePermission({ name: "read", path }, `read "${path}"`);
    return Deno.readFileSync(path);
  },
  readVariable(name) {
    if (!isPermitted({ name: "env", variable: name })) {
      throw new Error(`it may not be read, start the program with --allow-env=${name}`);
    }
    return Deno.env.get(name);
  },
};

/**
 * Makes sure that the files may be used which the flags name.
 *
 * @param options The flags.
 * @throws {PermissionError} If one may not.
 */
export function requireFiles({ confPath, adminTokenPath, outputPath, pidPath }: Options): void {
  for (const path of [confPath, adminTokenPath]) {
    if (path !== null) requirePermission({ name: "read", path }, `read "${path}"`);
  }
  const writes = [outputPath, pidPath].filter((path) => path !== null);
  requireAll({ writes, listens: [], connects: [] });
}

/**
 * Makes sure that the proxy may listen and connect as it is to.
 *
 * @param options The flags.
 * @param config The pools.
 * @throws {PermissionError} If it may not.
 */
export function requireNetwork({ statsAddress, statsPort }: Options, { pools }: Config): void {
  requireAll({
    writes: [],
    listens: [
      { transport: "tcp", hostname: statsAddress, port: statsPort },
      ...pools.map(({ listen }) => listen.address),
    ],
    connects: pools.flatMap(({ servers }) => servers.map(({ address }) => address)),
  });
}

/**
 * Reads the token for changes over the statistics' port.
 *
 * @param path The file that it is in; null if there is none.
 * @returns It without the line feed at its end; null if there is none.
 * @throws {TokenFileError} If it cannot be read, or is empty.
 */
export function readToken(path: string | null): string | null {
  if (path === null) return null;
  let token: string;
  try {
    token = Deno.readTextFileSync(path).trimEnd();
  } catch (error) {
    throw new TokenFileError(path, error);
  }
  if (token === "") throw new TokenFileError(path);
  return token;
}

/**
 * Tells the machine's name. Only the statistics show it, so that a program without the permission for it runs all the same.
 *
 * @returns It, or `unknown`.
 */
export function hostname(): string {
  return isPermitted({ name: "sys", kind: "hostname" }) ? Deno.hostname() : "unknown";
}

/**
 * Tells how much memory the process has.
 *
 * @returns Bytes, those that it shares with others included.
 */
export function residentBytes(): number {
  return Deno.memoryUsage().rss;
}
