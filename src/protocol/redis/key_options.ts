/**
 * Finds the keys of the commands that say with a word where they are: XREAD, SORT, GEORADIUS, MIGRATE.
 *
 * @module
 */

import { decode, encode } from "../../base/ascii.ts";
import { isWordAt } from "./argument.ts";
import { BlockingCode, type Command } from "./command.ts";
import type { KeyList } from "./key_list.ts";
import { KeyStatus } from "./key_status.ts";

const STREAMS = encode("streams");
const BLOCK = encode("block");
const COUNT = encode("count");
const CLAIM = encode("claim");
const GROUP = encode("group");

/**
 * Walks the options of XREAD, XREADGROUP and TS.READ and returns the argument index of the word that is looked for,
 * or 0. It steps over the values of the options, so a consumer may be called `streams`; an option it does
 * not know has none.
 */
function findStreamOption(
  word: Uint8Array,
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
): number {
  for (let i = command.optionsAt; i < argc; i++) {
    if (isWordAt(i, word, args, bytes, base)) return i;
    if (isWordAt(i, STREAMS, args, bytes, base)) return 0;
    if (isWordAt(i, GROUP, args, bytes, base)) i += 2;
    else if (
      isWordAt(i, COUNT, args, bytes, base) ||
      isWordAt(i, BLOCK, args, bytes, base) ||
      isWordAt(i, CLAIM, args, bytes, base)
    ) i++;
  }
  return 0;
}

/** A number as nearly everybody writes it; redis knows other notations, too. */
const NUMBER = /^\d+(\.\d+)?$/;

/**
 * Says how long a request may wait at its server until something happens there.
 *
 * @param command What `resolveCommand` found.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of argument i at `2 * i` and `2 * i + 1`, relative to `base`.
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @returns Milliseconds; Infinity for as long as it likes; -1 if it does not wait, like XREAD without BLOCK. Infinity
 *   also for a time that is not understood: if it is wrong the server says so at once.
 */
export function blockingMs(
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
): number {
  const { blockingCode } = command;
  if (blockingCode === BlockingCode.NEVER) return -1;
  let at = argc - 1;
  if (blockingCode === BlockingCode.FIRST) at = 1;
  else if (blockingCode === BlockingCode.FIFTH) at = 5;
  let unitMs = blockingCode === BlockingCode.LAST_MS ? 1 : 1000;
  if (blockingCode === BlockingCode.OPTION) {
    at = findStreamOption(BLOCK, command, argc, args, bytes, base) + 1;
    unitMs = 1;
    if (at === 1) return -1;
  }
  if (at >= argc) return Infinity;
  const text = decode(bytes, base + args[2 * at], base + args[2 * at + 1]);
  if (!NUMBER.test(text) || Number(text) === 0) return Infinity;
  return Number(text) * unitMs;
}

/**
 * Finds the keys of `XREAD [options] STREAMS key ... id ...`.
 *
 * @param command XREAD or XREADGROUP.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of each, relative to `base`.
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @param out Where the keys are added.
 * @returns OK, or what is wrong with the arguments.
 */
export function findStreams(
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
  out: KeyList,
): KeyStatus {
  const streamsAt = findStreamOption(STREAMS, command, argc, args, bytes, base);
  const span = argc - streamsAt - 1;
  if (streamsAt === 0 || span === 0) return KeyStatus.SYNTAX;
  if (span % 2 !== 0) return KeyStatus.UNBALANCED_STREAMS;
  out.add(streamsAt + 1, span / 2);
  return KeyStatus.OK;
}

const STORE = encode("store");
const STOREDIST = encode("storedist");
const BY = encode("by");
const GET = encode("get");
const LIMIT = encode("limit");

/**
 * Finds the keys of SORT and GEORADIUS: one that is always there, and those after STORE and STOREDIST. If
 * such an option is given twice both keys count; the server uses the last, so that errs on the safe side.
 *
 * @param command SORT or one of the GEORADIUS family.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of each, relative to `base`.
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @param out Where the keys are added.
 * @returns OK: what is wrong with the options is left to the server.
 */
export function findStore(
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
  out: KeyList,
): KeyStatus {
  out.add(command.first, 1);
  for (let i = command.optionsAt; i < argc; i++) {
    if (isWordAt(i, STORE, args, bytes, base) || isWordAt(i, STOREDIST, args, bytes, base)) {
      i++;
      if (i < argc) out.add(i, 1);
    } else if (isWordAt(i, BY, args, bytes, base) || isWordAt(i, GET, args, bytes, base)) i++;
    else if (isWordAt(i, LIMIT, args, bytes, base)) i += 2;
  }
  return KeyStatus.OK;
}

const KEYS = encode("keys");
const AUTH = encode("auth");
const AUTH2 = encode("auth2");

/**
 * Finds the keys of MIGRATE: the one at its place, or if that is empty those after KEYS. With both the
 * server answers a syntax error.
 *
 * @param command MIGRATE.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of each, relative to `base`.
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @param out Where the keys are added.
 * @returns OK: what is wrong with the options is left to the server.
 */
export function findMigrate(
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
  out: KeyList,
): KeyStatus {
  const { first } = command;
  const hasSingleKey = args[2 * first] < args[2 * first + 1];
  for (let i = command.optionsAt; i < argc && !hasSingleKey; i++) {
    if (isWordAt(i, KEYS, args, bytes, base)) {
      out.add(i + 1, argc - i - 1);
      return KeyStatus.OK;
    }
    if (isWordAt(i, AUTH, args, bytes, base)) i++;
    else if (isWordAt(i, AUTH2, args, bytes, base)) i += 2;
  }
  out.add(first, 1);
  return KeyStatus.OK;
}
