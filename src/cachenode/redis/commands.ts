/**
 * The table of all redis commands that a node knows.
 *
 * @module
 */

import type { CommandRow } from "./command_call.ts";
import { COUNTER_COMMANDS } from "./counter_commands.ts";
import { KEY_COMMANDS } from "./key_commands.ts";
import { SERVER_COMMANDS } from "./server_commands.ts";
import { STRING_COMMANDS } from "./string_commands.ts";

/** Every command. */
export const REDIS_COMMANDS: readonly CommandRow[] = [
  ...STRING_COMMANDS,
  ...COUNTER_COMMANDS,
  ...KEY_COMMANDS,
  ...SERVER_COMMANDS,
];

const byName: ReadonlyMap<string, CommandRow> = new Map(REDIS_COMMANDS.map((row) => [row.name, row]));

/**
 * Finds a command.
 *
 * @param name Its name in upper case.
 * @returns Its row; undefined if the node does not know it.
 */
export function findCommand(name: string): CommandRow | undefined {
  return byName.get(name);
}

/**
 * Checks the number of arguments.
 *
 * @param row The command.
 * @param count How many arguments there are, the name included.
 * @returns Whether it may have so many.
 */
export function isArityRight({ arity }: CommandRow, count: number): boolean {
  return arity < 0 ? count >= -arity : count === arity;
}
