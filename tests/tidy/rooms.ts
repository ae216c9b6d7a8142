/**
 * The import table: which room of `src/` may import which, one way.
 *
 * @module
 */

import { mayUse } from "./platform.ts";
import { resolveImport } from "./resolve.ts";
import type { Complaint, Source } from "./sources.ts";

/** A room, or a part of one with a rule of its own. */
export interface RoomRule {
  /** The beginning of its files' paths below `src/`; the longest rule that fits counts. */
  readonly room: string;
  /**
   * What it may import besides itself and the facades in `std/`: `base/` is a folder with all that is in
   * it, `protocol/*` the files right in a folder, `net/address.ts` a file, `*` everything.
   */
  readonly may: readonly string[];
  /** Packages of which it may have files, beside what the facades offer: beginnings of their specifiers. */
  readonly packages?: readonly string[];
}

/** Names and texts of the network, without any input or output: rooms that do not use the network say them too. */
const NET_NAMES = ["net/address.ts", "net/strerror.ts"];

/** Level by level; a room imports only rooms of lower levels, and the names. */
export const ROOMS: readonly RoomRule[] = [
  { room: "std/", may: [] },
  { room: "base/", may: [] },

  { room: "log/", may: ["base/", ...NET_NAMES] },
  { room: "hashkit/", may: ["base/"] },
  { room: "buffer/", may: ["base/"] },
  { room: "metrics/", may: ["base/"] },
  { room: "net/", may: ["base/"] },
  { room: "liveness/", may: ["base/"] },

  { room: "distribution/", may: ["base/", "hashkit/"] },
  { room: "protocol/", may: ["base/", "buffer/"] },
  { room: "protocol/redis/", may: ["base/", "buffer/", "protocol/*"] },
  { room: "protocol/memcache/", may: ["base/", "buffer/", "protocol/*", "protocol/memcache/"] },
  { room: "protocol/memcache/text/", may: ["base/", "buffer/", "protocol/*", "protocol/memcache/*"] },
  { room: "protocol/memcache/meta/", may: ["base/", "buffer/", "protocol/*", "protocol/memcache/*"] },
  { room: "protocol/memcache/binary/", may: ["base/", "buffer/", "protocol/*", "protocol/memcache/*"] },
  { room: "daemon/", may: ["base/", "log/", "metrics/snapshot.ts", ...NET_NAMES] },

  {
    room: "config/",
    may: ["base/", "hashkit/names.ts", "distribution/names.ts", "protocol/names.ts", ...NET_NAMES],
  },

  {
    room: "proxy/",
    may: [
      "base/",
      "log/",
      "hashkit/",
      "buffer/",
      "metrics/",
      "net/",
      "liveness/",
      "distribution/",
      "protocol/*",
      "daemon/",
      "config/",
    ],
  },
  { room: "stats/", may: ["base/", "log/", "metrics/", "config/", "stats/page/files.ts", ...NET_NAMES] },
  // What a browser runs is of its own world: it may know the answers' types, and takes its charts as they come from npm.
  { room: "stats/page/", may: ["stats/history_json.ts", "metrics/snapshot.ts"], packages: ["uplot/"] },
  { room: "cli/", may: ["base/", "config/", "metrics/"] },
  {
    room: "workers/",
    may: [
      "base/",
      "log/",
      "metrics/",
      "net/",
      "liveness/",
      "protocol/*",
      "protocol/redis/codec.ts",
      "protocol/memcache/codec.ts",
      "protocol/memcache/statistics.ts",
      "config/",
      "proxy/",
      "version.ts",
    ],
  },
  { room: "cachenode/", may: ["base/", "net/", "buffer/", "protocol/"] },

  { room: "version.ts", may: [] },
  { room: "outside.ts", may: ["cli/", "config/", "daemon/", ...NET_NAMES] },
  {
    room: "process_statistics.ts",
    may: [
      "base/",
      "cli/",
      "config/",
      "daemon/",
      "log/",
      "metrics/",
      "stats/",
      "workers/",
      "outside.ts",
      "version.ts",
    ],
  },
  { room: "build/", may: ["daemon/permissions.ts"] },
  { room: "cachenode/demo.ts", may: ["*"] },
  { room: "app.ts", may: ["*"] },
  { room: "../main.ts", may: ["app.ts"] },
];

/** The room that imports packages: the rest of the project uses its facades. */
const FACADES = "std/";

/**
 * Checks every import of the sources against the table.
 *
 * @param sources Modules; those outside of `src/` and other than `main.ts` are not looked at.
 * @param rooms The table.
 * @returns A complaint per wrong import, and one per file that is in no room.
 */
export function checkRooms(sources: readonly Source[], rooms: readonly RoomRule[] = ROOMS): Complaint[] {
  const complaints: Complaint[] = [];
  for (const source of sources) {
    const file = belowSrc(source.path);
    if (file === null) continue;
    const rule = ruleOf(file, rooms);
    if (rule === null) {
      complaints.push({ path: source.path, line: 1, text: "is in no room of the import table" });
      continue;
    }
    for (const { specifier, line } of source.imports) {
      const text = specifier === null
        ? "imports what is only known at run time"
        : judge(source.path, specifier, rule, rooms);
      if (text !== null) complaints.push({ path: source.path, line, text });
    }
  }
  return complaints;
}

function judge(
  importer: string,
  specifier: string,
  rule: RoomRule,
  rooms: readonly RoomRule[],
): string | null {
  const target = resolveImport(importer, specifier);
  if (target === null) return judgeForeign(importer, specifier, rule);
  const file = belowSrc(target) ?? `../${target}`;
  const isOwn = ruleOf(file, rooms) === rule;
  if (isOwn || file.startsWith(FACADES) || rule.may.some((entry) => covers(entry, file))) return null;
  const may = [rule.room, FACADES, ...rule.may].join(" ");
  return `imports ${target}, but ${rule.room} may import only ${may}`;
}

function judgeForeign(importer: string, specifier: string, rule: RoomRule): string | null {
  if (rule.room === FACADES || rule.packages?.some((start) => specifier.startsWith(start))) return null;
  if (!specifier.startsWith("node:")) return `imports "${specifier}", which only ${FACADES} may`;
  // The platform has two faces; who may use the one may use the other.
  return mayUse(importer, "Deno") ? null : `imports "${specifier}", but may not use the platform`;
}

function belowSrc(path: string): string | null {
  if (path === "main.ts") return "../main.ts";
  return path.startsWith("src/") ? path.slice("src/".length) : null;
}

function ruleOf(file: string, rooms: readonly RoomRule[]): RoomRule | null {
  let longest: RoomRule | null = null;
  for (const rule of rooms) {
    const fits = rule.room.endsWith("/") ? file.startsWith(rule.room) : file === rule.room;
    if (fits && rule.room.length > (longest?.room.length ?? 0)) longest = rule;
  }
  return longest;
}

function covers(entry: string, file: string): boolean {
  if (entry === "*") return true;
  if (entry.endsWith("/*")) {
    const folder = entry.slice(0, -1);
    return file.startsWith(folder) && !file.slice(folder.length).includes("/");
  }
  return entry.endsWith("/") ? file.startsWith(entry) : file === entry;
}
