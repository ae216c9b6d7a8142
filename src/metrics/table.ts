/**
 * THE table of metrics: whatever shows them, and `--describe-stats`, derives from it.
 *
 * @module
 */

/** What a metric belongs to. */
export type MetricScope = "pool" | "server";

/** How a metric moves: only up, up and down, or as a point in time. */
export type MetricKind = "counter" | "gauge" | "timestamp";

/** One metric. */
export interface MetricRow {
  /** Its name in the statistics. */
  readonly name: string;
  /** How it moves. */
  readonly kind: MetricKind;
  /** What is counted. */
  readonly unit: string;
  /** What it says, in the reference's words. */
  readonly sentence: string;
  /** What it belongs to. */
  readonly scope: MetricScope;
}

function metricRow(
  scope: MetricScope,
  name: string,
  kind: MetricKind,
  unit: string,
  sentence: string,
): MetricRow {
  return Object.freeze({ name, kind, unit, sentence, scope });
}

/** The metrics of a pool, in the reference's order. */
export const poolMetrics: readonly MetricRow[] = Object.freeze([
  metricRow("pool", "client_eof", "counter", "connections", "# eof on client connections"),
  metricRow("pool", "client_err", "counter", "connections", "# errors on client connections"),
  metricRow("pool", "client_connections", "gauge", "connections", "# active client connections"),
  metricRow("pool", "server_ejects", "counter", "ejections", "# times backend server was ejected"),
  metricRow("pool", "forward_error", "counter", "errors", "# times we encountered a forwarding error"),
  metricRow("pool", "fragments", "counter", "requests", "# fragments created from a multi-vector request"),
]);

/** The metrics of a server, in the reference's order. */
export const serverMetrics: readonly MetricRow[] = Object.freeze([
  metricRow("server", "server_eof", "counter", "connections", "# eof on server connections"),
  metricRow("server", "server_err", "counter", "connections", "# errors on server connections"),
  metricRow("server", "server_timedout", "counter", "timeouts", "# timeouts on server connections"),
  metricRow("server", "server_connections", "gauge", "connections", "# active server connections"),
  metricRow(
    "server",
    "server_ejected_at",
    "timestamp",
    "microseconds",
    "timestamp when server was ejected in usec since epoch",
  ),
  metricRow("server", "requests", "counter", "requests", "# requests"),
  metricRow("server", "request_bytes", "counter", "bytes", "total request bytes"),
  metricRow("server", "responses", "counter", "responses", "# responses"),
  metricRow("server", "response_bytes", "counter", "bytes", "total response bytes"),
  metricRow("server", "in_queue", "gauge", "requests", "# requests in incoming queue"),
  metricRow("server", "in_queue_bytes", "gauge", "bytes", "current request bytes in incoming queue"),
  metricRow("server", "out_queue", "gauge", "requests", "# requests in outgoing queue"),
  metricRow("server", "out_queue_bytes", "gauge", "bytes", "current request bytes in outgoing queue"),
]);

/**
 * Where each metric of a pool is in its counters: the index of its row.
 *
 * Written out, because an object that is built from the table at run time is no constant to the optimizing compiler.
 */
export const PoolMetric = {
  clientEof: 0,
  clientErr: 1,
  clientConnections: 2,
  serverEjects: 3,
  forwardError: 4,
  fragments: 5,
} as const;

/** Where each metric of a server is in its counters: the index of its row. */
export const ServerMetric = {
  serverEof: 0,
  serverErr: 1,
  serverTimedout: 2,
  serverConnections: 3,
  serverEjectedAt: 4,
  requests: 5,
  requestBytes: 6,
  responses: 7,
  responseBytes: 8,
  inQueue: 9,
  inQueueBytes: 10,
  outQueue: 11,
  outQueueBytes: 12,
} as const;

/**
 * Gives the rows of a scope.
 *
 * @param scope Which one.
 * @returns Its metrics, in the order of their counters.
 */
export function metricsOf(scope: MetricScope): readonly MetricRow[] {
  return scope === "pool" ? poolMetrics : serverMetrics;
}
