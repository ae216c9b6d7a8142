/**
 * One reply out of several: of the fragments of MGET, DEL, MSET and their like, or of all servers.
 *
 * @module
 */

import { assert } from "../../base/assert.ts";
import { ASTERISK, COLON, encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import { DONE, type SplitReplies } from "../contract.ts";
import { NO_POOL, type PoolFacts } from "../facts.ts";
import { mergeAcknowledged } from "./acknowledged.ts";
import { type Command, MergeCode } from "./command.ts";
import { STANDARD_TABLE } from "./command_lookup.ts";
import { headerEnd, readHeader, sayUnexpected } from "./held_reply.ts";
import { infoReply } from "./local/info.ts";
import type { RespVersion } from "./local/resp_writer.ts";
import {
  firstError,
  mergeKeys,
  mergeKilled,
  mergeMinimum,
  mergeRandom,
  mergeRunning,
  mergeSame,
} from "./merge_all.ts";
import { mergeChannels, mergeMaximum, mergeReceivers } from "./merge_pubsub.ts";
import { arrayHead, integerReply, nilOf, OK } from "./replies.ts";
import { isErrorReply, RespReplyDecoder } from "./resp_reply.ts";
import { mergeSpliced } from "./merge_spliced.ts";
import { isAlike, isEqual } from "./same_reply.ts";
import { mergeScan } from "./scan.ts";
import { type CommandUse, countUsable, usableDocs, usableEntries, usableNames } from "./usable_commands.ts";

/** Heads of fragments with up to this many keys are kept. */
const CACHED_UNITS_MAX = 128;
const heads = new Map<Command, (Uint8Array<ArrayBuffer> | undefined)[]>();

/**
 * What a fragment begins with: `*3`, and the command's name.
 *
 * @param command The command that is split.
 * @param unitCount How many keys, each with its value if it has one, the fragment gets.
 * @returns The bytes in front of the first of them.
 */
export function fragmentHead(command: Command, unitCount: number): Uint8Array<ArrayBuffer> {
  if (unitCount > CACHED_UNITS_MAX) return makeHead(command, unitCount);
  let cached = heads.get(command);
  if (cached === undefined) heads.set(command, cached = new Array(CACHED_UNITS_MAX + 1));
  return cached[unitCount] ??= makeHead(command, unitCount);
}

function makeHead(command: Command, unitCount: number): Uint8Array<ArrayBuffer> {
  const count = 1 + unitCount * command.step + tailLength(command);
  return encode(`*${count}\r\n$${command.name.length}\r\n${command.name}\r\n`);
}

/**
 * How many arguments follow a command's keys.
 *
 * @param command A command that is split.
 * @returns 1 for `JSON.MGET key ... path`, 0 for others.
 */
export function tailLength(command: Command): number {
  return command.last < -1 ? -1 - command.last : 0;
}

/** What is counted above the code in the number of the merge: the protocol, and what is left for a note. */
const CODES = 64;
const VERSIONS = 2;

/**
 * The number that tells {@link mergeReplies} what to do.
 *
 * @param code How the replies become one.
 * @param version The client's protocol.
 * @param note What else the merge has to know, from 0 to below 2^46.
 * @returns See `RequestDecoder.merge`.
 */
export function mergeNumber(code: MergeCode, version: RespVersion, note = 0): number {
  return (note * VERSIONS + (version === 3 ? 1 : 0)) * CODES + code;
}

/** What the merge knows beside the replies. */
export interface MergeSurroundings {
  /** Gives numbers from 0 to below 1. */
  readonly random: () => number;
  /** The pool. */
  readonly pool: PoolFacts;
  /** What decides which commands its clients can use. */
  readonly commandUse: () => CommandUse;
}

const NO_SURROUNDINGS: MergeSurroundings = {
  random: () => 0,
  pool: NO_POOL,
  commandUse: () => ({ table: STANDARD_TABLE, allowDangerous: true }),
};

/**
 * Makes one reply of the replies to all fragments. If one of them is an error the whole reply is that error, unless the
 * command has a better use for the others. A client that wants no reply gets none: the fragments of its request have
 * none either.
 *
 * @param replies The replies.
 * @param out Where the reply is appended.
 * @param surroundings What else there is to know.
 */
export function mergeReplies(
  replies: SplitReplies,
  out: WriteQueue,
  surroundings: MergeSurroundings = NO_SURROUNDINGS,
): void {
  const code = replies.merge % CODES;
  const { bytes, start, end } = replies.reply(0);
  if (code === MergeCode.KEYS && firstError(replies) === null) return mergeKeys(replies, out);
  if (code === MergeCode.ACKNOWLEDGED) return mergeAcknowledged(replies, out);
  if (start === end) return;
  switch (code) {
    case MergeCode.RANDOM:
      return mergeRandom(replies, surroundings.random(), out);
    case MergeCode.KILLED:
      return mergeKilled(replies, out);
    case MergeCode.SCAN:
      return mergeScan(noteOf(replies), replies, out);
    case MergeCode.INFO:
      return mergeInfo(replies, surroundings.pool, out);
    case MergeCode.SPLICED:
      return mergeSpliced(replies, out);
    case MergeCode.ARRAY:
      if (replies.missOnError) return mergeArrays(replies, out);
  }
  const error = firstError(replies);
  if (error !== null) return out.append(error.bytes, error.start, error.end);
  switch (code) {
    case MergeCode.ARRAY:
    case MergeCode.RESULTS:
      return mergeArrays(replies, out);
    case MergeCode.SUM:
      return mergeSums(replies, out);
    case MergeCode.STATUS:
      return out.append(OK, 0, OK.length);
    case MergeCode.EQUAL:
      return mergeSame(replies, isEqual, out);
    case MergeCode.ALIKE:
      return mergeSame(replies, isAlike, out);
    case MergeCode.MINIMUM:
      return mergeMinimum(replies, out);
    case MergeCode.RUNNING:
      return mergeRunning(replies, out);
    case MergeCode.CHANNELS:
      return mergeChannels(replies, out);
    case MergeCode.RECEIVERS:
      return mergeReceivers(replies, out);
    case MergeCode.MAXIMUM:
      return mergeMaximum(replies, out);
    case MergeCode.FIRST:
      return out.append(bytes, start, end);
  }
  mergeCommands(replies, surroundings.commandUse(), out);
}

/** What one server says of its commands, for clients of the pool. */
function mergeCommands(replies: SplitReplies, use: CommandUse, out: WriteQueue): void {
  const reply = replies.reply(0);
  switch (replies.merge % CODES) {
    case MergeCode.COMMANDS: {
      const nil = noteOf(replies) === 0 ? null : nilOf(versionOf(replies));
      return append(usableEntries(reply, use, nil), out);
    }
    case MergeCode.COMMAND_NAMES:
      return append(usableNames(reply, use), out);
    case MergeCode.COMMAND_DOCS:
      return append(usableDocs(reply, use), out);
    case MergeCode.COMMAND_COUNT: {
      const count = countUsable(reply, use);
      return count < 0 ? sayUnexpected(out) : append(integerReply(count), out);
    }
  }
}

function append(bytes: Uint8Array<ArrayBuffer>, out: WriteQueue): void {
  out.append(bytes, 0, bytes.length);
}

/** What {@link mergeNumber} was told. */
function noteOf({ merge }: SplitReplies): number {
  return Math.floor(merge / CODES / VERSIONS);
}

function versionOf({ merge }: SplitReplies): RespVersion {
  return Math.floor(merge / CODES) % VERSIONS === 0 ? 2 : 3;
}

function mergeInfo(replies: SplitReplies, pool: PoolFacts, out: WriteQueue): void {
  const held = Array.from({ length: replies.fragmentCount }, (_, i) => replies.reply(i));
  const reply = infoReply(pool, noteOf(replies), held, versionOf(replies));
  out.append(reply, 0, reply.length);
}

function mergeSums(replies: SplitReplies, out: WriteQueue): void {
  let sum = 0;
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    const count = readHeader(reply, COLON);
    if (count < 0) return sayUnexpected(out);
    sum += count;
  }
  const line = integerReply(sum);
  out.append(line, 0, line.length);
}

/** The cursor of a fragment that has no elements because its server failed. */
const FAILED = -1;

const element = new RespReplyDecoder();
let cursors = new Int32Array(16);
let expected = new Int32Array(16);

/** Takes the elements from the fragments that their keys went into; neighbours of one fragment are neighbours there too. */
function mergeArrays(replies: SplitReplies, out: WriteQueue): void {
  const { keyCount, fragmentOf } = replies;
  if (!openFragments(replies)) return sayUnexpected(out);
  const nil = nilOf(versionOf(replies));
  const head = arrayHead(keyCount);
  out.append(head, 0, head.length);
  for (let i = 0; i < keyCount;) {
    const fragment = fragmentOf[i];
    const { bytes, end } = replies.reply(fragment);
    const start = cursors[fragment];
    if (start === FAILED) {
      out.append(nil, 0, nil.length);
      i++;
      continue;
    }
    let at = start;
    for (; i < keyCount && fragmentOf[i] === fragment; i++) {
      const status = element.decode(bytes, at, end);
      assert(status === DONE, "a complete array has as many elements as its head says");
      at = element.position;
    }
    cursors[fragment] = at;
    out.append(bytes, start, at);
  }
}

/** Sets every cursor on its first element; false if a server sent another number of elements than it was asked for. */
function openFragments(replies: SplitReplies): boolean {
  const { keyCount, fragmentOf, fragmentCount } = replies;
  if (cursors.length < fragmentCount) {
    cursors = new Int32Array(fragmentCount * 2);
    expected = new Int32Array(fragmentCount * 2);
  }
  expected.fill(0, 0, fragmentCount);
  for (let i = 0; i < keyCount; i++) expected[fragmentOf[i]]++;
  for (let i = 0; i < fragmentCount; i++) {
    const reply = replies.reply(i);
    if (isErrorReply(reply.bytes, reply.start)) {
      cursors[i] = FAILED;
      continue;
    }
    if (readHeader(reply, ASTERISK) !== expected[i]) return false;
    cursors[i] = headerEnd(reply);
  }
  return true;
}
