/**
 * Examples of the commands for scripts, connections and servers.
 *
 * @module
 */

import { type Examples, shape, type } from "./example.ts";

const LIBRARY =
  "FUNCTION LOAD '#!lua name=lib\nredis.register_function(\"f\", function(keys) return #keys end)'; ";
const READ_ONLY = 'FUNCTION LOAD \'#!lua name=lib\nredis.register_function{function_name="f", ' +
  'callback=function(keys) return #keys end, flags={"no-writes"}}\'; ';
const SCRIPT = "SCRIPT LOAD 'return {KEYS[1], 2, false}'; ";
const SCRIPT_SHA = "9c3a16caf6e5ddc7a4a4c4ae5cd6d0b0a5b5e5c1";

const SCRIPTS: Examples = {
  "EVAL": "EVAL 'return {KEYS[1], ARGV[1], {ok=\"fine\"}, 1.5}' 1 k a",
  "EVAL_RO": "EVAL_RO 'return redis.call(\"GET\", KEYS[1])' 1 k",
  "EVALSHA": `${SCRIPT}EVALSHA @ 1 k`,
  "EVALSHA_RO": `${SCRIPT}EVALSHA_RO @ 1 k`,
  "FCALL": `${LIBRARY}FCALL f 2 {t}1 {t}2`,
  "FCALL_RO": `${READ_ONLY}FCALL_RO f 1 k`,
  "FUNCTION": "FUNCTION NOSUCH",
  "FUNCTION|DELETE": `${LIBRARY}FUNCTION DELETE lib`,
  "FUNCTION|DUMP": `${LIBRARY}FUNCTION DUMP`,
  "FUNCTION|FLUSH": `${LIBRARY}FUNCTION FLUSH`,
  "FUNCTION|HELP": "FUNCTION HELP",
  "FUNCTION|KILL": "FUNCTION KILL",
  "FUNCTION|LIST": `${LIBRARY}FUNCTION LIST WITHCODE`,
  "FUNCTION|LOAD": `${LIBRARY}${LIBRARY.replace("; ", "").replace("LOAD", "LOAD REPLACE")}`,
  "FUNCTION|RESTORE": `${LIBRARY}FUNCTION DUMP; FUNCTION RESTORE @ REPLACE`,
  "FUNCTION|STATS": `${LIBRARY}FUNCTION STATS`,
  "SCRIPT": "SCRIPT NOSUCH",
  "SCRIPT|DEBUG": "SCRIPT DEBUG NO",
  "SCRIPT|EXISTS": `${SCRIPT}SCRIPT EXISTS @ ${SCRIPT_SHA}`,
  "SCRIPT|FLUSH": "SCRIPT FLUSH SYNC",
  "SCRIPT|HELP": "SCRIPT HELP",
  "SCRIPT|KILL": "SCRIPT KILL",
  "SCRIPT|LOAD": "SCRIPT LOAD 'return 1'",
  "SCRIPT|SHOW": `${SCRIPT}SCRIPT SHOW @`,
};

const CONNECTIONS: Examples = {
  "AUTH": "AUTH password",
  "CLIENT": "CLIENT NOSUCH",
  "CLIENT|CAPA": "CLIENT CAPA redirect",
  "CLIENT|GETNAME": "CLIENT SETNAME me; CLIENT GETNAME",
  "CLIENT|GETREDIR": "CLIENT GETREDIR",
  "CLIENT|HELP": shape("CLIENT HELP"),
  "CLIENT|ID": shape("CLIENT ID"),
  "CLIENT|IMPORT-SOURCE": "CLIENT IMPORT-SOURCE ON",
  "CLIENT|INFO": type("CLIENT INFO"),
  "CLIENT|KILL": "CLIENT KILL ID 1000000",
  "CLIENT|LIST": type("CLIENT LIST"),
  "CLIENT|NO-EVICT": "CLIENT NO-EVICT ON",
  "CLIENT|NO-TOUCH": "CLIENT NO-TOUCH ON",
  "CLIENT|REPLY": "CLIENT REPLY ON",
  "CLIENT|SETINFO": "CLIENT SETINFO LIB-NAME me",
  "CLIENT|SETNAME": "CLIENT SETNAME me",
  "ECHO": "ECHO words",
  "HELLO": shape("HELLO"),
  "PING": "PING words",
  "QUIT": "QUIT",
  "RESET": "RESET",
  "SELECT": "SELECT 0",
  "DISCARD": "MULTI; SET k v; DISCARD",
  "EXEC": "MULTI; SET {t}1 v; HSET {t}2 f v; HGETALL {t}3; EXEC",
  "MULTI": "MULTI",
  "UNWATCH": "WATCH k; UNWATCH",
  "WATCH": "WATCH k",
  "PSUBSCRIBE": "PSUBSCRIBE c*",
  "PUBLISH": "PUBLISH c message",
  "PUBSUB": "PUBSUB NOSUCH",
  "PUBSUB|CHANNELS": "PUBSUB CHANNELS *",
  "PUBSUB|HELP": shape("PUBSUB HELP"),
  "PUBSUB|NUMPAT": "PUBSUB NUMPAT",
  "PUBSUB|NUMSUB": "PUBSUB NUMSUB a b c",
  "PUBSUB|SHARDCHANNELS": "PUBSUB SHARDCHANNELS",
  "PUBSUB|SHARDNUMSUB": "PUBSUB SHARDNUMSUB a b c",
  "PUNSUBSCRIBE": "PUNSUBSCRIBE c*",
  "SPUBLISH": "SPUBLISH c message",
  "SSUBSCRIBE": "SSUBSCRIBE c",
  "SUBSCRIBE": "SUBSCRIBE c",
  "SUNSUBSCRIBE": "SUNSUBSCRIBE c",
  "UNSUBSCRIBE": "UNSUBSCRIBE c",
};

const OK = "+OK\r\n";

const SERVERS: Examples = {
  "ACL": "ACL USERS",
  "ACL|WHOAMI": "ACL WHOAMI",
  "BACKUP": "BACKUP LIST",
  "BGREWRITEAOF": "BGREWRITEAOF",
  "BGSAVE": "BGSAVE",
  "COMMAND": type("COMMAND"),
  "COMMAND|COUNT": type("COMMAND COUNT"),
  "COMMAND|DOCS": "COMMAND DOCS get nope object|help",
  "COMMAND|INFO": "COMMAND INFO get nope object|help",
  "COMMAND|LIST": "COMMAND LIST FILTERBY PATTERN g?t",
  "COMMANDLOG": "COMMANDLOG LEN slow",
  "CONFIG": "CONFIG NOSUCH",
  "CONFIG|GET": shape("CONFIG GET save"),
  "CONFIG|HELP": "CONFIG HELP",
  "CONFIG|RESETSTAT": "CONFIG RESETSTAT",
  "CONFIG|REWRITE": "CONFIG REWRITE",
  "CONFIG|SET": "CONFIG SET maxmemory 0",
  "DBSIZE": "MSET a 1 b 2 c 3 d 4 e 5 f 6 g 7 h 8 i 9 j 10 k 11 l 12; DBSIZE",
  "DEBUG": "DEBUG SLEEP 0",
  "FLUSHALL": "MSET a 1 b 2 c 3 d 4; FLUSHALL",
  "FLUSHDB": "MSET a 1 b 2 c 3 d 4; FLUSHDB ASYNC",
  "HOTKEYS": "HOTKEYS GET",
  "INFO": type("INFO"),
  "LASTSAVE": "LASTSAVE",
  "LATENCY": "LATENCY LATEST",
  "LOLWUT": type("LOLWUT"),
  "MEMORY": "MEMORY DOCTOR",
  "MEMORY|USAGE": "SET k v; MEMORY USAGE k",
  "MODULE": "MODULE LIST",
  "MONITOR": "MONITOR",
  "ROLE": "ROLE",
  "SAVE": "SAVE",
  "SHUTDOWN": "SHUTDOWN NOSAVE",
  "SLOWLOG": "SLOWLOG LEN",
  "SWAPDB": "SWAPDB 0 1",
  "TIME": shape("TIME"),
  "FAILOVER": "FAILOVER",
  "PSYNC": "PSYNC ? -1",
  "REPLCONF": "REPLCONF ack 0",
  "REPLICAOF": "REPLICAOF NO ONE",
  "SLAVEOF": "SLAVEOF NO ONE",
  "SYNC": "SYNC",
  "WAIT": "WAIT 0 0",
  "WAITAOF": "WAITAOF 0 0 0",
  "ASKING": "ASKING",
  "CLUSTER": "CLUSTER INFO",
  "CLUSTERSCAN": "CLUSTERSCAN 0",
  // A server says that it is no cluster; clients that send these want to hear that they may read.
  "READONLY": { calls: "READONLY", own: OK },
  "READWRITE": { calls: "READWRITE", own: OK },
  "RESTORE-ASKING": "RESTORE-ASKING k 0 value",
};

/** Examples of all these commands. */
export const SERVER_EXAMPLES: Examples = { ...SCRIPTS, ...CONNECTIONS, ...SERVERS };
