/**
 * What a memcached command is given, and what it may say when something is wrong.
 *
 * @module
 */

import type { CacheStore } from "../store.ts";
import type { ReplyWriter } from "./reply_writer.ts";

/** A command that is being carried out. */
export interface CommandCall {
  /** The words of its line, its name included and `noreply` not; one character per byte. */
  readonly words: readonly string[];
  /** Where replies go. */
  readonly reply: ReplyWriter;
  /** What the node remembers. */
  readonly store: CacheStore;
}

/** Which lines are a command's. */
export interface LineShape {
  /** The fewest words that its line may have, its name included. */
  readonly wordsMin: number;
  /** The most words, `noreply` included. */
  readonly wordsMax: number;
  /** The first word that may be `noreply`, the name being word 0; {@link NEVER_SILENT} if none may. */
  readonly silenceFrom: number;
}

/** A command that is one line. */
export interface CommandRow extends LineShape {
  /** Its name. */
  readonly name: string;
  /** Carries it out. */
  readonly run: (call: CommandCall) => void;
}

/** Commands that always have a reply. */
export const NEVER_SILENT: number = Infinity;
/** What memcached says to a line that it cannot make sense of. */
export const BAD_LINE = "CLIENT_ERROR bad command line format";
/** What memcached says to an expiry that is no number. */
export const BAD_EXPIRY = "CLIENT_ERROR invalid exptime argument";
/** What memcached says to a command that it does not know, and to a wrong number of words. */
export const UNKNOWN = "ERROR";
