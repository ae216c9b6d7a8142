/**
 * How memcached servers are spoken to: in the text protocol or in the binary one.
 *
 * @module
 */

import { concat, decode, encode } from "../../base/ascii.ts";
import type { Dialect } from "../contract.ts";
import { EXTRAS_LENGTH_AT, HEADER_BYTES, KEY_LENGTH_AT, readUint16, STATUS_AT } from "./binary/header.ts";
import { BinaryStatus } from "./binary/reply.ts";
import { BinaryReplyDecoder } from "./binary/reply_decoder.ts";
import { PLAIN_STEP, plainLogin } from "./binary/sasl.ts";
import type { MemcacheServerAuth } from "./login.ts";
import { STORED } from "./replies.ts";
import { TextReplyDecoder } from "./text/reply_decoder.ts";
import { isWord } from "./word_table.ts";

const NOTHING = new Uint8Array(0);
const VERSION = encode("VERSION ");
/** A binary request without extras, key and value. */
const BINARY_NOOP = Uint8Array.of(0x80, 0x0a, ...new Uint8Array(HEADER_BYTES - 2));

/**
 * Makes the dialect of the text protocol and the meta commands.
 *
 * @param auth As whom servers are used that read passwords from a file; null if they do not ask.
 * @returns The dialect.
 */
export function textDialect(auth: MemcacheServerAuth | null): Dialect {
  return {
    name: "text",
    greeting: auth === null ? NOTHING : textLogin(auth),
    greetingSteps: auth === null ? [] : ["login"],
    probe: encode("version\r\n"),
    newReplyDecoder: () => new TextReplyDecoder(),
    isGood: (bytes, start, end) =>
      (end - start > VERSION.length && isWord(VERSION, bytes, start, start + VERSION.length)) ||
      (auth !== null && isWord(STORED, bytes, start, end)),
  };
}

/** With `-Y` the first thing that memcached takes is a `set` of any key whose value is the name and the password. */
function textLogin({ user, password }: MemcacheServerAuth): Uint8Array<ArrayBuffer> {
  const value = concat([encode(`${user} `), password]);
  return concat([encode(`set login 0 0 ${value.length}\r\n`), value, encode("\r\n")]);
}

/**
 * Makes the dialect of the binary protocol.
 *
 * @param auth As whom servers are used that ask for SASL; null if they do not ask.
 * @returns The dialect.
 */
export function binaryDialect(auth: MemcacheServerAuth | null): Dialect {
  return {
    name: "binary",
    greeting: auth === null ? NOTHING : plainLogin(auth.user, auth.password),
    greetingSteps: auth === null ? [] : [PLAIN_STEP],
    probe: BINARY_NOOP,
    newReplyDecoder: () => new BinaryReplyDecoder(),
    isGood: isBinarySuccess,
    explain: (bytes, start, end) => {
      const head = readUint16(bytes, start + KEY_LENGTH_AT) + bytes[start + EXTRAS_LENGTH_AT];
      return decode(bytes, start + HEADER_BYTES + head, end);
    },
  };
}

/**
 * Whether a binary reply tells of success.
 *
 * @param bytes The array that holds it.
 * @param start Offset of its first byte.
 * @returns False for every other outcome.
 */
export function isBinarySuccess(bytes: Uint8Array, start: number): boolean {
  return readUint16(bytes, start + STATUS_AT) === BinaryStatus.SUCCESS;
}
