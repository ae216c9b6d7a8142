/**
 * The decoder for what a redis server sends: RESP2 and RESP3 replies of any nesting.
 *
 * To find a reply's end no tree is needed: an element takes one off the count of elements that are still
 * to come, an aggregate of n adds n. What has been decoded is never looked at again, so a reply may leave
 * for its client before it has arrived as a whole.
 *
 * @module
 */

import { ASTERISK, CR, DIGIT_0, DOLLAR, EXCLAMATION, LF, MINUS } from "../../base/ascii.ts";
import {
  BAD,
  DONE,
  MORE,
  REPLY_FINE,
  REPLY_UNABLE,
  type ReplyDecoder,
  type ReplyKind,
  type Status,
} from "../contract.ts";

/** The longest bulk or aggregate a server may announce: what no redis exceeds, and what the count can hold. */
const LENGTH_MAX = 2 ** 40;
/** The most elements that may be still to come, far below where a double stops counting exactly. */
const ELEMENTS_MAX = 2 ** 52;
/** A count or length has at most this many bytes with its type and line end. */
const HEADER_BYTES_MAX = 24;
/** An error line is kept together up to this length, so that its first word can be read. */
const ERROR_BYTES_MAX = 1024;

/** What follows a type byte. */
const NONE = 0;
const LINE = 1;
const BULK = 2;
const AGGREGATE = 3;
const PAIRS = 4;
/** An attribute: pairs in front of the element that they belong to. */
const ATTRIBUTE = 5;

const FORM = new Uint8Array(256);
for (const type of "+-:_#,(") FORM[type.charCodeAt(0)] = LINE;
for (const type of "$=!") FORM[type.charCodeAt(0)] = BULK;
for (const type of "*~>") FORM[type.charCodeAt(0)] = AGGREGATE;
FORM["%".charCodeAt(0)] = PAIRS;
FORM["|".charCodeAt(0)] = ATTRIBUTE;

/** {@link ReplyDecoder} for RESP. */
export class RespReplyDecoder implements ReplyDecoder {
  /** See {@link ReplyDecoder.position}. */
  position = 0;
  /** See {@link ReplyDecoder.kind}. */
  kind: ReplyKind = REPLY_FINE;
  /** Elements of the reply that are still to come; 0 between two replies. */
  #elements = 0;
  /** Bytes of a bulk and its line end that are still to come. */
  #bulk = 0;
  /** Whether a line has begun that has not ended yet. */
  #inLine = false;

  /** See {@link ReplyDecoder.decode}. */
  decode(bytes: Uint8Array, start: number, end: number): Status {
    let at = start;
    if (this.#bulk > 0 || this.#inLine) {
      at = this.#finishElement(bytes, start, end);
      if (at < 0) return BAD;
      if (this.#bulk > 0 || this.#inLine) return this.#more(at);
    } else if (this.#elements === 0) {
      this.#elements = 1;
      this.kind = REPLY_FINE;
      if (at < end && bytes[at] === MINUS && !this.#readError(bytes, at, end)) return this.#more(at);
    }
    while (this.#elements > 0) {
      if (at === end) return this.#more(at);
      const form = FORM[bytes[at]];
      if (form === LINE) {
        at = this.#line(bytes, at + 1, end);
        if (this.#inLine) return this.#more(at);
      } else {
        const next = form === NONE ? INVALID : this.#sized(bytes, at, end, form);
        if (next === UNFINISHED) return this.#more(at);
        if (next === INVALID) return BAD;
        at = next;
        if (this.#bulk > 0) return this.#more(at);
      }
    }
    this.position = at;
    return DONE;
  }

  #more(at: number): Status {
    this.position = at;
    return MORE;
  }

  /** Goes to the end of a line; a line whose end has not come yet is used up all the same. */
  #line(bytes: Uint8Array, at: number, end: number): number {
    while (at < end && bytes[at] !== LF) at++;
    this.#inLine = at === end;
    if (this.#inLine) return at;
    this.#elements--;
    return at + 1;
  }

  /** Takes an element with a length or a count. */
  #sized(bytes: Uint8Array, at: number, end: number, form: number): number {
    const type = bytes[at];
    let from = at + 1;
    let length = 0;
    if (from < end && bytes[from] === MINUS) {
      if (end - at < 5) return UNFINISHED;
      if (bytes[from + 1] !== 0x31 || bytes[from + 2] !== CR || bytes[from + 3] !== LF) return INVALID;
      if (type !== DOLLAR && type !== ASTERISK) return INVALID;
      this.#elements--;
      return from + 4;
    }
    const digits = from;
    for (; from < end; from++) {
      const digit = bytes[from] - DIGIT_0;
      if (digit < 0 || digit > 9) break;
      length = length * 10 + digit;
    }
    if (from + 1 >= end) return from - at > HEADER_BYTES_MAX ? INVALID : UNFINISHED;
    if (from === digits || bytes[from] !== CR || bytes[from + 1] !== LF || length > LENGTH_MAX) {
      return INVALID;
    }
    from += 2;
    return form === BULK ? this.#bulkBody(bytes, from, end, length) : this.#aggregate(from, form, length);
  }

  #bulkBody(bytes: Uint8Array, from: number, end: number, length: number): number {
    const to = from + length;
    if (to + 2 <= end) {
      if (bytes[to] !== CR || bytes[to + 1] !== LF) return INVALID;
      this.#elements--;
      return to + 2;
    }
    this.#bulk = to + 2 - end;
    return this.#bulk === 1 && bytes[to] !== CR ? INVALID : end;
  }

  #aggregate(from: number, form: number, count: number): number {
    const elements = form === AGGREGATE ? count : count * 2;
    // An attribute is no element itself, so the one it belongs to stays in the count.
    this.#elements += form === ATTRIBUTE ? elements : elements - 1;
    return this.#elements > ELEMENTS_MAX ? INVALID : from;
  }

  /** Goes on in the middle of a bulk or a line. */
  #finishElement(bytes: Uint8Array, start: number, end: number): number {
    if (this.#inLine) return this.#line(bytes, start, end);
    const take = Math.min(this.#bulk, end - start);
    const at = start + take;
    this.#bulk -= take;
    if (this.#bulk > 0) return this.#bulk === 1 && bytes[at - 1] !== CR ? INVALID : at;
    if (bytes[at - 1] !== LF || (take > 1 && bytes[at - 2] !== CR)) return INVALID;
    this.#elements--;
    return at;
  }

  /** Reads the first word of an error; false if the line has to be seen to its end first. */
  #readError(bytes: Uint8Array, at: number, end: number): boolean {
    let to = at;
    while (to < end && bytes[to] !== LF) to++;
    if (to === end && end - at < ERROR_BYTES_MAX) {
      this.#elements = 0;
      return false;
    }
    if (startsWith(bytes, at + 1, end, LOADING) || startsWith(bytes, at + 1, end, MASTERDOWN)) {
      this.kind = REPLY_UNABLE;
    }
    return true;
  }
}

const UNFINISHED = -1;
const INVALID = -2;
const LOADING = [..."LOADING "].map((c) => c.charCodeAt(0));
const MASTERDOWN = [..."MASTERDOWN "].map((c) => c.charCodeAt(0));

function startsWith(bytes: Uint8Array, at: number, end: number, word: readonly number[]): boolean {
  if (end - at < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word[i]) return false;
  return true;
}

/**
 * Whether a complete reply is an error.
 *
 * @param bytes The array that holds it.
 * @param start Offset of its first byte.
 * @returns True for `-...` and `!...`.
 */
export function isErrorReply(bytes: Uint8Array, start: number): boolean {
  return bytes[start] === MINUS || bytes[start] === EXCLAMATION;
}
