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
  /** `backlog` of listen(2), in connections. */
  readonly backlog: number;
  /** `client_connections`: how many clients at most; 0 means no limit. */
  readonly clientConnections: number;
  /** `redis_auth` as bytes, or null. */
  readonly redisAuth: Uint8Array | null;
  /** `redis_db`: the number that is selected on every upstream connection. */
  readonly redisDb: number;
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
  /** `server_retry_timeout` in milliseconds. */
  readonly serverRetryTimeoutMs: number;
  /** `server_failure_limit`: failures in a row that eject a server, from 1. */
  readonly serverFailureLimit: number;
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
