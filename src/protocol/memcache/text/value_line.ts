/**
 * The line in front of every item that a server sends, `VALUE <key> <flags> <bytes> [<cas>]`, and the data behind it.
 *
 * @module
 */

import { CR, LF, SPACE } from "../../../base/ascii.ts";
import { VALUE_BYTES_MAX } from "../limits.ts";
import { isDigits, readLength } from "../number.ts";

const VALUE_LENGTH = "VALUE".length;
const LINE_END_BYTES = 2;

/** What such a line says. Owned by the caller and used again for the next line. */
export class ValueLine {
  /** Offset of the key's first byte. */
  keyStart = 0;
  /** Offset after the key's last byte. */
  keyEnd = 0;
  /** How many bytes of data follow the line, the line end behind them not counted. */
  dataBytes = 0;
}

/**
 * Reads such a line strictly: one space between the words, nothing else.
 *
 * @param line Where the result goes.
 * @param bytes The array that holds the line.
 * @param start Offset of its first byte, the `V` of `VALUE`.
 * @param end Offset of the line end.
 * @returns Whether the line is as the protocol has it.
 */
export function readValueLine(line: ValueLine, bytes: Uint8Array, start: number, end: number): boolean {
  line.keyStart = start + VALUE_LENGTH + 1;
  line.keyEnd = wordEnd(bytes, line.keyStart, end);
  const flagsEnd = wordEnd(bytes, line.keyEnd + 1, end);
  const sizeEnd = wordEnd(bytes, flagsEnd + 1, end);
  line.dataBytes = readLength(VALUE_BYTES_MAX, bytes, flagsEnd + 1, sizeEnd);
  return line.keyEnd > line.keyStart && isDigits(bytes, line.keyEnd + 1, flagsEnd) &&
    line.dataBytes >= 0 && line.dataBytes <= VALUE_BYTES_MAX &&
    (sizeEnd === end || isDigits(bytes, sizeEnd + 1, end));
}

/** The data that a line announces, of which not all may have come. */
export class ItemData {
  /** Bytes of it and of the line end behind it that are still to come. */
  left = 0;

  /**
   * Takes note of what is to come.
   *
   * @param dataBytes How many bytes the data has.
   */
  begin(dataBytes: number): void {
    this.left = dataBytes + LINE_END_BYTES;
  }

  /**
   * Goes on in the data.
   *
   * @param bytes The array that holds it.
   * @param start Offset of the first byte that has not been seen.
   * @param end Offset after the last byte that has arrived.
   * @returns Offset after what is there of it; -1 if no line end is behind it.
   */
  skip(bytes: Uint8Array, start: number, end: number): number {
    const lf = start + this.left - 1;
    const cr = lf - 1;
    if (cr >= start && cr < end && bytes[cr] !== CR) return -1;
    if (lf < end && bytes[lf] !== LF) return -1;
    const at = Math.min(lf + 1, end);
    this.left -= at - start;
    return at;
  }
}

function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}
