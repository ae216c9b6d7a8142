/**
 * What a redis command is given, and what it may say when something is wrong.
 *
 * @module
 */

import type { CacheStore } from "../store.ts";
import type { Arguments } from "./arguments.ts";
import type { RespWriter } from "./resp_writer.ts";

/** A command that is being carried out. */
export interface CommandCall {
  /** Its arguments; their number has been checked. */
  readonly args: Arguments;
  /** Where exactly one reply goes. */
  readonly reply: RespWriter;
  /** What the node remembers. */
  readonly store: CacheStore;
}

/** Carries a command out. */
export type RunCommand = (call: CommandCall) => void;

/** A command of the node. */
export interface CommandRow {
  /** Its name in upper case. */
  readonly name: string;
  /** How many arguments it has, its name included; -n for at least n. */
  readonly arity: number;
  /** Carries it out. */
  readonly run: RunCommand;
}

/** What redis says to an argument that should be an integer. */
export const NOT_AN_INTEGER = "value is not an integer or out of range";
/** What redis says to options that it cannot make sense of. */
export const SYNTAX_ERROR = "syntax error";
