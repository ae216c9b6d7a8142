/**
 * GET, SET and their kin.
 *
 * @module
 */

import { concat } from "../../base/ascii.ts";
import { REDIS_VALUE_BYTES_MAX } from "../limits.ts";
import { NEVER } from "../store.ts";
import { type CommandCall, type CommandRow, NOT_AN_INTEGER } from "./command_call.ts";
import { expiryTimeMs, type ExpiryUnit, MILLISECONDS, SECONDS } from "./expiry.ts";
import { set } from "./set_command.ts";

/** The commands that read and write values. */
export const STRING_COMMANDS: readonly CommandRow[] = [
  { name: "GET", arity: 2, run: get },
  { name: "SET", arity: -3, run: set },
  { name: "SETEX", arity: 4, run: (call) => setWithExpiry(call, SECONDS, "setex") },
  { name: "PSETEX", arity: 4, run: (call) => setWithExpiry(call, MILLISECONDS, "psetex") },
  { name: "SETNX", arity: 3, run: setIfNew },
  { name: "GETSET", arity: 3, run: getAndSet },
  { name: "GETDEL", arity: 2, run: getAndDelete },
  { name: "APPEND", arity: 3, run: append },
  { name: "STRLEN", arity: 2, run: measure },
  { name: "MGET", arity: -2, run: getMany },
  { name: "MSET", arity: -3, run: setMany },
];

function get({ args, reply, store }: CommandCall): void {
  reply.bulk(store.get(args.text(1))?.value);
}

function setWithExpiry({ args, reply, store }: CommandCall, unit: ExpiryUnit, name: string): void {
  const value = args.integer(2);
  if (value === null) return reply.error(NOT_AN_INTEGER);
  const expiresAtMs = expiryTimeMs(value, unit, store.nowMs);
  if (value <= 0n || expiresAtMs === null) return reply.error(`invalid expire time in '${name}' command`);
  store.set(args.text(1), args.copy(3), expiresAtMs);
  reply.ok();
}

function setIfNew({ args, reply, store }: CommandCall): void {
  const key = args.text(1);
  if (store.get(key) !== undefined) return reply.integer(0);
  store.set(key, args.copy(2));
  reply.integer(1);
}

function getAndSet({ args, reply, store }: CommandCall): void {
  const key = args.text(1);
  reply.bulk(store.get(key)?.value);
  store.set(key, args.copy(2));
}

function getAndDelete({ args, reply, store }: CommandCall): void {
  const key = args.text(1);
  reply.bulk(store.get(key)?.value);
  store.delete(key);
}

function append({ args, reply, store }: CommandCall): void {
  const key = args.text(1);
  const entry = store.get(key);
  const value = entry === undefined ? args.copy(2) : concat([entry.value, args.copy(2)]);
  if (value.length > REDIS_VALUE_BYTES_MAX) {
    return reply.error("string exceeds maximum allowed size (proto-max-bulk-len)");
  }
  store.set(key, value, entry?.expiresAtMs ?? NEVER);
  reply.integer(value.length);
}

function measure({ args, reply, store }: CommandCall): void {
  reply.integer(store.get(args.text(1))?.value.length ?? 0);
}

function getMany({ args, reply, store }: CommandCall): void {
  reply.array(args.count - 1);
  for (let i = 1; i < args.count; i++) reply.bulk(store.get(args.text(i))?.value);
}

function setMany({ args, reply, store }: CommandCall): void {
  if (args.count % 2 === 0) return reply.error("wrong number of arguments for 'mset' command");
  for (let i = 1; i < args.count; i += 2) store.set(args.text(i), args.copy(i + 1));
  reply.ok();
}
