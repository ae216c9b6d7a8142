// Snapshots for the tests of the statistics.
import { HISTOGRAM_LENGTH } from "../../../src/metrics/histogram.ts";
import { LatencyView } from "../../../src/metrics/latency.ts";
import type { PoolSnapshot, ProcessSnapshot, WorkerSnapshot } from "../../../src/metrics/snapshot.ts";
import {
  poolMetrics,
  processMetrics,
  ServerMetric,
  serverMetrics,
  workerMetrics,
} from "../../../src/metrics/table.ts";

/** Makes a pool whose numbers count up from `first`. */
export function makePool(name: string, servers: readonly string[], first = 0): PoolSnapshot {
  const values = (length: number, start: number) => Float64Array.from({ length }, (_, i) => start + i);
  return {
    name,
    protocol: "redis",
    address: "127.0.0.1:22121",
    readyServersMin: 1,
    values: values(poolMetrics.length, first),
    servers: servers.map((server, i) => ({
      name: server,
      address: `10.0.0.${i + 1}:6379`,
      weight: 1,
      state: "live",
      stateAgeMs: null,
      latency: new LatencyView(),
      values: values(serverMetrics.length, first + 100 * (i + 1)).fill(0, ServerMetric.failing),
    })),
  };
}

/** Makes a worker whose numbers count up from `first`, and whose event loop was never late. */
export function makeWorker(worker: number, first: number): WorkerSnapshot {
  return {
    worker,
    state: "running",
    values: Float64Array.from({ length: workerMetrics.length }, (_, i) => first + i),
    eventLoopLag: new Float64Array(HISTOGRAM_LENGTH),
  };
}

/** Makes a snapshot of a process with some pools. */
export function makeSnapshot(
  pools: readonly PoolSnapshot[],
  changes: Partial<ProcessSnapshot> = {},
): ProcessSnapshot {
  return {
    service: "nutcracker",
    source: "host",
    version: "1.0.0",
    uptimeSeconds: 2,
    timestampSeconds: 1795162324,
    totalConnections: 12,
    currConnections: 9,
    values: Float64Array.from({ length: processMetrics.length }, (_, i) => i),
    reload: { generation: 1, sinceMs: 0, last: { ok: true, atMs: 0, lines: [] } },
    eventLoopLag: new Float64Array(HISTOGRAM_LENGTH),
    pools,
    workers: [],
    ...changes,
  };
}
