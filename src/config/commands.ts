/**
 * `commands`: which commands a pool denies, and where the keys of commands are that the proxy does not know.
 *
 * @module
 */

import type { CommandRules, CustomCommand } from "./config.ts";
import {
  leaf,
  listOf,
  mapOf,
  optional,
  recordOf,
  refine,
  required,
  type StructureKind,
} from "./structures.ts";
import { ValueError, type ValueKind } from "./values.ts";

/** More commands than all modules together have; the table of names has room for as many beside redis' own. */
const COMMANDS_MAX = 256;
const NAME_BYTES_MAX = 64;

/** A command's name, or a command's and its subcommand's; in upper case, parted by `|`. */
const commandName: ValueKind<string> = {
  label: "name of a command",
  parse(text) {
    if (isCommandName(text)) return canonicalName(text);
    throw new ValueError("has an invalid name of a command", 'such as SORT, "CONFIG GET" or JSON.GET');
  },
};

function isCommandName(text: string): boolean {
  return text.length <= NAME_BYTES_MAX && /^[!-{}~]+(?:[ |][!-{}~]+)?$/.test(text);
}

function canonicalName(text: string): string {
  return text.toUpperCase().replace(" ", "|");
}

/** An argument's place. */
const place: ValueKind<number> = {
  label: "number",
  parse(text) {
    if (/^-?\d{1,6}$/.test(text)) return Number(text);
    throw new ValueError("is not a number", "decimal digits, negative from the end");
  },
};

interface GivenKeys {
  readonly first: number;
  readonly last: number | null;
  readonly step: number;
}

const givenKeys = recordOf<GivenKeys>({
  first: required("first", leaf(place)),
  last: optional("last", leaf(place), null),
  step: optional("step", leaf(place), 1),
});

/** `last` is `first` if left out. */
const customCommand: StructureKind<CustomCommand> = refine(
  givenKeys,
  ({ first, last, step }, { start }, { report }) => {
    const end = last ?? first;
    const hint =
      "as in the reply to COMMAND: first from 1 (0 for no key), last from there or negative, step from 1";
    if (first < 0 || (end >= 0 && end < first) || step < 1) {
      report(start, "has keys that are nowhere", hint);
      return undefined;
    }
    return { first, last: end, step };
  },
  (value) => givenKeys.describe(value),
);

const custom = mapOf("name of a command", customCommand);

/** Names become upper case, and may not be there twice then. */
const customCommands: StructureKind<Readonly<Record<string, CustomCommand>>> = refine(
  custom,
  (map, { start }, { report }) => {
    const byName: Record<string, CustomCommand> = Object.create(null);
    for (const [text, keys] of Object.entries(map)) {
      const name = canonicalName(text);
      const isSingle = isCommandName(text) && !name.includes("|");
      if (!isSingle || name in byName) {
        report(
          start,
          isSingle ? `has "${text}" twice` : `has an invalid name of a command, "${text}"`,
          "as in JSON.GET",
        );
        return undefined;
      }
      byName[name] = keys;
    }
    return byName;
  },
  (value) => custom.describe(value),
);

const rules = recordOf<CommandRules>({
  deny: optional("deny", listOf(leaf(commandName)), []),
  custom: optional("custom", customCommands, {}),
});

/** The directive. */
export const commandsKind: StructureKind<CommandRules> = refine(
  rules,
  (value, { start }, { report }) => {
    if (value.deny.length + Object.keys(value.custom).length <= COMMANDS_MAX) return value;
    report(start, "has too many commands", `${COMMANDS_MAX} at most`);
    return undefined;
  },
  (value) => rules.describe(value),
);
