/**
 * A pool's numbers under the names that monitors of memcached look for, and under the proxy's own.
 *
 * @module
 */

import type { PoolSnapshot } from "../metrics/snapshot.ts";
import { PoolMetric, poolMetrics, ServerMetric, serverMetrics } from "../metrics/table.ts";

/** What is true of the whole process. */
export interface ProcessFacts {
  /** The process's number. */
  readonly pid: number;
  /** The program's version. */
  readonly version: string;
  /** Whole seconds since the start. */
  readonly uptimeSeconds: number;
  /** Whole seconds since the Unix epoch. */
  readonly timestampSeconds: number;
  /** How many event loops serve clients. */
  readonly threads: number;
}

/**
 * Lists the numbers of a pool; those of its servers are added up.
 *
 * @param pool All its numbers.
 * @param facts What is true of the process.
 * @returns Names and values, those first that memcached has too.
 */
export function poolStatistics(pool: PoolSnapshot, facts: ProcessFacts): [name: string, value: string][] {
  const { values, servers } = pool;
  const sum = (metric: number) => servers.reduce((total, server) => total + server.values[metric], 0);
  const rows: [string, string | number][] = [
    ["pid", facts.pid],
    ["uptime", facts.uptimeSeconds],
    ["time", facts.timestampSeconds],
    ["version", facts.version],
    ["pointer_size", 64],
    ["curr_connections", values[PoolMetric.clientConnections]],
    ["bytes_read", sum(ServerMetric.requestBytes)],
    ["bytes_written", sum(ServerMetric.responseBytes)],
    ["threads", facts.threads],
    ["pool", pool.name],
    ["servers", servers.length],
  ];
  for (const [i, { name }] of poolMetrics.entries()) rows.push([name, values[i]]);
  for (const [i, { name, kind }] of serverMetrics.entries()) {
    if (kind !== "timestamp") rows.push([name, sum(i)]);
  }
  return rows.map(([name, value]) => [name, String(value)]);
}
