/**
 * Where the keys of the modules' commands are, against their documentation.
 *
 * No package with these modules can be had for a test: Debian has none but a RediSearch of 2018 (whose FT.SUG* commands have
 * their keys where the table has them), npm has none. So each command's syntax stands here as the documentation of redis 8 gives
 * it, and the table has to find the keys in it. Vector sets, which redis 8 has built in, are compared with a server.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { COMMANDS } from "../../../src/protocol/redis/command.ts";
import { resolveCommand } from "../../../src/protocol/redis/command_lookup.ts";
import { findKeys, KeyList } from "../../../src/protocol/redis/key_spec.ts";
import { KeyStatus } from "../../../src/protocol/redis/key_status.ts";
import { MODULE_ROWS } from "../../../src/protocol/redis/module_commands.ts";
import { lay } from "./redis_arguments.ts";

/** What follows a command: its keys begin with `*`, and in brackets is what may be left out. */
const SYNTAX: Readonly<Record<string, string>> = {
  "JSON.ARRAPPEND": "*key value [value value]",
  "JSON.ARRINDEX": "*key path value [start stop]",
  "JSON.ARRINSERT": "*key path index value [value]",
  "JSON.ARRLEN": "*key [path]",
  "JSON.ARRPOP": "*key [path index]",
  "JSON.ARRTRIM": "*key path start stop",
  "JSON.CLEAR": "*key [path]",
  "JSON.DEBUG|MEMORY": "*key [path]",
  "JSON.DEL": "*key [path]",
  "JSON.FORGET": "*key [path]",
  "JSON.GET": "*key [INDENT indent path path]",
  "JSON.MERGE": "*key path value",
  "JSON.MGET": "*key path",
  "JSON.MSET": "*key path value",
  "JSON.NUMINCRBY": "*key path value",
  "JSON.NUMMULTBY": "*key path value",
  "JSON.NUMPOWBY": "*key path value",
  "JSON.OBJKEYS": "*key [path]",
  "JSON.OBJLEN": "*key [path]",
  "JSON.RESP": "*key [path]",
  "JSON.SET": "*key path value [NX FPHA FP16]",
  "JSON.STRAPPEND": "*key value [value]",
  "JSON.STRLEN": "*key [path]",
  "JSON.TOGGLE": "*key path",
  "JSON.TYPE": "*key [path]",
  "BF.ADD": "*key item",
  "BF.CARD": "*key",
  "BF.EXISTS": "*key item",
  "BF.INFO": "*key [SIZE]",
  "BF.INSERT": "*key ITEMS item [item]",
  "BF.LOADCHUNK": "*key iterator data",
  "BF.MADD": "*key item [item]",
  "BF.MEXISTS": "*key item [item]",
  "BF.RESERVE": "*key error_rate capacity [EXPANSION expansion NONSCALING]",
  "BF.SCANDUMP": "*key iterator",
  "CF.ADD": "*key item",
  "CF.ADDNX": "*key item",
  "CF.COMPACT": "*key",
  "CF.COUNT": "*key item",
  "CF.DEL": "*key item",
  "CF.EXISTS": "*key item",
  "CF.INFO": "*key",
  "CF.INSERT": "*key ITEMS item [item]",
  "CF.INSERTNX": "*key ITEMS item [item]",
  "CF.LOADCHUNK": "*key iterator data",
  "CF.MEXISTS": "*key item [item]",
  "CF.RESERVE": "*key capacity [BUCKETSIZE bucketsize EXPANSION expansion]",
  "CF.SCANDUMP": "*key iterator",
  "CMS.INCRBY": "*key item increment [item increment]",
  "CMS.INFO": "*key",
  "CMS.INITBYDIM": "*key width depth [CELL_SIZE cell_size]",
  "CMS.INITBYPROB": "*key error probability [CELL_SIZE cell_size]",
  "CMS.MERGE": "*destination 1 *source [WEIGHTS weight]",
  "CMS.QUERY": "*key item [item]",
  "TDIGEST.ADD": "*key value [value]",
  "TDIGEST.BYRANK": "*key rank [rank]",
  "TDIGEST.BYREVRANK": "*key reverse_rank [reverse_rank]",
  "TDIGEST.CDF": "*key value [value]",
  "TDIGEST.CREATE": "*key [COMPRESSION compression]",
  "TDIGEST.INFO": "*key",
  "TDIGEST.MAX": "*key",
  "TDIGEST.MERGE": "*destination 1 *source [COMPRESSION compression OVERRIDE]",
  "TDIGEST.MIN": "*key",
  "TDIGEST.QUANTILE": "*key quantile [quantile]",
  "TDIGEST.RANK": "*key value [value]",
  "TDIGEST.RESET": "*key",
  "TDIGEST.REVRANK": "*key value [value]",
  "TDIGEST.TRIMMED_MEAN": "*key low_cut_quantile high_cut_quantile",
  "TOPK.ADD": "*key item [item]",
  "TOPK.COUNT": "*key item [item]",
  "TOPK.INCRBY": "*key item increment [item increment]",
  "TOPK.INFO": "*key",
  "TOPK.LIST": "*key [WITHCOUNT]",
  "TOPK.QUERY": "*key item [item]",
  "TOPK.RESERVE": "*key topk [width depth decay]",
  "TS.ADD": "*key timestamp value [RETENTION period LABELS label value]",
  "TS.ALTER": "*key [RETENTION period LABELS label value]",
  "TS.CREATE": "*key [RETENTION period LABELS label value]",
  "TS.CREATERULE": "*source *destination AGGREGATION avg bucket [align]",
  "TS.DECRBY": "*key value [TIMESTAMP timestamp]",
  "TS.DEL": "*key from_timestamp to_timestamp",
  "TS.DELETERULE": "*source *destination",
  "TS.GET": "*key [LATEST]",
  "TS.INCRBY": "*key value [TIMESTAMP timestamp]",
  "TS.INFO": "*key [DEBUG]",
  "TS.MADD": "*key timestamp value",
  "TS.NRANGE": "1 *key fromTimestamp toTimestamp [LATEST COUNT count]",
  "TS.NREVRANGE": "1 *key fromTimestamp toTimestamp [LATEST COUNT count]",
  "TS.READ": "*key timestamp [BLOCK milliseconds min_count MAX_COUNT max_count]",
  "TS.RANGE": "*key from_timestamp to_timestamp [COUNT count]",
  "TS.REVRANGE": "*key from_timestamp to_timestamp [COUNT count]",
  "FT.SUGADD": "*key string score [INCR PAYLOAD payload]",
  "FT.SUGDEL": "*key string",
  "FT.SUGGET": "*key prefix [FUZZY MAX max]",
  "FT.SUGLEN": "*key",
};

/** Calls with several keys, and such as no key is found in. */
const MORE_CALLS: readonly string[] = [
  "JSON.MGET *a *b *c $.path",
  "JSON.MSET *a $ 1 *b $ 2",
  "TS.MADD *a 1 1 *b 2 2 *c 3 3",
  "TS.NRANGE 2 *a *b - + AGGREGATION avg sum 1000",
  "CMS.MERGE *d 2 *a *b WEIGHTS 1 2",
  "TDIGEST.MERGE *d 3 *a *b *c OVERRIDE",
  "JSON.DEBUG HELP",
  "TS.MGET FILTER a=b",
  "TS.MRANGE - + FILTER a=b",
  "TS.QUERYINDEX a=b",
  "FT.SEARCH index query",
  "FT.CREATE index SCHEMA field TEXT",
];

const list = new KeyList();

function assertKeys(name: string, call: readonly string[]): void {
  const words = call.map((word) => word.replace("*", ""));
  const { argc, args, bytes, base } = lay(words);
  const command = resolveCommand(argc, args, bytes, base);
  assertEquals(command.name, name);
  assertEquals(findKeys(command, argc, args, bytes, base, list), KeyStatus.OK, call.join(" "));
  const found = [...list.indexes.subarray(0, list.count)].sort((a, b) => a - b);
  assertEquals(found, [...call.keys()].filter((i) => call[i].startsWith("*")), call.join(" "));
}

Deno.test("redis modules: keys are where the documentation has them, and no call that it allows is refused", () => {
  for (const [name, syntax] of Object.entries(SYNTAX)) {
    const all = [...name.split("|"), ...syntax.replace(/[[\]]/g, "").split(" ")];
    const required = [...name.split("|"), ...syntax.replace(/ ?\[.*\]/, "").split(" ")];
    for (const call of [required, all]) assertKeys(name, call);
    assertEquals(COMMANDS.find((command) => command.name === name)?.arity, -required.length, name);
  }
  for (const call of MORE_CALLS) {
    const words = call.split(" ");
    assertKeys(call === "JSON.DEBUG HELP" ? "JSON.DEBUG|HELP" : words[0], words);
  }
});

Deno.test("redis modules: every row with a key has its syntax here", () => {
  for (const { name, keys } of MODULE_ROWS) {
    const hasKeys = keys.form !== "range" || keys.first > 0;
    if (name.includes(".")) assert(hasKeys === name in SYNTAX, name);
  }
});
