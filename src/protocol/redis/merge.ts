/**
 * One reply out of the replies to the fragments of MGET, DEL, MSET and their like.
 *
 * @module
 */

import { assert } from "../../base/assert.ts";
import { ASTERISK, COLON, DIGIT_0, encode, MINUS } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import { DONE, type HeldReply, type SplitReplies } from "../contract.ts";
import { type Command, SplitCode } from "./command.ts";
import { arrayHead, integerReply, nilOf, OK } from "./replies.ts";
import type { RespVersion } from "./local/resp_writer.ts";
import { isErrorReply, RespReplyDecoder } from "./resp_reply.ts";

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
  return encode(`*${1 + unitCount * command.step}\r\n$${command.name.length}\r\n${command.name}\r\n`);
}

/** Set in the number of the merge if the client speaks RESP3. */
const RESP3_BIT = 8;

/**
 * The number that tells {@link mergeReplies} what to do.
 *
 * @param splitCode How the command is split.
 * @param version The client's protocol.
 * @returns See `RequestDecoder.merge`.
 */
export function mergeCode(splitCode: SplitCode, version: RespVersion): number {
  return version === 3 ? splitCode | RESP3_BIT : splitCode;
}

const UNEXPECTED = encode("-ERR Invalid argument\r\n");

/**
 * Makes one reply of the replies to all fragments. If one of them is an error the whole reply is that error, or nil
 * stands for its keys. A client that wants no reply gets none: the fragments of its request have none either.
 *
 * @param replies The replies.
 * @param out Where the reply is appended.
 */
export function mergeReplies(replies: SplitReplies, out: WriteQueue): void {
  const { start: firstStart, end: firstEnd } = replies.reply(0);
  if (firstStart === firstEnd) return;
  const splitCode = replies.merge & ~RESP3_BIT;
  const nilOnError = replies.missOnError && splitCode === SplitCode.ARRAY;
  for (let i = 0; i < replies.fragmentCount && !nilOnError; i++) {
    const { bytes, start, end } = replies.reply(i);
    if (isErrorReply(bytes, start)) return out.append(bytes, start, end);
  }
  switch (splitCode) {
    case SplitCode.ARRAY:
      return mergeArrays(replies, out);
    case SplitCode.SUM:
      return mergeSums(replies, out);
    case SplitCode.STATUS:
      return out.append(OK, 0, OK.length);
  }
}

function mergeSums(replies: SplitReplies, out: WriteQueue): void {
  let sum = 0;
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    const count = readHeader(reply, COLON);
    if (count < 0) return out.append(UNEXPECTED, 0, UNEXPECTED.length);
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
  if (!openFragments(replies)) return out.append(UNEXPECTED, 0, UNEXPECTED.length);
  const nil = nilOf((replies.merge & RESP3_BIT) === 0 ? 2 : 3);
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

/** The number on the first line of a reply of the type that is expected; -1 if it is not that type. */
function readHeader(reply: HeldReply, type: number): number {
  const { bytes, start, end } = reply;
  if (bytes[start] !== type || bytes[start + 1] === MINUS) return -1;
  let value = 0;
  for (let at = start + 1; at < end && bytes[at] >= DIGIT_0; at++) value = value * 10 + bytes[at] - DIGIT_0;
  return value;
}

function headerEnd(reply: HeldReply): number {
  let at = reply.start;
  while (reply.bytes[at] !== 0x0a) at++;
  return at + 1;
}
