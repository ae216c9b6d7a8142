/**
 * The commands that store a value: a line, and then a block of data.
 *
 * @module
 */

import { concat } from "../../base/ascii.ts";
import { MEMCACHE_VALUE_BYTES_MAX } from "../limits.ts";
import type { CacheStore, Entry } from "../store.ts";
import { BAD_LINE, type LineShape } from "./command_call.ts";
import { isKey } from "./line_commands.ts";
import { expiryTimeMs, parseFlags, parseInt32, parseUint64 } from "./numbers.ts";

const STORE: LineShape = { wordsMin: 5, wordsMax: 6, silenceFrom: 2 };
const COMPARE_AND_STORE: LineShape = { wordsMin: 6, wordsMax: 7, silenceFrom: 2 };

/** Every command that stores, by its name. */
export const STORAGE_COMMANDS: ReadonlyMap<string, LineShape> = new Map([
  ["set", STORE],
  ["add", STORE],
  ["replace", STORE],
  ["append", STORE],
  ["prepend", STORE],
  ["cas", COMPARE_AND_STORE],
]);

/** What the line of such a command says. */
export interface StorageRequest {
  /** The command's name. */
  readonly name: string;
  /** The key, one character per byte. */
  readonly key: string;
  /** Flags for the client's own use. */
  readonly flags: number;
  /** The expiry as it was given, in memcached's seconds. */
  readonly expirySeconds: number;
  /** How long the data are, in bytes, without their line end. */
  readonly length: number;
  /** For `cas`: which write of the value the client has seen. */
  readonly version: bigint;
}

/**
 * Reads the line of a command that stores.
 *
 * @param words Its words, `noreply` not included; as many as {@link STORAGE_COMMANDS} says.
 * @returns What it says, or the line to answer if it makes no sense; no data are expected then.
 */
export function readStorageRequest(words: readonly string[]): StorageRequest | string {
  const [name, key] = words;
  const flags = parseFlags(words[2]);
  const expirySeconds = parseInt32(words[3]);
  const length = parseInt32(words[4]);
  const version = name === "cas" ? parseUint64(words[5]) : 0n;
  if (!isKey(key) || flags === null || expirySeconds === null || version === null) return BAD_LINE;
  if (length === null || length < 0) return BAD_LINE;
  return { name, key, flags, expirySeconds, length, version };
}

/**
 * Stores a value.
 *
 * @param request What the line said.
 * @param data The data, which belong to the store from now on.
 * @param store What the node remembers.
 * @returns The line to answer.
 */
export function storeValue(
  request: StorageRequest,
  data: Uint8Array<ArrayBuffer>,
  store: CacheStore,
): string {
  const { name, key, flags, expirySeconds } = request;
  const old = store.get(key);
  const refusal = refuse(request, old);
  if (refusal !== null) return refusal;
  if (old === undefined || (name !== "append" && name !== "prepend")) {
    store.set(key, data, expiryTimeMs(expirySeconds, store.nowMs), flags);
    return "STORED";
  }
  const value = concat(name === "append" ? [old.value, data] : [data, old.value]);
  if (value.length > MEMCACHE_VALUE_BYTES_MAX) return "SERVER_ERROR out of memory storing object";
  store.set(key, value, old.expiresAtMs, old.flags);
  return "STORED";
}

/** Says why nothing is stored; null if something is. */
function refuse({ name, version }: StorageRequest, old: Entry | undefined): string | null {
  switch (name) {
    case "set":
      return null;
    case "add":
      return old === undefined ? null : "NOT_STORED";
    case "cas":
      if (old === undefined) return "NOT_FOUND";
      return BigInt(old.version) === version ? null : "EXISTS";
    default:
      return old === undefined ? "NOT_STORED" : null;
  }
}
