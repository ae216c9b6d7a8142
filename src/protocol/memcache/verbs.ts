/**
 * THE table of the memcached verbs.
 *
 * Word counts are those that memcached 1.6 accepts (proto_text.c, `WANT_TOKENS`); where it allows one word
 * more than `noreply` needs, it ignores what that word is.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { INT32, UINT32, UINT64 } from "./number.ts";
import { BAD_LINE, ERROR } from "./replies.ts";
import { type NumberWord, Treatment, type Verb } from "./verb.ts";
import { WordTable } from "./word_table.ts";

const { FORWARD, SPLIT, FORWARD_ANY, OK, QUIT, REFUSE, META, META_DEBUG, META_NOOP, STATISTICS, FLUSH } =
  Treatment;
const ANY = Infinity;
const SILENCEABLE = true;
/** memcached takes at most this many words (`MFLAG_MAX_OPT_LENGTH`, which counts the end of the line). */
const META_WORDS = [2, 19] as const;

const LEVEL: readonly NumberWord[] = [{ word: 1, kind: UINT32 }];
const ITEM: readonly NumberWord[] = [{ word: 2, kind: UINT32 }, { word: 3, kind: INT32 }];
const CAS: readonly NumberWord[] = [...ITEM, { word: 5, kind: UINT64 }];

/** All verbs that the proxy knows; what is not here is answered with `ERROR`. */
export const VERBS: readonly Verb[] = [
  //  name     treatment words    key data numbers silenceable
  row("get", SPLIT, [2, ANY], 1),
  row("gets", SPLIT, [2, ANY], 1),
  row("gat", SPLIT, [3, ANY], 2),
  row("gats", SPLIT, [3, ANY], 2),
  row("set", FORWARD, [5, 6], 1, 4, ITEM, SILENCEABLE),
  row("add", FORWARD, [5, 6], 1, 4, ITEM, SILENCEABLE),
  row("replace", FORWARD, [5, 6], 1, 4, ITEM, SILENCEABLE),
  row("append", FORWARD, [5, 6], 1, 4, ITEM, SILENCEABLE),
  row("prepend", FORWARD, [5, 6], 1, 4, ITEM, SILENCEABLE),
  row("cas", FORWARD, [6, 7], 1, 4, CAS, SILENCEABLE),
  row("incr", FORWARD, [3, 4], 1, 0, [], SILENCEABLE),
  row("decr", FORWARD, [3, 4], 1, 0, [], SILENCEABLE),
  row("touch", FORWARD, [3, 4], 1, 0, [], SILENCEABLE),
  row("delete", FORWARD, [2, 4], 1, 0, [], SILENCEABLE),
  row("version", FORWARD_ANY, [1, ANY]),
  row("verbosity", OK, [2, 3], 0, 0, LEVEL, SILENCEABLE),
  row("quit", QUIT, [1, ANY]),
  row("mg", META, META_WORDS, 1),
  row("ms", META, META_WORDS, 1, 2),
  row("md", META, META_WORDS, 1),
  row("ma", META, META_WORDS, 1),
  row("me", META_DEBUG, [2, ANY], 1),
  row("mn", META_NOOP, [1, ANY]),
  row("stats", STATISTICS, [1, ANY]),
  row("flush_all", FLUSH, [1, 3], 0, 0, [], SILENCEABLE),
  row("cache_memlimit", REFUSE, [1, ANY], 0, 0, [], SILENCEABLE),
  row("shutdown", REFUSE, [1, ANY]),
  row("slabs", REFUSE, [1, ANY]),
  row("lru", REFUSE, [1, ANY]),
  row("lru_crawler", REFUSE, [1, ANY]),
  row("watch", REFUSE, [1, ANY]),
  row("extstore", REFUSE, [1, ANY]),
  row("refresh_certs", REFUSE, [1, ANY]),
];

function row(
  name: string,
  treatment: Treatment,
  [wordsMin, wordsMax]: readonly [number, number],
  keyWord = 0,
  dataWord = 0,
  numbers: readonly NumberWord[] = [],
  silenceable = false,
): Verb {
  return {
    name,
    nameBytes: encode(name),
    treatment,
    wordsMin,
    wordsMax,
    keyWord,
    dataWord,
    numbers,
    silenceable,
    // memcached (`try_read_command_ascii`) lets these two be long, `gat` and `gats` not.
    joinable: name === "get",
    longLine: name === "get" || name === "gets",
    refusal: encode(`SERVER_ERROR ${name} is not supported by this proxy\r\n`),
    tooFew: treatment === META ? ERROR : BAD_LINE,
    tooMany: treatment === META ? encode(`CLIENT_ERROR options flags ${are(name)}too long\r\n`) : BAD_LINE,
  };
}

/** memcached's `mg` says it with one word more. */
function are(name: string): string {
  return name === "mg" ? "are " : "";
}

const table = new WordTable<Verb>(VERBS.map((verb) => [verb.name, verb]));

/**
 * Looks a verb up.
 *
 * @param bytes The array that holds its name.
 * @param start Offset of the first byte.
 * @param end Offset after the last byte.
 * @returns The verb; null if there is none of that name.
 */
export function lookupVerb(bytes: Uint8Array, start: number, end: number): Verb | null {
  return table.find(bytes, start, end);
}
