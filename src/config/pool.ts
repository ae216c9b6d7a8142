/**
 * From a pool's directives to its configuration.
 *
 * @module
 */

import type { ScalarNode, YamlNode } from "@std/yaml";
import type { ClientUser, ClientUserFile, PoolConfig, ServerAuth, ServerConfig } from "./config.ts";
import type { PoolEntries } from "./document.ts";
import { compareNames } from "./names.ts";
import { didYouMean, nearNames } from "./near_names.ts";
import { findOption, type OptionField, type OptionRow, OPTIONS } from "./options.ts";
import type { Problems } from "./problems.ts";
import { isStructure, type Outside, type StructureKind } from "./structures.ts";
import { ValueError, type ValueKind } from "./values.ts";

/** A pool and where its parts are in the file. */
export interface PoolDraft {
  /** The pool; only meaningful if there were no problems. */
  readonly pool: PoolConfig;
  /** Offset of its name. */
  readonly nameStart: number;
  /** Offset of the value of `listen`. */
  readonly listenStart: number;
}

interface PlacedServer {
  readonly server: ServerConfig;
  readonly start: number;
}

/** What a pool's directives said: the meaning and the place of each. */
class Draft {
  readonly name: ScalarNode;
  readonly values = new Map<OptionField, unknown>();
  readonly starts = new Map<OptionField, number>();
  readonly servers: PlacedServer[] = [];

  constructor(name: ScalarNode) {
    this.name = name;
  }
}

/**
 * Checks a pool's directives and fills in the defaults.
 *
 * @param source The pool as the file has it.
 * @param problems Takes what is wrong.
 * @param outside What the file may refer to.
 * @returns The pool.
 */
export function readPool(source: PoolEntries, problems: Problems, outside: Outside): PoolDraft {
  const draft = new Draft(source.name);
  const { start: nameStart, text: name } = source.name;
  if (name === "") problems.add(nameStart, `conf: '${problems.path}' has a pool without a name`);
  if (name.includes("\0")) {
    problems.add(nameStart, `conf: '${problems.path}' has a pool with a zero byte in its name`);
  }
  for (const { key, values, structure } of source.entries) {
    const option = findOption(key.text);
    if (option === null) {
      const known = OPTIONS.map((row) => row.key);
      const hint = didYouMean(nearNames(key.text, known)) || `one of ${known.join(", ")}`;
      problems.add(key.start, `conf: directive "${key.text}" is unknown; ${hint}`, key.text);
      continue;
    }
    const { kind } = option;
    if (isStructure(kind)) {
      if (structure !== null) readStructure(draft, { ...option, kind }, key, structure, problems, outside);
    } else {
      for (const value of values) readValue(draft, { ...option, kind }, value, problems);
    }
  }
  checkWhole(draft, problems);
  return { pool: finish(draft), nameStart, listenStart: draft.starts.get("listen") ?? nameStart };
}

type StructureRow = OptionRow & { readonly kind: StructureKind<unknown> };
type ValueRow = OptionRow & { readonly kind: ValueKind<unknown> };

function readStructure(
  draft: Draft,
  { key, field, kind }: StructureRow,
  { start: keyStart }: ScalarNode,
  node: YamlNode,
  problems: Problems,
  outside: Outside,
): void {
  const report = (start: number, reason: string, hint: string): void =>
    problems.add(start, `conf: directive "${key}" ${reason}${hint === "" ? "" : `; ${hint}`}`, key);
  if (draft.starts.has(field)) {
    return report(keyStart, "is a duplicate", `pool "${draft.name.text}" has it before`);
  }
  draft.starts.set(field, node.start);
  const value = kind.read(node, { report, outside });
  if (value !== undefined) draft.values.set(field, value);
}

function readValue(draft: Draft, option: ValueRow, value: ScalarNode, problems: Problems): void {
  const { key, field } = option;
  const shown = field === "redisAuth" ? null : value.text;
  const given = shown === null ? "" : `; ${JSON.stringify(shown)} given`;
  const report = (reason: string, hint: string): void => {
    // Only these two words of the reference have a colon in them.
    const name = reason === "cannot be 0" ? `${key}:` : key;
    problems.add(value.start, `conf: directive "${name}" ${reason}${given}${hint}`, key, shown);
  };
  if (field !== "servers" && draft.starts.has(field)) {
    report("is a duplicate", `; pool "${draft.name.text}" has it before`);
    return;
  }
  draft.starts.set(field, value.start);
  if (value.text === "") {
    report("has an invalid value", `, ${option.kind.label} expected`);
    return;
  }
  if (value.text.includes("\0")) {
    report("has an invalid value", ", a zero byte ends text early in other programs");
    return;
  }
  try {
    const meaning = option.kind.parse(value.text);
    if (field === "servers") draft.servers.push({ server: meaning as ServerConfig, start: value.start });
    else draft.values.set(field, meaning);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    report(error.message, `, ${error.hint}`);
  }
}

/** Checks what no single directive shows. */
function checkWhole(draft: Draft, problems: Problems): void {
  const { name: { start, text: name }, starts, values, servers } = draft;
  if (!starts.has("listen")) {
    problems.add(start, `conf: directive "listen:" is missing; pool "${name}" needs it`, "listen");
  }
  if (!starts.has("servers")) {
    problems.add(start, `conf: pool '${name}' has no servers; they are a list below "servers:"`, "servers");
  }
  const authStart = starts.get("redisAuth");
  if (authStart !== undefined && values.get("protocol") !== "redis") {
    const reason = 'conf: directive "redis_auth:" is only valid for a redis pool';
    problems.add(authStart, `${reason}; pool "${name}" needs redis: true`, "redis_auth");
  }
  checkAuth(draft, problems);
  const seen = new Set<string>();
  for (const { server, start: serverStart } of servers) {
    if (seen.has(server.name)) {
      const reason = `conf: pool '${name}' has servers with same name '${server.name}'`;
      problems.add(serverStart, `${reason}; names must differ, addresses need not`, "servers", server.name);
    }
    seen.add(server.name);
  }
}

/** Checks directives of our own that must fit to each other. */
function checkAuth({ starts, values }: Draft, problems: Problems): void {
  const complain = (field: OptionField, key: string, reason: string): void =>
    problems.add(starts.get(field) ?? 0, `conf: directive "${key}" ${reason}`, key);
  const isRedis = values.get("protocol") === "redis";
  for (
    const [field, key] of [["clientAuth", "client_auth"], ["clientAuthFile", "client_auth_file"]] as const
  ) {
    if (!values.has(field)) continue;
    if (starts.has("redisAuth")) {
      complain(
        field,
        key,
        "cannot be used with redis_auth, which makes a user, too",
      );
    }
  }
  if (values.has("serverAuth")) {
    if (starts.has("redisAuth")) {
      complain("serverAuth", "server_auth", "cannot be used with redis_auth, which servers are given, too");
    }
    if (!isRedis && (values.get("serverAuth") as ServerAuth).user === null) {
      complain("serverAuth", "server_auth", 'has no "user"; memcached wants one');
    }
  }
  const inline = (values.get("clientAuth") ?? []) as readonly ClientUser[];
  const inFile = (values.get("clientAuthFile") as ClientUserFile | undefined)?.users ?? [];
  const twice = inline.find(({ name }) => inFile.some((other) => other.name === name));
  if (twice !== undefined) complain("clientAuthFile", "client_auth_file", `has user "${twice.name}" again`);
  const count = values.get("databases") as number | undefined;
  const db = (values.get("redisDb") ?? 0) as number;
  if (count !== undefined && db >= count) {
    complain(
      "databases",
      "databases",
      `has an invalid value; redis_db: ${db} is not among ${count} databases`,
    );
  }
}

function finish(draft: Draft): PoolConfig {
  const pool: Record<string, unknown> = { name: draft.name.text };
  for (const { field, kind, fallback } of OPTIONS) {
    pool[field] = draft.values.get(field) ??
      (fallback === null || isStructure(kind) ? null : kind.parse(fallback));
  }
  pool.servers = draft.servers.map(({ server }) => server).sort((a, b) => compareNames(a.name, b.name));
  // The table's rows are typed field by field, so that together they are a whole pool.
  return pool as unknown as PoolConfig;
}
