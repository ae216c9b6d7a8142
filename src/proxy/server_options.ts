/**
 * What the directives of a pool mean for each of its servers.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import type { LivenessPolicy } from "../liveness/server_health.ts";
import { CONNECT_TIMEOUT_MS, PROBE_JITTER, PROBE_MAX_MS } from "./limits.ts";

/** What a server is told by its pool. */
export interface ServerOptions {
  /** How many shared connections of each dialect it has. */
  readonly connections: number;
  /** How long connecting may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How often a host name is looked up again, in milliseconds; 0 for never. */
  readonly dnsRefreshMs: number;
  /** How many bytes may wait to be written to one connection; Infinity for no limit. */
  readonly queueBytesMax: number;
  /** How long a request may take in milliseconds; 0 for ever. */
  readonly timeoutMs: number;
  /** Whether to ask the kernel to probe idle connections. */
  readonly keepAlive: boolean;
  /** Whether it may be asked for the keys of several requests with one. */
  readonly joins: boolean;
  /** When it is ejected and probed. */
  readonly liveness: LivenessPolicy;
}

/**
 * Picks out what concerns the servers.
 *
 * @param config The pool.
 * @returns What each of its servers is told.
 */
export function serverOptionsOf(config: PoolConfig): ServerOptions {
  return {
    connections: config.serverConnections,
    timeoutMs: config.timeoutMs,
    connectTimeoutMs: config.connectTimeoutMs || config.timeoutMs || CONNECT_TIMEOUT_MS,
    dnsRefreshMs: config.dnsRefreshMs,
    queueBytesMax: config.serverQueueBytesMax || Infinity,
    keepAlive: config.tcpKeepalive,
    joins: config.joinsGets,
    liveness: {
      ejects: config.autoEjectHosts,
      failureLimit: config.serverFailureLimit,
      retryTimeoutMs: config.serverRetryTimeoutMs,
      backoffMaxMs: Math.max(PROBE_MAX_MS, config.serverRetryTimeoutMs),
      jitter: PROBE_JITTER,
    },
  };
}
