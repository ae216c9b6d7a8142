/**
 * The commands that are one line: all but those that store a value.
 *
 * @module
 */

import { KEY_BYTES_MAX } from "../../protocol/memcache/limits.ts";
import {
  BAD_EXPIRY,
  BAD_LINE,
  type CommandCall,
  type CommandRow,
  type LineShape,
  NEVER_SILENT,
} from "./command_call.ts";
import { add } from "./counters.ts";
import { expiryTimeMs, parseInt32 } from "./numbers.ts";

const KEYS: LineShape = { wordsMin: 2, wordsMax: Infinity, silenceFrom: NEVER_SILENT };
const KEY_AND_NUMBER: LineShape = { wordsMin: 3, wordsMax: 4, silenceFrom: 2 };
const ANYTHING: LineShape = { wordsMin: 1, wordsMax: Infinity, silenceFrom: NEVER_SILENT };
const VERSION = "1.0.0-cachenode";

/** Every command that is one line. */
export const LINE_COMMANDS: readonly CommandRow[] = [
  { name: "get", ...KEYS, run: (call) => get(call, 1, false) },
  { name: "gets", ...KEYS, run: (call) => get(call, 1, true) },
  { name: "gat", ...KEYS, run: (call) => getAndTouch(call, false) },
  { name: "gats", ...KEYS, run: (call) => getAndTouch(call, true) },
  { name: "incr", ...KEY_AND_NUMBER, run: (call) => add(call, 1n) },
  { name: "decr", ...KEY_AND_NUMBER, run: (call) => add(call, -1n) },
  { name: "touch", ...KEY_AND_NUMBER, run: touch },
  { name: "delete", wordsMin: 2, wordsMax: 4, silenceFrom: 2, run: remove },
  { name: "flush_all", wordsMin: 1, wordsMax: 3, silenceFrom: 1, run: flush },
  {
    name: "verbosity",
    wordsMin: 2,
    wordsMax: Infinity,
    silenceFrom: 1,
    run: ({ reply }) => reply.line("OK"),
  },
  { name: "version", ...ANYTHING, run: ({ reply }) => reply.line(`VERSION ${VERSION}`) },
  { name: "stats", ...ANYTHING, run: stats },
  { name: "quit", ...ANYTHING, run: () => {} },
];

/**
 * Says whether a key may be used.
 *
 * @param key The key, one character per byte.
 * @returns False for one that is too long.
 */
export function isKey(key: string): boolean {
  return key.length <= KEY_BYTES_MAX;
}

function get({ words, reply, store }: CommandCall, keysStart: number, hasVersion: boolean): void {
  const keys = words.slice(keysStart);
  if (!keys.every(isKey)) return reply.line(BAD_LINE);
  for (const key of keys) {
    const entry = store.get(key);
    if (entry !== undefined) reply.item(key, entry, hasVersion);
  }
  reply.line("END");
}

function getAndTouch(call: CommandCall, hasVersion: boolean): void {
  const { words, reply, store } = call;
  const seconds = parseInt32(words[1]);
  if (seconds === null) return reply.line(BAD_EXPIRY);
  const expiresAtMs = expiryTimeMs(seconds, store.nowMs);
  const touched = words.slice(2).map((key) => store.get(key));
  get(call, 2, hasVersion);
  for (const entry of touched) if (entry !== undefined) entry.expiresAtMs = expiresAtMs;
}

function remove({ words, reply, store }: CommandCall): void {
  // Once there was a time after the key; "0" is still said by old clients.
  if (words.length > 3 || (words.length === 3 && words[2] !== "0")) {
    return reply.line(`${BAD_LINE}.  Usage: delete <key> [noreply]`);
  }
  if (!isKey(words[1])) return reply.line(BAD_LINE);
  reply.line(store.delete(words[1]) ? "DELETED" : "NOT_FOUND");
}

function touch({ words, reply, store }: CommandCall): void {
  if (!isKey(words[1])) return reply.line(BAD_LINE);
  const seconds = parseInt32(words[2]);
  if (seconds === null) return reply.line(BAD_EXPIRY);
  const entry = store.get(words[1]);
  if (entry === undefined) return reply.line("NOT_FOUND");
  entry.expiresAtMs = expiryTimeMs(seconds, store.nowMs);
  reply.line("TOUCHED");
}

function flush({ words, reply, store }: CommandCall): void {
  const seconds = words.length === 1 ? 0 : parseInt32(words[1]);
  if (seconds === null) return reply.line(BAD_EXPIRY);
  if (seconds > 0) store.clearAt(expiryTimeMs(seconds, store.nowMs));
  else store.clear();
  reply.line("OK");
}

function stats({ reply, store }: CommandCall): void {
  const rows = {
    time: Math.floor(store.nowMs / 1000),
    version: VERSION,
    curr_items: store.size,
    bytes: store.bytes,
    limit_maxbytes: store.bytesMax,
  };
  for (const [name, value] of Object.entries(rows)) reply.line(`STAT ${name} ${value}`);
  reply.line("END");
}
