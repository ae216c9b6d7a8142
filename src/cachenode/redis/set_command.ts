/**
 * SET with its options.
 *
 * @module
 */

import { NEVER } from "../store.ts";
import type { Arguments } from "./arguments.ts";
import { type CommandCall, NOT_AN_INTEGER, SYNTAX_ERROR } from "./command_call.ts";
import {
  expiryTimeMs,
  type ExpiryUnit,
  MILLISECONDS,
  SECONDS,
  UNIX_MILLISECONDS,
  UNIX_SECONDS,
} from "./expiry.ts";

const EXPIRY_OPTIONS: ReadonlyMap<string, ExpiryUnit> = new Map([
  ["EX", SECONDS],
  ["PX", MILLISECONDS],
  ["EXAT", UNIX_SECONDS],
  ["PXAT", UNIX_MILLISECONDS],
]);

interface SetOptions {
  condition: "NX" | "XX" | null;
  keepsExpiry: boolean;
  getsOld: boolean;
  expiryUnit: ExpiryUnit | null;
  /** Which argument holds the expiry. */
  expiryAt: number;
}

/**
 * Carries SET out: `SET key value [NX | XX] [GET] [EX s | PX ms | EXAT s | PXAT ms | KEEPTTL]`.
 *
 * @param call The call.
 */
export function set(call: CommandCall): void {
  const { args, reply, store } = call;
  const options = parseOptions(args);
  if (options === null) return reply.error(SYNTAX_ERROR);
  const key = args.text(1);
  const old = store.get(key);
  let expiresAtMs = NEVER;
  if (options.expiryUnit !== null) {
    const value = args.integer(options.expiryAt);
    if (value === null) return reply.error(NOT_AN_INTEGER);
    const timeMs = expiryTimeMs(value, options.expiryUnit, store.nowMs);
    if (value <= 0n || timeMs === null) return reply.error("invalid expire time in 'set' command");
    expiresAtMs = timeMs;
  } else if (options.keepsExpiry && old !== undefined) expiresAtMs = old.expiresAtMs;

  const { condition, getsOld } = options;
  const isMet = condition === null || (condition === "XX") === (old !== undefined);
  if (getsOld) reply.bulk(old?.value);
  else if (isMet) reply.ok();
  else reply.nothing();
  if (isMet) store.set(key, args.copy(2), expiresAtMs);
}

/** Options may be repeated, as in redis, unless they contradict each other. */
function parseOptions(args: Arguments): SetOptions | null {
  const options: SetOptions = {
    condition: null,
    keepsExpiry: false,
    getsOld: false,
    expiryUnit: null,
    expiryAt: 0,
  };
  for (let i = 3; i < args.count; i++) {
    const word = args.word(i);
    const unit = EXPIRY_OPTIONS.get(word);
    if (word === "NX" || word === "XX") {
      if (options.condition !== null && options.condition !== word) return null;
      options.condition = word;
    } else if (word === "GET") options.getsOld = true;
    else if (word === "KEEPTTL") {
      if (options.expiryUnit !== null) return null;
      options.keepsExpiry = true;
    } else if (unit !== undefined && i + 1 < args.count && !options.keepsExpiry) {
      if (options.expiryUnit !== null && options.expiryUnit !== unit) return null;
      options.expiryUnit = unit;
      options.expiryAt = ++i;
    } else return null;
  }
  return options;
}
