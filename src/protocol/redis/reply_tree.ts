/**
 * A whole reply as a tree, for the few that are looked into.
 *
 * @module
 */

import { ASTERISK, encode, MINUS, PERCENT, TILDE } from "../../base/ascii.ts";
import { DONE } from "../contract.ts";
import { lineEnd, readNumber } from "./held_reply.ts";
import { toBinary } from "./local/resp_writer.ts";
import { RespReplyDecoder } from "./resp_reply.ts";

/** What is nested deeper is not taken apart; `COMMAND` needs seven levels. */
const DEPTH_MAX = 8;

const element = new RespReplyDecoder();

/** A part of a reply: a list, or something that is not taken apart. */
export class ReplyTree {
  /** What is in a list; in a map keys and values by turns. Null for what is no list. */
  readonly items: readonly ReplyTree[] | null;
  /** Offset after its last byte. */
  readonly end: number;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #start: number;

  /**
   * Takes a reply apart.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after the last byte of the whole reply, which has to be well-formed and complete.
   * @param depth How many lists it is in.
   */
  constructor(bytes: Uint8Array<ArrayBuffer>, start: number, end: number, depth = 0) {
    this.#bytes = bytes;
    this.#start = start;
    const type = bytes[start];
    const isList = (type === ASTERISK || type === PERCENT || type === TILDE) && bytes[start + 1] !== MINUS;
    if (isList && depth < DEPTH_MAX) {
      const items: ReplyTree[] = [];
      const count = readNumber(bytes, start, end, type) * (type === PERCENT ? 2 : 1);
      let at = lineEnd(bytes, start);
      for (let i = 0; i < count; i++) {
        const item = new ReplyTree(bytes, at, end, depth + 1);
        items.push(item);
        at = item.end;
      }
      this.items = items;
      this.end = at;
    } else {
      this.items = null;
      this.end = element.decode(bytes, start, end) === DONE ? element.position : end;
    }
  }

  /** Whether it is a list of keys and values. */
  get isMap(): boolean {
    return this.items !== null && this.#bytes[this.#start] === PERCENT;
  }

  /** Its bytes. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(this.#start, this.end);
  }

  /** What a bulk string or a line says, one character per byte; empty for a list. */
  get text(): string {
    if (this.items !== null) return "";
    const { bytes } = this;
    const first = lineEnd(bytes, 0);
    return first === bytes.length ? toBinary(bytes, 1, first - 2) : toBinary(bytes, first, bytes.length - 2);
  }

  /**
   * The first line of a list of the same kind.
   *
   * @param count How many items it has; in a map a key and its value are two.
   * @returns The line.
   */
  head(count: number): Uint8Array<ArrayBuffer> {
    const type = this.#bytes[this.#start];
    return encode(`${String.fromCharCode(type)}${type === PERCENT ? count / 2 : count}\r\n`);
  }
}
