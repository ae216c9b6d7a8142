/**
 * From a file's bytes to text, by the rules of the reference's YAML library (libyaml, YAML 1.1).
 *
 * @module
 */

import { ConfigError } from "./error.ts";

/** Anything that YAML 1.1 does not allow in a file (section 5.1, "c-printable"), as libyaml applies it. */
const forbidden = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/**
 * Decodes a file: UTF-8, or UTF-16 with a byte order mark.
 *
 * @param path The file's path, for the error.
 * @param bytes What is in it.
 * @returns The text without a byte order mark.
 * @throws {ConfigError} If it is not text.
 */
export function decodeText(path: string, bytes: Uint8Array): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe
    ? "utf-16le"
    : bytes[0] === 0xfe && bytes[1] === 0xff
    ? "utf-16be"
    : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    const text = new TextDecoder(encoding).decode(bytes);
    const place = positionAt(text, Math.max(0, text.indexOf("\ufffd")));
    const reason = `conf: failed (err 2) to get the next yaml document; the file is not valid ${encoding}`;
    throw new ConfigError(path, { ...place, key: null, value: null, reason });
  }
}

/**
 * Writes every line break of YAML 1.1 as a line feed, so that offsets stay as they are.
 *
 * YAML 1.1 also breaks lines at a carriage return, at U+0085, U+2028 and U+2029. A byte order mark at
 * the start of a line becomes the space that libyaml takes it for.
 *
 * @param text The text.
 * @returns Text of the same length.
 */
export function normalizeBreaks(text: string): string {
  return text.replace(/\r(?!\n)|[\x85\u2028\u2029]/g, "\n").replace(/^\ufeff/gm, " ");
}

/**
 * Looks for a character that no YAML file may have.
 *
 * @param text The text.
 * @returns Its offset and its code point, or null.
 */
export function findForbiddenCharacter(text: string): { start: number; codePoint: number } | null {
  const start = text.search(forbidden);
  return start === -1 ? null : { start, codePoint: text.codePointAt(start) as number };
}

/**
 * Finds the line and column of an offset.
 *
 * @param text The text, with normalized breaks.
 * @param offset An offset in it.
 * @returns Both from 1; the column in characters.
 */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at !== -1 && at < offset; at = text.indexOf("\n", at + 1)) {
    line++;
    lineStart = at + 1;
  }
  return { line, column: [...text.slice(lineStart, offset)].length + 1 };
}
