/**
 * The bytes that the protocols are written in, under the names of the ASCII table.
 *
 * @module
 */

/** Line feed, `\n`. */
export const LF = 0x0a;
/** Carriage return, `\r`. */
export const CR = 0x0d;
/** Horizontal tab. */
export const TAB = 0x09;
/** Space. */
export const SPACE = 0x20;
/** `!` */
export const EXCLAMATION = 0x21;
/** `"` */
export const QUOTE = 0x22;
/** `#` */
export const HASH = 0x23;
/** `$` */
export const DOLLAR = 0x24;
/** `%` */
export const PERCENT = 0x25;
/** `'` */
export const APOSTROPHE = 0x27;
/** `(` */
export const LEFT_PAREN = 0x28;
/** `*` */
export const ASTERISK = 0x2a;
/** `+` */
export const PLUS = 0x2b;
/** `,` */
export const COMMA = 0x2c;
/** `-` */
export const MINUS = 0x2d;
/** `0` */
export const DIGIT_0 = 0x30;
/** `9` */
export const DIGIT_9 = 0x39;
/** `:` */
export const COLON = 0x3a;
/** `=` */
export const EQUALS = 0x3d;
/** `>` */
export const GREATER = 0x3e;
/** `\` */
export const BACKSLASH = 0x5c;
/** `_` */
export const UNDERSCORE = 0x5f;
/** `|` */
export const PIPE = 0x7c;
/** `~` */
export const TILDE = 0x7e;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Encodes text as UTF-8.
 *
 * @param text Any text.
 * @returns A fresh array that holds exactly its bytes.
 */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/**
 * Decodes UTF-8 for people to read; bytes that are none become U+FFFD.
 *
 * @param bytes The array that holds the text.
 * @param start Offset of the first byte.
 * @param end Offset after the last byte.
 * @returns The text.
 */
export function decode(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  return decoder.decode(bytes.subarray(start, end));
}

/**
 * Puts byte arrays one behind the other.
 *
 * @param parts The arrays.
 * @returns A fresh array with all their bytes.
 */
export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
