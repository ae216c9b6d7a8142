/**
 * The decoder for what a memcached server sends in the text protocol and to meta commands.
 *
 * A reply is one line, one line with data, or a list: blocks of `VALUE` lines with their data, or `STAT` lines, and `END`. Lines
 * are kept until they are complete, data goes by as it comes. What no memcached says is an error, so that a
 * server which sends something else is noticed before its bytes reach a client.
 *
 * @module
 */

import { CR, LF, SPACE } from "../../../base/ascii.ts";
import {
  BAD,
  DONE,
  type JoinedKeys,
  type JoinedReplies,
  MORE,
  REPLY_FINE,
  type ReplyDecoder,
  type ReplyKind,
  type Status,
} from "../../contract.ts";
import { REPLY_LINE_BYTES_MAX, VALUE_BYTES_MAX } from "../limits.ts";
import { isDigits, readLength } from "../number.ts";
import { WordTable } from "../word_table.ts";
import { JoinedItems } from "./joined_items.ts";
import { ItemData, readValueLine, ValueLine } from "./value_line.ts";

/** The kinds of lines. */
const LineKind = {
  /** The whole reply is this word. */
  WORD: 0,
  /** The reply is this word and a text. */
  TEXT: 1,
  /** An error: it also ends a list. */
  ERROR: 2,
  /** An item's first line. */
  VALUE: 3,
  /** One line of a list. */
  STAT: 4,
  /** The end of a list, or an empty one. */
  END: 5,
  /** The reply to a meta command with data behind it: `VA <bytes> <flag>*`. */
  META_VALUE: 6,
} as const;
type LineKind = typeof LineKind[keyof typeof LineKind];

const FIRST_WORDS = new WordTable<LineKind>([
  ["STORED", LineKind.WORD],
  ["NOT_STORED", LineKind.WORD],
  ["EXISTS", LineKind.WORD],
  ["NOT_FOUND", LineKind.WORD],
  ["DELETED", LineKind.WORD],
  ["TOUCHED", LineKind.WORD],
  ["OK", LineKind.WORD],
  ["VERSION", LineKind.TEXT],
  ["ERROR", LineKind.ERROR],
  ["CLIENT_ERROR", LineKind.ERROR],
  ["SERVER_ERROR", LineKind.ERROR],
  ["VALUE", LineKind.VALUE],
  ["STAT", LineKind.STAT],
  ["END", LineKind.END],
  ["HD", LineKind.TEXT],
  ["EN", LineKind.TEXT],
  ["NF", LineKind.TEXT],
  ["NS", LineKind.TEXT],
  ["EX", LineKind.TEXT],
  ["ME", LineKind.TEXT],
  ["MN", LineKind.WORD],
  ["VA", LineKind.META_VALUE],
]);

/** Not in a list. */
const NO_LIST = -1;

/** {@link ReplyDecoder} for memcached's text protocol. */
export class TextReplyDecoder implements ReplyDecoder {
  /** See {@link ReplyDecoder.position}. */
  position = 0;
  /** See {@link ReplyDecoder.kind}: no reply says that a server cannot serve at all. */
  readonly kind: ReplyKind = REPLY_FINE;
  readonly #value = new ValueLine();
  /** Which lines the list has that has begun. */
  #list: LineKind | typeof NO_LIST = NO_LIST;
  /** The data of the item at hand. */
  readonly #data = new ItemData();
  /** How many bytes of the line at `position` have been searched for its end. */
  #searched = 0;
  /** Whether the reply ends with the data. */
  #single = false;
  /** Reads the replies to joined requests; made with the first of them. */
  #joined: JoinedItems | null = null;

  /** See {@link ReplyDecoder.beginJoined}. */
  beginJoined(keys: JoinedKeys): JoinedReplies {
    this.#joined ??= new JoinedItems();
    this.#joined.begin(keys);
    return this.#joined;
  }

  /** See {@link ReplyDecoder.decode}. */
  decode(bytes: Uint8Array, start: number, end: number): Status {
    const joined = this.#joined;
    if (joined !== null) {
      joined.reset();
      if (joined.isReading) {
        const status = joined.decode(bytes, start, end);
        this.position = joined.position;
        return status;
      }
    }
    let at = start;
    for (;;) {
      if (this.#data.left > 0) {
        at = this.#data.skip(bytes, at, end);
        if (at < 0) return BAD;
        if (this.#data.left > 0) return this.#more(at);
        if (this.#single) {
          this.#single = false;
          return this.#done(at);
        }
      }
      let lf = at + this.#searched;
      while (lf < end && bytes[lf] !== LF) lf++;
      if (lf - at >= REPLY_LINE_BYTES_MAX) return BAD;
      if (lf === end) {
        this.#searched = end - at;
        return this.#more(at);
      }
      this.#searched = 0;
      if (lf === at || bytes[lf - 1] !== CR) return BAD;
      const status = this.#readLine(bytes, at, lf - 1);
      if (status === BAD) return BAD;
      at = lf + 1;
      if (status === DONE) return this.#done(at);
    }
  }

  #done(at: number): Status {
    this.position = at;
    return DONE;
  }

  #more(at: number): Status {
    this.position = at;
    return MORE;
  }

  /** Takes one line; `MORE` if it does not end the reply. */
  #readLine(bytes: Uint8Array, start: number, end: number): Status {
    let wordEnd = start;
    while (wordEnd < end && bytes[wordEnd] !== SPACE) wordEnd++;
    const kind = FIRST_WORDS.find(bytes, start, wordEnd);
    if (kind === LineKind.VALUE || kind === LineKind.STAT) {
      if (this.#list !== NO_LIST && this.#list !== kind) return BAD;
      this.#list = kind;
      if (kind === LineKind.STAT) return MORE;
      if (!readValueLine(this.#value, bytes, start, end)) return BAD;
      this.#data.begin(this.#value.dataBytes);
      return MORE;
    }
    const inList = this.#list !== NO_LIST;
    this.#list = NO_LIST;
    if (kind === LineKind.ERROR) return DONE;
    if (kind === LineKind.END) return wordEnd === end ? DONE : BAD;
    if (inList) return BAD;
    if (kind === LineKind.TEXT) return DONE;
    if (kind === LineKind.META_VALUE) return this.#beginData(bytes, wordEnd + 1, end);
    return wordEnd === end && (kind === LineKind.WORD || isDigits(bytes, start, end)) ? DONE : BAD;
  }

  /** Takes the length of the data that a meta command's reply ends with. */
  #beginData(bytes: Uint8Array, start: number, end: number): Status {
    let sizeEnd = start;
    while (sizeEnd < end && bytes[sizeEnd] !== SPACE) sizeEnd++;
    const dataBytes = readLength(VALUE_BYTES_MAX, bytes, start, sizeEnd);
    if (dataBytes < 0 || dataBytes > VALUE_BYTES_MAX) return BAD;
    this.#data.begin(dataBytes);
    this.#single = true;
    return MORE;
  }
}
