/**
 * The statistics in Prometheus' text format, version 0.0.4.
 *
 * Names follow its rules: `nutcracker_<scope>_<what>_<base unit>`, counters end in `_total`, times are seconds. All lines
 * of a name stand together, behind its HELP and TYPE.
 *
 * @module
 */

import { bucketOf, BUCKETS, countOf } from "../metrics/histogram.ts";
import { COMMAND_CLASSES } from "../metrics/latency.ts";
import type { PoolSnapshot, ProcessSnapshot, ServerSnapshot, WorkerSnapshot } from "../metrics/snapshot.ts";
import {
  eventLoopLagMetric,
  histogramMetrics,
  type MetricRow,
  poolMetrics,
  processMetrics,
  serverMetrics,
  workerMetrics,
} from "../metrics/table.ts";

/** The type of the text. */
export const PROMETHEUS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Upper bounds of buckets, in microseconds: powers of two from 64 µs to 67 s, which are exact in the histograms. */
const BOUNDS_US: readonly number[] = Array.from({ length: 21 }, (_, i) => 2 ** (i + 6));
/** For each bound the first of the histograms' buckets that does not count to it. */
const BOUND_BUCKETS: readonly number[] = BOUNDS_US.map((bound) => bucketOf(bound));
/** The bounds as they are written, in seconds. */
const BOUND_TEXTS: readonly string[] = BOUNDS_US.map((bound) => `${bound / 1_000_000}`);
/** Where the sum of a histogram is. */
const SUM = BUCKETS;

/** What tells a sample from others of its name: values by the names of the labels. */
export type Labels = Readonly<Record<string, string>>;

/** A thing that has the numbers of a scope, with the labels that tell it from others. */
interface Subject {
  readonly labels: Labels;
  readonly values: Float64Array;
}

function escapeLabel(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function formatHead(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
}

/**
 * Names a metric: its scope, itself, its unit if the name does not have it yet, `_total` for a counter.
 *
 * @param row The metric.
 * @returns Its name for Prometheus.
 */
export function metricName(row: MetricRow): string {
  const base = row.family?.name ?? row.name;
  const prefix = `${row.scope}_`;
  let name = `nutcracker_${prefix}${base.startsWith(prefix) ? base.slice(prefix.length) : base}`;
  const unit = row.unit === "microseconds" ? "timestamp_seconds" : row.unit;
  if ((unit === "bytes" || unit.endsWith("seconds")) && !name.endsWith(`_${unit}`)) name += `_${unit}`;
  return row.kind === "counter" ? `${name}_total` : name;
}

/** A number in base units; a timestamp of 0 means never, and stays 0. */
function baseValue(row: MetricRow, value: number): number {
  return row.unit === "microseconds" ? value / 1_000_000 : value;
}

function* rowPieces(rows: readonly MetricRow[], subjects: readonly Subject[]): Generator<string> {
  const names = rows.map(metricName);
  for (const [first, row] of rows.entries()) {
    const name = names[first];
    if (names.indexOf(name) !== first) continue;
    const help = (row.family?.sentence ?? row.sentence).replace(/^# /, "number of ");
    let text = formatHead(name, row.kind === "counter" ? "counter" : "gauge", help);
    for (let index = first; index < rows.length; index++) {
      if (names[index] !== name) continue;
      const { family } = rows[index];
      for (const { labels, values } of subjects) {
        const all = family === null ? labels : { ...labels, [family.label]: family.value };
        text += `${name}${formatLabels(all)} ${baseValue(rows[index], values[index])}\n`;
      }
    }
    yield text;
  }
}

/**
 * Formats one histogram of durations.
 *
 * @param name Its name.
 * @param labels What tells it from others of that name.
 * @param histogram Its numbers, in microseconds.
 * @returns Its lines, without HELP and TYPE.
 */
export function formatHistogram(name: string, labels: Labels, histogram: Float64Array): string {
  const own = formatLabels(labels);
  // There are dozens of buckets to a server: what is the same in all of them is put together once.
  const open = `${name}_bucket${own === "" ? "{" : `${own.slice(0, -1)},`}le="`;
  let text = "";
  let count = 0;
  let bucket = 0;
  for (let i = 0; i < BOUND_BUCKETS.length; i++) {
    for (; bucket < BOUND_BUCKETS[i]; bucket++) count += histogram[bucket];
    text += `${open}${BOUND_TEXTS[i]}"} ${count}\n`;
  }
  for (; bucket < BUCKETS; bucket++) count += histogram[bucket];
  text += `${open}+Inf"} ${count}\n`;
  text += `${name}_sum${own} ${histogram[SUM] / 1_000_000}\n`;
  return `${text}${name}_count${own} ${count}\n`;
}

/**
 * A class of which a server has had no request yet is left out: most servers never see all of them, and a histogram is two dozen
 * series.
 */
function* latencyPieces(servers: readonly { labels: Labels; server: ServerSnapshot }[]): Generator<string> {
  for (const { name, stage, sentence } of histogramMetrics) {
    const full = `nutcracker_server_${name}_seconds`;
    yield formatHead(full, "histogram", `how long requests take ${sentence}`);
    for (const { labels, server } of servers) {
      for (const commandClass of COMMAND_CLASSES) {
        const histogram = server.latency.histogram(commandClass, stage);
        if (countOf(histogram) === 0) continue;
        yield formatHistogram(full, { ...labels, class: commandClass }, histogram);
      }
    }
  }
}

function serversOf(pools: readonly PoolSnapshot[]): { labels: Labels; server: ServerSnapshot }[] {
  return pools.flatMap((pool) =>
    pool.servers.map((server) => ({
      labels: { pool: pool.name, server: server.name, address: server.address },
      server,
    }))
  );
}

/** With a single event loop there is nothing to tell apart. */
function* workerPieces(workers: readonly WorkerSnapshot[]): Generator<string> {
  if (workers.length === 0) return;
  const subjects = workers.map(({ worker, values, eventLoopLag }) => ({
    labels: { worker: `${worker}` },
    values,
    eventLoopLag,
  }));
  const lag = `nutcracker_worker_${eventLoopLagMetric.name}_seconds`;
  yield* rowPieces(workerMetrics, subjects);
  yield formatHead(lag, "histogram", `${eventLoopLagMetric.sentence}, of each worker`);
  for (const { labels, eventLoopLag } of subjects) yield formatHistogram(lag, labels, eventLoopLag);
}

/**
 * Formats a snapshot piece by piece, so that many servers do not have to be formatted in one go. A histogram is read when
 * its piece is made.
 *
 * @param snapshot All numbers of the process.
 * @returns The text; each piece is whole lines of one metric.
 */
export function* prometheusPieces(snapshot: ProcessSnapshot): Generator<string> {
  const { pools, version, source, workers } = snapshot;
  const servers = serversOf(pools);
  const info = "nutcracker_build_info";
  const lag = `nutcracker_process_${eventLoopLagMetric.name}_seconds`;
  yield formatHead(info, "gauge", "which program this is; always 1");
  yield `${info}${formatLabels({ version, source })} 1\n`;
  yield* rowPieces(processMetrics, [{ labels: {}, values: snapshot.values }]);
  yield formatHead(lag, "histogram", eventLoopLagMetric.sentence);
  yield formatHistogram(lag, {}, snapshot.eventLoopLag);
  yield* workerPieces(workers);
  yield* rowPieces(poolMetrics, pools.map(({ name, values }) => ({ labels: { pool: name }, values })));
  yield* rowPieces(serverMetrics, servers.map(({ labels, server }) => ({ labels, values: server.values })));
  yield* latencyPieces(servers);
}
