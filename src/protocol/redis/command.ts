/**
 * The command table as the data path reads it: small integers in objects of one shape.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type {
  Access,
  Blocking,
  CommandRow,
  DatabaseName,
  KeySpec,
  MergeRule,
  NumkeysFaults,
  Support,
} from "./command_row.ts";
import { COMMAND_ROWS } from "./commands.ts";

/** How the keys of a command are found. */
export const KeyKind = {
  /** No keys. */
  NONE: 0,
  /** One key at `first`. */
  ONE: 1,
  /** Keys from `first` to `last`, every `step`. */
  RANGE: 2,
  /** A number at `numkeysAt`, that many keys from `first`, every `step`. */
  COUNTED: 3,
  /** After STREAMS, the first half of what follows. */
  STREAMS: 4,
  /** A key at `first`, and those after STORE and STOREDIST from `optionsAt`. */
  STORE: 5,
  /** A key at `first`, or if that is empty those after KEYS from `optionsAt`. */
  MIGRATE: 6,
} as const;

/** One of {@link KeyKind}. */
export type KeyKind = typeof KeyKind[keyof typeof KeyKind];

/** How the replies of several servers become one; see {@link MergeRule}. SCAN, SPLICED and FIRST are for single replies. */
export const MergeCode = {
  NONE: 0,
  ARRAY: 1,
  SUM: 2,
  STATUS: 3,
  RESULTS: 4,
  EQUAL: 5,
  ALIKE: 6,
  MINIMUM: 7,
  KEYS: 8,
  RANDOM: 9,
  KILLED: 10,
  RUNNING: 11,
  INFO: 12,
  SCAN: 13,
  FIRST: 14,
  CHANNELS: 15,
  RECEIVERS: 16,
  MAXIMUM: 17,
  SPLICED: 18,
  ACKNOWLEDGED: 19,
  COMMANDS: 20,
  COMMAND_COUNT: 21,
  COMMAND_NAMES: 22,
  COMMAND_DOCS: 23,
} as const;

/** One of {@link MergeCode}. */
export type MergeCode = typeof MergeCode[keyof typeof MergeCode];

/** What the proxy does with a command; see {@link Support}. */
export const SupportCode = {
  FORWARD: 0,
  ANY: 1,
  LOCAL: 2,
  REFUSE: 3,
  UNKNOWN: 4,
  ALL: 5,
  SCAN: 6,
  TRANSACTION: 7,
  SUBSCRIPTION: 8,
  PUBLICATION: 9,
} as const;

/** One of {@link SupportCode}. */
export type SupportCode = typeof SupportCode[keyof typeof SupportCode];

/** What a command does to its keys; see {@link Access}. */
export const AccessCode = { NONE: 0, READ: 1, WRITE: 2 } as const;

/** One of {@link AccessCode}. */
export type AccessCode = typeof AccessCode[keyof typeof AccessCode];

/** Which argument says how long a command may wait at the server; see {@link Blocking}. */
export const BlockingCode = { NEVER: 0, FIRST: 1, LAST: 2, OPTION: 3, FIFTH: 4, LAST_MS: 5 } as const;

/** One of {@link BlockingCode}. */
export type BlockingCode = typeof BlockingCode[keyof typeof BlockingCode];

/** How a command names a database; see {@link DatabaseName}. */
export const DatabaseCode = { NONE: 0, ARGUMENT: 1, OPTION: 2 } as const;

/** One of {@link DatabaseCode}. */
export type DatabaseCode = typeof DatabaseCode[keyof typeof DatabaseCode];

/**
 * A compiled row of the table. There is one object per command, so two requests' commands compare with `===`.
 */
export interface Command {
  /** Its place in {@link COMMANDS}, for counters in arrays. */
  readonly index: number;
  /** In upper case. */
  readonly name: string;
  /** The name in lower case. */
  readonly nameBytes: Uint8Array;
  /** How many arguments there are with the name: exactly n, or for -n at least n. */
  readonly arity: number;
  /** How the keys are found. */
  readonly kind: KeyKind;
  /** The argument index of the first key; 0 if the command has none or says where by a word. */
  readonly first: number;
  /** The argument index of the last key; negative from the end. */
  readonly last: number;
  /** From one key to the next. */
  readonly step: number;
  /** The argument index of the number of keys; 0 if there is none. */
  readonly numkeysAt: number;
  /** The argument index of the key that the result is stored at; 0 if there is none. */
  readonly destinationAt: number;
  /** The argument index of the first option that can name a key or be BLOCK; 0 if there is none. */
  readonly optionsAt: number;
  /** What is answered to a wrong number of keys; null if there is no such number. */
  readonly faults: NumkeysFaults | null;
  /** How the replies of several servers become one. */
  readonly mergeCode: MergeCode;
  /** What the proxy does with it. */
  readonly supportCode: SupportCode;
  /** What it does to its keys. */
  readonly accessCode: AccessCode;
  /** Which argument says how long it may wait at the server. */
  readonly blockingCode: BlockingCode;
  /** How it names a database. */
  readonly databaseCode: DatabaseCode;
  /** Whether it makes keys of the patterns after BY and GET. */
  readonly hasPatterns: boolean;
  /** The rows of its subcommands; null if it has none of its own. */
  readonly subcommands: readonly Command[] | null;
  /** The row it was made from. */
  readonly row: CommandRow;
}

const MERGE_CODES: Record<MergeRule, MergeCode> = {
  none: MergeCode.NONE,
  array: MergeCode.ARRAY,
  sum: MergeCode.SUM,
  status: MergeCode.STATUS,
  results: MergeCode.RESULTS,
  equal: MergeCode.EQUAL,
  alike: MergeCode.ALIKE,
  minimum: MergeCode.MINIMUM,
  keys: MergeCode.KEYS,
  random: MergeCode.RANDOM,
  killed: MergeCode.KILLED,
  running: MergeCode.RUNNING,
  info: MergeCode.INFO,
  channels: MergeCode.CHANNELS,
  receivers: MergeCode.RECEIVERS,
  maximum: MergeCode.MAXIMUM,
  acknowledged: MergeCode.ACKNOWLEDGED,
  commands: MergeCode.COMMANDS,
  commandCount: MergeCode.COMMAND_COUNT,
  commandNames: MergeCode.COMMAND_NAMES,
  commandDocs: MergeCode.COMMAND_DOCS,
};
const SUPPORT_CODES: Record<Support, SupportCode> = {
  forward: SupportCode.FORWARD,
  any: SupportCode.ANY,
  all: SupportCode.ALL,
  scan: SupportCode.SCAN,
  local: SupportCode.LOCAL,
  refuse: SupportCode.REFUSE,
  unknown: SupportCode.UNKNOWN,
  transaction: SupportCode.TRANSACTION,
  subscription: SupportCode.SUBSCRIPTION,
  publication: SupportCode.PUBLICATION,
};
const ACCESS_CODES: Record<Access, AccessCode> = {
  none: AccessCode.NONE,
  read: AccessCode.READ,
  write: AccessCode.WRITE,
};
const BLOCKING_CODES: Record<Blocking, BlockingCode> = {
  first: BlockingCode.FIRST,
  fifth: BlockingCode.FIFTH,
  last: BlockingCode.LAST,
  lastMs: BlockingCode.LAST_MS,
  option: BlockingCode.OPTION,
};
const DATABASE_CODES: Record<DatabaseName, DatabaseCode> = {
  argument: DatabaseCode.ARGUMENT,
  option: DatabaseCode.OPTION,
};

type KeyFields = Pick<
  Command,
  "kind" | "first" | "last" | "step" | "numkeysAt" | "destinationAt" | "optionsAt" | "faults"
>;

const NO_KEYS: KeyFields = {
  kind: KeyKind.NONE,
  first: 0,
  last: 0,
  step: 1,
  numkeysAt: 0,
  destinationAt: 0,
  optionsAt: 0,
  faults: null,
};

function compileKeys(keys: KeySpec): KeyFields {
  switch (keys.form) {
    case "range": {
      const { first, last, step } = keys;
      if (first === 0) return NO_KEYS;
      return { ...NO_KEYS, kind: first === last ? KeyKind.ONE : KeyKind.RANGE, first, last, step };
    }
    case "counted": {
      const { first, step, numkeysAt, destinationAt, faults } = keys;
      return { ...NO_KEYS, kind: KeyKind.COUNTED, first, step, numkeysAt, destinationAt, faults };
    }
    case "streams":
      return { ...NO_KEYS, kind: KeyKind.STREAMS, optionsAt: 1 };
    case "store":
      return {
        ...NO_KEYS,
        kind: KeyKind.STORE,
        first: keys.first,
        last: keys.first,
        optionsAt: keys.optionsAt,
      };
    case "migrate":
      return { ...NO_KEYS, kind: KeyKind.MIGRATE, first: 3, last: 3, optionsAt: 6 };
  }
}

/**
 * Compiles a row.
 *
 * @param row The row.
 * @param index Its place in {@link COMMANDS}; that of {@link UNKNOWN_COMMAND} or the next one for a row that is not there.
 * @param subcommands The rows of its subcommands.
 * @returns The command.
 */
export function compileCommand(row: CommandRow, index: number, subcommands: readonly Command[]): Command {
  const keys = compileKeys(row.names ?? row.keys);
  const hasPatterns = row.patterns ?? false;
  // A command with one key is not looked at any more; one that names a database, makes keys or may wait has to be.
  const isLookedAt = row.database !== undefined || row.blocking !== undefined || hasPatterns;
  return {
    index,
    name: row.name,
    nameBytes: encode(row.name.toLowerCase()),
    arity: row.arity,
    kind: isLookedAt && keys.kind === KeyKind.ONE ? KeyKind.RANGE : keys.kind,
    first: keys.first,
    last: keys.last,
    step: keys.step,
    numkeysAt: keys.numkeysAt,
    destinationAt: keys.destinationAt,
    optionsAt: row.blocking === "option" && keys.optionsAt === 0 ? keys.last + 1 : keys.optionsAt,
    faults: keys.faults,
    mergeCode: MERGE_CODES[row.merge],
    supportCode: SUPPORT_CODES[row.support],
    accessCode: ACCESS_CODES[row.access],
    blockingCode: row.blocking === undefined ? BlockingCode.NEVER : BLOCKING_CODES[row.blocking],
    databaseCode: row.database === undefined ? DatabaseCode.NONE : DATABASE_CODES[row.database],
    hasPatterns,
    subcommands: subcommands.length === 0 ? null : subcommands,
    row,
  };
}

/** Compiles from the last row to the first, because subcommands follow their command and are part of it. */
function compileAll(rows: readonly CommandRow[]): readonly Command[] {
  const commands = new Array<Command>(rows.length);
  for (let index = rows.length - 1; index >= 0; index--) {
    const prefix = `${rows[index].name}|`;
    let end = index + 1;
    while (end < rows.length && rows[end].name.startsWith(prefix)) end++;
    commands[index] = compileCommand(rows[index], index, commands.slice(index + 1, end));
  }
  return commands;
}

/** All commands and subcommands, in the order of the table. */
export const COMMANDS: readonly Command[] = compileAll(COMMAND_ROWS);

/** Stands for every command that the table does not know: it is sent to the server of its first argument. */
export const UNKNOWN_COMMAND: Command = compileCommand(
  {
    name: "UNKNOWN",
    arity: -2,
    access: "write",
    keys: { form: "range", first: 1, last: 1, step: 1 },
    merge: "none",
    support: "forward",
  },
  COMMANDS.length,
  [],
);
