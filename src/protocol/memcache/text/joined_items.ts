/**
 * Makes of the reply to `get a b c` the replies to `get a`, `get b` and `get c`.
 *
 * ```text
 *   server   VALUE a 0 1\r\n1\r\nVALUE c 0 1\r\n3\r\nEND\r\n
 *   client   VALUE a 0 1\r\n1\r\nEND\r\n   END\r\n   VALUE c 0 1\r\n3\r\nEND\r\n
 * ```
 *
 * A reply is given on when the first bytes behind it are there, which all servers send with it: they tell whether the
 * server ends it, or something has to.
 *
 * @module
 */

import { CR, encode, LF, SPACE } from "../../../base/ascii.ts";
import { BAD, DONE, type JoinedKeys, type JoinedReplies, MORE, type Status } from "../../contract.ts";
import { REPLY_LINE_BYTES_MAX } from "../limits.ts";
import { END } from "../replies.ts";
import { isWord } from "../word_table.ts";
import { ItemData, readValueLine, ValueLine } from "./value_line.ts";

const VALUE = encode("VALUE");
/** What servers say that cannot go on; the rest of the line says why. */
const ERRORS = ["ERROR", "CLIENT_ERROR", "SERVER_ERROR"].map(encode);

/** The end of a line has not come. */
const NOT_YET = -1;
/** A line is none. */
const BROKEN = -2;

/** What is read next. */
const Part = {
  /** The line in front of an item, or what ends all. */
  LINE: 0,
  /** An item's data. */
  DATA: 1,
  /** What comes behind an item. */
  BEHIND: 2,
  /** Nothing: every request has been answered. */
  NOTHING: 3,
} as const;
type Part = typeof Part[keyof typeof Part];

/** Finds the replies to joined requests; see the module. */
export class JoinedItems implements JoinedReplies {
  /** See {@link JoinedReplies.missed}. */
  missed = 0;
  /** See {@link JoinedReplies.missReply}. */
  readonly missReply: Uint8Array<ArrayBuffer> = END;
  /** See {@link JoinedReplies.ending}. */
  ending: Uint8Array<ArrayBuffer> | null = null;
  /** See {@link JoinedReplies.followers}. */
  followers = 0;
  /** See {@link JoinedReplies.followersReply}. */
  followersReply: Uint8Array<ArrayBuffer> = END;
  /** See {@link JoinedReplies.isOutOfOrder}. */
  isOutOfOrder = false;
  /** Offset after what was decoded, as in {@link ReplyDecoder.position}. */
  position = 0;
  #keys: JoinedKeys | null = null;
  /** The first request that has not been answered. */
  #next = 0;
  #part: Part = Part.NOTHING;
  readonly #value = new ValueLine();
  /** The data of the item at hand. */
  readonly #data = new ItemData();
  /** How many bytes of the line at `position` have been searched for its end. */
  #searched = 0;

  /** Whether there are requests that have not been answered. */
  get isReading(): boolean {
    return this.#part !== Part.NOTHING;
  }

  /**
   * Begins to read.
   *
   * @param keys The keys of the requests.
   */
  begin(keys: JoinedKeys): void {
    this.#keys = keys;
    this.#next = 0;
    this.#part = Part.LINE;
  }

  /** Forgets what was found with the reply before. */
  reset(): void {
    this.missed = this.followers = 0;
    this.ending = null;
  }

  /**
   * Decodes on; see {@link ReplyDecoder.decode}.
   *
   * @param bytes The array that holds the reply.
   * @param start Offset of the first byte that was not decoded yet.
   * @param end Offset after the last byte that has arrived.
   * @returns {@link DONE} for every single reply.
   */
  decode(bytes: Uint8Array, start: number, end: number): Status {
    let at = start;
    for (;;) {
      switch (this.#part) {
        case Part.DATA: {
          at = this.#data.skip(bytes, at, end);
          if (at < 0) return BAD;
          if (this.#data.left > 0) return this.#at(at, MORE);
          this.#part = Part.BEHIND;
          break;
        }
        case Part.BEHIND:
          if (end - at < VALUE.length) return this.#at(at, MORE);
          if (!isWord(VALUE, bytes, at, at + VALUE.length)) return this.#last(bytes, at, end);
          this.#next++;
          this.#part = Part.LINE;
          this.ending = END;
          return this.#at(at, DONE);
        default: {
          const lf = this.#lineEnd(bytes, at, end);
          if (lf < 0) return lf === BROKEN ? BAD : this.#at(at, MORE);
          if (!isWord(VALUE, bytes, at, at + VALUE.length)) return this.#last(bytes, at, end);
          if (!this.#beginItem(bytes, at, lf - 1)) return BAD;
          at = lf + 1;
        }
      }
    }
  }

  #at(at: number, status: Status): Status {
    this.position = at;
    return status;
  }

  /** Reads the line in front of an item, and finds out whose it is. */
  #beginItem(bytes: Uint8Array, start: number, end: number): boolean {
    const value = this.#value;
    if (bytes[start + VALUE.length] !== SPACE || !readValueLine(value, bytes, start, end)) return false;
    const { count } = this.#keys!;
    const before = this.#next;
    while (this.#next < count && !this.#isKey(this.#next, bytes, value.keyStart, value.keyEnd)) this.#next++;
    if (this.#next === count) {
      for (let key = 0; key < count; key++) {
        if (this.#isKey(key, bytes, value.keyStart, value.keyEnd)) this.isOutOfOrder = true;
      }
      return false;
    }
    this.missed += this.#next - before;
    this.#data.begin(value.dataBytes);
    this.#part = Part.DATA;
    return true;
  }

  #isKey(key: number, bytes: Uint8Array, start: number, end: number): boolean {
    const { bytes: known, ends } = this.#keys!;
    let at = key === 0 ? 0 : ends[key - 1];
    if (ends[key] - at !== end - start) return false;
    while (start < end && known[at] === bytes[start]) {
      at++;
      start++;
    }
    return start === end;
  }

  /** No item follows: the line is the reply to the request at hand, or its end, and to all behind it. */
  #last(bytes: Uint8Array, at: number, end: number): Status {
    const lf = this.#lineEnd(bytes, at, end);
    if (lf < 0) return lf === BROKEN ? BAD : this.#at(at, MORE);
    const isEnd = lf + 1 - at === END.length && isWord(END, bytes, at, lf + 1);
    if (!isEnd && !isError(bytes, at)) return BAD;
    this.followers = this.#keys!.count - this.#next - 1;
    this.followersReply = isEnd || this.followers === 0 ? END : new Uint8Array(bytes.subarray(at, lf + 1));
    this.#part = Part.NOTHING;
    this.#keys = null;
    return this.#at(lf + 1, DONE);
  }

  /** Where the line at `at` ends: the offset of its last byte; {@link NOT_YET}; {@link BROKEN}. */
  #lineEnd(bytes: Uint8Array, at: number, end: number): number {
    let lf = at + this.#searched;
    while (lf < end && bytes[lf] !== LF) lf++;
    if (lf - at >= REPLY_LINE_BYTES_MAX) return BROKEN;
    if (lf === end) {
      this.#searched = end - at;
      return NOT_YET;
    }
    this.#searched = 0;
    return lf > at && bytes[lf - 1] === CR ? lf : BROKEN;
  }
}

function isError(bytes: Uint8Array, at: number): boolean {
  return ERRORS.some((word) => {
    const behind = bytes[at + word.length];
    return isWord(word, bytes, at, at + word.length) && (behind === SPACE || behind === CR);
  });
}
