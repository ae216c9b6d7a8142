/**
 * The parser for what a redis client sends: an array of bulk strings, or an inline command.
 *
 * It notes where the arguments are and copies nothing. A request that has not fully arrived is gone on
 * with where parsing stopped, so that input which comes byte by byte costs no more than its length.
 *
 * Limits and error texts are those of redis 7 (networking.c, `processMultibulkBuffer`), except that a
 * line end is checked to be one: what a server reads differently from us must never reach it.
 *
 * @module
 */

import { ASTERISK, CR, DIGIT_0, DOLLAR, LF } from "../../base/ascii.ts";
import { BAD, DONE, MORE, type Status } from "../contract.ts";

/** The most arguments a request may announce: redis' own limit before version 7 (1024 * 1024). */
export const ARGUMENTS_MAX = 1024 * 1024;
/** The longest argument: redis' `proto-max-bulk-len`, 512 MB. */
export const BULK_BYTES_MAX = 512 * 1024 * 1024;
/** The longest inline command: redis' `PROTO_INLINE_MAX_SIZE`, 64 KB. */
export const INLINE_BYTES_MAX = 64 * 1024;
/** No 64-bit integer has more digits. */
const DIGITS_MAX = 19;

const UNFINISHED = -1;
const INVALID = -2;

/** Why a request cannot be understood; each is the text of redis. */
export type RequestFault =
  | "invalid multibulk length"
  | "invalid bulk length"
  | "too big inline request"
  | "expected '$'"
  | "expected line end";

/** One request: where its arguments are. Owned by the caller and used again for the next request. */
export class RespRequest {
  /** How many arguments there are, the command's name included; 0 is a request that asks nothing. */
  argc = 0;
  /** Start and end of each argument, relative to the request's first byte; at first just enough for GET and SET. */
  args: Int32Array = new Int32Array(8);
  /** How many bytes the request takes. */
  length = 0;
  /** Whether it is one line of words instead of an array. The line ends before its line end at `lineEnd`. */
  inline = false;
  /** For an inline command: offset after the last byte of its text. */
  lineEnd = 0;
  /** How many bytes the request has at least; known early for long arguments. */
  announced = 0;
  /** After `BAD`: what was wrong. */
  fault: RequestFault = "invalid multibulk length";
  /** After the fault "expected '$'": the byte that was there. */
  faultByte = 0;
  /** Offset of the next byte to look at, relative to the request's first byte. */
  position = 0;
  /** How many arguments were announced; -1 while that is not known. */
  count: number = -1;
  /** Bytes of an argument and its line end that are still to come, after its beginning was let go of; else 0. */
  rest = 0;
  /** The most arguments it may have. */
  argumentsMax: number = ARGUMENTS_MAX;
  /** The most bytes an argument may have. */
  bulkBytesMax: number = BULK_BYTES_MAX;
  /** Number that was read last. */
  number = 0;

  /** Makes the record ready for another request. */
  reset(): void {
    this.argc = 0;
    this.announced = 0;
    this.position = 0;
    this.count = -1;
    this.inline = false;
    this.rest = 0;
  }

  /**
   * Lets go of the beginning of an array: the caller passes it on, and the request goes on behind it. The arguments
   * so far cannot be looked at afterwards.
   *
   * @param arrived How many bytes of the request are here; they have been parsed, and it is not complete.
   * @returns How many of them are let go of: all but the beginning of an argument's length.
   */
  letGo(arrived: number): number {
    if (this.announced > arrived) {
      if (this.rest === 0) this.argc++;
      this.rest = this.announced - arrived;
      this.announced = this.rest;
      this.position = 0;
      return arrived;
    }
    const count = this.position;
    this.position = 0;
    this.announced = 0;
    return count;
  }
}

/**
 * Parses one request.
 *
 * @param r The record; `reset` before a new request, untouched between two calls for the same one.
 * @param bytes The array that holds the request.
 * @param start Offset of the request's first byte.
 * @param end Offset after the last byte that has arrived.
 * @returns Whether the request is complete.
 */
export function parseRequest(r: RespRequest, bytes: Uint8Array, start: number, end: number): Status {
  if (end - start < r.announced) return MORE;
  if (r.rest > 0) {
    if (bytes[start + r.rest - 1] !== LF) return fail(r, "expected line end");
    r.position = r.rest;
    r.rest = 0;
    r.announced = 0;
  }
  if (r.count < 0) {
    if (start === end) return MORE;
    if (bytes[start] !== ASTERISK) return parseInline(r, bytes, start, end);
    const at = readNumber(r, bytes, start + 1, end);
    if (at === UNFINISHED) return MORE;
    if (at === INVALID || r.number > r.argumentsMax) return fail(r, "invalid multibulk length");
    r.count = Math.max(r.number, 0);
    r.position = at - start;
  }
  return parseArguments(r, bytes, start, end);
}

function parseArguments(r: RespRequest, bytes: Uint8Array, start: number, end: number): Status {
  const count = r.count;
  let args = r.args;
  let argc = r.argc;
  let at = start + r.position;
  while (argc < count) {
    if (at === end) break;
    if (bytes[at] !== DOLLAR) {
      r.faultByte = bytes[at];
      return fail(r, "expected '$'");
    }
    const from = readNumber(r, bytes, at + 1, end);
    if (from === UNFINISHED) break;
    const length = r.number;
    if (from === INVALID || length < 0 || length > r.bulkBytesMax) return fail(r, "invalid bulk length");
    const to = from + length;
    if (to + 2 > end) {
      r.announced = to + 2 - start;
      break;
    }
    if (bytes[to] !== CR || bytes[to + 1] !== LF) return fail(r, "expected line end");
    if (args.length === argc * 2) args = growArguments(r);
    args[argc * 2] = from - start;
    args[argc * 2 + 1] = to - start;
    argc++;
    at = to + 2;
  }
  r.argc = argc;
  r.position = at - start;
  if (argc < count) return MORE;
  r.length = r.position;
  return DONE;
}

/** By doubling, and only as arguments arrive: what a peer announces costs it nothing, so it gets nothing for it. */
function growArguments(r: RespRequest): Int32Array {
  const args = new Int32Array(r.args.length * 2);
  args.set(r.args);
  r.args = args;
  return args;
}

/** Reads a decimal number and its line end; strict as redis' `string2ll`: no sign but `-`, no leading zero, no `-0`. */
function readNumber(r: RespRequest, bytes: Uint8Array, at: number, end: number): number {
  const negative = at < end && bytes[at] === 0x2d;
  if (negative) at++;
  let value = 0;
  const digits = at;
  for (; at < end; at++) {
    const digit = bytes[at] - DIGIT_0;
    if (digit < 0 || digit > 9) break;
    if ((at === digits + 1 && value === 0) || at - digits >= DIGITS_MAX) return INVALID;
    value = value * 10 + digit;
  }
  if (at === end) return UNFINISHED;
  if (bytes[at] !== CR || at === digits || (negative && value === 0)) return INVALID;
  if (at + 1 === end) return UNFINISHED;
  if (bytes[at + 1] !== LF) return INVALID;
  r.number = negative ? -value : value;
  return at + 2;
}

function parseInline(r: RespRequest, bytes: Uint8Array, start: number, end: number): Status {
  for (let at = start + r.position; at < end; at++) {
    if (bytes[at] !== LF) continue;
    r.inline = true;
    r.lineEnd = (at > start && bytes[at - 1] === CR ? at - 1 : at) - start;
    r.length = at + 1 - start;
    return DONE;
  }
  r.position = end - start;
  return r.position > INLINE_BYTES_MAX ? fail(r, "too big inline request") : MORE;
}

function fail(r: RespRequest, fault: RequestFault): Status {
  r.fault = fault;
  return BAD;
}
