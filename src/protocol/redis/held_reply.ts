/**
 * Reads whole replies that wait to be merged.
 *
 * @module
 */

import { DIGIT_0, encode, LF, MINUS } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { HeldReply } from "../contract.ts";

/** What is said if servers send something else than their command promises. */
const UNEXPECTED = encode("-ERR Invalid argument\r\n");

/**
 * Says that servers have sent something else than their command promises.
 *
 * @param out Where the reply is appended.
 */
export function sayUnexpected(out: WriteQueue): void {
  out.append(UNEXPECTED, 0, UNEXPECTED.length);
}

/**
 * The number on the first line of a reply.
 *
 * @param reply The reply.
 * @param type The byte that it has to begin with.
 * @returns The number; -1 if the reply is not of that type, or the number is negative.
 */
export function readHeader(reply: HeldReply, type: number): number {
  return readNumber(reply.bytes, reply.start, reply.end, type);
}

/**
 * The number on a line of a reply.
 *
 * @param bytes The array that holds it.
 * @param start Offset of the line's first byte.
 * @param end Offset after the reply's last byte.
 * @param type The byte that the line has to begin with.
 * @returns The number; -1 if the line is not of that type, or the number is negative.
 */
export function readNumber(bytes: Uint8Array, start: number, end: number, type: number): number {
  if (bytes[start] !== type || bytes[start + 1] === MINUS) return -1;
  let value = 0;
  for (let at = start + 1; at < end && bytes[at] >= DIGIT_0; at++) value = value * 10 + bytes[at] - DIGIT_0;
  return value;
}

/**
 * Where the first line of a reply ends.
 *
 * @param reply A whole reply.
 * @returns Offset after its line end.
 */
export function headerEnd(reply: HeldReply): number {
  return lineEnd(reply.bytes, reply.start);
}

/**
 * Where a line of a whole reply ends.
 *
 * @param bytes The array that holds it.
 * @param start Offset of a byte of the line.
 * @returns Offset after its line end.
 */
export function lineEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] !== LF) at++;
  return at + 1;
}
