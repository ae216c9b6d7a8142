/**
 * Which numbers have a history: the table that sampling, `/history.json` and the page go by.
 *
 * @module
 */

import {
  type MetricRow,
  PoolMetric,
  poolMetrics,
  ProcessMetric,
  processMetrics,
  ServerMetric,
  serverMetrics,
} from "../../metrics/table.ts";

/**
 * What is sampled of a metric: how much a counter has grown, per second (`rate`); a gauge as it stands (`value`). A percentile is that of
 * the requests which were answered since the last sample.
 */
export type SeriesKind = "rate" | "value" | "percentile";

/** One series of numbers. */
export interface Series {
  /** Its name in `/history.json`. */
  readonly name: string;
  /** What is sampled. */
  readonly kind: SeriesKind;
  /** Whose metrics are added up; of a pool's servers all are. */
  readonly scope: "process" | "pool" | "server";
  /** Their indexes in the counters of the scope; none for a percentile. */
  readonly metrics: readonly number[];
  /** The share of a percentile; 0 for others. */
  readonly share: number;
}

const TABLES = { process: processMetrics, pool: poolMetrics, server: serverMetrics } as const;

function series(name: string, scope: Series["scope"], ...metrics: readonly number[]): Series {
  const kind = TABLES[scope][metrics[0]].kind === "counter" ? "rate" : "value";
  return Object.freeze({ name, kind, scope, metrics, share: 0 });
}

function percentile(name: string, scope: Series["scope"], share: number): Series {
  return Object.freeze({ name, kind: "percentile", scope, metrics: [], share });
}

/** The members of a family, such as errors by cause, each under its metric's name. */
function family(name: string): Series[] {
  return poolMetrics.flatMap((row: MetricRow, i) =>
    row.family?.name === name ? [series(row.name, "pool", i)] : []
  );
}

/** What is sampled of each pool, and of all pools together. */
export const POOL_SERIES: readonly Series[] = Object.freeze([
  ...family("requests"),
  ...family("errors"),
  series("slow_requests", "pool", PoolMetric.slowRequests),
  series("received", "pool", PoolMetric.received),
  series("sent", "pool", PoolMetric.sent),
  series("client_accepted", "pool", PoolMetric.clientAccepted),
  series("client_connections", "pool", PoolMetric.clientConnections),
  series("server_connections", "server", ServerMetric.serverConnections),
  series("in_queue", "server", ServerMetric.inQueue),
  series("out_queue", "server", ServerMetric.outQueue),
  percentile("p50_us", "server", 0.5),
  percentile("p99_us", "server", 0.99),
]);

/** What is sampled of each server. */
export const SERVER_SERIES: readonly Series[] = Object.freeze([
  series("requests", "server", ServerMetric.requests),
  series("bytes", "server", ServerMetric.requestBytes, ServerMetric.responseBytes),
  series("failures", "server", ServerMetric.serverErr, ServerMetric.serverTimedout),
  series("queue", "server", ServerMetric.inQueue, ServerMetric.outQueue),
  percentile("p50_us", "server", 0.5),
  percentile("p99_us", "server", 0.99),
]);

/** What is sampled of the process itself; the percentile is that of how late the event loop's timers were. */
export const PROCESS_SERIES: readonly Series[] = Object.freeze([
  series("resident_memory", "process", ProcessMetric.residentMemory),
  series("mbuf_used", "process", ProcessMetric.mbufUsed),
  percentile("event_loop_lag_us", "process", 0.99),
]);
