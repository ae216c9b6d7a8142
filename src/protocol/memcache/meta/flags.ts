/**
 * The flags of a meta command: words of one letter and what belongs to it. All of them are the server's affair but
 * the few that say how the key is written and who is told what.
 *
 * @module
 */

import { SPACE } from "../../../base/ascii.ts";
import type { RequestLine } from "../request_line.ts";

const BASE64_KEY = "b".charCodeAt(0);
const ECHO_KEY = "k".charCodeAt(0);
const OPAQUE = "O".charCodeAt(0);
const QUIET = "q".charCodeAt(0);
const SIZE = "s".charCodeAt(0);
const VIVIFY = "N".charCodeAt(0);

/** What the flags of a command say. Owned by the caller and used again for the next command. */
export class MetaFlags {
  /** Whether the client is told only what it does not expect. */
  quiet = false;
  /** Whether the key is in base64. */
  base64Key = false;
  /** Whether the reply repeats something of the request. */
  echoes = false;
  /** Whether a missing item is made. */
  vivifies = false;
}

/**
 * Reads the flags, and takes the one that makes a command quiet away: every request has a reply upstream, and the
 * proxy decides which of them the client gets. A space takes its place, so nothing moves.
 *
 * memcached refuses a flag that comes twice, so of `q q` none is taken away but both are made another one.
 *
 * @param flags Where the result goes.
 * @param line The command's line.
 * @param firstWord The number of the first word that may be a flag.
 * @param bytes The array that holds the line; flags are changed in place.
 * @param start Offset of the line's first byte.
 */
export function takeFlags(
  flags: MetaFlags,
  line: RequestLine,
  firstWord: number,
  bytes: Uint8Array,
  start: number,
): void {
  flags.quiet =
    flags.base64Key =
    flags.echoes =
    flags.vivifies =
      false;
  let quietCount = 0;
  const { words, wordCount } = line;
  for (let word = firstWord; word < wordCount; word++) {
    switch (bytes[start + words[2 * word]]) {
      case QUIET:
        quietCount++;
        break;
      case BASE64_KEY:
        flags.base64Key = true;
        break;
      case ECHO_KEY:
      case OPAQUE:
        flags.echoes = true;
        break;
      case VIVIFY:
        flags.vivifies = true;
        break;
    }
  }
  if (quietCount === 0) return;
  flags.quiet = quietCount === 1;
  for (let word = firstWord; word < wordCount; word++) {
    const from = start + words[2 * word];
    if (bytes[from] !== QUIET) continue;
    if (flags.quiet) bytes.fill(SPACE, from, start + words[2 * word + 1]);
    else bytes[from] = SIZE;
  }
}

/**
 * Whether the key of an `me` command is in base64: it knows this one flag, as the first and only there.
 *
 * @param line The command's line.
 * @param bytes The array that holds the line.
 * @param start Offset of the line's first byte.
 * @returns True if it is.
 */
export function debugsBase64Key(line: RequestLine, bytes: Uint8Array, start: number): boolean {
  const { words, wordCount } = line;
  return wordCount > 2 && words[5] - words[4] === 1 && bytes[start + words[4]] === BASE64_KEY;
}
