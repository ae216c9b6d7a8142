/**
 * Bytes in the query of a URL: keys need not be text.
 *
 * @module
 */

import { encode } from "../base/ascii.ts";

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;

/**
 * Reads a parameter of a query as the bytes that it stands for; `URLSearchParams` would make U+FFFD of those that are no UTF-8.
 *
 * @param search The query, with or without its question mark.
 * @param name The parameter, in plain letters.
 * @returns Its bytes: `%xx` is one of them, `+` a space; null if there is no such parameter.
 */
export function queryBytes(search: string, name: string): Uint8Array | null {
  for (const pair of search.replace(/^\?/, "").split("&")) {
    const [key, ...value] = pair.split("=");
    if (key === name) return decodePercent(encode(value.join("=")));
  }
  return null;
}

function decodePercent(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const digits = text[i] === PERCENT ? String.fromCharCode(text[i + 1] ?? 0, text[i + 2] ?? 0) : "";
    if (/^[0-9a-f]{2}$/i.test(digits)) {
      bytes[length++] = parseInt(digits, 16);
      i += 2;
    } else bytes[length++] = text[i] === PLUS ? SPACE : text[i];
  }
  return bytes.subarray(0, length);
}
