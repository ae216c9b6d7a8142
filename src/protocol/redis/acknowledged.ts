/**
 * How many replicas have what a client has written: `WAIT` and `WAITAOF`.
 *
 * A server counts the replicas that have what came over the connection that asks, up to the last command of that connection
 * that it passed on to replicas. A client's writes come over connections that it shares, so it asks over connections of its
 * own, and has something passed on there first: then everything counts that was written before.
 *
 * ```text
 *   each server is sent     PING   SPUBLISH   WAIT        its replies are fragments 3n, 3n + 1, 3n + 2
 * ```
 *
 * @module
 */

import { ASTERISK, COLON, encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { HeldReply, SplitReplies } from "../contract.ts";
import { headerEnd, lineEnd, readHeader, readNumber, sayUnexpected } from "./held_reply.ts";
import type { LocalCall } from "./local/local_call.ts";
import { errorLine, toBinary } from "./local/resp_writer.ts";
import { arrayHead, integerReply, NOT_AN_INTEGER } from "./replies.ts";
import { isErrorReply } from "./resp_reply.ts";

/** What is published there concerns nobody; patterns do not match sharded channels, so nobody sees it by chance. */
const CHANNEL = "__nutcracker:wait";

/**
 * Makes a server count what came before it as written by the connection that sends it. Redis from 7.2 on goes by the last
 * command of the connection that was passed on to replicas, which a publication is; those before go by any command, and
 * before 7.0 they do not know sharded channels.
 */
export const OFFSET_MOVER: Uint8Array<ArrayBuffer> = encode(
  `*1\r\n$4\r\nPING\r\n*3\r\n$8\r\nSPUBLISH\r\n$${CHANNEL.length}\r\n${CHANNEL}\r\n$0\r\n\r\n`,
);
/** How many replies a server gives to that. */
export const OFFSET_MOVER_REPLIES = 2;

/** The replies of one server. */
const REPLIES_EACH = OFFSET_MOVER_REPLIES + 1;

/**
 * The smallest of each number that servers say, or the first error. A server that was not waited for, because another one
 * failed, has said nothing; if none has said anything nobody wants to know.
 *
 * @param replies Those to {@link OFFSET_MOVER} and to the request, for every server.
 * @param out Where the reply is appended.
 */
export function mergeAcknowledged(replies: SplitReplies, out: WriteQueue): void {
  let isSilent = true;
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    if (reply.start === reply.end) continue;
    isSilent = false;
    if (!isErrorReply(reply.bytes, reply.start)) continue;
    if (i % REPLIES_EACH !== 1) return out.append(reply.bytes, reply.start, reply.end);
    const error = unmovedError(reply, replies.serverName(i));
    if (error !== null) return out.append(error, 0, error.length);
  }
  if (isSilent) return;
  const smallest = numbersOf(replies.reply(REPLIES_EACH - 1));
  for (let i = REPLIES_EACH; i < replies.fragmentCount; i += REPLIES_EACH) {
    const numbers = numbersOf(replies.reply(i + REPLIES_EACH - 1));
    if (numbers.length !== smallest.length) return sayUnexpected(out);
    for (const [place, value] of numbers.entries()) smallest[place] = Math.min(smallest[place], value);
  }
  if (smallest.length === 0 || smallest.includes(-1)) return sayUnexpected(out);
  if (isArray(replies.reply(REPLIES_EACH - 1))) append(arrayHead(smallest.length), out);
  for (const value of smallest) append(integerReply(value), out);
}

/** What it means that a server did not publish: nothing if it is older than sharded channels. */
function unmovedError({ bytes, start, end }: HeldReply, server: string): Uint8Array<ArrayBuffer> | null {
  const text = toBinary(bytes, start + 1, end - 2);
  if (text.startsWith("ERR unknown command")) return null;
  if (!text.startsWith("NOPERM")) return bytes.slice(start, end) as Uint8Array<ArrayBuffer>;
  return errorLine(
    `NOPERM the proxy may not SPUBLISH to '${CHANNEL}', without which it cannot wait (server '${server}')`,
  );
}

function isArray({ bytes, start }: HeldReply): boolean {
  return bytes[start] === ASTERISK;
}

/** One number, or those of an array; -1 for what is none. */
function numbersOf(reply: HeldReply): number[] {
  const { bytes, start, end } = reply;
  if (!isArray(reply)) return [readNumber(bytes, start, end, COLON)];
  const numbers: number[] = [];
  let at = headerEnd(reply);
  for (let place = readHeader(reply, ASTERISK); place > 0; place--) {
    numbers.push(readNumber(bytes, at, end, COLON));
    at = lineEnd(bytes, at);
  }
  return numbers;
}

function append(bytes: Uint8Array<ArrayBuffer>, out: WriteQueue): void {
  out.append(bytes, 0, bytes.length);
}

const NO_TIMEOUT = errorLine("ERR timeout is not an integer or out of range");
const NEGATIVE_TIMEOUT = errorLine("ERR timeout is negative");

/**
 * Answers `WAIT` and `WAITAOF` in a transaction, where nothing waits: none of the client's writes is known to be anywhere
 * else, because the connection of the transaction does not know of those before it.
 *
 * @param call The request.
 * @returns 0, twice for `WAITAOF`, or what is wrong with the arguments.
 */
export function notAcknowledged(call: LocalCall): Uint8Array<ArrayBuffer> {
  const { argc } = call;
  for (let i = 1; i < argc - 1; i++) if (Number.isNaN(call.integer(i))) return NOT_AN_INTEGER;
  const timeoutMs = call.integer(argc - 1);
  if (Number.isNaN(timeoutMs)) return NO_TIMEOUT;
  if (timeoutMs < 0) return NEGATIVE_TIMEOUT;
  return argc === 3 ? call.reply().integer(0).take() : call.reply().array(2).integer(0).integer(0).take();
}
