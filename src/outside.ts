/**
 * What lies outside of the program: files, variables, addresses. Whether they may be used is found out before they are,
 * so that Deno asks nobody.
 *
 * @module
 */

import type { Options } from "./cli/flags.ts";
import type { Config } from "./config/config.ts";
import type { Outside } from "./config/structures.ts";
import { isPermitted, requirePermission } from "./daemon/permissions.ts";
import { requireAll } from "./daemon/requirements.ts";

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
