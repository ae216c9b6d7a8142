/**
 * One list of statistics of the lists that all servers sent, each name with its server in front:
 *
 * ```text
 *   STAT cache1/items:1:number 5
 *        └────┘ └────────────┘
 *        server  memcached's own name, which has no slash: what is in front of the last slash is the server
 * ```
 *
 * Servers are always asked in the text protocol, whatever the client speaks.
 *
 * @module
 */

import { decode, encode, LF } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { HeldReply, SplitReplies } from "../contract.ts";
import { REPLY_MAGIC } from "./binary/header.ts";
import { binaryReply, BinaryStatus } from "./binary/reply.ts";
import { binaryStatistics } from "./binary/statistics.ts";
import { END } from "./replies.ts";
import { type Statistic, textStatistics } from "./statistics.ts";
import { isWord } from "./word_table.ts";

/** The opcode of STAT. */
const STAT_CODE = 0x10;
const STAT = encode("STAT ");
const LINE_END_BYTES = 2;

/** What the servers' numbers are asked for with; memcached has more, which are about one connection or do something. */
export const GATHERED_STATISTICS: readonly string[] = ["items", "slabs", "sizes", "settings"];

/**
 * Makes one reply for a text client. If a server has failed, or said something else, the reply is that.
 *
 * @param replies The complete replies.
 * @param out Where the reply is appended.
 */
export function mergeTextStatistics(replies: SplitReplies, out: WriteQueue): void {
  const fault = findFault(replies);
  if (fault !== null) return out.append(fault.bytes, fault.start, fault.end);
  const reply = textStatistics(readAll(replies));
  out.append(reply, 0, reply.length);
}

/**
 * Makes one reply for a binary client.
 *
 * @param replies The complete replies.
 * @param opaque The opaque of the request.
 * @param out Where the reply is appended.
 */
export function mergeBinaryStatistics(replies: SplitReplies, opaque: number, out: WriteQueue): void {
  const fault = findFault(replies);
  const reply = fault === null
    ? binaryStatistics(STAT_CODE, opaque, readAll(replies))
    : fault.bytes[fault.start] === REPLY_MAGIC
    ? fault.bytes.slice(fault.start, fault.end)
    : binaryReply(
      STAT_CODE,
      opaque,
      BinaryStatus.TEMPORARY_FAILURE,
      fault.bytes.slice(fault.start, fault.end - LINE_END_BYTES),
    );
  out.append(reply, 0, reply.length);
}

/** The first reply that is no list; null if all are. */
function findFault(replies: SplitReplies): HeldReply | null {
  for (let i = 0; i < replies.fragmentCount; i++) {
    const reply = replies.reply(i);
    const { bytes, start, end } = reply;
    const lastLine = end - END.length;
    if (lastLine < start || !isWord(END, bytes, lastLine, end)) return reply;
    if (lastLine > start && !isWord(STAT, bytes, start, start + STAT.length)) return reply;
  }
  return null;
}

function readAll(replies: SplitReplies): Statistic[] {
  const all: Statistic[] = [];
  for (let i = 0; i < replies.fragmentCount; i++) readList(replies.reply(i), replies.serverName(i), all);
  return all;
}

/** Takes the lines of one list; the decoder of replies has let no others pass. */
function readList({ bytes, start, end }: HeldReply, server: string, all: Statistic[]): void {
  const listEnd = end - END.length;
  for (let at = start; at < listEnd;) {
    const lineEnd = bytes.indexOf(LF, at) + 1;
    const line = decode(bytes, at + STAT.length, lineEnd - LINE_END_BYTES);
    const space = line.indexOf(" ");
    const name = space < 0 ? line : line.slice(0, space);
    all.push([`${server}/${name}`, space < 0 ? "" : line.slice(space + 1)]);
    at = lineEnd;
  }
}
