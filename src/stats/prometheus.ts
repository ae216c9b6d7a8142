/**
 * The statistics in Prometheus' text format, version 0.0.4.
 *
 * Names follow its rules: `nutcracker_<scope>_<what>_<base unit>`, counters end in `_total`, times are seconds. All lines
 * of a name stand together, behind its HELP and TYPE.
 *
 * @module
 */

import { BUCKETS, bucketStart } from "../metrics/histogram.ts";
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

function formatRows(rows: readonly MetricRow[], subjects: readonly Subject[]): string {
  let text = "";
  const seen = new Set<string>();
  for (const row of rows) {
    const name = metricName(row);
    if (seen.has(name)) continue;
    seen.add(name);
    const help = (row.family?.sentence ?? row.sentence).replace(/^# /, "number of ");
    text += formatHead(name, row.kind === "counter" ? "counter" : "gauge", help);
    rows.forEach((member, index) => {
      if (metricName(member) !== name) return;
      const { family } = member;
      for (const { labels, values } of subjects) {
        const all = family === null ? labels : { ...labels, [family.label]: family.value };
        text += `${name}${formatLabels(all)} ${baseValue(member, values[index])}\n`;
      }
    });
  }
  return text;
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
  let text = "";
  let count = 0;
  let bucket = 0;
  for (const bound of BOUNDS_US) {
    for (; bucketStart(bucket) < bound; bucket++) count += histogram[bucket];
    text += `${name}_bucket${formatLabels({ ...labels, le: `${bound / 1_000_000}` })} ${count}\n`;
  }
  for (; bucket < BUCKETS; bucket++) count += histogram[bucket];
  text += `${name}_bucket${formatLabels({ ...labels, le: "+Inf" })} ${count}\n`;
  text += `${name}_sum${formatLabels(labels)} ${histogram[SUM] / 1_000_000}\n`;
  return `${text}${name}_count${formatLabels(labels)} ${count}\n`;
}

function formatLatencies(servers: readonly { labels: Labels; server: ServerSnapshot }[]): string {
  return histogramMetrics.map(({ name, stage, sentence }) => {
    const full = `nutcracker_server_${name}_seconds`;
    const lines = servers.flatMap(({ labels, server }) =>
      COMMAND_CLASSES.map((commandClass) =>
        formatHistogram(
          full,
          { ...labels, class: commandClass },
          server.latency.histogram(commandClass, stage),
        )
      )
    );
    return formatHead(full, "histogram", `how long requests take ${sentence}`) + lines.join("");
  }).join("");
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
function formatWorkers(workers: readonly WorkerSnapshot[]): string {
  if (workers.length === 0) return "";
  const subjects = workers.map(({ worker, values, eventLoopLag }) => ({
    labels: { worker: `${worker}` },
    values,
    eventLoopLag,
  }));
  const lag = `nutcracker_worker_${eventLoopLagMetric.name}_seconds`;
  return [
    formatRows(workerMetrics, subjects),
    formatHead(lag, "histogram", `${eventLoopLagMetric.sentence}, of each worker`),
    ...subjects.map(({ labels, eventLoopLag }) => formatHistogram(lag, labels, eventLoopLag)),
  ].join("");
}

/**
 * Formats a snapshot.
 *
 * @param snapshot All numbers of the process.
 * @returns The whole text.
 */
export function formatPrometheus(snapshot: ProcessSnapshot): string {
  const { pools, version, source, workers } = snapshot;
  const servers = serversOf(pools);
  const info = "nutcracker_build_info";
  const lag = `nutcracker_process_${eventLoopLagMetric.name}_seconds`;
  return [
    formatHead(info, "gauge", "which program this is; always 1"),
    `${info}${formatLabels({ version, source })} 1\n`,
    formatRows(processMetrics, [{ labels: {}, values: snapshot.values }]),
    formatHead(lag, "histogram", eventLoopLagMetric.sentence),
    formatHistogram(lag, {}, snapshot.eventLoopLag),
    formatWorkers(workers),
    formatRows(poolMetrics, pools.map(({ name, values }) => ({ labels: { pool: name }, values }))),
    formatRows(serverMetrics, servers.map(({ labels, server }) => ({ labels, values: server.values }))),
    formatLatencies(servers),
  ].join("");
}
