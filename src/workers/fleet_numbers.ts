/**
 * The numbers of all workers as those of one process.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import { mergeHistograms } from "../metrics/histogram.ts";
import { mergePool, mergeValues, type PoolShape } from "../metrics/pool_numbers.ts";
import type { PoolSnapshot, WorkerSnapshot } from "../metrics/snapshot.ts";
import { WorkerMetric, workerMetrics } from "../metrics/table.ts";
import { shapeOf } from "../proxy/pool_shape.ts";
import type { PlaneNumbers } from "./data_plane.ts";
import type { EndedNumbers } from "./ended_numbers.ts";
import type { Member } from "./member.ts";
import type { WorkerHandle } from "./worker_handle.ts";

/**
 * Adds all workers up.
 *
 * @param pools What the file says of the pools.
 * @param members The workers.
 * @param ended What workers have counted that have ended.
 * @param nowMs The time, in milliseconds of the clock.
 * @param wallTimeMs The same time, in milliseconds since the epoch.
 * @returns All numbers at this moment.
 */
export function fleetNumbers(
  pools: readonly PoolConfig[],
  members: readonly Member[],
  ended: EndedNumbers,
  nowMs: number,
  wallTimeMs: number,
): PlaneNumbers {
  const handles = members.flatMap((member) => member.handles());
  const workers = members.map((member) => describe(member, nowMs));
  const sum = mergeValues(workerMetrics, workers.map(({ values }) => values));
  return {
    totalConnections: sum[WorkerMetric.connectionsOpened],
    currConnections: sum[WorkerMetric.connections],
    mbufUsedBytes: sum[WorkerMetric.mbufUsed],
    mbufFreeBytes: sum[WorkerMetric.mbufFree],
    eventLoopLag: mergeHistograms(workers.map(({ eventLoopLag }) => eventLoopLag)),
    pools: pools.map((pool) => mergeHandles(shapeOf(pool), handles, ended, wallTimeMs)),
    workers,
  };
}

function mergeHandles(
  shape: PoolShape,
  handles: readonly WorkerHandle[],
  ended: EndedNumbers,
  wallTimeMs: number,
): PoolSnapshot {
  const running = handles.flatMap(({ pools }) => pools.filter(({ name }) => name === shape.name));
  return mergePool(shape, running, ended.find(shape.name), wallTimeMs);
}

/** One worker: the isolate that serves now, one that is leaving, and what those before have counted. */
function describe(member: Member, nowMs: number): WorkerSnapshot {
  const { worker, current, restarts, before } = member;
  const numbers = member.handles().map((handle) => handle.numbers).filter((each) => each !== null);
  const values = mergeValues(workerMetrics, [before.values, ...numbers.map((each) => each.values)]);
  values[WorkerMetric.up] = current?.state === "running" ? 1 : 0;
  values[WorkerMetric.uptime] = current === null ? 0 : (nowMs - current.startedMs) / 1000;
  values[WorkerMetric.restarts] = restarts;
  const lags = [before.eventLoopLag, ...numbers.map((each) => each.eventLoopLag)];
  const state = current === null ? "ended" : current.state === "running" ? "running" : "starting";
  return { worker, state, values, eventLoopLag: mergeHistograms(lags) };
}
