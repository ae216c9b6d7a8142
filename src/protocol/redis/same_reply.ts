/**
 * Compares replies of several servers that were asked the same.
 *
 * @module
 */

import { ASTERISK, PERCENT, TILDE } from "../../base/ascii.ts";
import { DONE, type HeldReply } from "../contract.ts";
import { lineEnd, readNumber } from "./held_reply.ts";
import { toBinary } from "./local/resp_writer.ts";
import { RespReplyDecoder } from "./resp_reply.ts";

/**
 * Whether two replies are the same byte for byte.
 *
 * @param a A reply.
 * @param b Another.
 * @returns False if they differ.
 */
export function isEqual(a: HeldReply, b: HeldReply): boolean {
  const length = a.end - a.start;
  if (length !== b.end - b.start) return false;
  for (let i = 0; i < length; i++) if (a.bytes[a.start + i] !== b.bytes[b.start + i]) return false;
  return true;
}

/**
 * Whether two replies are the same, in whichever order the elements of their arrays, sets and maps are: servers keep
 * libraries and functions in hash tables, whose order is each server's own.
 *
 * @param a A whole reply.
 * @param b Another.
 * @returns False if they differ.
 */
export function isAlike(a: HeldReply, b: HeldReply): boolean {
  return isEqual(a, b) || (a.end - a.start === b.end - b.start && sorted(a) === sorted(b));
}

/** A reply as a text that does not depend on the order of elements. */
function sorted({ bytes, start, end }: HeldReply): string {
  const element = new RespReplyDecoder();
  const texts: string[] = [];
  for (let at = start; at < end;) {
    element.decode(bytes, at, end);
    texts.push(sortedElement(bytes, at, element.position));
    at = element.position;
  }
  return texts.join("");
}

function sortedElement(bytes: Uint8Array, start: number, end: number): string {
  const type = bytes[start];
  if (type !== ASTERISK && type !== TILDE && type !== PERCENT) return toBinary(bytes, start, end);
  const perElement = type === PERCENT ? 2 : 1;
  const count = readNumber(bytes, start, end, type);
  const decoder = new RespReplyDecoder();
  const elements: string[] = [];
  let at = lineEnd(bytes, start);
  for (let i = 0; i < count; i++) {
    let text = "";
    for (let part = 0; part < perElement; part++) {
      if (decoder.decode(bytes, at, end) !== DONE) break;
      text += sortedElement(bytes, at, decoder.position);
      at = decoder.position;
    }
    elements.push(text);
  }
  return toBinary(bytes, start, lineEnd(bytes, start)) + elements.sort().join("");
}
