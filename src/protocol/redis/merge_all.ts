/**
 * One reply out of the replies of all servers, for commands that concern every one of them.
 *
 * @module
 */

import { ASTERISK, COLON, DOLLAR, encode, MINUS, UNDERSCORE } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { HeldReply, SplitReplies } from "../contract.ts";
import { headerEnd, lineEnd, readHeader, readNumber, sayUnexpected } from "./held_reply.ts";
import { KEYS_REPLY_MAX } from "./limits.ts";
import { toBinary } from "./local/resp_writer.ts";
import { arrayHead, integerReply } from "./replies.ts";
import { isErrorReply } from "./resp_reply.ts";

const DISAGREEMENT = encode(
  "-ERR the servers do not say the same: they have different scripts or functions\r\n",
);
const TOO_MANY_KEYS = encode(`-ERR there are more than ${KEYS_REPLY_MAX} keys, use SCAN\r\n`);

/**
 * Finds the first error among the replies.
 *
 * @param replies The replies.
 * @returns It; null if there is none.
 */
export function firstError(replies: SplitReplies): HeldReply | null {
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    if (reply.start < reply.end && isErrorReply(reply.bytes, reply.start)) return reply;
  }
  return null;
}

function find(replies: SplitReplies, fits: (reply: HeldReply) => boolean): HeldReply | null {
  for (let i = 0; i < replies.fragmentCount; i++) if (fits(replies.reply(i))) return replies.reply(i);
  return null;
}

function say({ bytes, start, end }: HeldReply, out: WriteQueue): void {
  out.append(bytes, start, end);
}

/**
 * What all servers say, if it is the same.
 *
 * @param replies The replies.
 * @param isSame Compares two.
 * @param out Where the reply is appended.
 */
export function mergeSame(
  replies: SplitReplies,
  isSame: (a: HeldReply, b: HeldReply) => boolean,
  out: WriteQueue,
): void {
  const first = replies.reply(0);
  for (let i = 1; i < replies.fragmentCount; i++) {
    if (!isSame(first, replies.reply(i))) return out.append(DISAGREEMENT, 0, DISAGREEMENT.length);
  }
  say(first, out);
}

/**
 * The smallest of each number: `SCRIPT EXISTS` is 1 only for scripts that every server has.
 *
 * @param replies Arrays of integers of one length.
 * @param out Where the reply is appended.
 */
export function mergeMinimum(replies: SplitReplies, out: WriteQueue): void {
  const count = readHeader(replies.reply(0), ASTERISK);
  const smallest = new Array<number>(Math.max(0, count)).fill(Infinity);
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    if (count < 0 || readHeader(reply, ASTERISK) !== count) return sayUnexpected(out);
    let at = headerEnd(reply);
    for (let place = 0; place < count; place++) {
      const value = readNumber(reply.bytes, at, reply.end, COLON);
      if (value < 0) return sayUnexpected(out);
      smallest[place] = Math.min(smallest[place], value);
      at = lineEnd(reply.bytes, at);
    }
  }
  const head = arrayHead(count);
  out.append(head, 0, head.length);
  for (const value of smallest) {
    const line = integerReply(value);
    out.append(line, 0, line.length);
  }
}

/**
 * Whether a reply to `KEYS` may be kept to be merged.
 *
 * @param bytes The array that holds its beginning.
 * @param start Offset of its first byte.
 * @param end Offset after the last byte that is here.
 * @returns False if it has too many keys.
 */
export function isKeptKeysReply(bytes: Uint8Array, start: number, end: number): boolean {
  return readNumber(bytes, start, end, ASTERISK) <= KEYS_REPLY_MAX;
}

/**
 * All keys in one list, up to a limit.
 *
 * @param replies Arrays; one with too many keys is empty, see {@link isKeptKeysReply}.
 * @param out Where the reply is appended.
 */
export function mergeKeys(replies: SplitReplies, out: WriteQueue): void {
  let count = 0;
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    const length = reply.start === reply.end ? Infinity : readHeader(reply, ASTERISK);
    if (length < 0) return sayUnexpected(out);
    count += length;
  }
  if (count > KEYS_REPLY_MAX) return out.append(TOO_MANY_KEYS, 0, TOO_MANY_KEYS.length);
  const head = arrayHead(count);
  out.append(head, 0, head.length);
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    out.append(reply.bytes, headerEnd(reply), reply.end);
  }
}

function isNil({ bytes, start }: HeldReply): boolean {
  return bytes[start] === UNDERSCORE || (bytes[start] === DOLLAR && bytes[start + 1] === MINUS);
}

/**
 * One of the replies that are a value; if there is none, what went wrong at a server, or nil if nothing did.
 *
 * @param replies Values, nils and errors.
 * @param random A number from 0 to below 1.
 * @param out Where the reply is appended.
 */
export function mergeRandom(replies: SplitReplies, random: number, out: WriteQueue): void {
  const values: HeldReply[] = [];
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    if (!isNil(reply) && !isErrorReply(reply.bytes, reply.start)) values.push(reply);
  }
  say(values[Math.floor(random * values.length)] ?? firstError(replies) ?? replies.reply(0), out);
}

/**
 * What `SCRIPT KILL` and `FUNCTION KILL` did: OK if a server had something to kill and none refused; the error of a server
 * that refused or did not answer; else that there is nothing to kill.
 *
 * @param replies Statuses and errors.
 * @param out Where the reply is appended.
 */
export function mergeKilled(replies: SplitReplies, out: WriteQueue): void {
  const isIdle = ({ bytes, start, end }: HeldReply) =>
    toBinary(bytes, start, Math.min(end, start + 9)) === "-NOTBUSY ";
  const refusal = find(replies, (reply) => isErrorReply(reply.bytes, reply.start) && !isIdle(reply));
  const success = find(replies, ({ bytes, start }) => !isErrorReply(bytes, start));
  say(refusal ?? success ?? replies.reply(0), out);
}

const RUNNING = "running_script\r\n";
/** The beginning of a reply with that word: its head and the word's length before it. */
const RUNNING_HEAD_BYTES_MAX = 64;

/**
 * What `FUNCTION STATS` says: the reply of the first server that runs something, or the first server's.
 *
 * @param replies Maps that begin with `running_script`.
 * @param out Where the reply is appended.
 */
export function mergeRunning(replies: SplitReplies, out: WriteQueue): void {
  const running = find(replies, ({ bytes, start, end }) => {
    const head = toBinary(bytes, start, Math.min(end, start + RUNNING_HEAD_BYTES_MAX));
    const at = head.indexOf(RUNNING);
    const value = head[at + RUNNING.length];
    return at > 0 && (value === "*" || value === "%");
  });
  say(running ?? replies.reply(0), out);
}
