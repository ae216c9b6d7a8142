/**
 * What people are told of a request that went to a server.
 *
 * @module
 */

import { ASTERISK, CR, decode, DIGIT_0, DIGIT_9, DOLLAR, LF, SPACE } from "../../base/ascii.ts";
import type { RequestDescription } from "../contract.ts";
import { lookupCommand } from "./command_lookup.ts";

/** No command has a longer name, in bytes. */
const NAME_BYTES_MAX = 64;

/**
 * Reads the command and the first key of an array of bulk strings. Of an inline command, which clients may send and servers
 * are never sent, the command is read.
 *
 * @param head The first bytes of the request.
 * @returns The command in upper case, and where its key is; null if it is no request.
 */
export function describeRequest(head: Uint8Array): RequestDescription | null {
  if (head[0] !== ASTERISK) return describeInline(head);
  let at = head.indexOf(CR) + 2;
  if (at < 2) return null;
  const name = readBulk(head, at);
  if (name === null || name.end > head.length || name.end - name.start > NAME_BYTES_MAX) return null;
  // What stands behind a name that nobody knows need not be a key: it may be a password behind a mistyped AUTH.
  const row = lookupCommand(head, name.start, name.end);
  const command = decode(head, name.start, name.end).toUpperCase();
  if (row === null) return { command, keyStart: 0, keyEnd: 0 };
  // A number of keys stands in front of them.
  const keyAt = row.first > 0 ? row.first : row.numkeysAt > 0 ? row.numkeysAt + 1 : 0;
  let word = name;
  for (let i = 0; i < keyAt; i++) {
    at = word.end + 2;
    const next = readBulk(head, at);
    if (next === null) return { command, keyStart: 0, keyEnd: 0 };
    word = next;
  }
  return keyAt === 0
    ? { command, keyStart: 0, keyEnd: 0 }
    : { command, keyStart: word.start, keyEnd: word.end };
}

function describeInline(head: Uint8Array): RequestDescription | null {
  let start = 0;
  while (head[start] === SPACE) start++;
  let end = start;
  while (end < head.length && head[end] !== SPACE && head[end] !== CR && head[end] !== LF) end++;
  if (end === start || end === head.length || end - start > NAME_BYTES_MAX) return null;
  return { command: decode(head, start, end).toUpperCase(), keyStart: 0, keyEnd: 0 };
}

/** Where the bulk string at an offset lies; its end may be behind the array's. */
function readBulk(bytes: Uint8Array, at: number): { start: number; end: number } | null {
  if (at >= bytes.length || bytes[at] !== DOLLAR) return null;
  let length = 0;
  let i = at + 1;
  for (; i < bytes.length && bytes[i] >= DIGIT_0 && bytes[i] <= DIGIT_9; i++) {
    length = length * 10 + bytes[i] - DIGIT_0;
  }
  return i + 2 <= bytes.length && bytes[i] === CR ? { start: i + 2, end: i + 2 + length } : null;
}
