/**
 * INCR and its kin: values that are integers of 64 bits.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { INT64_MAX, INT64_MIN, parseInt64, textOf } from "../bytes.ts";
import { NEVER } from "../store.ts";
import { type CommandCall, type CommandRow, NOT_AN_INTEGER } from "./command_call.ts";

/** How many characters an integer of 64 bits has at most, with its sign. */
const DIGITS_MAX = 20;

/** The commands that count. */
export const COUNTER_COMMANDS: readonly CommandRow[] = [
  { name: "INCR", arity: 2, run: (call) => add(call, 1n) },
  { name: "DECR", arity: 2, run: (call) => add(call, -1n) },
  { name: "INCRBY", arity: 3, run: incrementBy },
  { name: "DECRBY", arity: 3, run: decrementBy },
];

function incrementBy(call: CommandCall): void {
  const delta = call.args.integer(2);
  if (delta === null) return call.reply.error(NOT_AN_INTEGER);
  add(call, delta);
}

function decrementBy(call: CommandCall): void {
  const delta = call.args.integer(2);
  if (delta === null) return call.reply.error(NOT_AN_INTEGER);
  if (delta === INT64_MIN) return call.reply.error("decrement would overflow");
  add(call, -delta);
}

function add({ args, reply, store }: CommandCall, delta: bigint): void {
  const key = args.text(1);
  const entry = store.get(key);
  const old = entry === undefined ? 0n : numberOf(entry.value);
  if (old === null) return reply.error(NOT_AN_INTEGER);
  const sum = old + delta;
  if (sum < INT64_MIN || sum > INT64_MAX) return reply.error("increment or decrement would overflow");
  store.set(key, encode(String(sum)), entry?.expiresAtMs ?? NEVER);
  reply.integer(sum);
}

function numberOf(value: Uint8Array): bigint | null {
  return value.length > DIGITS_MAX ? null : parseInt64(textOf(value));
}
