/**
 * The numbers of a pool as one worker keeps them, and how those of all workers become one snapshot.
 *
 * ```text
 *   worker 0   PoolNumbers ─┐
 *   worker 1   PoolNumbers ─┼─▶ PoolSnapshot: every number by the rule of its row, `merge`
 *   workers that have ended ┘   (their counters stay, their gauges are gone)
 * ```
 *
 * @module
 */

import { LATENCY_LENGTH, LatencyView } from "./latency.ts";
import type { NumberMemory } from "./memory.ts";
import type { PoolSnapshot, ServerSnapshot } from "./snapshot.ts";
import { type MetricRow, poolMetrics, serverMetrics } from "./table.ts";

/** The states of a server, in the order of their numbers in {@link ServerNumbers.health}. */
export const SERVER_STATES = ["live", "ejected", "probing"] as const;

/** How many numbers {@link ServerNumbers.health} has: the state, and since when it is so. */
export const HEALTH_LENGTH = 2;

/** One server's numbers. */
export interface ServerNumbers {
  /** Its name in its pool. */
  readonly name: string;
  /** Where it is, as people write it. */
  readonly address: string;
  /** In the order of the table's server metrics. */
  readonly values: Float64Array;
  /** All its histograms. */
  readonly latency: Float64Array;
  /** Its state, an index into {@link SERVER_STATES}, and since when: milliseconds since the epoch, 0 for always. */
  readonly health: Float64Array;
}

/** One pool's numbers. */
export interface PoolNumbers {
  /** Its name. */
  readonly name: string;
  /** In the order of the table's pool metrics. */
  readonly values: Float64Array;
  /** Its servers, in the order of the configuration. */
  readonly servers: readonly ServerNumbers[];
}

/** What a pool is like, as far as snapshots tell of it. */
export interface PoolShape extends Pick<PoolSnapshot, "name" | "protocol" | "address" | "readyServersMin"> {
  /** Its servers, in the order in which they are shown. */
  readonly servers: readonly ServerShape[];
}

/** What a server is like, as far as snapshots tell of it. */
export type ServerShape = Pick<ServerSnapshot, "name" | "address" | "weight">;

/**
 * Makes numbers that all stand at zero.
 *
 * @param shape The pool and its servers.
 * @param memory Where they lie.
 * @returns The numbers.
 */
export function emptyNumbers({ name, servers }: PoolShape, memory: NumberMemory): PoolNumbers {
  return {
    name,
    values: memory(poolMetrics.length),
    servers: servers.map((server) => ({
      name: server.name,
      address: server.address,
      values: memory(serverMetrics.length),
      latency: memory(LATENCY_LENGTH),
      health: memory(HEALTH_LENGTH),
    })),
  };
}

/**
 * Makes one of several workers' numbers, each by the rule of its row.
 *
 * @param rows The rows that the numbers belong to.
 * @param several The workers' numbers.
 * @returns One number per row; all 0 if there is no worker.
 */
export function mergeValues(rows: readonly MetricRow[], several: readonly Float64Array[]): Float64Array {
  const merged = new Float64Array(rows.length);
  if (several.length === 0) return merged;
  for (const [i, { merge }] of rows.entries()) {
    const values = several.map((each) => each[i]);
    merged[i] = merge === "sum" ? values.reduce((sum, value) => sum + value) : Math[merge](...values);
  }
  return merged;
}

/**
 * Adds the counters of a worker that has ended to those of others like it. Latest times are kept; gauges end with it.
 *
 * @param total What has been kept so far.
 * @param ended The numbers of the worker's pool; servers that `total` does not have are left out.
 */
export function addEnded(total: PoolNumbers, ended: PoolNumbers): void {
  addCounters(poolMetrics, total.values, ended.values);
  for (const server of ended.servers) {
    const into = findServer(total, server);
    if (into === null) continue;
    addCounters(serverMetrics, into.values, server.values);
    for (let i = 0; i < LATENCY_LENGTH; i++) into.latency[i] += server.latency[i];
  }
}

function addCounters(rows: readonly MetricRow[], total: Float64Array, ended: Float64Array): void {
  for (const [i, { kind }] of rows.entries()) {
    if (kind === "counter") total[i] += ended[i];
    else if (kind === "timestamp") total[i] = Math.max(total[i], ended[i]);
  }
}

/**
 * Finds the numbers of a server.
 *
 * @param pool Its pool's numbers.
 * @param wanted Its name and address.
 * @returns Its numbers; null if the worker does not have it.
 */
export function findServer(
  pool: PoolNumbers,
  wanted: { readonly name: string; readonly address: string },
): ServerNumbers | null {
  return pool.servers.find(({ name, address }) => name === wanted.name && address === wanted.address) ?? null;
}

/**
 * Makes a snapshot of the numbers of all workers.
 *
 * @param shape The pool as the configuration has it.
 * @param running The numbers of the workers that run.
 * @param ended The counters of those that have ended.
 * @param nowMs The time, in milliseconds since the epoch.
 * @returns All numbers at this moment.
 */
export function mergePool(
  shape: PoolShape,
  running: readonly PoolNumbers[],
  ended: PoolNumbers | null,
  nowMs: number,
): PoolSnapshot {
  const values = mergeValues(poolMetrics, running.map((each) => each.values));
  if (ended !== null) addCounters(poolMetrics, values, ended.values);
  return {
    ...shape,
    values,
    servers: shape.servers.map((server) => {
      const several = running.map((pool) => findServer(pool, server)).filter((each) => each !== null);
      return mergeServer(server, several, ended === null ? null : findServer(ended, server), nowMs);
    }),
  };
}

function mergeServer(
  shape: ServerShape,
  running: readonly ServerNumbers[],
  ended: ServerNumbers | null,
  nowMs: number,
): ServerSnapshot {
  const values = mergeValues(serverMetrics, running.map((each) => each.values));
  const latencies = running.map((each) => new LatencyView(each.latency.slice()));
  if (ended !== null) {
    addCounters(serverMetrics, values, ended.values);
    latencies.push(new LatencyView(ended.latency.slice()));
  }
  const { state, sinceMs } = worstHealth(running);
  return {
    ...shape,
    state,
    stateAgeMs: sinceMs === 0 ? null : Math.max(0, nowMs - sinceMs),
    latency: LatencyView.merge(latencies),
    values,
  };
}

/** Whoever probes knows most; else whoever has ejected the server; else whoever has had it live for the shortest time. */
function worstHealth(
  running: readonly ServerNumbers[],
): { state: ServerSnapshot["state"]; sinceMs: number } {
  let [state, sinceMs] = [0, 0];
  for (const { health } of running) {
    if (health[0] < state) continue;
    sinceMs = health[0] > state ? health[1] : Math.max(sinceMs, health[1]);
    state = health[0];
  }
  return { state: SERVER_STATES[state], sinceMs };
}
