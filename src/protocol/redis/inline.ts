/**
 * Inline commands: a line of words, as a person types it into telnet and as health checks send it.
 *
 * @module
 */

import { APOSTROPHE, BACKSLASH, encode, QUOTE, SPACE } from "../../base/ascii.ts";

const ESCAPES: Record<string, number> = { n: 0x0a, r: 0x0d, t: 0x09, b: 0x08, a: 0x07 };

/**
 * Splits a line into words like redis' `sdssplitargs`: double quotes with escapes, single quotes with `\'`.
 *
 * @param bytes The array that holds the line.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte, without the line end.
 * @returns The words, or null if a quote is not closed or is followed by something else than a blank.
 */
export function splitInline(bytes: Uint8Array, start: number, end: number): number[][] | null {
  const words: number[][] = [];
  let at = start;
  for (;;) {
    while (at < end && isBlank(bytes[at])) at++;
    if (at >= end) return words;
    const word: number[] = [];
    while (at < end && !isBlank(bytes[at])) {
      const byte = bytes[at];
      if (byte !== QUOTE && byte !== APOSTROPHE) {
        word.push(byte);
        at++;
        continue;
      }
      at = byte === QUOTE
        ? readDoubleQuoted(bytes, at + 1, end, word)
        : readSingleQuoted(bytes, at + 1, end, word);
      if (at < 0 || (at < end && !isBlank(bytes[at]))) return null;
    }
    words.push(word);
  }
}

/**
 * Writes words as the array of bulk strings that servers are sent.
 *
 * @param words The command's name and its arguments.
 * @returns The request.
 */
export function encodeRequest(words: readonly (readonly number[])[]): Uint8Array<ArrayBuffer> {
  const parts: number[] = [...encode(`*${words.length}\r\n`)];
  for (const word of words) {
    for (const byte of encode(`$${word.length}\r\n`)) parts.push(byte);
    for (const byte of word) parts.push(byte);
    parts.push(0x0d, 0x0a);
  }
  return Uint8Array.from(parts);
}

function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d);
}

function readDoubleQuoted(bytes: Uint8Array, at: number, end: number, word: number[]): number {
  while (at < end) {
    const byte = bytes[at++];
    if (byte === QUOTE) return at;
    if (byte !== BACKSLASH || at >= end) {
      word.push(byte);
      continue;
    }
    const escaped = String.fromCharCode(bytes[at]);
    const hex = escaped === "x" ? hexPair(bytes, at + 1, end) : -1;
    if (hex >= 0) {
      word.push(hex);
      at += 3;
    } else {
      word.push(ESCAPES[escaped] ?? bytes[at]);
      at++;
    }
  }
  return -1;
}

function readSingleQuoted(bytes: Uint8Array, at: number, end: number, word: number[]): number {
  while (at < end) {
    const byte = bytes[at++];
    if (byte === APOSTROPHE) return at;
    if (byte === BACKSLASH && at < end && bytes[at] === APOSTROPHE) word.push(bytes[at++]);
    else word.push(byte);
  }
  return -1;
}

function hexPair(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end) return -1;
  const text = String.fromCharCode(bytes[at], bytes[at + 1]);
  return /^[0-9a-fA-F]{2}$/.test(text) ? parseInt(text, 16) : -1;
}
