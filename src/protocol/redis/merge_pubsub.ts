/**
 * One reply out of those of all servers to the subcommands of `PUBSUB`.
 *
 * A channel belongs to one server, so the number of its receivers is that of this server, and 0 with the others. What is
 * listened to on all servers has as many receivers on each.
 *
 * @module
 */

import { ASTERISK, COLON, decode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import { DONE, type HeldReply, type SplitReplies } from "../contract.ts";
import { headerEnd, readHeader, sayUnexpected } from "./held_reply.ts";
import { RespWriter, toBinary } from "./local/resp_writer.ts";
import { RespReplyDecoder } from "./resp_reply.ts";

const element = new RespReplyDecoder();

/** The elements of an array as they are on the wire, one character per byte; null if it is no array. */
function elementsOf(reply: HeldReply): string[] | null {
  const count = readHeader(reply, ASTERISK);
  if (count < 0) return null;
  const elements: string[] = [];
  for (let at = headerEnd(reply), i = 0; i < count; i++) {
    if (element.decode(reply.bytes, at, reply.end) !== DONE) return null;
    elements.push(toBinary(reply.bytes, at, element.position));
    at = element.position;
  }
  return elements;
}

function allElements(replies: SplitReplies): string[][] | null {
  const all: string[][] = [];
  for (let i = 0; i < replies.fragmentCount; i++) {
    const elements = elementsOf(replies.reply(i));
    if (elements === null) return null;
    all.push(elements);
  }
  return all;
}

function say(reply: RespWriter, out: WriteQueue): void {
  const bytes = reply.take();
  out.append(bytes, 0, bytes.length);
}

function sayArray(elements: readonly string[], out: WriteQueue): void {
  say(new RespWriter(2).array(elements.length).raw(elements.join("")), out);
}

/**
 * Every channel once.
 *
 * @param replies Arrays of names.
 * @param out Where the reply is appended.
 */
export function mergeChannels(replies: SplitReplies, out: WriteQueue): void {
  const all = allElements(replies);
  if (all === null) return sayUnexpected(out);
  sayArray([...new Set(all.flat())], out);
}

/**
 * The largest number for each channel.
 *
 * @param replies Arrays of names and numbers in turn, the same names in each.
 * @param out Where the reply is appended.
 */
export function mergeReceivers(replies: SplitReplies, out: WriteQueue): void {
  const all = allElements(replies);
  if (all === null || all.some((elements) => elements.length !== all[0].length)) return sayUnexpected(out);
  sayArray(all[0].map((name, i) => i % 2 === 0 ? name : largest(all.map((elements) => elements[i]))), out);
}

/** Of integers on the wire. */
function largest(integers: readonly string[]): string {
  return `:${Math.max(...integers.map((integer) => Number(integer.slice(1))))}\r\n`;
}

/**
 * The largest number.
 *
 * @param replies Integers.
 * @param out Where the reply is appended.
 */
export function mergeMaximum(replies: SplitReplies, out: WriteQueue): void {
  const integers: string[] = [];
  for (let i = 0; i < replies.fragmentCount; i++) {
    const { bytes, start, end } = replies.reply(i);
    if (bytes[start] !== COLON) return sayUnexpected(out);
    integers.push(decode(bytes, start, end));
  }
  say(new RespWriter(2).raw(largest(integers)), out);
}
