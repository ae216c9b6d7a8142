/**
 * THE table of directives: what the file may say, what it means and what holds if it says nothing.
 *
 * @module
 */

import { DISTRIBUTION_NAMES } from "../distribution/names.ts";
import { HASH_NAMES } from "../hashkit/names.ts";
import { clientAuthFileKind, clientAuthKind, serverAuthKind } from "./auth.ts";
import { commandsKind } from "./commands.ts";
import { EJECT_POLICIES, PARTIAL_FAILURES, type PoolConfig, type ProtocolName } from "./config.ts";
import { listenKind } from "./listen.ts";
import { serverKind } from "./server.ts";
import { isStructure, type StructureKind } from "./structures.ts";
import {
  bytesKind,
  hashTagKind,
  nameKind,
  numberKind,
  switchKind,
  ValueError,
  type ValueKind,
} from "./values.ts";

/** A field of a pool that a directive sets. */
export type OptionField = Exclude<keyof PoolConfig, "name">;

/** One directive. */
export interface OptionRow {
  /** Its name in the file. */
  readonly key: string;
  /** The field that it sets. */
  readonly field: OptionField;
  /** What its value looks like and means; for `servers`, each of its values. Only directives of our own have structures. */
  readonly kind: ValueKind<unknown> | StructureKind<unknown>;
  /** What holds without it, as the file would say it; null if that cannot be said. */
  readonly fallback: string | null;
  /** Whether a pool must have it. */
  readonly required: boolean;
  /** Which protocol it has an effect for; null means both. */
  readonly protocol: ProtocolName | null;
  /** What it does, in a sentence. */
  readonly sentence: string;
}

const milliseconds = numberKind("milliseconds");
const count = numberKind("number");
const bytes = numberKind("bytes");
const boolean = switchKind(true, false);

const failureLimit: ValueKind<number> = {
  label: "number",
  // A failure is counted before it is compared, so that 0 acts as 1.
  parse: (text) => Math.max(1, count.parse(text)),
};

const fromOne = atLeast(1, "number");

/** Every server has a place for each database's connections, which is looked at ten times a second. */
const DATABASES_MAX = 1024;

const databaseCount: ValueKind<number | null> = {
  label: `number from 1 to ${DATABASES_MAX}`,
  parse(text) {
    const value = fromOne.parse(text);
    if (value <= DATABASES_MAX) return value;
    throw new ValueError("has an invalid value", `a number from 1 to ${DATABASES_MAX}`);
  },
};

/** The kind of a number that must not be too small to work with. */
function atLeast(min: number, label: string): ValueKind<number> {
  return {
    label: `${label} from ${min}`,
    parse(text) {
      const value = count.parse(text);
      if (value < min) {
        throw new ValueError(min === 1 ? "cannot be 0" : "has an invalid value", `a number from ${min}`);
      }
      return value;
    },
  };
}

type Details = { readonly required?: boolean; readonly protocol?: ProtocolName | null };

function row<F extends OptionField>(
  key: string,
  field: F,
  kind: F extends "servers" ? ValueKind<PoolConfig["servers"][number]>
    : ValueKind<PoolConfig[F]> | StructureKind<NonNullable<PoolConfig[F]>>,
  fallback: string | null,
  sentence: string,
  { required = false, protocol = null }: Details = {},
): OptionRow {
  return { key, field, kind: kind as OptionRow["kind"], fallback, required, protocol, sentence };
}

/** Every directive, in the order in which a pool is best written. */
export const OPTIONS: readonly OptionRow[] = [
  row("listen", "listen", listenKind, null, "Where clients connect.", { required: true }),
  row(
    "redis",
    "protocol",
    switchKind<ProtocolName>("redis", "memcache"),
    "false",
    "Speaks the redis protocol; otherwise memcached's.",
  ),
  row("hash", "hash", nameKind("hash", HASH_NAMES), "fnv1a_64", "The function that makes a number of a key."),
  row(
    "hash_tag",
    "hashTag",
    hashTagKind,
    null,
    "Hashes only the part of a key between these two characters, so that keys can be kept together.",
  ),
  row(
    "distribution",
    "distribution",
    nameKind("distribution", DISTRIBUTION_NAMES),
    "ketama",
    "How keys are spread over servers.",
  ),
  row(
    "timeout",
    "timeoutMs",
    milliseconds,
    "0",
    "How long a request may take, connecting included; 0 means no limit.",
  ),
  row(
    "connect_timeout",
    "connectTimeoutMs",
    milliseconds,
    "0",
    "How long connecting to a server may take; 0 means as long as `timeout`, or 2000 without one.",
  ),
  row("backlog", "backlog", count, "512", "How many connections may wait to be accepted."),
  row(
    "client_connections",
    "clientConnections",
    count,
    "0",
    "How many clients may be connected; 0 means no limit.",
  ),
  row(
    "client_idle_timeout",
    "clientIdleTimeoutMs",
    milliseconds,
    "0",
    "After how long without a request a client is closed; 0 means never.",
  ),
  row(
    "client_timeout",
    "clientTimeoutMs",
    milliseconds,
    "60000",
    "After how long a client is closed that takes none of the replies that wait for it; 0 means never.",
  ),
  row(
    "client_output_buffer_limit",
    "clientOutputBytesMax",
    bytes,
    "1048576",
    "A client with more bytes of replies to take is not read until it has taken some.",
  ),
  row(
    "client_requests_limit",
    "clientRequestsMax",
    fromOne,
    "16384",
    "How many requests of one client may be under way; what it sends beyond that waits.",
  ),
  row("tcpkeepalive", "tcpKeepalive", boolean, "false", "Has the kernel probe idle connections."),
  row("reuseport", "reusePort", boolean, "false", "Lets several processes listen on the same port."),
  row(
    "redis_auth",
    "redisAuth",
    bytesKind,
    null,
    "The password that clients give, and that servers are given.",
    { protocol: "redis" },
  ),
  row("redis_db", "redisDb", count, "0", "The database that is selected on the servers.", {
    protocol: "redis",
  }),
  row(
    "databases",
    "databases",
    databaseCount,
    null,
    "How many databases clients may select, from 0 on; without it only that of `redis_db`.",
    { protocol: "redis" },
  ),
  row(
    "client_auth",
    "clientAuth",
    clientAuthKind,
    null,
    "Who may use the pool, and for what; see [Users](#users).",
  ),
  row("client_auth_file", "clientAuthFile", clientAuthFileKind, null, "A file with more such users."),
  row(
    "server_auth",
    "serverAuth",
    serverAuthKind,
    null,
    "As whom the servers are used; see [Users](#users).",
  ),
  row(
    "preconnect",
    "preconnect",
    boolean,
    "false",
    "Connects to the servers at the start, not at the first request.",
  ),
  row(
    "server_connections",
    "serverConnections",
    fromOne,
    "1",
    "How many connections each server gets.",
  ),
  row(
    "private_connections",
    "privateConnections",
    count,
    "1024",
    "How many connections to its servers clients may have to themselves: for transactions, requests that wait, subscriptions. 0 means no limit.",
    { protocol: "redis" },
  ),
  row(
    "server_queue_limit",
    "serverQueueBytesMax",
    bytes,
    "67108864",
    "How many bytes may wait to be written to one connection of a server; further requests fail. 0 means no limit.",
  ),
  row(
    "auto_eject_hosts",
    "autoEjectHosts",
    boolean,
    "false",
    "Takes a failing server off the ring for a while.",
  ),
  row(
    "server_retry_timeout",
    "serverRetryTimeoutMs",
    milliseconds,
    "30000",
    "How long an ejected server is left alone.",
  ),
  row(
    "server_failure_limit",
    "serverFailureLimit",
    failureLimit,
    "2",
    "How many failures in a row eject a server; 0 acts as 1.",
  ),
  row(
    "eject_policy",
    "ejectPolicy",
    nameKind("policy", EJECT_POLICIES),
    "rehash",
    "What becomes of an ejected server's keys: they go to the other servers, fail at once, or count as missing.",
  ),
  row(
    "eject_last",
    "ejectLast",
    boolean,
    "true",
    "Whether the last live server may be ejected too; all requests fail at once then.",
  ),
  row(
    "allow_dangerous",
    "allowDangerous",
    boolean,
    "false",
    "Whether clients may empty all servers: `FLUSHALL` and `FLUSHDB`, memcached's `flush_all`.",
  ),
  row(
    "commands",
    "commands",
    commandsKind,
    null,
    "Which commands are denied, and where other commands have their keys; see [Commands](#commands).",
    { protocol: "redis" },
  ),
  row(
    "mget_on_error",
    "partialFailure",
    nameKind("policy", PARTIAL_FAILURES),
    "error",
    "What a read of several keys gives when some servers fail: an error, or nil for their keys (memcached: no value).",
  ),
  row(
    "join_gets",
    "joinsGets",
    boolean,
    "true",
    "Whether a memcached gets `get`s of one key each, which arrive together, as one `get`. Servers that give items in another order than they were asked for want `false`.",
    { protocol: "memcache" },
  ),
  row(
    "dns_refresh",
    "dnsRefreshMs",
    milliseconds,
    "30000",
    "How often host names of servers are looked up again; 0 means only to connect.",
  ),
  row(
    "max_request_size",
    "requestBytesMax",
    atLeast(1024, "bytes"),
    "1073741824",
    "How long a request may be that has to be complete before it is forwarded.",
  ),
  row(
    "max_key_size",
    "keyBytesMax",
    fromOne,
    null,
    "How long a key may be; without it 512 MB for redis and 250 bytes for memcached.",
  ),
  row(
    "max_arguments",
    "argumentsMax",
    atLeast(2, "number"),
    "1048576",
    "How many arguments a request may have.",
    { protocol: "redis" },
  ),
  row(
    "ready_min_servers",
    "readyServersMin",
    count,
    "1",
    "How many live servers make the pool ready, as `/readyz` tells.",
  ),
  row(
    "slowlog_threshold",
    "slowlogThresholdMs",
    milliseconds,
    "10",
    "Requests that take as long are shown at `/slowlog`; 0 means none.",
  ),
  row("mask_keys", "maskKeys", boolean, "false", "Leaves keys out of the slow log and the access log."),
  row("servers", "servers", serverKind, null, "The cache servers of the pool.", { required: true }),
];

const byKey: ReadonlyMap<string, OptionRow> = new Map(OPTIONS.map((option) => [option.key, option]));

/**
 * Looks a directive up.
 *
 * @param key Its name in the file.
 * @returns Its row, or null if there is none.
 */
export function findOption(key: string): OptionRow | null {
  return byKey.get(key) ?? null;
}

/**
 * Tells whether the value of a directive may have parts.
 *
 * @param key Its name in the file.
 * @returns False also for directives that there are not.
 */
export function hasStructure(key: string): boolean {
  const option = findOption(key);
  return option !== null && isStructure(option.kind);
}
