/**
 * THE table of directives: what the file may say, what it means and what holds if it says nothing.
 *
 * @module
 */

import { DISTRIBUTION_NAMES } from "../distribution/names.ts";
import { HASH_NAMES } from "../hashkit/names.ts";
import type { PoolConfig, ProtocolName } from "./config.ts";
import { listenKind } from "./listen.ts";
import { serverKind } from "./server.ts";
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
  /** What its value looks like and means; for `servers`, each of its values. */
  readonly kind: ValueKind<unknown>;
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
const boolean = switchKind(true, false);

const failureLimit: ValueKind<number> = {
  label: "number",
  // A failure is counted before it is compared, so that 0 acts as 1.
  parse: (text) => Math.max(1, count.parse(text)),
};

const connectionCount: ValueKind<number> = {
  label: "number from 1",
  parse(text) {
    const value = count.parse(text);
    if (value === 0) throw new ValueError("cannot be 0", "a number from 1");
    return value;
  },
};

type Details = { readonly required?: boolean; readonly protocol?: ProtocolName | null };

function row<F extends OptionField>(
  key: string,
  field: F,
  kind: ValueKind<F extends "servers" ? PoolConfig["servers"][number] : PoolConfig[F]>,
  fallback: string | null,
  sentence: string,
  { required = false, protocol = null }: Details = {},
): OptionRow {
  return { key, field, kind, fallback, required, protocol, sentence };
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
  row("backlog", "backlog", count, "512", "How many connections may wait to be accepted."),
  row(
    "client_connections",
    "clientConnections",
    count,
    "0",
    "How many clients may be connected; 0 means no limit.",
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
    "preconnect",
    "preconnect",
    boolean,
    "false",
    "Connects to the servers at the start, not at the first request.",
  ),
  row(
    "server_connections",
    "serverConnections",
    connectionCount,
    "1",
    "How many connections each server gets.",
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
