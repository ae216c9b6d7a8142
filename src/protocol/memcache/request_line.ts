/**
 * The parser for a line that a client sends: words between spaces.
 *
 * It notes where the words are and copies nothing. A line that has not fully arrived is gone on with where
 * parsing stopped. Like memcached it takes a bare LF as a line end, and any number of spaces before,
 * between and behind the words.
 *
 * @module
 */

import { CR, LF, SPACE } from "../../base/ascii.ts";
import { BAD, DONE, MORE, type Status } from "../contract.ts";
import { LINE_BYTES_MAX } from "./limits.ts";

const DELETE = 0x7f;
/** Room for this many words is kept; more is given back after the line that needed it. */
const WORDS_KEPT = 1024;

/** One line: where its words are. Owned by the caller and used again for the next line. */
export class RequestLine {
  /** How many words there are. */
  wordCount = 0;
  /** Start and end of each word, relative to the line's first byte. */
  words: Int32Array = new Int32Array(64);
  /** How many bytes the line takes with its line end; 0 while that has not arrived. */
  length = 0;
  /** Whether a word has a control byte in it. */
  hasControl = false;
  /** Offset of the next byte to look at, relative to the line's first byte. */
  position = 0;
  /** Where the word begins that is being read; -1 between two words. */
  wordStart: number = -1;

  /** Makes the record ready for another line. */
  reset(): void {
    this.wordCount = 0;
    this.length = 0;
    this.hasControl = false;
    this.position = 0;
    this.wordStart = -1;
    if (this.words.length > 2 * WORDS_KEPT) this.words = new Int32Array(64);
  }
}

/**
 * Parses one line.
 *
 * @param line The record; `reset` before a new line, untouched between two calls for the same one.
 * @param bytes The array that holds the line.
 * @param start Offset of the line's first byte.
 * @param end Offset after the last byte that has arrived.
 * @returns Whether the line is complete; `BAD` if it is longer than {@link LINE_BYTES_MAX}.
 */
export function parseLine(line: RequestLine, bytes: Uint8Array, start: number, end: number): Status {
  let at = start + line.position;
  let wordStart = line.wordStart;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte > SPACE) {
      if (wordStart < 0) wordStart = at - start;
      if (byte === DELETE) line.hasControl = true;
      continue;
    }
    if (byte === CR && at + 1 === end) break;
    const ends = byte === LF || (byte === CR && bytes[at + 1] === LF);
    if (byte !== SPACE && !ends) {
      if (wordStart < 0) wordStart = at - start;
      line.hasControl = true;
      continue;
    }
    if (wordStart >= 0) noteWord(line, wordStart, at - start);
    wordStart = -1;
    if (!ends) continue;
    line.length = at - start + (byte === CR ? 2 : 1);
    return line.length > LINE_BYTES_MAX ? BAD : DONE;
  }
  line.position = at - start;
  line.wordStart = wordStart;
  return end - start > LINE_BYTES_MAX ? BAD : MORE;
}

function noteWord(line: RequestLine, start: number, end: number): void {
  const index = 2 * line.wordCount++;
  if (index === line.words.length) {
    const words = new Int32Array(2 * index);
    words.set(line.words);
    line.words = words;
  }
  line.words[index] = start;
  line.words[index + 1] = end;
}
