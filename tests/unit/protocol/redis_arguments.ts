/**
 * Requests as the redis parser hands them over: arguments by offset in one array.
 *
 * @module
 */

import { encode } from "../../../src/base/ascii.ts";

/** A request's arguments. */
export interface Arguments {
  /** How many there are, the name included. */
  readonly argc: number;
  /** Start and end of argument i at `2 * i` and `2 * i + 1`, relative to `base`. */
  readonly args: Int32Array;
  /** The array that holds them. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** What the offsets are relative to; not 0, so that a forgotten base shows. */
  readonly base: number;
}

/**
 * Lays out a request.
 *
 * @param words The command and its arguments.
 * @returns Where they are.
 */
export function lay(words: readonly (string | Uint8Array)[]): Arguments {
  const base = 3;
  const parts = words.map((word) => typeof word === "string" ? encode(word) : word);
  const args = new Int32Array(2 * parts.length);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length + 1, base)).fill(0x23);
  let end = 0;
  parts.forEach((part, i) => {
    args[2 * i] = end;
    args[2 * i + 1] = end + part.length;
    bytes.set(part, base + end);
    end += part.length + 1;
  });
  return { argc: parts.length, args, bytes, base };
}
