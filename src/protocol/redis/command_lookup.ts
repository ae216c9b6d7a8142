/**
 * From the name of a command on the wire to its row.
 *
 * @module
 */

import { assert } from "../../base/assert.ts";
import { encode, PIPE } from "../../base/ascii.ts";
import { wordEquals } from "./argument.ts";
import { type Command, COMMANDS, UNKNOWN_COMMAND } from "./command.ts";

/** Four times as many slots as names keep nearly every name in the slot it hashes to. */
const SLOTS = 2048;
const SLOT_MASK = SLOTS - 1;

/** Commands that can be looked up by their names. */
export interface CommandTable {
  /** Open addressing with linear probing. */
  readonly slots: readonly (Command | null)[];
  /** The longest name, in bytes: what is longer is not worth hashing. */
  readonly nameBytesMax: number;
}

/**
 * Makes a table.
 *
 * @param commands The commands; subcommands are found by their commands. They fill at most half of the slots.
 * @returns The table.
 */
export function makeTable(commands: readonly Command[]): CommandTable {
  const slots = new Array<Command | null>(SLOTS).fill(null);
  for (const command of commands) {
    const name = command.nameBytes;
    if (name.includes(PIPE)) continue;
    let slot = hashName(name, 0, name.length);
    while (slots[slot] !== null) slot = (slot + 1) & SLOT_MASK;
    slots[slot] = command;
  }
  assert(commands.length * 2 < SLOTS, "the table of names is at most half full, so that every search ends");
  return { slots, nameBytesMax: commands.reduce((max, { nameBytes }) => Math.max(max, nameBytes.length), 0) };
}

/**
 * FNV-1a over the bytes with bit 5 set, which makes both cases of a letter alike; what else it confuses is
 * told apart later.
 */
function hashName(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] | 0x20), 0x01000193);
  return (hash ^ (hash >>> 15)) & SLOT_MASK;
}

/** The commands as they are where no configuration says otherwise. */
export const STANDARD_TABLE: CommandTable = makeTable(COMMANDS);

/**
 * Finds a command by its name, in whichever case. Allocates nothing.
 *
 * @param bytes The array that holds the name.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @param table Where it is looked for.
 * @returns The command, or null if the table has none of that name.
 */
export function lookupCommand(
  bytes: Uint8Array,
  start: number,
  end: number,
  table: CommandTable = STANDARD_TABLE,
): Command | null {
  if (end - start > table.nameBytesMax) return null;
  const { slots } = table;
  let slot = hashName(bytes, start, end);
  for (let command = slots[slot]; command !== null; command = slots[slot]) {
    if (wordEquals(command.nameBytes, bytes, start, end)) return command;
    slot = (slot + 1) & SLOT_MASK;
  }
  return null;
}

/**
 * Finds a command that the code itself speaks of.
 *
 * @param name Its name, in upper case.
 * @returns The command, which the table has.
 */
export function namedCommand(name: string): Command {
  const command = lookupCommand(encode(name), 0, name.length);
  assert(command !== null, `the table has ${name}`);
  return command;
}

/**
 * Finds a subcommand by its name, in whichever case. Allocates nothing.
 *
 * @param container The command it belongs to.
 * @param bytes The array that holds the subcommand's name.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte.
 * @returns The subcommand, or null if the table has none of that name.
 */
export function lookupSubcommand(
  container: Command,
  bytes: Uint8Array,
  start: number,
  end: number,
): Command | null {
  if (container.subcommands === null) return null;
  const nameStart = container.nameBytes.length + 1;
  for (const subcommand of container.subcommands) {
    if (wordEquals(subcommand.nameBytes, bytes, start, end, nameStart)) return subcommand;
  }
  return null;
}

/**
 * Finds the row that a request is treated by: a subcommand's own, or that of its command if it has none.
 *
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of argument i at `2 * i` and `2 * i + 1`, relative to `base`.
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @param table Where it is looked for.
 * @returns The row; {@link UNKNOWN_COMMAND} if the table does not know the name.
 */
export function resolveCommand(
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
  table: CommandTable = STANDARD_TABLE,
): Command {
  const command = lookupCommand(bytes, base + args[0], base + args[1], table);
  if (command === null) return UNKNOWN_COMMAND;
  if (command.subcommands === null || argc < 2) return command;
  return lookupSubcommand(command, bytes, base + args[2], base + args[3]) ?? command;
}
