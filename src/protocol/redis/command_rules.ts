/**
 * What a pool's configuration says of commands: some are denied, and some have their keys elsewhere than the table says, or
 * than at argument 1 as the table has it for commands that it does not know.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { type Command, COMMANDS, compileCommand, SupportCode, UNKNOWN_COMMAND } from "./command.ts";
import { type CommandTable, makeTable, STANDARD_TABLE } from "./command_lookup.ts";
import { range, row } from "./command_row.ts";

/** Where the keys of a command are, in the manner of redis' own triple. */
export interface CustomCommand {
  /** The argument index of the first key; 0 for a command without keys, which any server may answer. */
  readonly first: number;
  /** The argument index of the last key; negative from the end. */
  readonly last: number;
  /** From one key to the next. */
  readonly step: number;
}

/** What a pool's configuration says of commands. */
export interface CommandRules {
  /** Names of commands that nobody may use, in upper case; `CONFIG|GET` is a subcommand. */
  readonly deny: readonly string[];
  /** Commands by their names in upper case. */
  readonly custom: Readonly<Record<string, CustomCommand>>;
}

/**
 * Makes the table of a pool.
 *
 * @param rules What its configuration says; null for nothing.
 * @returns The table; denied commands are in it as refused ones.
 */
export function tableOf(rules: CommandRules | null): CommandTable {
  if (rules === null) return STANDARD_TABLE;
  const commands = new Map(COMMANDS.map((command) => [command.name, command]));
  for (const [name, keys] of Object.entries(rules.custom)) commands.set(name, customCommand(name, keys));
  for (const name of rules.deny) deny(commands, name);
  return makeTable([...commands.values()]);
}

/** At least its name and its first key. */
function customCommand(name: string, { first, last, step }: CustomCommand): Command {
  const keys = first === 0 ? range(0, 0) : range(first, last, step);
  const options = first === 0 ? { support: "any" } as const : {};
  return compileCommand(row(name, -(first + 1), "write", keys, options), UNKNOWN_COMMAND.index, []);
}

function deny(commands: Map<string, Command>, name: string): void {
  const denied = deniedCommand(
    commands.get(name) ?? customCommand(name, { first: 0, last: 0, step: 1 }),
    name,
  );
  commands.set(name, denied);
  const container = commands.get(name.slice(0, name.indexOf("|")));
  if (!name.includes("|") || container === undefined) return;
  const others = container.subcommands?.filter((other) => other.name !== name) ?? [];
  commands.set(container.name, { ...container, subcommands: [...others, denied] });
}

function deniedCommand(command: Command, name: string): Command {
  return {
    ...command,
    name,
    nameBytes: encode(name.toLowerCase()),
    supportCode: SupportCode.REFUSE,
    subcommands: null,
    row: { ...command.row, name, support: "refuse", denied: true },
  };
}
