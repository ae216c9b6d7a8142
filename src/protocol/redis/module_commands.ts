/**
 * The rows of the commands that came as modules and are part of redis 8: JSON, filters, sketches, time
 * series, vector sets and search.
 *
 * Keys and the least arity are those of redis 8's documentation, which a test holds syntax by syntax; the modules themselves are
 * in no package that tests could have. They say their own arity loosely and add options with every release. So the arity here is the least that
 * the command can do with, and the server judges the rest. Of vector sets, which could be compared with a server, it judges all
 * but that there is a key: inside of `MULTI` a module finds out what is wrong only with `EXEC`.
 *
 * @module
 */

import { counted, range, row } from "./command_row.ts";
import type { CommandRow, RowOptions } from "./command_row.ts";
import { KeyStatus } from "./key_status.ts";

const NO_KEY = range(0, 0);
const KEY = range(1, 1);
const TWO_KEYS = range(1, 2);
const KEYS_BEFORE_LAST = range(1, -2);
const KEYS_WITH_TWO_VALUES = range(1, -1, 3);
const KEY_AT_2 = range(2, 2);
const MERGE_FAULTS = {
  notInteger: KeyStatus.NUMKEYS_NOT_POSITIVE,
  tooSmall: KeyStatus.NUMKEYS_NOT_POSITIVE,
  tooLarge: KeyStatus.TOO_MANY_NUMKEYS,
  min: 1,
};
const SERIES_KEYS = counted(1, MERGE_FAULTS);
const MERGE_KEYS = counted(2, MERGE_FAULTS, 1, 1);

const ANY: RowOptions = { support: "any" };
const UNKNOWN: RowOptions = { support: "unknown" };
const EVERY_SERIES: RowOptions = { support: "refuse", reason: "it concerns the time series of every server" };
const INDEX: RowOptions = { support: "refuse", reason: "an index covers the keys of a single server" };

const JSON_ROWS: readonly CommandRow[] = [
  row("JSON.ARRAPPEND", -3, "write", KEY),
  row("JSON.ARRINDEX", -4, "read", KEY),
  row("JSON.ARRINSERT", -5, "write", KEY),
  row("JSON.ARRLEN", -2, "read", KEY),
  row("JSON.ARRPOP", -2, "write", KEY),
  row("JSON.ARRTRIM", -5, "write", KEY),
  row("JSON.CLEAR", -2, "write", KEY),
  row("JSON.DEBUG", -2, "none", NO_KEY, UNKNOWN),
  row("JSON.DEBUG|HELP", -2, "none", NO_KEY, ANY),
  row("JSON.DEBUG|MEMORY", -3, "read", KEY_AT_2),
  row("JSON.DEL", -2, "write", KEY),
  row("JSON.FORGET", -2, "write", KEY),
  row("JSON.GET", -2, "read", KEY),
  row("JSON.MERGE", -4, "write", KEY),
  row("JSON.MGET", -3, "read", KEYS_BEFORE_LAST, { merge: "array" }),
  row("JSON.MSET", -4, "write", KEYS_WITH_TWO_VALUES, { merge: "status" }),
  row("JSON.NUMINCRBY", -4, "write", KEY),
  row("JSON.NUMMULTBY", -4, "write", KEY),
  row("JSON.NUMPOWBY", -4, "write", KEY),
  row("JSON.OBJKEYS", -2, "read", KEY),
  row("JSON.OBJLEN", -2, "read", KEY),
  row("JSON.RESP", -2, "read", KEY),
  row("JSON.SET", -4, "write", KEY),
  row("JSON.STRAPPEND", -3, "write", KEY),
  row("JSON.STRLEN", -2, "read", KEY),
  row("JSON.TOGGLE", -3, "write", KEY),
  row("JSON.TYPE", -2, "read", KEY),
];

const FILTER_ROWS: readonly CommandRow[] = [
  row("BF.ADD", -3, "write", KEY),
  row("BF.CARD", -2, "read", KEY),
  row("BF.EXISTS", -3, "read", KEY),
  row("BF.INFO", -2, "read", KEY),
  row("BF.INSERT", -4, "write", KEY),
  row("BF.LOADCHUNK", -4, "write", KEY),
  row("BF.MADD", -3, "write", KEY),
  row("BF.MEXISTS", -3, "read", KEY),
  row("BF.RESERVE", -4, "write", KEY),
  row("BF.SCANDUMP", -3, "read", KEY),
  row("CF.ADD", -3, "write", KEY),
  row("CF.ADDNX", -3, "write", KEY),
  row("CF.COMPACT", -2, "write", KEY),
  row("CF.COUNT", -3, "read", KEY),
  row("CF.DEL", -3, "write", KEY),
  row("CF.EXISTS", -3, "read", KEY),
  row("CF.INFO", -2, "read", KEY),
  row("CF.INSERT", -4, "write", KEY),
  row("CF.INSERTNX", -4, "write", KEY),
  row("CF.LOADCHUNK", -4, "write", KEY),
  row("CF.MEXISTS", -3, "read", KEY),
  row("CF.RESERVE", -3, "write", KEY),
  row("CF.SCANDUMP", -3, "read", KEY),
];

const SKETCH_ROWS: readonly CommandRow[] = [
  row("CMS.INCRBY", -4, "write", KEY),
  row("CMS.INFO", -2, "read", KEY),
  row("CMS.INITBYDIM", -4, "write", KEY),
  row("CMS.INITBYPROB", -4, "write", KEY),
  row("CMS.MERGE", -4, "write", MERGE_KEYS),
  row("CMS.QUERY", -3, "read", KEY),
  row("TDIGEST.ADD", -3, "write", KEY),
  row("TDIGEST.BYRANK", -3, "read", KEY),
  row("TDIGEST.BYREVRANK", -3, "read", KEY),
  row("TDIGEST.CDF", -3, "read", KEY),
  row("TDIGEST.CREATE", -2, "write", KEY),
  row("TDIGEST.INFO", -2, "read", KEY),
  row("TDIGEST.MAX", -2, "read", KEY),
  row("TDIGEST.MERGE", -4, "write", MERGE_KEYS),
  row("TDIGEST.MIN", -2, "read", KEY),
  row("TDIGEST.QUANTILE", -3, "read", KEY),
  row("TDIGEST.RANK", -3, "read", KEY),
  row("TDIGEST.RESET", -2, "write", KEY),
  row("TDIGEST.REVRANK", -3, "read", KEY),
  row("TDIGEST.TRIMMED_MEAN", -4, "read", KEY),
  row("TOPK.ADD", -3, "write", KEY),
  row("TOPK.COUNT", -3, "read", KEY),
  row("TOPK.INCRBY", -4, "write", KEY),
  row("TOPK.INFO", -2, "read", KEY),
  row("TOPK.LIST", -2, "read", KEY),
  row("TOPK.QUERY", -3, "read", KEY),
  row("TOPK.RESERVE", -3, "write", KEY),
];

const TIME_SERIES_ROWS: readonly CommandRow[] = [
  row("TS.ADD", -4, "write", KEY),
  row("TS.ALTER", -2, "write", KEY),
  row("TS.CREATE", -2, "write", KEY),
  row("TS.CREATERULE", -6, "write", TWO_KEYS),
  row("TS.DECRBY", -3, "write", KEY),
  row("TS.DEL", -4, "write", KEY),
  row("TS.DELETERULE", -3, "write", TWO_KEYS),
  row("TS.GET", -2, "read", KEY),
  row("TS.INCRBY", -3, "write", KEY),
  row("TS.INFO", -2, "read", KEY),
  row("TS.MADD", -4, "write", KEYS_WITH_TWO_VALUES, { merge: "results" }),
  row("TS.MGET", -3, "read", NO_KEY, EVERY_SERIES),
  row("TS.MRANGE", -5, "read", NO_KEY, EVERY_SERIES),
  row("TS.MREVRANGE", -5, "read", NO_KEY, EVERY_SERIES),
  row("TS.NRANGE", -5, "read", SERIES_KEYS),
  row("TS.NREVRANGE", -5, "read", SERIES_KEYS),
  row("TS.QUERYINDEX", -2, "read", NO_KEY, EVERY_SERIES),
  row("TS.QUERYLABELS", -1, "read", NO_KEY, EVERY_SERIES),
  row("TS.RANGE", -4, "read", KEY),
  row("TS.READ", -3, "read", KEY, { blocking: "option" }),
  row("TS.REVRANGE", -4, "read", KEY),
];

const VECTOR_ROWS: readonly CommandRow[] = [
  row("VADD", -2, "write", KEY),
  row("VCARD", -2, "read", KEY),
  row("VDIM", -2, "read", KEY),
  row("VEMB", -2, "read", KEY),
  row("VGETATTR", -2, "read", KEY),
  row("VINFO", -2, "read", KEY),
  row("VISMEMBER", -2, "read", KEY),
  row("VLINKS", -2, "read", KEY),
  row("VRANDMEMBER", -2, "read", KEY),
  row("VRANGE", -2, "read", KEY),
  row("VREM", -2, "write", KEY),
  row("VSETATTR", -2, "write", KEY),
  row("VSIM", -2, "read", KEY),
];

const SEARCH_ROWS: readonly CommandRow[] = [
  row("FT._LIST", -1, "read", NO_KEY, INDEX),
  row("FT.AGGREGATE", -2, "read", NO_KEY, INDEX),
  row("FT.ALIASADD", -2, "write", NO_KEY, INDEX),
  row("FT.ALIASDEL", -2, "write", NO_KEY, INDEX),
  row("FT.ALIASLIST", -2, "read", NO_KEY, INDEX),
  row("FT.ALIASUPDATE", -2, "write", NO_KEY, INDEX),
  row("FT.ALTER", -2, "write", NO_KEY, INDEX),
  row("FT.CONFIG", -2, "read", NO_KEY, INDEX),
  row("FT.CREATE", -2, "write", NO_KEY, INDEX),
  row("FT.CURSOR", -2, "read", NO_KEY, INDEX),
  row("FT.DICTADD", -2, "write", NO_KEY, INDEX),
  row("FT.DICTDEL", -2, "write", NO_KEY, INDEX),
  row("FT.DICTDUMP", -2, "read", NO_KEY, INDEX),
  row("FT.DROPINDEX", -2, "write", NO_KEY, INDEX),
  row("FT.EXPLAIN", -2, "read", NO_KEY, INDEX),
  row("FT.EXPLAINCLI", -2, "read", NO_KEY, INDEX),
  row("FT.HYBRID", -2, "read", NO_KEY, INDEX),
  row("FT.INFO", -2, "read", NO_KEY, INDEX),
  row("FT.PROFILE", -2, "read", NO_KEY, INDEX),
  row("FT.SEARCH", -2, "read", NO_KEY, INDEX),
  row("FT.SPELLCHECK", -2, "read", NO_KEY, INDEX),
  row("FT.SUGADD", -4, "write", KEY),
  row("FT.SUGDEL", -3, "write", KEY),
  row("FT.SUGGET", -3, "read", KEY),
  row("FT.SUGLEN", -2, "read", KEY),
  row("FT.SYNDUMP", -2, "read", NO_KEY, INDEX),
  row("FT.SYNUPDATE", -2, "write", NO_KEY, INDEX),
  row("FT.TAGVALS", -2, "read", NO_KEY, INDEX),
];

/** Every row of the modules' commands; subcommands follow their command. */
export const MODULE_ROWS: readonly CommandRow[] = [
  ...JSON_ROWS,
  ...FILTER_ROWS,
  ...SKETCH_ROWS,
  ...TIME_SERIES_ROWS,
  ...VECTOR_ROWS,
  ...SEARCH_ROWS,
];
