/**
 * What the proxy knows of a verb of the memcached protocol.
 *
 * @module
 */

import type { NumberKind } from "./number.ts";

/** What becomes of requests with a verb. */
export const Treatment = {
  /** It goes to the server of its key. */
  FORWARD: 0,
  /** It goes to the servers of its keys, and their items become one reply. */
  SPLIT: 1,
  /** It goes to any server. */
  FORWARD_ANY: 2,
  /** The proxy says `OK`. */
  OK: 3,
  /** The proxy ends the connection. */
  QUIT: 4,
  /** The proxy says that it does not support it. */
  REFUSE: 5,
  /** A meta command: it goes to the server of its key. */
  META: 6,
  /** A meta command whose only flag says how its key is written. */
  META_DEBUG: 7,
  /** It goes to all servers, if that is allowed. */
  FLUSH: 10,
  /** The proxy gives its own numbers; of others it says that it does not support them. */
  STATISTICS: 9,
  /** The proxy says `MN`, in its turn: everything before it is done. */
  META_NOOP: 8,
} as const;
/** One of {@link Treatment}. */
export type Treatment = typeof Treatment[keyof typeof Treatment];

/** A word that has to be a number, since a server that finds none there would not expect the value behind the line. */
export interface NumberWord {
  /** Which word; the verb is word 0. */
  readonly word: number;
  /** Which values it may have. */
  readonly kind: NumberKind;
}

/** A verb and the form of its request line. Words are counted from the verb, which is word 0. */
export interface Verb {
  /** Its name; verbs are lower case. */
  readonly name: string;
  /** Its name as bytes. */
  readonly nameBytes: Uint8Array<ArrayBuffer>;
  /** What becomes of it. */
  readonly treatment: Treatment;
  /** The fewest words of a line, the verb's included. */
  readonly wordsMin: number;
  /** The most words of a line. */
  readonly wordsMax: number;
  /** Which word is the first key; 0 if there is none. With {@link Treatment.SPLIT} all words behind it are keys too. */
  readonly keyWord: number;
  /** Which word says how many bytes follow the line; 0 if none follow. */
  readonly dataWord: number;
  /** Words that have to be numbers. */
  readonly numbers: readonly NumberWord[];
  /** Whether `noreply` as the last word silences it. */
  readonly silenceable: boolean;
  /** Whether servers may be asked for the keys of several requests with one. */
  readonly joinable: boolean;
  /** Whether servers take lines of any length with it. */
  readonly longLine: boolean;
  /** For {@link Treatment.REFUSE}: the reply. */
  readonly refusal: Uint8Array<ArrayBuffer>;
  /** What is said to a line with too few words. */
  readonly tooFew: Uint8Array<ArrayBuffer>;
  /** What is said to a line with too many words. */
  readonly tooMany: Uint8Array<ArrayBuffer>;
}
