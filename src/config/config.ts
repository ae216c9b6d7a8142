/**
 * The configuration as the rest of the program sees it: checked, complete, frozen.
 *
 * @module
 */

import type { DistributionName } from "../distribution/names.ts";
import type { HashName } from "../hashkit/names.ts";
import type { Address } from "../net/address.ts";

/** Which protocol a pool speaks. */
export type ProtocolName = "redis" | "memcache";

/**
 * What becomes of keys whose server is ejected: they go to the servers that are left (`rehash`), their requests fail at
 * once (`error`), or the keys count as not there (`miss`).
 */
export type EjectPolicy = (typeof EJECT_POLICIES)[number];

/** Every {@link EjectPolicy}. */
export const EJECT_POLICIES = ["rehash", "error", "miss"] as const;

/** What stands for a key of a multi-key read whose server failed: the whole reply is an `error`, or the key is `nil`. */
export type PartialFailure = (typeof PARTIAL_FAILURES)[number];

/** Every {@link PartialFailure}. */
export const PARTIAL_FAILURES = ["error", "nil"] as const;

/** Where a pool accepts its clients. */
export interface ListenConfig {
  /** The `listen` value as the file spells it. */
  readonly text: string;
  /** What to bind. */
  readonly address: Address;
  /** File mode for a Unix socket, 0 to 0o777; null leaves what the umask gives. */
  readonly mode: number | null;
}

/** One cache server of a pool. */
export interface ServerConfig {
  /** The name on the ring and in the statistics; unique in its pool. */
  readonly name: string;
  /** Where it listens. */
  readonly address: Address;
  /** Its share of the ring, from 1. */
  readonly weight: number;
}

/** A user that clients may log in as. */
export interface ClientUser {
  /** Its name; clients that give only a password are `default`. */
  readonly name: string;
  /** Its password; null if any is right, and for `default` none is needed. */
  readonly password: Uint8Array | null;
  /** Whether it may not write. */
  readonly readOnly: boolean;
  /** What the keys begin with that it may use; null for all keys. */
  readonly keys: readonly string[] | null;
}

/** Users in a file of their own. */
export interface ClientUserFile {
  /** The file's path as it was given. */
  readonly path: string;
  /** The users in it. */
  readonly users: readonly ClientUser[];
}

/** As whom servers are used. */
export interface ServerAuth {
  /** The user; null means that only a password is sent. */
  readonly user: string | null;
  /** Its password. */
  readonly password: Uint8Array;
  /** Whether memcached servers are given both by SASL; otherwise in the text protocol. */
  readonly sasl: boolean;
}

/** Where the keys of a command are; see `commands`. */
export interface CustomCommand {
  /** The argument index of the first key; 0 for a command without keys. */
  readonly first: number;
  /** The argument index of the last key; negative from the end. */
  readonly last: number;
  /** From one key to the next. */
  readonly step: number;
}

/** `commands`. */
export interface CommandRules {
  /** `deny`: names in upper case; that of a subcommand stands behind its command's and `|`. */
  readonly deny: readonly string[];
  /** `custom`, by names in upper case. */
  readonly custom: Readonly<Record<string, CustomCommand>>;
}

/** One pool: a port for clients and the servers behind it. */
export interface PoolConfig {
  /** Its name in the file. */
  readonly name: string;
  /** `redis: true` or not. */
  readonly protocol: ProtocolName;
  /** `listen`. */
  readonly listen: ListenConfig;
  /** `hash`. */
  readonly hash: HashName;
  /** `hash_tag`: the opening and the closing byte, or null. */
  readonly hashTag: readonly [number, number] | null;
  /** `distribution`. */
  readonly distribution: DistributionName;
  /** `timeout` in milliseconds; 0 means none. */
  readonly timeoutMs: number;
  /** `connect_timeout` in milliseconds; 0 means as long as `timeout`, or else a default. */
  readonly connectTimeoutMs: number;
  /** `backlog` of listen(2), in connections. */
  readonly backlog: number;
  /** `client_connections`: how many clients at most; 0 means no limit. */
  readonly clientConnections: number;
  /** `client_idle_timeout` in milliseconds: after so long without a request a client is closed; 0 means never. */
  readonly clientIdleTimeoutMs: number;
  /** `client_timeout` in milliseconds: a client that takes none of its replies for so long is closed; 0 means never. */
  readonly clientTimeoutMs: number;
  /** `client_output_buffer_limit` in bytes: with more replies to take, a client is not read. */
  readonly clientOutputBytesMax: number;
  /** `client_requests_limit`: how many requests of one client may be under way, from 1. */
  readonly clientRequestsMax: number;
  /** `redis_auth` as bytes, or null. */
  readonly redisAuth: Uint8Array | null;
  /** `redis_db`: the number that is selected on every upstream connection. */
  readonly redisDb: number;
  /** `databases`: how many databases clients may select, from 0 on; null means only that of `redis_db`. */
  readonly databases: number | null;
  /** `client_auth`: who may use the pool, or null. */
  readonly clientAuth: readonly ClientUser[] | null;
  /** `client_auth_file`: who may use it besides, or null. */
  readonly clientAuthFile: ClientUserFile | null;
  /** `server_auth`: as whom the servers are used, or null. */
  readonly serverAuth: ServerAuth | null;
  /** `tcpkeepalive`. */
  readonly tcpKeepalive: boolean;
  /** `reuseport`. */
  readonly reusePort: boolean;
  /** `preconnect`. */
  readonly preconnect: boolean;
  /** `auto_eject_hosts`. */
  readonly autoEjectHosts: boolean;
  /** `server_connections`: shared connections to each server, from 1. */
  readonly serverConnections: number;
  /** `private_connections`: how many connections to servers clients may have to themselves; 0 means no limit. */
  readonly privateConnections: number;
  /** `server_retry_timeout` in milliseconds. */
  readonly serverRetryTimeoutMs: number;
  /** `server_failure_limit`: failures in a row that eject a server, from 1. */
  readonly serverFailureLimit: number;
  /** `server_queue_limit` in bytes: how much may wait to be written to one connection of a server; 0 means no limit. */
  readonly serverQueueBytesMax: number;
  /** `eject_policy`. */
  readonly ejectPolicy: EjectPolicy;
  /** `eject_last`: whether the last live server may be ejected too. */
  readonly ejectLast: boolean;
  /** `allow_dangerous`. */
  readonly allowDangerous: boolean;
  /** `commands`, or null. */
  readonly commands: CommandRules | null;
  /** `mget_on_error`. */
  readonly partialFailure: PartialFailure;
  /** `join_gets`: whether servers may be asked for the keys of several requests with one. */
  readonly joinsGets: boolean;
  /** `dns_refresh` in milliseconds: how often host names of servers are looked up again; 0 means only to connect. */
  readonly dnsRefreshMs: number;
  /** `max_request_size` in bytes: how long a request may be that is gathered as a whole. */
  readonly requestBytesMax: number;
  /** `max_key_size` in bytes; null means as the protocol's own servers have it. */
  readonly keyBytesMax: number | null;
  /** `max_arguments`: how many arguments a request may have, the command's name included. */
  readonly argumentsMax: number;
  /** `ready_min_servers`: how many live servers the pool needs to be ready. */
  readonly readyServersMin: number;
  /** `slowlog_threshold` in milliseconds: requests that take longer are kept to look at; 0 means none are. */
  readonly slowlogThresholdMs: number;
  /** `mask_keys`: whether keys are left out of the slow log and the access log. */
  readonly maskKeys: boolean;
  /** The servers in ring order: shorter name first, then byte order. */
  readonly servers: readonly ServerConfig[];
}

/** A whole configuration file. */
export interface Config {
  /** The file's path as it was given. */
  readonly path: string;
  /** The pools in the order of their names: shorter first, then byte order. */
  readonly pools: readonly PoolConfig[];
}
