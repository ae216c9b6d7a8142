/**
 * Replies that the proxy gives itself, built once.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type { RespVersion } from "./local/resp_writer.ts";

/** `+OK` */
export const OK: Uint8Array<ArrayBuffer> = encode("+OK\r\n");
/** `+PONG` */
export const PONG: Uint8Array<ArrayBuffer> = encode("+PONG\r\n");
/** No reply at all. */
export const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);
/** No value, in RESP2. */
const NIL_RESP2: Uint8Array<ArrayBuffer> = encode("$-1\r\n");
/** No value, in RESP3. */
const NIL_RESP3: Uint8Array<ArrayBuffer> = encode("_\r\n");
/** What redis says to arguments in an order that it does not know. */
export const SYNTAX: Uint8Array<ArrayBuffer> = encode("-ERR syntax error\r\n");
/** What redis says to a client that has not given the password. */
export const NOAUTH: Uint8Array<ArrayBuffer> = encode("-NOAUTH Authentication required.\r\n");
/** What redis says to a wrong password. */
export const WRONGPASS: Uint8Array<ArrayBuffer> = encode(
  "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
);
/** What redis says to `AUTH password` if there is no password. */
export const NO_PASSWORD: Uint8Array<ArrayBuffer> = encode(
  "-ERR AUTH <password> called without any password configured for the default user. " +
    "Are you sure your configuration is correct?\r\n",
);
/** What redis says to a database that does not exist. */
export const DB_OUT_OF_RANGE: Uint8Array<ArrayBuffer> = encode("-ERR DB index is out of range\r\n");
/** What redis says to something that is no integer. */
export const NOT_AN_INTEGER: Uint8Array<ArrayBuffer> = encode(
  "-ERR value is not an integer or out of range\r\n",
);
/** What a redis cluster says to keys that are not on one server. */
export const CROSSSLOT: Uint8Array<ArrayBuffer> = encode(
  "-CROSSSLOT Keys in request don't hash to the same slot\r\n",
);
/** The same inside of a transaction, where the request at hand may have only one key. */
export const CROSSSLOT_INSIDE: Uint8Array<ArrayBuffer> = encode(
  "-CROSSSLOT Keys of one transaction are on several servers, see hash_tag\r\n",
);

/** Lines with numbers up to this are kept. */
const CACHED_NUMBER_MAX = 1024;
const arrayHeads: (Uint8Array<ArrayBuffer> | undefined)[] = new Array(CACHED_NUMBER_MAX + 1);
const integers: (Uint8Array<ArrayBuffer> | undefined)[] = new Array(CACHED_NUMBER_MAX + 1);

/**
 * No value.
 *
 * @param version The client's protocol.
 * @returns A nil; it must not be changed.
 */
export function nilOf(version: RespVersion): Uint8Array<ArrayBuffer> {
  return version === 3 ? NIL_RESP3 : NIL_RESP2;
}

/**
 * The first line of an array.
 *
 * @param length How many elements it has.
 * @returns `*length`; it must not be changed.
 */
export function arrayHead(length: number): Uint8Array<ArrayBuffer> {
  if (length > CACHED_NUMBER_MAX) return encode(`*${length}\r\n`);
  return arrayHeads[length] ??= encode(`*${length}\r\n`);
}

/**
 * An integer reply.
 *
 * @param value The integer, from 0.
 * @returns `:value`; it must not be changed.
 */
export function integerReply(value: number): Uint8Array<ArrayBuffer> {
  if (value > CACHED_NUMBER_MAX) return encode(`:${value}\r\n`);
  return integers[value] ??= encode(`:${value}\r\n`);
}

/**
 * Makes a bulk string of some bytes.
 *
 * @param bytes The array that holds them.
 * @param start Offset of the first byte.
 * @param end Offset after the last byte.
 * @returns `$length`, the bytes, and the line ends.
 */
export function bulkReply(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
  const head = encode(`$${end - start}\r\n`);
  const reply = new Uint8Array(head.length + end - start + 2);
  reply.set(head);
  reply.set(bytes.subarray(start, end), head.length);
  reply.set([0x0d, 0x0a], reply.length - 2);
  return reply;
}
