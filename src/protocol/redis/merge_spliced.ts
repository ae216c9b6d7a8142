/**
 * The reply to EXEC with the proxy's own answers in it.
 *
 * ```text
 *   reply:  *3  +OK   +PONG   :1            note:  1 5 CRLF :42 CRLF
 *               └ 0   └ 1: a placeholder    └ place, length, and the answer; if that is empty, it is the next reply
 * ```
 *
 * @module
 */

import { ASTERISK, LF, SPACE } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import { DONE, type SplitReplies } from "../contract.ts";
import { headerEnd, readHeader } from "./held_reply.ts";
import { RespReplyDecoder } from "./resp_reply.ts";

const element = new RespReplyDecoder();

/**
 * Puts the answers in the places of their placeholders. A transaction that was not carried out has no places.
 *
 * @param replies The reply, and those to what followed it; its `frame` is the note of the answers, in the order of their places.
 * @param out Where the reply is appended.
 */
export function mergeSpliced(replies: SplitReplies, out: WriteQueue): void {
  const reply = replies.reply(0);
  const count = readHeader(reply, ASTERISK);
  const note = replies.frame;
  if (count < 0 || note === null) return out.append(reply.bytes, reply.start, reply.end);
  const { bytes } = reply;
  let at = headerEnd(reply);
  // Up to here the reply has been passed on, or replaced.
  let passed = reply.start;
  let noteAt = 0;
  let next = readNumber(note, 0);
  let sent = 0;
  for (let place = 0; place < count; place++) {
    if (element.decode(bytes, at, reply.end) !== DONE) break;
    if (place === next) {
      out.append(bytes, passed, at);
      const lengthAt = note.indexOf(SPACE, noteAt) + 1;
      const from = note.indexOf(LF, lengthAt) + 1;
      noteAt = from + readNumber(note, lengthAt);
      const answer = noteAt > from ? { bytes: note, start: from, end: noteAt } : replies.reply(++sent);
      out.append(answer.bytes, answer.start, answer.end);
      passed = element.position;
      next = readNumber(note, noteAt);
    }
    at = element.position;
  }
  out.append(bytes, passed, reply.end);
}

/** The digits at an offset, as a number; -1 if there are none. */
function readNumber(bytes: Uint8Array, at: number): number {
  let value = -1;
  for (; at < bytes.length && bytes[at] >= 0x30 && bytes[at] <= 0x39; at++) {
    value = Math.max(0, value) * 10 + bytes[at] - 0x30;
  }
  return value;
}
