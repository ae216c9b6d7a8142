/**
 * The shape of a row of the command table, and the key positions that many rows share.
 *
 * @module
 */

import type { KeyStatus } from "./key_status.ts";

/** What a command does to its keys: for statistics and for the choice of a replica. */
export type Access = "read" | "write" | "none";

/**
 * How the replies of several servers become one. Where the keys of a command are taken apart: `none` not at all, `array`
 * by the order of the keys, and nil may stand for those of a server that failed (MGET), `results` the same without
 * nil, because the command writes (TS.MADD), `sum` by addition (DEL), `status` by one `+OK` for all (MSET).
 * Where all servers are asked also: `equal` if all say the same (SCRIPT LOAD), `alike` the same in whichever order
 * (FUNCTION LIST), `minimum` number by number (SCRIPT EXISTS), `keys` one list, up to a limit (KEYS), `random` one of
 * those that say something (RANDOMKEY), `killed` what those had to kill (SCRIPT KILL), `running` the one that runs
 * something (FUNCTION STATS), `info` the numbers of INFO, `channels` each name once (PUBSUB CHANNELS), `receivers` the
 * largest number for each name (PUBSUB NUMSUB), `maximum` the largest number (PUBSUB NUMPAT), `acknowledged` the smallest
 * of each number where every server was asked two things before (WAIT). Where any one server is asked: `commands`, `commandCount`,
 * `commandNames` and `commandDocs` without the commands that the pool refuses (COMMAND and its subcommands).
 */
export type MergeRule =
  | "none"
  | "array"
  | "results"
  | "sum"
  | "status"
  | "equal"
  | "alike"
  | "minimum"
  | "keys"
  | "random"
  | "killed"
  | "running"
  | "info"
  | "channels"
  | "receivers"
  | "maximum"
  | "acknowledged"
  | "commands"
  | "commandCount"
  | "commandNames"
  | "commandDocs";

/**
 * What the proxy does with a command: `forward` it to the server of its keys, send it to `any` one server, to `all`
 * servers, or to one after another (`scan`), answer it itself (`local`), begin or end a `transaction` or a `subscription`
 * with it, send it to the server of its channel when that has heard of the subscriptions before it (`publication`), `refuse` it with a reason, or answer as a server does that has never heard of it (`unknown`).
 */
export type Support =
  | "forward"
  | "any"
  | "all"
  | "scan"
  | "local"
  | "transaction"
  | "subscription"
  | "publication"
  | "refuse"
  | "unknown";

/**
 * Which argument says how long a command may wait at the server: the `first`, the `fifth` or the `last` one, in seconds, the last
 * one in milliseconds (`lastMs`), or the one after the `option` BLOCK, in milliseconds; without that option it does not wait.
 */
export type Blocking = "first" | "fifth" | "last" | "lastMs" | "option";

/** How a command names a database besides that of its client: as its second `argument`, or by the `option` DB. */
export type DatabaseName = "argument" | "option";

/** Keys at fixed positions, in the manner of redis' own triple; `0, 0, 0` for a command without keys. */
export interface RangeKeys {
  /** Which form it is. */
  readonly form: "range";
  /** The argument index of the first key; the command's name is argument 0. */
  readonly first: number;
  /** The argument index of the last key; -1 is the last argument, -2 the one before it. */
  readonly last: number;
  /** From one key to the next: 1 for `key key`, 2 for `key value key value`. */
  readonly step: number;
}

/** How a command answers a number of keys that is wrong: every family of commands has its own words. */
export interface NumkeysFaults {
  /** The fault of an argument that is no 64-bit integer. */
  readonly notInteger: KeyStatus;
  /** The fault of a number below `min`. */
  readonly tooSmall: KeyStatus;
  /** The fault of a number that is larger than what follows it. */
  readonly tooLarge: KeyStatus;
  /** The smallest number that is right: 0 or 1. */
  readonly min: number;
}

/** Keys whose number is an argument itself, as in `EVAL script numkeys key ...`. */
export interface CountedKeys {
  /** Which form it is. */
  readonly form: "counted";
  /** The argument index of the number. */
  readonly numkeysAt: number;
  /** The argument index of the first key. */
  readonly first: number;
  /** From one key to the next. */
  readonly step: number;
  /** The argument index of one more key, which the result is stored at; 0 if there is none. */
  readonly destinationAt: number;
  /** What is answered if the number is wrong. */
  readonly faults: NumkeysFaults;
}

/** The keys of `XREAD [options] STREAMS key ... id ...`. */
export interface StreamKeys {
  /** Which form it is. */
  readonly form: "streams";
}

/** One key, and those after the options STORE and STOREDIST, as in `SORT key [options]`. */
export interface StoreKeys {
  /** Which form it is. */
  readonly form: "store";
  /** The argument index of the key that is always there. */
  readonly first: number;
  /** The argument index of the first option. */
  readonly optionsAt: number;
}

/** The keys of `MIGRATE host port key|"" db timeout [options] [KEYS key ...]`. */
export interface MigrateKeys {
  /** Which form it is. */
  readonly form: "migrate";
}

/** Where the keys are among the arguments of a command. */
export type KeySpec = RangeKeys | CountedKeys | StreamKeys | StoreKeys | MigrateKeys;

/** What most rows leave out. */
export interface RowOptions {
  /** How the replies of several servers become one; `none` if left out. */
  readonly merge?: MergeRule;
  /** What the proxy does with it; `forward` if left out. */
  readonly support?: Support;
  /** Whether it may wait at the server; never if left out. */
  readonly blocking?: Blocking;
  /** Where the names are that its server is chosen by, if they are no keys. */
  readonly names?: KeySpec;
  /** How it names a database; not at all if left out. */
  readonly database?: DatabaseName;
  /** Whether it makes keys of the patterns after BY and GET. */
  readonly patterns?: boolean;
  /** Why it is refused: half a sentence that follows a colon. */
  readonly reason?: string;
  /** Whether the configuration of the pool denies it. */
  readonly denied?: boolean;
  /** Whether a pool has to allow it with `allow_dangerous`. */
  readonly dangerous?: boolean;
  /** Whether it goes past the requests under way, over connections of its own. */
  readonly apart?: boolean;
}

/**
 * One command of the table. A subcommand is a row of its own, named `OBJECT|ENCODING` as redis itself does.
 */
export interface CommandRow extends RowOptions {
  /** In upper case. */
  readonly name: string;
  /** How many arguments there are with the name: exactly n, or for -n at least n, as redis says it. */
  readonly arity: number;
  /** What it does to its keys. */
  readonly access: Access;
  /** Where its keys are. */
  readonly keys: KeySpec;
  /** How the replies of several servers become one. */
  readonly merge: MergeRule;
  /** What the proxy does with it. */
  readonly support: Support;
}

/**
 * Makes a row.
 *
 * @param name The command, in upper case.
 * @param arity How many arguments there are with the name; -n for at least n.
 * @param access What it does to its keys.
 * @param keys Where they are.
 * @param options What is not as for most commands.
 * @returns The row.
 */
export function row(
  name: string,
  arity: number,
  access: Access,
  keys: KeySpec,
  options: RowOptions = {},
): CommandRow {
  return { merge: "none", support: "forward", ...options, name, arity, access, keys };
}

/**
 * Makes the key positions of a command whose keys are at fixed places.
 *
 * @param first The argument index of the first key.
 * @param last The argument index of the last key; negative from the end.
 * @param step From one key to the next.
 * @returns The key positions.
 */
export function range(first: number, last: number, step = 1): RangeKeys {
  return { form: "range", first, last, step };
}

/**
 * Makes the key positions of a command that says how many keys follow.
 *
 * @param numkeysAt The argument index of the number; the first key comes right after it.
 * @param faults What is answered if the number is wrong.
 * @param step From one key to the next.
 * @param destinationAt The argument index of the key that the result is stored at; 0 for none.
 * @returns The key positions.
 */
export function counted(numkeysAt: number, faults: NumkeysFaults, step = 1, destinationAt = 0): CountedKeys {
  return { form: "counted", numkeysAt, first: numkeysAt + 1, step, destinationAt, faults };
}
