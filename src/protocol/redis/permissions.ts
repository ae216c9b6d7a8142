/**
 * What users may not do who are restricted: to reading, or to keys that begin in a certain way.
 *
 * Redis' own lists know more than the proxy: what a script will touch, what a pattern means. Where the proxy cannot tell
 * that a command keeps to the user's keys, the command is refused.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { assert } from "../../base/assert.ts";
import type { User } from "../users.ts";
import { isWordAt } from "./argument.ts";
import { AccessCode, type Command, COMMANDS, KeyKind, SupportCode, UNKNOWN_COMMAND } from "./command.ts";
import { toBinary } from "./local/resp_writer.ts";

/** What redis 7.2 says to a user that may not use a key. */
export const NO_KEY_PERMISSION: Uint8Array<ArrayBuffer> = encode(
  "-NOPERM No permissions to access a key\r\n",
);

/** They run what the proxy cannot look into. */
const SCRIPTS: ReadonlySet<Command> = named([
  "EVAL",
  "EVAL_RO",
  "EVALSHA",
  "EVALSHA_RO",
  "FCALL",
  "FCALL_RO",
]);
/** They read other keys than those that they name, if they have one of {@link PATTERNS}. */
const SORTS: ReadonlySet<Command> = named(["SORT", "SORT_RO"]);
const PATTERNS = ["by", "get"].map(encode);
/** They put an end to what other clients do or rely on. */
const OVER_OTHERS: ReadonlySet<Command> = named([
  "CLIENT|KILL",
  "FUNCTION|KILL",
  "SCRIPT|FLUSH",
  "SCRIPT|KILL",
]);

function named(names: readonly string[]): ReadonlySet<Command> {
  const commands = COMMANDS.filter(({ name }) => names.includes(name));
  assert(commands.length === names.length, "the table has all of them");
  return new Set(commands);
}

/**
 * Judges a command, but for its keys.
 *
 * @param user Who asks; a restricted user.
 * @param command What for.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of each, relative to `base`.
 * @param bytes The array that holds them.
 * @param base What the offsets are relative to.
 * @returns The reply if the user may not use it, or null.
 */
export function refuseCommand(
  user: User,
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
): Uint8Array<ArrayBuffer> | null {
  const isRefused = command === UNKNOWN_COMMAND || OVER_OTHERS.has(command) ||
    (user.readOnly && command.accessCode === AccessCode.WRITE) ||
    (user.prefixes !== null && mayUseOtherKeys(command, argc, args, bytes, base));
  if (!isRefused) return null;
  const name = command === UNKNOWN_COMMAND
    ? shownName(bytes, base + args[0], base + args[1])
    : command.name.toLowerCase();
  return encode(`-NOPERM User ${user.name} has no permissions to run the '${name}' command\r\n`);
}

function mayUseOtherKeys(
  command: Command,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
): boolean {
  if (SCRIPTS.has(command)) return true;
  if (command.kind === KeyKind.NONE) {
    return command.accessCode !== AccessCode.NONE && command.supportCode !== SupportCode.LOCAL;
  }
  if (!SORTS.has(command)) return false;
  for (let i = 2; i < argc; i++) {
    if (PATTERNS.some((word) => isWordAt(i, word, args, bytes, base))) return true;
  }
  return false;
}

/** How much of an unknown command's name is shown, in bytes: as much as redis shows. */
const SHOWN_BYTES_MAX = 128;

function shownName(bytes: Uint8Array, start: number, end: number): string {
  return toBinary(bytes, start, Math.min(end, start + SHOWN_BYTES_MAX)).toLowerCase().replace(/[^!-~]/g, "?");
}
