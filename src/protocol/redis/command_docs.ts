/**
 * The table of commands for people to read.
 *
 * @module
 */

import type { CommandRow, KeySpec, MergeRule } from "./command_row.ts";
import { COMMAND_ROWS } from "./commands.ts";

/**
 * Writes the table of commands in Markdown, one line per row of the table.
 *
 * @returns A table with the columns command, access, keys, keys on several servers, and support; it ends
 *   with a newline.
 */
export function commandTable(): string {
  const lines = COMMAND_ROWS.map((row) =>
    `| ${commandName(row)} | ${row.access === "none" ? "" : row.access} | ${keyPositions(row.keys)} | ${
      acrossServers(row)
    } | ${support(row)} |`
  );
  return [
    "| command | access | keys | keys on several servers | support |",
    "|---|---|---|---|---|",
    ...lines,
    "",
  ].join("\n");
}

/** A subcommand is written as it is typed, because `|` would end the cell. */
function commandName(row: CommandRow): string {
  return `\`${row.name.replace("|", " ")}\``;
}

function keyPositions(keys: KeySpec): string {
  switch (keys.form) {
    case "range":
      return rangePositions(keys.first, keys.last, keys.step);
    case "counted": {
      const counted = `as many as argument ${keys.numkeysAt} says, from ${keys.first}${every(keys.step)}`;
      return keys.destinationAt === 0 ? counted : `${keys.destinationAt}, and ${counted}`;
    }
    case "streams":
      return "the first half after `STREAMS`";
    case "store":
      return `${keys.first}, and after \`STORE\` or \`STOREDIST\``;
    case "migrate":
      return "3, or after `KEYS`";
  }
}

function rangePositions(first: number, last: number, step: number): string {
  if (first === 0) return "none";
  if (first === last) return `${first}`;
  if (last > 0) return `${first} to ${last}`;
  return `${first} to ${last === -1 ? "the last" : "the last but one"}${every(step)}`;
}

function every(step: number): string {
  if (step === 1) return "";
  return step === 2 ? ", every second" : ", every third";
}

/** How the replies of all servers become one. */
const ALL_SERVERS: Partial<Record<MergeRule, string>> = {
  sum: "the numbers added",
  status: "`+OK` if it is so everywhere",
  equal: "what all say",
  alike: "what all say",
  minimum: "the smallest of each number",
  keys: "joined, up to a limit",
  random: "one of those that have a key",
  killed: "`+OK` if one had something to kill",
  running: "of the one that runs something",
  info: "the numbers added",
  channels: "joined, each once",
  receivers: "the largest of each number",
  maximum: "the largest number",
  acknowledged: "the smallest of each number",
};

function acrossServers(row: CommandRow): string {
  if (row.support === "all") return ALL_SERVERS[row.merge] ?? "";
  switch (row.merge) {
    case "array":
    case "results":
      return "split, the values joined in order";
    case "sum":
      return "split, the numbers added";
    case "status":
      return "split, not atomic";
    default:
      return hasSeveralKeys(row.keys) && (row.support === "forward" || row.support === "transaction")
        ? "refused"
        : "";
  }
}

function hasSeveralKeys(keys: KeySpec): boolean {
  return keys.form !== "range" || keys.first !== keys.last;
}

function support(row: CommandRow): string {
  switch (row.support) {
    case "forward":
      if (row.blocking === undefined) return "yes";
      return `yes${row.blocking === "option" ? ", with `BLOCK`" : ""}, over a connection of its own`;
    case "publication":
      return "yes";
    case "transaction":
    case "subscription":
      return "yes, over a connection of its own";
    case "any":
      return "yes, by any one server";
    case "all":
      if (row.blocking !== undefined) return "yes, on all servers, over connections of its own";
      return row.dangerous ? "on all servers, with `allow_dangerous: true`" : "yes, on all servers";
    case "scan":
      return "yes, one server after another";
    case "local":
      return "yes, by the proxy";
    case "unknown":
      return hasSubcommands(row) ? "by subcommand" : "no: answered as an unknown command";
    case "refuse":
      return `no: ${row.reason}`;
  }
}

function hasSubcommands(row: CommandRow): boolean {
  return COMMAND_ROWS.some(({ name }) => name.startsWith(`${row.name}|`));
}
