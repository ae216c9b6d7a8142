/**
 * THE table of metrics: whatever shows them, and `--describe-stats`, derives from it.
 *
 * @module
 */

import type { Stage } from "./latency.ts";

/** What a metric belongs to. */
export type MetricScope = "process" | "pool" | "server" | "worker";

/** How a metric moves: only up, up and down, or as a point in time. */
export type MetricKind = "counter" | "gauge" | "timestamp";

/** How the numbers of several workers become one: added up, or the latest, or the worst. */
export type MetricMerge = "sum" | "max" | "min";

/** What makes one Prometheus metric of several rows. */
export interface MetricFamily {
  /** The name that they share, without prefix and suffix. */
  readonly name: string;
  /** The label that tells them apart. */
  readonly label: string;
  /** Its value for this row. */
  readonly value: string;
  /** What the family counts. */
  readonly sentence: string;
}

/** One metric. */
export interface MetricRow {
  /** Its name in the statistics. */
  readonly name: string;
  /** How it moves. */
  readonly kind: MetricKind;
  /** What is counted. */
  readonly unit: string;
  /** What it says, in the reference's words where the reference has it. */
  readonly sentence: string;
  /** What it belongs to. */
  readonly scope: MetricScope;
  /** Whether the reference does not have it; its JSON then does not show it. */
  readonly own: boolean;
  /** What it is a part of for Prometheus; null if it stands alone. */
  readonly family: MetricFamily | null;
  /** How the numbers of several workers become one. */
  readonly merge: MetricMerge;
}

function metricRow(
  scope: MetricScope,
  name: string,
  kind: MetricKind,
  unit: string,
  sentence: string,
): MetricRow {
  const merge = kind === "timestamp" ? "max" : "sum";
  return Object.freeze({ name, kind, unit, sentence, scope, own: false, family: null, merge });
}

function ownRow(
  scope: MetricScope,
  name: string,
  kind: MetricKind,
  unit: string,
  sentence: string,
): MetricRow {
  return Object.freeze({ ...metricRow(scope, name, kind, unit, sentence), own: true });
}

function requestsRow(value: string, sentence: string): MetricRow {
  const family = {
    name: "requests",
    label: "class",
    value,
    sentence: "requests of clients, by what they do",
  };
  return Object.freeze({ ...ownRow("pool", `requests_${value}`, "counter", "requests", sentence), family });
}

function errorRow(value: string, sentence: string): MetricRow {
  const family = { name: "errors", label: "cause", value, sentence: "what went wrong for clients, by cause" };
  return Object.freeze({ ...ownRow("pool", `error_${value}`, "counter", "errors", sentence), family });
}

/** The metrics of the process; the statistics take them from where they are. */
export const processMetrics: readonly MetricRow[] = Object.freeze([
  ownRow("process", "uptime", "gauge", "seconds", "seconds since the start"),
  ownRow("process", "connections_opened", "counter", "connections", "# connections ever opened"),
  ownRow("process", "connections", "gauge", "connections", "# open connections: clients, servers, listeners"),
  ownRow("process", "mbuf_used", "gauge", "bytes", "bytes of mbufs in use"),
  ownRow("process", "mbuf_free", "gauge", "bytes", "bytes of mbufs that wait for reuse"),
  ownRow("process", "resident_memory", "gauge", "bytes", "resident memory of the process"),
  ownRow(
    "process",
    "config_generation",
    "gauge",
    "",
    "# configurations that were in force, this one included",
  ),
  ownRow("process", "config_age", "gauge", "seconds", "seconds since the configuration was loaded"),
  ownRow("process", "workers", "gauge", "", "# workers that serve clients"),
  ownRow("process", "worker_restarts", "counter", "restarts", "# workers that ended and were started again"),
]);

/** The metrics of a pool: the reference's in its order, then our own. */
export const poolMetrics: readonly MetricRow[] = Object.freeze([
  metricRow("pool", "client_eof", "counter", "connections", "# eof on client connections"),
  metricRow("pool", "client_err", "counter", "connections", "# errors on client connections"),
  metricRow("pool", "client_connections", "gauge", "connections", "# active client connections"),
  metricRow("pool", "server_ejects", "counter", "ejections", "# times backend server was ejected"),
  metricRow("pool", "forward_error", "counter", "errors", "# times we encountered a forwarding error"),
  metricRow("pool", "fragments", "counter", "requests", "# fragments created from a multi-vector request"),
  requestsRow("other", "# requests without a key, and those that the proxy answered itself"),
  requestsRow("read", "# requests that read"),
  requestsRow("write", "# requests that write"),
  errorRow("refused", "# requests whose server refused the connection"),
  errorRow("timed_out", "# requests that were not answered in time"),
  errorRow("reset", "# requests whose server ended the connection"),
  errorRow("protocol", "# requests whose server broke the protocol or refused the login"),
  errorRow("ejected", "# requests whose server is ejected"),
  errorRow("queue_full", "# requests whose server has too much to do"),
  errorRow("other", "# requests that failed otherwise, such as when the proxy stops"),
  errorRow("cross_slot", "# requests whose keys would have to be on one server and are not"),
  errorRow("out_of_memory", "# requests refused because the proxy holds too much"),
  errorRow("client_protocol", "# clients that broke the protocol"),
  errorRow("request_too_long", "# clients whose request was too long"),
  errorRow("client_limit", "# clients turned away because there were too many"),
  ownRow("pool", "client_accepted", "counter", "connections", "# client connections ever accepted"),
  ownRow("pool", "received", "counter", "bytes", "bytes read from clients"),
  ownRow("pool", "sent", "counter", "bytes", "bytes written to clients"),
  ownRow(
    "pool",
    "slow_requests",
    "counter",
    "requests",
    "# requests that took longer than slowlog_threshold",
  ),
  errorRow("private_limit", "# requests refused because private_connections are in use"),
  ownRow(
    "pool",
    "private_connections",
    "gauge",
    "connections",
    "# server connections that a client has to itself: transactions, requests that wait, subscriptions",
  ),
  ownRow("pool", "subscribers", "gauge", "connections", "# clients that listen to channels"),
  ownRow(
    "pool",
    "subscribers_dropped",
    "counter",
    "connections",
    "# clients closed because they did not take the messages of their channels",
  ),
]);

/** The metrics of a server: the reference's in its order, then our own. */
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
  Object.freeze({
    ...ownRow("server", "live", "gauge", "", "1 while the server takes requests, 0 while it is ejected"),
    merge: "min",
  }),
  Object.freeze({
    ...ownRow(
      "server",
      "failing",
      "gauge",
      "",
      "1 while the server has failed server_failure_limit times in a row and is not ejected for it",
    ),
    merge: "max",
  }),
]);

/** The metrics of one worker of several; with one worker they are those of the process. */
export const workerMetrics: readonly MetricRow[] = Object.freeze([
  ownRow("worker", "up", "gauge", "", "1 while the worker serves clients"),
  ownRow("worker", "uptime", "gauge", "seconds", "seconds since the worker was started"),
  ownRow("worker", "restarts", "counter", "restarts", "# times the worker ended and was started again"),
  ownRow("worker", "connections_opened", "counter", "connections", "# connections ever opened"),
  ownRow("worker", "connections", "gauge", "connections", "# open connections: clients, servers, listeners"),
  ownRow("worker", "client_connections", "gauge", "connections", "# active client connections"),
  ownRow("worker", "requests", "counter", "requests", "# requests of clients"),
  ownRow("worker", "mbuf_used", "gauge", "bytes", "bytes of mbufs in use"),
  ownRow("worker", "mbuf_free", "gauge", "bytes", "bytes of mbufs that wait for reuse"),
]);

/** One histogram that each server has per class of commands; all are in seconds for Prometheus. */
export interface HistogramRow {
  /** Its name. */
  readonly name: string;
  /** Which part of a request's way it times. */
  readonly stage: Stage;
  /** What it says. */
  readonly sentence: string;
}

/** How late the timers of the event loop are: the one histogram of the process. */
export const eventLoopLagMetric: { readonly name: string; readonly sentence: string } = Object.freeze({
  name: "event_loop_lag",
  sentence: "how late the timers of the event loop are",
});

/** The histograms of a server. */
export const histogramMetrics: readonly HistogramRow[] = Object.freeze([
  { name: "queue_duration", stage: "queue", sentence: "from queued in the proxy to written to the server" },
  { name: "response_duration", stage: "server", sentence: "from written to the server to the reply's end" },
  { name: "request_duration", stage: "total", sentence: "from queued in the proxy to the reply's end" },
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
  requestsOther: 6,
  requestsRead: 7,
  requestsWrite: 8,
  errorRefused: 9,
  errorTimedOut: 10,
  errorReset: 11,
  errorProtocol: 12,
  errorEjected: 13,
  errorQueueFull: 14,
  errorOther: 15,
  errorCrossSlot: 16,
  errorOutOfMemory: 17,
  errorClientProtocol: 18,
  errorRequestTooLong: 19,
  errorClientLimit: 20,
  clientAccepted: 21,
  received: 22,
  sent: 23,
  slowRequests: 24,
  errorPrivateLimit: 25,
  privateConnections: 26,
  subscribers: 27,
  subscribersDropped: 28,
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
  live: 13,
  failing: 14,
} as const;

/** Where each metric of the process is in its numbers: the index of its row. */
export const ProcessMetric = {
  uptime: 0,
  connectionsOpened: 1,
  connections: 2,
  mbufUsed: 3,
  mbufFree: 4,
  residentMemory: 5,
  configGeneration: 6,
  configAge: 7,
  workers: 8,
  workerRestarts: 9,
} as const;

/** Where each metric of a worker is in its numbers: the index of its row. */
export const WorkerMetric = {
  up: 0,
  uptime: 1,
  restarts: 2,
  connectionsOpened: 3,
  connections: 4,
  clientConnections: 5,
  requests: 6,
  mbufUsed: 7,
  mbufFree: 8,
} as const;

const ROWS: Readonly<Record<MetricScope, readonly MetricRow[]>> = {
  process: processMetrics,
  pool: poolMetrics,
  server: serverMetrics,
  worker: workerMetrics,
};

/**
 * Gives the rows of a scope.
 *
 * @param scope Which one.
 * @returns Its metrics, in the order of their counters.
 */
export function metricsOf(scope: MetricScope): readonly MetricRow[] {
  return ROWS[scope];
}
