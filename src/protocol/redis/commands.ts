/**
 * The table of commands: one row for every command and for every subcommand that is not treated as its
 * command is.
 *
 * Arity, access and key positions are redis' own, as `COMMAND` of redis 7.0.15 tells them and a test compares;
 * what redis 8.0 and valkey 8.1 added to them is compared with those where a test can have them. What came later
 * is from the documentation and has not met a server. Subcommands stand right after their command. A new command is a new row here
 * and nothing else.
 *
 * @module
 */

import { counted, range, row } from "./command_row.ts";
import type { CommandRow, KeySpec, MergeRule, NumkeysFaults, RowOptions } from "./command_row.ts";
import { KeyStatus } from "./key_status.ts";
import { MODULE_ROWS } from "./module_commands.ts";

const NO_KEY = range(0, 0);
const KEY = range(1, 1);
const KEYS = range(1, -1);
const TWO_KEYS = range(1, 2);
const KEYS_BEFORE_LAST = range(1, -2);
const KEYS_WITH_VALUES = range(1, -1, 2);
const KEY_AT_2 = range(2, 2);
const KEYS_FROM_2 = range(2, -1);
const STREAM_KEYS: KeySpec = { form: "streams" };
const SORT_KEYS: KeySpec = { form: "store", first: 1, optionsAt: 2 };
const GEORADIUS_KEYS: KeySpec = { form: "store", first: 1, optionsAt: 6 };
const GEORADIUSBYMEMBER_KEYS: KeySpec = { form: "store", first: 1, optionsAt: 5 };
const MIGRATE_KEYS: KeySpec = { form: "migrate" };

/** EVAL and its kin take zero keys as well. */
const SCRIPT_FAULTS: NumkeysFaults = {
  notInteger: KeyStatus.NOT_AN_INTEGER,
  tooSmall: KeyStatus.NEGATIVE_NUMKEYS,
  tooLarge: KeyStatus.TOO_MANY_NUMKEYS,
  min: 0,
};
const FUNCTION_FAULTS: NumkeysFaults = { ...SCRIPT_FAULTS, notInteger: KeyStatus.BAD_NUMKEYS };
const POP_FAULTS: NumkeysFaults = {
  notInteger: KeyStatus.NUMKEYS_NOT_POSITIVE,
  tooSmall: KeyStatus.NUMKEYS_NOT_POSITIVE,
  tooLarge: KeyStatus.SYNTAX,
  min: 1,
};
const SINTERCARD_FAULTS: NumkeysFaults = { ...POP_FAULTS, tooLarge: KeyStatus.TOO_MANY_NUMKEYS };
const SORTED_SET_FAULTS: NumkeysFaults = {
  notInteger: KeyStatus.NOT_AN_INTEGER,
  tooSmall: KeyStatus.NO_INPUT_KEY,
  tooLarge: KeyStatus.SYNTAX,
  min: 1,
};

const SCRIPT_KEYS = counted(2, SCRIPT_FAULTS);
const FUNCTION_KEYS = counted(2, FUNCTION_FAULTS);
const SINTERCARD_KEYS = counted(1, SINTERCARD_FAULTS);
const POP_KEYS = counted(1, POP_FAULTS);
const BLOCKING_POP_KEYS = counted(2, POP_FAULTS);
const SORTED_SET_KEYS = counted(1, SORTED_SET_FAULTS);
const SORTED_SET_STORE_KEYS = counted(2, SORTED_SET_FAULTS, 1, 1);
const MSETEX_KEYS = counted(1, SINTERCARD_FAULTS, 2);

const LOCAL: RowOptions = { support: "local" };
const ANY: RowOptions = { support: "any" };
const UNKNOWN: RowOptions = { support: "unknown" };
const SUM: RowOptions = { merge: "sum" };
const ARRAY: RowOptions = { merge: "array" };
const STATUS: RowOptions = { merge: "status" };

/** Goes to all servers. */
function all(merge: MergeRule, options: RowOptions = {}): RowOptions {
  return { support: "all", merge, ...options };
}

function refuse(reason: string): RowOptions {
  return { support: "refuse", reason };
}

const WAITS: RowOptions = { blocking: "last" };
const WAITS_FIRST: RowOptions = { blocking: "first" };
const BLOCK_OPTION: RowOptions = { blocking: "option" };
const TRANSACTION: RowOptions = { support: "transaction" };
const PUBLICATION: RowOptions = { support: "publication", names: KEY };
const SUBSCRIPTION: RowOptions = { support: "subscription" };
const EVERY_KEY = refuse("it concerns the keys of every server");
const DEBUGGER = refuse("a debugger needs a server connection of its own");
const KILL = all("killed", { apart: true });
const FLUSH = all("status", { dangerous: true });
const ONE_SERVER = refuse("it concerns a single server, not the keys in it");
const USERS = refuse("users are set in its configuration");
const REPLICATION = refuse("it belongs to the replication between servers");
const WAIT_FOR_REPLICAS = all("acknowledged", { blocking: "lastMs" });
const SETTINGS = refuse("the settings are in the configuration file, which a running proxy loads again");
const TRACKING = refuse("clients share the connections over which servers would tell what has changed");
const FIELD_SETS = refuse("its sets of fields belong to a connection, and clients share the connections");
const IMPORTING = refuse("it belongs to filling a single server with another one's data");
const CLUSTER = refuse("it belongs to Redis Cluster");

const STRING_ROWS: readonly CommandRow[] = [
  row("APPEND", 3, "write", KEY),
  row("DECR", 2, "write", KEY),
  row("DECRBY", 3, "write", KEY),
  row("DELIFEQ", 3, "write", KEY),
  row("DELEX", -2, "write", KEY),
  row("DIGEST", 2, "read", KEY),
  row("GET", 2, "read", KEY),
  row("GETDEL", 2, "write", KEY),
  row("GETEX", -2, "write", KEY),
  row("GETRANGE", 4, "read", KEY),
  row("GETSET", 3, "write", KEY),
  row("INCR", 2, "write", KEY),
  row("INCREX", -2, "write", KEY),
  row("INCRBY", 3, "write", KEY),
  row("INCRBYFLOAT", 3, "write", KEY),
  row("LCS", -3, "read", TWO_KEYS),
  row("MGET", -2, "read", KEYS, ARRAY),
  row("MSET", -3, "write", KEYS_WITH_VALUES, STATUS),
  row("MSETEX", -4, "write", MSETEX_KEYS),
  row("MSETNX", -3, "write", KEYS_WITH_VALUES),
  row("PSETEX", 4, "write", KEY),
  row("SET", -3, "write", KEY),
  row("SETEX", 4, "write", KEY),
  row("SETNX", 3, "write", KEY),
  row("SETRANGE", 4, "write", KEY),
  row("STRLEN", 2, "read", KEY),
  row("SUBSTR", 4, "read", KEY),
  row("BITCOUNT", -2, "read", KEY),
  row("BITFIELD", -2, "write", KEY),
  row("BITFIELD_RO", -2, "read", KEY),
  row("BITOP", -4, "write", KEYS_FROM_2),
  row("BITPOS", -3, "read", KEY),
  row("GETBIT", 3, "read", KEY),
  row("SETBIT", 4, "write", KEY),
  row("PFADD", -2, "write", KEY),
  row("PFCOUNT", -2, "read", KEYS),
  row("PFDEBUG", 3, "write", KEY_AT_2, ONE_SERVER),
  row("PFMERGE", -2, "write", KEYS),
  row("PFSELFTEST", 1, "none", NO_KEY, ONE_SERVER),
];

const KEY_ROWS: readonly CommandRow[] = [
  row("COPY", -3, "write", TWO_KEYS, { database: "option" }),
  row("DEL", -2, "write", KEYS, SUM),
  row("DUMP", 2, "read", KEY),
  row("EXISTS", -2, "read", KEYS, SUM),
  row("EXPIRE", -3, "write", KEY),
  row("EXPIREAT", -3, "write", KEY),
  row("EXPIRETIME", 2, "read", KEY),
  row("KEYS", 2, "read", NO_KEY, all("keys")),
  row("MIGRATE", -6, "write", MIGRATE_KEYS, ONE_SERVER),
  row("MOVE", 3, "write", KEY, { database: "argument" }),
  row("OBJECT", -2, "none", NO_KEY, UNKNOWN),
  row("OBJECT|ENCODING", 3, "read", KEY_AT_2),
  row("OBJECT|FREQ", 3, "read", KEY_AT_2),
  row("OBJECT|HELP", 2, "none", NO_KEY, ANY),
  row("OBJECT|IDLETIME", 3, "read", KEY_AT_2),
  row("OBJECT|REFCOUNT", 3, "read", KEY_AT_2),
  row("PERSIST", 2, "write", KEY),
  row("PEXPIRE", -3, "write", KEY),
  row("PEXPIREAT", -3, "write", KEY),
  row("PEXPIRETIME", 2, "read", KEY),
  row("PTTL", 2, "read", KEY),
  row("RANDOMKEY", 1, "read", NO_KEY, all("random")),
  row("RENAME", 3, "write", TWO_KEYS),
  row("RENAMENX", 3, "write", TWO_KEYS),
  row("RESTORE", -4, "write", KEY),
  row("SCAN", -2, "read", NO_KEY, { support: "scan" }),
  row("SORT", -2, "write", SORT_KEYS, { patterns: true }),
  row("SORT_RO", -2, "read", KEY, { patterns: true }),
  row("TOUCH", -2, "read", KEYS, SUM),
  row("TTL", 2, "read", KEY),
  row("TYPE", 2, "read", KEY),
  row("UNLINK", -2, "write", KEYS, SUM),
];

const HASH_ROWS: readonly CommandRow[] = [
  row("HDEL", -3, "write", KEY),
  row("HEXISTS", 3, "read", KEY),
  row("HEXPIRE", -6, "write", KEY),
  row("HEXPIREAT", -6, "write", KEY),
  row("HEXPIRETIME", -5, "read", KEY),
  row("HGET", 3, "read", KEY),
  row("HGETALL", 2, "read", KEY),
  row("HGETDEL", -5, "write", KEY),
  row("HGETEX", -5, "write", KEY),
  row("HIMPORT", -2, "write", NO_KEY, FIELD_SETS),
  row("HINCRBY", 4, "write", KEY),
  row("HINCRBYFLOAT", 4, "write", KEY),
  row("HKEYS", 2, "read", KEY),
  row("HLEN", 2, "read", KEY),
  row("HMGET", -3, "read", KEY),
  row("HMSET", -4, "write", KEY),
  row("HPERSIST", -5, "write", KEY),
  row("HPEXPIRE", -6, "write", KEY),
  row("HPEXPIREAT", -6, "write", KEY),
  row("HPEXPIRETIME", -5, "read", KEY),
  row("HPTTL", -5, "read", KEY),
  row("HRANDFIELD", -2, "read", KEY),
  row("HSCAN", -3, "read", KEY),
  row("HSET", -4, "write", KEY),
  row("HSETEX", -6, "write", KEY),
  row("HSETNX", 4, "write", KEY),
  row("HSTRLEN", 3, "read", KEY),
  row("HTTL", -5, "read", KEY),
  row("HVALS", 2, "read", KEY),
];

const LIST_ROWS: readonly CommandRow[] = [
  row("BLMOVE", 6, "write", TWO_KEYS, WAITS),
  row("BLMOVEM", -6, "write", TWO_KEYS, { blocking: "fifth" }),
  row("BLMPOP", -5, "write", BLOCKING_POP_KEYS, WAITS_FIRST),
  row("BLPOP", -3, "write", KEYS_BEFORE_LAST, WAITS),
  row("BRPOP", -3, "write", KEYS_BEFORE_LAST, WAITS),
  row("BRPOPLPUSH", 4, "write", TWO_KEYS, WAITS),
  row("LINDEX", 3, "read", KEY),
  row("LINSERT", 5, "write", KEY),
  row("LLEN", 2, "read", KEY),
  row("LMOVE", 5, "write", TWO_KEYS),
  row("LMOVEM", -5, "write", TWO_KEYS),
  row("LMPOP", -4, "write", POP_KEYS),
  row("LPOP", -2, "write", KEY),
  row("LPOS", -3, "read", KEY),
  row("LPUSH", -3, "write", KEY),
  row("LPUSHX", -3, "write", KEY),
  row("LRANGE", 4, "read", KEY),
  row("LREM", 4, "write", KEY),
  row("LSET", 4, "write", KEY),
  row("LTRIM", 4, "write", KEY),
  row("RPOP", -2, "write", KEY),
  row("RPOPLPUSH", 3, "write", TWO_KEYS),
  row("RPUSH", -3, "write", KEY),
  row("RPUSHX", -3, "write", KEY),
];

const SET_ROWS: readonly CommandRow[] = [
  row("SADD", -3, "write", KEY),
  row("SCARD", 2, "read", KEY),
  row("SDIFF", -2, "read", KEYS),
  row("SDIFFCARD", -3, "read", SINTERCARD_KEYS),
  row("SDIFFSTORE", -3, "write", KEYS),
  row("SINTER", -2, "read", KEYS),
  row("SINTERCARD", -3, "read", SINTERCARD_KEYS),
  row("SINTERSTORE", -3, "write", KEYS),
  row("SISMEMBER", 3, "read", KEY),
  row("SMEMBERS", 2, "read", KEY),
  row("SMISMEMBER", -3, "read", KEY),
  row("SMOVE", 4, "write", TWO_KEYS),
  row("SPOP", -2, "write", KEY),
  row("SRANDMEMBER", -2, "read", KEY),
  row("SREM", -3, "write", KEY),
  row("SSCAN", -3, "read", KEY),
  row("SUNION", -2, "read", KEYS),
  row("SUNIONCARD", -3, "read", SINTERCARD_KEYS),
  row("SUNIONSTORE", -3, "write", KEYS),
];

const SORTED_SET_ROWS: readonly CommandRow[] = [
  row("BZMPOP", -5, "write", BLOCKING_POP_KEYS, WAITS_FIRST),
  row("BZPOPMAX", -3, "write", KEYS_BEFORE_LAST, WAITS),
  row("BZPOPMIN", -3, "write", KEYS_BEFORE_LAST, WAITS),
  row("ZADD", -4, "write", KEY),
  row("ZCARD", 2, "read", KEY),
  row("ZCOUNT", 4, "read", KEY),
  row("ZDIFF", -3, "read", SORTED_SET_KEYS),
  row("ZDIFFSTORE", -4, "write", SORTED_SET_STORE_KEYS),
  row("ZINCRBY", 4, "write", KEY),
  row("ZINTER", -3, "read", SORTED_SET_KEYS),
  row("ZINTERCARD", -3, "read", SORTED_SET_KEYS),
  row("ZINTERSTORE", -4, "write", SORTED_SET_STORE_KEYS),
  row("ZLEXCOUNT", 4, "read", KEY),
  row("ZMPOP", -4, "write", POP_KEYS),
  row("ZMSCORE", -3, "read", KEY),
  row("ZPOPMAX", -2, "write", KEY),
  row("ZPOPMIN", -2, "write", KEY),
  row("ZRANDMEMBER", -2, "read", KEY),
  row("ZRANGE", -4, "read", KEY),
  row("ZRANGEBYLEX", -4, "read", KEY),
  row("ZRANGEBYSCORE", -4, "read", KEY),
  row("ZRANGESTORE", -5, "write", TWO_KEYS),
  row("ZRANK", -3, "read", KEY),
  row("ZREM", -3, "write", KEY),
  row("ZREMRANGEBYLEX", 4, "write", KEY),
  row("ZREMRANGEBYRANK", 4, "write", KEY),
  row("ZREMRANGEBYSCORE", 4, "write", KEY),
  row("ZREVRANGE", -4, "read", KEY),
  row("ZREVRANGEBYLEX", -4, "read", KEY),
  row("ZREVRANGEBYSCORE", -4, "read", KEY),
  row("ZREVRANK", -3, "read", KEY),
  row("ZSCAN", -3, "read", KEY),
  row("ZSCORE", 3, "read", KEY),
  row("ZUNION", -3, "read", SORTED_SET_KEYS),
  row("ZUNIONSTORE", -4, "write", SORTED_SET_STORE_KEYS),
  row("GEOADD", -5, "write", KEY),
  row("GEODIST", -4, "read", KEY),
  row("GEOHASH", -2, "read", KEY),
  row("GEOPOS", -2, "read", KEY),
  row("GEORADIUS", -6, "write", GEORADIUS_KEYS),
  row("GEORADIUS_RO", -6, "read", KEY),
  row("GEORADIUSBYMEMBER", -5, "write", GEORADIUSBYMEMBER_KEYS),
  row("GEORADIUSBYMEMBER_RO", -5, "read", KEY),
  row("GEOSEARCH", -7, "read", KEY),
  row("GEOSEARCHSTORE", -8, "write", TWO_KEYS),
];

const STREAM_ROWS: readonly CommandRow[] = [
  row("XACK", -4, "write", KEY),
  row("XACKDEL", -6, "write", KEY),
  row("XADD", -5, "write", KEY),
  row("XAUTOCLAIM", -6, "write", KEY),
  row("XCFGSET", -2, "write", KEY),
  row("XCLAIM", -6, "write", KEY),
  row("XDEL", -3, "write", KEY),
  row("XDELEX", -5, "write", KEY),
  row("XGROUP", -2, "none", NO_KEY, UNKNOWN),
  row("XGROUP|CREATE", -5, "write", KEY_AT_2),
  row("XGROUP|CREATECONSUMER", 5, "write", KEY_AT_2),
  row("XGROUP|DELCONSUMER", 5, "write", KEY_AT_2),
  row("XGROUP|DESTROY", 4, "write", KEY_AT_2),
  row("XGROUP|HELP", 2, "none", NO_KEY, ANY),
  row("XGROUP|SETID", -5, "write", KEY_AT_2),
  row("XINFO", -2, "none", NO_KEY, UNKNOWN),
  row("XINFO|CONSUMERS", 4, "read", KEY_AT_2),
  row("XINFO|GROUPS", 3, "read", KEY_AT_2),
  row("XINFO|HELP", 2, "none", NO_KEY, ANY),
  row("XINFO|STREAM", -3, "read", KEY_AT_2),
  row("XLEN", 2, "read", KEY),
  row("XNACK", -7, "write", KEY),
  row("XPENDING", -3, "read", KEY),
  row("XRANGE", -4, "read", KEY),
  row("XREAD", -4, "read", STREAM_KEYS, BLOCK_OPTION),
  row("XREADGROUP", -7, "write", STREAM_KEYS, BLOCK_OPTION),
  row("XREVRANGE", -4, "read", KEY),
  row("XSETID", -3, "write", KEY),
  row("XTRIM", -4, "write", KEY),
];

/** Since redis 8.8. The arity is the least that reaches the key: servers count the rest. */
const ARRAY_ROWS: readonly CommandRow[] = [
  row("ARCOUNT", -2, "read", KEY),
  row("ARDEL", -2, "write", KEY),
  row("ARDELRANGE", -2, "write", KEY),
  row("ARGET", -2, "read", KEY),
  row("ARGETRANGE", -2, "read", KEY),
  row("ARGREP", -2, "read", KEY),
  row("ARINFO", -2, "read", KEY),
  row("ARINSERT", -2, "write", KEY),
  row("ARLASTITEMS", -2, "read", KEY),
  row("ARLEN", -2, "read", KEY),
  row("ARMGET", -2, "read", KEY),
  row("ARMSET", -2, "write", KEY),
  row("ARNEXT", -2, "read", KEY),
  row("AROP", -2, "read", KEY),
  row("ARRING", -2, "write", KEY),
  row("ARSCAN", -2, "read", KEY),
  row("ARSEEK", -2, "write", KEY),
  row("ARSET", -2, "write", KEY),
];

const SCRIPT_ROWS: readonly CommandRow[] = [
  row("EVAL", -3, "write", SCRIPT_KEYS),
  row("EVAL_RO", -3, "read", SCRIPT_KEYS),
  row("EVALSHA", -3, "write", SCRIPT_KEYS),
  row("EVALSHA_RO", -3, "read", SCRIPT_KEYS),
  row("FCALL", -3, "write", FUNCTION_KEYS),
  row("FCALL_RO", -3, "read", FUNCTION_KEYS),
  row("FUNCTION", -2, "none", NO_KEY, UNKNOWN),
  row("FUNCTION|DELETE", 3, "write", NO_KEY, all("status")),
  row("FUNCTION|DUMP", 2, "none", NO_KEY, ANY),
  row("FUNCTION|FLUSH", -2, "write", NO_KEY, all("status")),
  row("FUNCTION|HELP", 2, "none", NO_KEY, ANY),
  row("FUNCTION|KILL", 2, "none", NO_KEY, KILL),
  row("FUNCTION|LIST", -2, "none", NO_KEY, all("alike")),
  row("FUNCTION|LOAD", -3, "write", NO_KEY, all("equal")),
  row("FUNCTION|RESTORE", -3, "write", NO_KEY, all("status")),
  row("FUNCTION|STATS", 2, "none", NO_KEY, all("running", { apart: true })),
  row("SCRIPT", -2, "none", NO_KEY, UNKNOWN),
  row("SCRIPT|DEBUG", 3, "none", NO_KEY, DEBUGGER),
  row("SCRIPT|EXISTS", -3, "none", NO_KEY, all("minimum")),
  row("SCRIPT|FLUSH", -2, "none", NO_KEY, all("status")),
  row("SCRIPT|HELP", 2, "none", NO_KEY, ANY),
  row("SCRIPT|KILL", 2, "none", NO_KEY, KILL),
  row("SCRIPT|LOAD", 3, "none", NO_KEY, all("equal")),
  row("SCRIPT|SHOW", 3, "none", NO_KEY, all("equal")),
];

const CONNECTION_ROWS: readonly CommandRow[] = [
  row("AUTH", -2, "none", NO_KEY, LOCAL),
  row("CLIENT", -2, "none", NO_KEY, UNKNOWN),
  row("CLIENT|CACHING", 3, "none", NO_KEY, TRACKING),
  row("CLIENT|CAPA", -3, "none", NO_KEY, LOCAL),
  row("CLIENT|GETNAME", 2, "none", NO_KEY, LOCAL),
  row("CLIENT|GETREDIR", 2, "none", NO_KEY, LOCAL),
  row("CLIENT|HELP", 2, "none", NO_KEY, LOCAL),
  row("CLIENT|ID", 2, "none", NO_KEY, LOCAL),
  row("CLIENT|IMPORT-SOURCE", 3, "none", NO_KEY, IMPORTING),
  row("CLIENT|INFO", 2, "none", NO_KEY, LOCAL),
  row("CLIENT|KILL", -3, "none", NO_KEY, LOCAL),
  row("CLIENT|LIST", -2, "none", NO_KEY, LOCAL),
  row("CLIENT|NO-EVICT", 3, "none", NO_KEY, LOCAL),
  row("CLIENT|NO-TOUCH", 3, "none", NO_KEY, LOCAL),
  row("CLIENT|PAUSE", -3, "none", NO_KEY, ONE_SERVER),
  row("CLIENT|REPLY", 3, "none", NO_KEY, LOCAL),
  row("CLIENT|SETINFO", 4, "none", NO_KEY, LOCAL),
  row("CLIENT|SETNAME", 3, "none", NO_KEY, LOCAL),
  row("CLIENT|TRACKING", -3, "none", NO_KEY, TRACKING),
  row("CLIENT|TRACKINGINFO", 2, "none", NO_KEY, TRACKING),
  row("CLIENT|UNPAUSE", 2, "none", NO_KEY, ONE_SERVER),
  row("ECHO", 2, "none", NO_KEY, LOCAL),
  row("HELLO", -1, "none", NO_KEY, LOCAL),
  row("PING", -1, "none", NO_KEY, LOCAL),
  row("QUIT", -1, "none", NO_KEY, LOCAL),
  row("RESET", 1, "none", NO_KEY, LOCAL),
  row("SELECT", 2, "none", NO_KEY, LOCAL),
  row("DISCARD", 1, "none", NO_KEY, TRANSACTION),
  row("EXEC", 1, "none", NO_KEY, TRANSACTION),
  row("MULTI", 1, "none", NO_KEY, TRANSACTION),
  row("UNWATCH", 1, "none", NO_KEY, TRANSACTION),
  row("WATCH", -2, "none", KEYS, TRANSACTION),
  row("PSUBSCRIBE", -2, "none", NO_KEY, SUBSCRIPTION),
  row("PUBLISH", 3, "none", NO_KEY, PUBLICATION),
  row("PUBSUB", -2, "none", NO_KEY, UNKNOWN),
  row("PUBSUB|CHANNELS", -2, "none", NO_KEY, all("channels")),
  row("PUBSUB|HELP", 2, "none", NO_KEY, ANY),
  row("PUBSUB|NUMPAT", 2, "none", NO_KEY, all("maximum")),
  row("PUBSUB|NUMSUB", -2, "none", NO_KEY, all("receivers")),
  row("PUBSUB|SHARDCHANNELS", -2, "none", NO_KEY, all("channels")),
  row("PUBSUB|SHARDNUMSUB", -2, "none", NO_KEY, all("receivers")),
  row("PUNSUBSCRIBE", -1, "none", NO_KEY, SUBSCRIPTION),
  row("SPUBLISH", 3, "none", KEY, PUBLICATION),
  row("SSUBSCRIBE", -2, "none", KEYS, SUBSCRIPTION),
  row("SUBSCRIBE", -2, "none", NO_KEY, SUBSCRIPTION),
  row("SUNSUBSCRIBE", -1, "none", KEYS, SUBSCRIPTION),
  row("UNSUBSCRIBE", -1, "none", NO_KEY, SUBSCRIPTION),
];

const SERVER_ROWS: readonly CommandRow[] = [
  row("ACL", -2, "none", NO_KEY, USERS),
  row("ACL|WHOAMI", 2, "none", NO_KEY, LOCAL),
  row("BACKUP", -2, "none", NO_KEY, ONE_SERVER),
  row("BGREWRITEAOF", 1, "none", NO_KEY, ONE_SERVER),
  row("BGSAVE", -1, "none", NO_KEY, ONE_SERVER),
  row("COMMAND", -1, "none", NO_KEY, { ...ANY, merge: "commands" }),
  row("COMMAND|COUNT", 2, "none", NO_KEY, { ...ANY, merge: "commandCount" }),
  row("COMMAND|DOCS", -2, "none", NO_KEY, { ...ANY, merge: "commandDocs" }),
  row("COMMAND|INFO", -2, "none", NO_KEY, { ...ANY, merge: "commands" }),
  row("COMMAND|LIST", -2, "none", NO_KEY, { ...ANY, merge: "commandNames" }),
  row("COMMANDLOG", -2, "none", NO_KEY, ONE_SERVER),
  row("CONFIG", -2, "none", NO_KEY, UNKNOWN),
  row("CONFIG|GET", -3, "none", NO_KEY, LOCAL),
  row("CONFIG|HELP", 2, "none", NO_KEY, ANY),
  row("CONFIG|RESETSTAT", 2, "none", NO_KEY, SETTINGS),
  row("CONFIG|REWRITE", 2, "none", NO_KEY, SETTINGS),
  row("CONFIG|SET", -4, "none", NO_KEY, SETTINGS),
  row("DBSIZE", 1, "read", NO_KEY, all("sum")),
  row("DEBUG", -2, "none", NO_KEY, ONE_SERVER),
  row("FLUSHALL", -1, "write", NO_KEY, FLUSH),
  row("FLUSHDB", -1, "write", NO_KEY, FLUSH),
  row("HOTKEYS", -2, "none", NO_KEY, ONE_SERVER),
  row("INFO", -1, "none", NO_KEY, all("info")),
  row("LASTSAVE", 1, "none", NO_KEY, ONE_SERVER),
  row("LATENCY", -2, "none", NO_KEY, ONE_SERVER),
  row("LOLWUT", -1, "read", NO_KEY, ANY),
  row("MEMORY", -2, "none", NO_KEY, ONE_SERVER),
  row("MEMORY|USAGE", -3, "read", KEY_AT_2),
  row("MODULE", -2, "none", NO_KEY, ONE_SERVER),
  row("MONITOR", 1, "none", NO_KEY, ONE_SERVER),
  row("ROLE", 1, "none", NO_KEY, LOCAL),
  row("SAVE", 1, "none", NO_KEY, ONE_SERVER),
  row("SHUTDOWN", -1, "none", NO_KEY, ONE_SERVER),
  row("SLOWLOG", -2, "none", NO_KEY, ONE_SERVER),
  row("SWAPDB", 3, "write", NO_KEY, EVERY_KEY),
  row("TIME", 1, "none", NO_KEY, LOCAL),
  row("FAILOVER", -1, "none", NO_KEY, REPLICATION),
  row("PSYNC", -3, "none", NO_KEY, REPLICATION),
  row("REPLCONF", -1, "none", NO_KEY, REPLICATION),
  row("REPLICAOF", 3, "none", NO_KEY, REPLICATION),
  row("SLAVEOF", 3, "none", NO_KEY, REPLICATION),
  row("SYNC", 1, "none", NO_KEY, REPLICATION),
  row("WAIT", 3, "none", NO_KEY, WAIT_FOR_REPLICAS),
  row("WAITAOF", 4, "none", NO_KEY, WAIT_FOR_REPLICAS),
  row("ASKING", 1, "none", NO_KEY, CLUSTER),
  row("CLUSTER", -2, "none", NO_KEY, LOCAL),
  row("CLUSTERSCAN", -2, "read", NO_KEY, CLUSTER),
  row("READONLY", 1, "none", NO_KEY, LOCAL),
  row("READWRITE", 1, "none", NO_KEY, LOCAL),
  row("RESTORE-ASKING", -4, "write", KEY, CLUSTER),
];

/** Every row of the table; subcommands follow their command. */
export const COMMAND_ROWS: readonly CommandRow[] = [
  ...STRING_ROWS,
  ...KEY_ROWS,
  ...HASH_ROWS,
  ...LIST_ROWS,
  ...SET_ROWS,
  ...SORTED_SET_ROWS,
  ...STREAM_ROWS,
  ...ARRAY_ROWS,
  ...SCRIPT_ROWS,
  ...CONNECTION_ROWS,
  ...SERVER_ROWS,
  ...MODULE_ROWS,
];
