/**
 * All statistics as JSON: what the reference's has, and everything else.
 *
 * The reference's shape has no room for more: its readers take every object in a pool for a server. So pools and servers
 * are lists here, and each keeps its numbers under the names of the table.
 *
 * @module
 */

import { countOf, quantile } from "../metrics/histogram.ts";
import { COMMAND_CLASSES, LatencyView, STAGES } from "../metrics/latency.ts";
import type { PoolSnapshot, ProcessSnapshot, ServerSnapshot } from "../metrics/snapshot.ts";
import { type MetricRow, poolMetrics, processMetrics, serverMetrics } from "../metrics/table.ts";
import { isReady, liveServers } from "./readiness.ts";

type Numbers = Record<string, number>;

/** Which percentiles are shown, as shares. */
const SHARES: Readonly<Record<string, number>> = {
  p50_us: 0.5,
  p90_us: 0.9,
  p99_us: 0.99,
  p999_us: 0.999,
  max_us: 1,
};

function numbersOf(rows: readonly MetricRow[], values: Float64Array): Numbers {
  return Object.fromEntries(rows.map(({ name }, index) => [name, values[index]]));
}

function percentiles(histogram: Float64Array): Numbers {
  const shown = Object.entries(SHARES).map(([name, share]) => [name, quantile(histogram, share)]);
  return { count: countOf(histogram), ...Object.fromEntries(shown) };
}

function latencyOf(latency: LatencyView): Record<string, Record<string, Numbers>> {
  return Object.fromEntries(
    [...COMMAND_CLASSES, null].map((commandClass) => [
      commandClass ?? "all",
      Object.fromEntries(STAGES.map((stage) => [stage, percentiles(latency.histogram(commandClass, stage))])),
    ]),
  );
}

function describeServer(server: ServerSnapshot): Record<string, unknown> {
  const { name, address, state, stateAgeMs, values, latency } = server;
  return {
    name,
    address,
    state,
    state_age_ms: stateAgeMs,
    metrics: numbersOf(serverMetrics, values),
    latency: latencyOf(latency),
  };
}

function describePool(pool: PoolSnapshot): Record<string, unknown> {
  return {
    name: pool.name,
    ready: isReady(pool),
    live_servers: liveServers(pool),
    metrics: numbersOf(poolMetrics, pool.values),
    latency: latencyOf(LatencyView.merge(pool.servers.map(({ latency }) => latency))),
    servers: pool.servers.map(describeServer),
  };
}

/**
 * Formats a snapshot.
 *
 * @param snapshot All numbers of the process.
 * @returns One line of JSON, line feed included.
 */
export function formatFullStats(snapshot: ProcessSnapshot): string {
  const { service, source, version, uptimeSeconds, timestampSeconds, totalConnections, currConnections } =
    snapshot;
  return `${
    JSON.stringify({
      service,
      source,
      version,
      uptime: uptimeSeconds,
      timestamp: timestampSeconds,
      total_connections: totalConnections,
      curr_connections: currConnections,
      metrics: numbersOf(processMetrics, snapshot.values),
      event_loop_lag: percentiles(snapshot.eventLoopLag),
      pools: snapshot.pools.map(describePool),
    })
  }\n`;
}
