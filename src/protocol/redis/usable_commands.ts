/**
 * What `COMMAND` says: the servers' commands without those that the pool refuses.
 *
 * ```text
 *   COMMAND, INFO   [ entry, entry, nil … ]        entry: name, arity, flags … subcommands [ entry … ]
 *   LIST            [ name, name … ]
 *   DOCS            { name: { summary: …, subcommands: { name: {…} … } } … }
 * ```
 *
 * A refused command is left out, or is nil where it was asked for by name. What is left is as its server says it.
 *
 * @module
 */

import { concat, encode } from "../../base/ascii.ts";
import type { HeldReply } from "../contract.ts";
import { type Command, SupportCode } from "./command.ts";
import { type CommandTable, lookupCommand, lookupSubcommand } from "./command_lookup.ts";
import { ReplyTree } from "./reply_tree.ts";

/** What decides which commands the clients of a pool can use. */
export interface CommandUse {
  /** The commands of the pool. */
  readonly table: CommandTable;
  /** Whether clients may empty all servers. */
  readonly allowDangerous: boolean;
}

/** The place of its subcommands in an entry. */
const SUBCOMMANDS_AT = 9;

/**
 * Whether clients of a pool can use a command.
 *
 * @param name Its name, in whichever case; `config|get` is a subcommand.
 * @param use What decides it.
 * @returns True also for what the table does not know, which is passed on.
 */
export function isUsable(name: string, use: CommandUse): boolean {
  const [command, subcommand] = name.split("|").map(encode);
  const found = lookupCommand(command, 0, command.length, use.table);
  if (found === null) return true;
  if (subcommand === undefined || found.subcommands === null) return isTaken(found, use);
  // A subcommand without a row is treated as its command is.
  return isTaken(
    lookupSubcommand(found, subcommand, 0, subcommand.length) ?? { ...found, subcommands: null },
    use,
  );
}

/** A command that is refused itself may have subcommands that are not. */
function isTaken({ supportCode, subcommands, row }: Command, use: CommandUse): boolean {
  switch (supportCode) {
    case SupportCode.REFUSE:
    case SupportCode.UNKNOWN:
      return subcommands?.some((subcommand) => isTaken(subcommand, use)) ?? false;
    case SupportCode.ALL:
      return !row.dangerous || use.allowDangerous;
    default:
      return true;
  }
}

/**
 * Leaves commands out of the reply to `COMMAND` or `COMMAND INFO`.
 *
 * @param reply The reply of a server.
 * @param use What decides it.
 * @param nil What stands for a refused command; null if it is left out.
 * @returns The reply.
 */
export function usableEntries(
  reply: HeldReply,
  use: CommandUse,
  nil: Uint8Array<ArrayBuffer> | null,
): Uint8Array<ArrayBuffer> {
  return concat(keepEntries(treeOf(reply), use, nil));
}

/**
 * Counts the commands in a reply to `COMMAND`.
 *
 * @param reply The reply of a server.
 * @param use What decides which count.
 * @returns How many; -1 if it is no such reply.
 */
export function countUsable(reply: HeldReply, use: CommandUse): number {
  const { items } = treeOf(reply);
  return items === null ? -1 : items.filter((entry) => isUsable(nameOf(entry), use)).length;
}

/**
 * Leaves commands out of the reply to `COMMAND LIST`.
 *
 * @param reply The reply of a server.
 * @param use What decides it.
 * @returns The reply.
 */
export function usableNames(reply: HeldReply, use: CommandUse): Uint8Array<ArrayBuffer> {
  const list = treeOf(reply);
  if (list.items === null || list.isMap) return concat([list.bytes]);
  const kept = list.items.filter(({ text }) => isUsable(text, use));
  return concat([list.head(kept.length), ...kept.map(({ bytes }) => bytes)]);
}

/**
 * Leaves commands out of the reply to `COMMAND DOCS`.
 *
 * @param reply The reply of a server.
 * @param use What decides it.
 * @returns The reply.
 */
export function usableDocs(reply: HeldReply, use: CommandUse): Uint8Array<ArrayBuffer> {
  return concat(keepDocs(treeOf(reply), use));
}

function treeOf({ bytes, start, end }: HeldReply): ReplyTree {
  return new ReplyTree(bytes, start, end);
}

/** What an entry is about; empty for nil. */
function nameOf({ items }: ReplyTree): string {
  return items?.[0]?.text ?? "";
}

function keepEntries(list: ReplyTree, use: CommandUse, nil: Uint8Array<ArrayBuffer> | null): Uint8Array[] {
  if (list.items === null || list.isMap) return [list.bytes];
  const parts: Uint8Array[] = [];
  let count = 0;
  for (const entry of list.items) {
    const isKept = entry.items === null || isUsable(nameOf(entry), use);
    if (!isKept && nil === null) continue;
    count++;
    if (isKept) parts.push(...keepEntry(entry, use));
    else parts.push(nil!);
  }
  return [list.head(count), ...parts];
}

function keepEntry(entry: ReplyTree, use: CommandUse): Uint8Array[] {
  const fields = entry.items;
  if (fields === null || !fields[SUBCOMMANDS_AT]?.items?.length) return [entry.bytes];
  return [
    entry.head(fields.length),
    ...fields.flatMap((field, place) =>
      place === SUBCOMMANDS_AT ? keepEntries(field, use, null) : [field.bytes]
    ),
  ];
}

/** Names and what is known of each of them, by turns. */
function keepDocs(docs: ReplyTree, use: CommandUse): Uint8Array[] {
  if (docs.items === null) return [docs.bytes];
  const parts: Uint8Array[] = [];
  let count = 0;
  for (let at = 0; at + 1 < docs.items.length; at += 2) {
    const [name, doc] = [docs.items[at], docs.items[at + 1]];
    if (!isUsable(name.text, use)) continue;
    count += 2;
    parts.push(name.bytes, ...keepDoc(doc, use));
  }
  return [docs.head(count), ...parts];
}

function keepDoc(doc: ReplyTree, use: CommandUse): Uint8Array[] {
  const fields = doc.items;
  if (fields === null) return [doc.bytes];
  const parts = fields.flatMap((field, place) =>
    place % 2 === 1 && fields[place - 1].text === "subcommands" ? keepDocs(field, use) : [field.bytes]
  );
  return [doc.head(fields.length), ...parts];
}
