/**
 * The way in: from a file to a configuration that has been checked.
 *
 * @module
 */

import type { Config, PoolConfig } from "./config.ts";
import { readDocument } from "./document.ts";
import { ConfigError } from "./error.ts";
import { compareNames } from "./names.ts";
import { hasStructure } from "./options.ts";
import { type PoolDraft, readPool } from "./pool.ts";
import { Problems } from "./problems.ts";
import type { Outside } from "./structures.ts";
import { decodeText, normalizeBreaks } from "./text.ts";

/** Refers to nothing. */
const NOTHING_OUTSIDE: Outside = {
  readFile(path) {
    throw new Error(`there is no file "${path}" here`);
  },
  readVariable: () => undefined,
};

/**
 * Reads a configuration from a file.
 *
 * @param path The file's path.
 * @param outside Reads the file and what it refers to; a function reads files, and then there are no variables.
 * @returns The configuration, frozen.
 * @throws {ConfigError} If the file cannot be read or used.
 */
export function readConfig(path: string, outside: Outside | ((path: string) => Uint8Array)): Config {
  const source = typeof outside === "function" ? { ...NOTHING_OUTSIDE, readFile: outside } : outside;
  let bytes: Uint8Array;
  try {
    bytes = source.readFile(path);
  } catch (error) {
    // Deno appends the number and the call: "No such file or directory (os error 2): readfile 'x'".
    const cause = (error as Error).message.replace(/ \(os error .*$/s, "");
    const reason = `conf: failed to open configuration '${path}': ${cause}`;
    throw new ConfigError(path, { line: 0, column: 0, key: null, value: null, reason });
  }
  return loadConfig(path, decodeText(path, bytes), source);
}

/**
 * Reads a configuration from text. Host names are not resolved.
 *
 * @param path The file's path, for errors.
 * @param text What is in the file.
 * @param outside What the file may refer to; nothing unless given.
 * @returns The configuration, frozen but for the bytes of passwords, which cannot be.
 * @throws {ConfigError} If it cannot be used: the first problem in the text, and the others found with it.
 */
export function loadConfig(path: string, text: string, outside: Outside = NOTHING_OUTSIDE): Config {
  const normalized = normalizeBreaks(text.replace(/^\ufeff/, ""));
  const problems = new Problems(path, normalized);
  const drafts = readDocument(normalized, problems, hasStructure)
    .map((source) => readPool(source, problems, outside));
  problems.throwIfAny();
  checkPools(drafts, problems);
  problems.throwIfAny();
  const pools = drafts.map(({ pool }) => pool).sort((a, b) => compareNames(a.name, b.name));
  return freezeDeeply({ path, pools });
}

/** Checks what no single pool shows. */
function checkPools(drafts: readonly PoolDraft[], problems: Problems): void {
  const byName = new Set<string>();
  const byListen = new Map<string, PoolConfig>();
  for (const { pool, nameStart, listenStart } of drafts) {
    const { name, listen } = pool;
    const other = byListen.get(listen.text);
    if (other !== undefined) {
      const reason =
        `conf: pools '${other.name}' and '${name}' have the same listen address '${listen.text}'`;
      problems.add(listenStart, reason, "listen", listen.text);
    }
    byListen.set(listen.text, pool);
    if (byName.has(name)) {
      problems.add(nameStart, `conf: '${problems.path}' has pools with same name '${name}'`, null, name);
    }
    byName.add(name);
  }
}

function freezeDeeply<T>(value: T): T {
  if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
    for (const part of Object.values(value)) freezeDeeply(part);
    Object.freeze(value);
  }
  return value;
}
