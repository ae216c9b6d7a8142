/**
 * DEL, EXPIRE, TTL and their kin: whatever does not look at values.
 *
 * @module
 */

import { NEVER } from "../store.ts";
import type { Arguments } from "./arguments.ts";
import { type CommandCall, type CommandRow, NOT_AN_INTEGER } from "./command_call.ts";
import {
  expiryTimeMs,
  type ExpiryUnit,
  MILLISECONDS,
  SECONDS,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
} from "./expiry.ts";

/** The commands about keys and their expiry. */
export const KEY_COMMANDS: readonly CommandRow[] = [
  { name: "DEL", arity: -2, run: removeMany },
  { name: "UNLINK", arity: -2, run: removeMany },
  { name: "EXISTS", arity: -2, run: countPresent },
  { name: "TOUCH", arity: -2, run: countPresent },
  { name: "EXPIRE", arity: -3, run: (call) => expire(call, SECONDS, "expire") },
  { name: "PEXPIRE", arity: -3, run: (call) => expire(call, MILLISECONDS, "pexpire") },
  { name: "EXPIREAT", arity: -3, run: (call) => expire(call, UNIX_SECONDS, "expireat") },
  { name: "PEXPIREAT", arity: -3, run: (call) => expire(call, UNIX_MILLISECONDS, "pexpireat") },
  { name: "TTL", arity: 2, run: (call) => timeToLive(call, 1000) },
  { name: "PTTL", arity: 2, run: (call) => timeToLive(call, 1) },
  { name: "PERSIST", arity: 2, run: persist },
];

function removeMany({ args, reply, store }: CommandCall): void {
  let count = 0;
  for (let i = 1; i < args.count; i++) if (store.delete(args.text(i))) count++;
  reply.integer(count);
}

function countPresent({ args, reply, store }: CommandCall): void {
  let count = 0;
  for (let i = 1; i < args.count; i++) if (store.get(args.text(i)) !== undefined) count++;
  reply.integer(count);
}

function expire({ args, reply, store }: CommandCall, unit: ExpiryUnit, name: string): void {
  const conditions = readConditions(args);
  const fault = faultOf(conditions);
  if (fault !== null) return reply.error(fault);
  const value = args.integer(2);
  if (value === null) return reply.error(NOT_AN_INTEGER);
  const { nowMs } = store;
  const timeMs = expiryTimeMs(value, unit, nowMs);
  if (timeMs === null) return reply.error(`invalid expire time in '${name}' command`);
  const key = args.text(1);
  const entry = store.get(key);
  if (entry === undefined || !allow(conditions, entry.expiresAtMs, timeMs)) return reply.integer(0);
  if (timeMs <= nowMs) store.delete(key);
  else entry.expiresAtMs = timeMs;
  reply.integer(1);
}

function readConditions(args: Arguments): string[] {
  const words: string[] = [];
  for (let i = 3; i < args.count; i++) words.push(args.text(i));
  return words;
}

/** Says in redis' words what is wrong with the conditions of an EXPIRE; null if nothing is. */
function faultOf(conditions: readonly string[]): string | null {
  const words = conditions.map((word) => word.toUpperCase());
  const unknown = words.findIndex((word) => !["NX", "XX", "GT", "LT"].includes(word));
  if (unknown !== -1) return `Unsupported option ${conditions[unknown].replace(/[\r\n]/g, " ")}`;
  if (words.includes("NX") && words.some((word) => word !== "NX")) {
    return "NX and XX, GT or LT options at the same time are not compatible";
  }
  return words.includes("GT") && words.includes("LT")
    ? "GT and LT options at the same time are not compatible"
    : null;
}

/** Whether an expiry may be set; a key without one expires later than any other. */
function allow(conditions: readonly string[], currentMs: number, timeMs: number): boolean {
  return conditions.every((word) => {
    switch (word.toUpperCase()) {
      case "NX":
        return currentMs === NEVER;
      case "XX":
        return currentMs !== NEVER;
      case "GT":
        return timeMs > currentMs;
      default:
        return timeMs < currentMs;
    }
  });
}

function timeToLive({ args, reply, store }: CommandCall, unitMs: number): void {
  const entry = store.get(args.text(1));
  if (entry === undefined) return reply.integer(-2);
  if (entry.expiresAtMs === NEVER) return reply.integer(-1);
  // To the nearest second, as redis rounds it.
  reply.integer(BigInt(Math.floor((entry.expiresAtMs - store.nowMs + unitMs / 2) / unitMs)));
}

function persist({ args, reply, store }: CommandCall): void {
  const entry = store.get(args.text(1));
  if (entry === undefined || entry.expiresAtMs === NEVER) return reply.integer(0);
  entry.expiresAtMs = NEVER;
  reply.integer(1);
}
