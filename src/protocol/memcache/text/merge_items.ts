/**
 * One list of items out of the lists that several servers sent.
 *
 * Every server sends the items of its keys in the order in which it was asked, and leaves out what it does
 * not have. So the next item of a fragment either has the key that is looked for, or that key is missing:
 *
 * ```text
 *   asked:  a b c d     fragment 0 (a c): [VALUE c …] END               a is missing, c is next
 *                       fragment 1 (b d): [VALUE b …] [VALUE d …] END
 *   reply:  [VALUE b …] [VALUE c …] [VALUE d …] END
 * ```
 *
 * @module
 */

import { assert } from "../../../base/assert.ts";
import { LF } from "../../../base/ascii.ts";
import type { WriteQueue } from "../../../buffer/write_queue.ts";
import type { HeldReply, SplitReplies } from "../../contract.ts";
import { END, UNEXPECTED } from "../replies.ts";
import { isWord } from "../word_table.ts";
import { readValueLine, ValueLine } from "./value_line.ts";

const VALUE_INITIAL = "V".charCodeAt(0);
const LINE_END_BYTES = 2;

/** Where a reply stands: at its next item. */
interface Cursor {
  /** Offset of the item's first byte, or of the line that ends the reply. */
  start: number;
  /** Offset after the item's last byte; `start` if there is no item left. */
  end: number;
  /** Offset of the first byte of the item's key. */
  keyStart: number;
  /** Offset after the last byte of the item's key. */
  keyEnd: number;
}

const cursors: Cursor[] = [];
const valueLine = new ValueLine();
/** Start and end of every key's item in its fragment's reply; both 0 if it is missing. */
let items = new Int32Array(64);

/**
 * Makes one list of items of the lists in the replies. If one of these is or ends with an error, the whole reply
 * is that error, or its keys count as missing; if one has an item that was not asked for, the reply says so.
 *
 * @param replies The complete replies, and the request's keys.
 * @param out Where the reply is appended.
 */
export function mergeItems(replies: SplitReplies, out: WriteQueue): void {
  const { keyCount, fragmentOf, fragmentCount } = replies;
  findItems(replies);
  let isExpected = true;
  for (let i = 0; i < fragmentCount; i++) {
    const { bytes, end } = replies.reply(i);
    const { start } = cursors[i];
    if (bytes[start] === VALUE_INITIAL) isExpected = false;
    else if (!replies.missOnError && !isWord(END, bytes, start, end)) return out.append(bytes, start, end);
  }
  if (!isExpected) return out.append(UNEXPECTED, 0, UNEXPECTED.length);
  for (let i = 0; i < keyCount; i++) {
    const start = items[2 * i];
    const end = items[2 * i + 1];
    if (start < end) out.append(replies.reply(fragmentOf[i]).bytes, start, end);
  }
  out.append(END, 0, END.length);
}

/** Finds every key's item; afterwards each cursor stands behind the items of its fragment that have a key. */
function findItems(replies: SplitReplies): void {
  const { keyCount, fragmentOf, fragmentCount, frame, keys } = replies;
  assert(frame !== null, "the request is kept, as the codec asks for it");
  if (items.length < 2 * keyCount) items = new Int32Array(2 * keyCount);
  while (cursors.length < fragmentCount) cursors.push({ start: 0, end: 0, keyStart: 0, keyEnd: 0 });
  for (let i = 0; i < fragmentCount; i++) {
    const reply = replies.reply(i);
    setCursor(cursors[i], reply, reply.start);
  }
  for (let i = 0; i < keyCount; i++) {
    const cursor = cursors[fragmentOf[i]];
    const reply = replies.reply(fragmentOf[i]);
    const isFound = cursor.start < cursor.end &&
      isSame(frame, keys[2 * i], keys[2 * i + 1], reply.bytes, cursor);
    items[2 * i] = isFound ? cursor.start : 0;
    items[2 * i + 1] = isFound ? cursor.end : 0;
    if (isFound) setCursor(cursor, reply, cursor.end);
  }
}

function setCursor(cursor: Cursor, reply: HeldReply, at: number): void {
  const { bytes } = reply;
  cursor.start = at;
  cursor.end = at;
  if (bytes[at] !== VALUE_INITIAL) return;
  let lf = at;
  while (bytes[lf] !== LF) lf++;
  const isRead = readValueLine(valueLine, bytes, at, lf - 1);
  assert(isRead, "the reply decoder let no other line pass");
  cursor.keyStart = valueLine.keyStart;
  cursor.keyEnd = valueLine.keyEnd;
  cursor.end = lf + 1 + valueLine.dataBytes + LINE_END_BYTES;
}

function isSame(frame: Uint8Array, start: number, end: number, bytes: Uint8Array, cursor: Cursor): boolean {
  const { keyStart, keyEnd } = cursor;
  if (end - start !== keyEnd - keyStart) return false;
  for (let i = 0; i < end - start; i++) if (frame[start + i] !== bytes[keyStart + i]) return false;
  return true;
}
