/**
 * incr and decr: values that are integers of 64 bits without a sign.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { textOf, UINT64_MAX } from "../bytes.ts";
import { KEY_BYTES_MAX } from "../../protocol/memcache/limits.ts";
import { BAD_LINE, type CommandCall } from "./command_call.ts";
import { parseUint64 } from "./numbers.ts";

/** How much of a value is looked at: more than any number with blanks around it needs. */
const NUMBER_BYTES_MAX = 64;

/**
 * Carries incr or decr out. As in memcached a sum wraps round, a difference ends at 0, and a shorter
 * result is padded with spaces to the length that the value had.
 *
 * @param call The call.
 * @param sign 1 for incr, -1 for decr.
 */
export function add({ words, reply, store }: CommandCall, sign: bigint): void {
  const [, key, digits] = words;
  if (key.length > KEY_BYTES_MAX) return reply.line(BAD_LINE);
  const delta = parseUint64(digits);
  if (delta === null) return reply.line("CLIENT_ERROR invalid numeric delta argument");
  const entry = store.get(key);
  if (entry === undefined) return reply.line("NOT_FOUND");
  const old = parseUint64(textOf(entry.value, 0, Math.min(entry.value.length, NUMBER_BYTES_MAX)));
  if (old === null) return reply.line("CLIENT_ERROR cannot increment or decrement non-numeric value");
  const exact = old + sign * delta;
  const result = String(exact < 0n ? 0n : exact & UINT64_MAX);
  store.set(key, encode(result.padEnd(entry.value.length)), entry.expiresAtMs, entry.flags);
  reply.line(result);
}
