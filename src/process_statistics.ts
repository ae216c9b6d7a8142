/**
 * What the statistics' port is told of the process: its numbers, its configuration, and what may be changed over it.
 *
 * @module
 */

import { systemClock } from "./base/clock.ts";
import type { Options } from "./cli/flags.ts";
import type { Config } from "./config/config.ts";
import { describeConfig } from "./config/describe.ts";
import type { Reloader } from "./daemon/reloader.ts";
import { clampLevel } from "./log/level.ts";
import type { ProcessLog } from "./log/process_log.ts";
import type { ProcessSnapshot, ReloadState } from "./metrics/snapshot.ts";
import { ProcessMetric, processMetrics, WorkerMetric } from "./metrics/table.ts";
import { hostname, readToken, residentBytes } from "./outside.ts";
import { startStats, type StatsServer } from "./stats/server.ts";
import { VERSION } from "./version.ts";
import type { DataPlane, PlaneNumbers } from "./workers/data_plane.ts";

/** What the statistics are about. */
export interface StatisticsSource {
  /** Where and for whom they are served. */
  readonly options: Options;
  /** The log, whose level can be set. */
  readonly log: ProcessLog;
  /** The pools, and what serves them. */
  readonly plane: DataPlane;
  /** Loads the configuration again. */
  readonly reloader: Reloader<Config>;
  /** The configuration in use. */
  config(): Config;
  /** Whether the process is on its way to its end. */
  isLeaving(): boolean;
}

/**
 * Opens the port of the statistics.
 *
 * @param of What they are about.
 * @returns The server.
 * @throws {TokenFileError} If the token for changes cannot be read.
 * @throws {StatsListenError} If the port cannot be bound.
 */
export function openStatistics(of: StatisticsSource): Promise<StatsServer> {
  const { options, log, plane, reloader } = of;
  const startedMs = systemClock.now();
  const source = hostname();
  const adminToken = readToken(options.adminTokenPath);
  const snapshot = (): ProcessSnapshot => {
    const numbers = plane.numbers();
    const { totalConnections, currConnections, eventLoopLag, pools, workers } = numbers;
    const uptimeSeconds = (systemClock.now() - startedMs) / 1000;
    return {
      service: "nutcracker",
      source,
      version: VERSION,
      uptimeSeconds: Math.floor(uptimeSeconds),
      timestampSeconds: Math.floor(systemClock.wallTime() / 1000),
      totalConnections,
      currConnections,
      values: processValues(numbers, uptimeSeconds, reloader.state),
      eventLoopLag,
      reload: reloader.state,
      pools,
      workers,
    };
  };
  return startStats({
    hostname: options.statsAddress,
    port: options.statsPort,
    snapshot,
    clock: systemClock,
    log,
    config() {
      const config = of.config();
      return { path: config.path, ...reloader.state, pools: describeConfig(config) };
    },
    isLeaving: of.isLeaving,
    slowRequests: () => plane.slowRequests(),
    locate: (pool, key) => plane.locate(pool, key),
    reload: () => reloader.reload(),
    workers: plane.control,
    setLogLevel(level) {
      log.setLevel(clampLevel(level));
      plane.logLevelChanged(log.level);
    },
    adminToken,
  });
}

/** The numbers of the process itself, in the order of the table. */
function processValues(
  { totalConnections, currConnections, mbufUsedBytes, mbufFreeBytes, workers }: PlaneNumbers,
  uptimeSeconds: number,
  { generation, sinceMs }: ReloadState,
): Float64Array {
  const sum = (metric: number) => workers.reduce((total, worker) => total + worker.values[metric], 0);
  const values = new Float64Array(processMetrics.length);
  values[ProcessMetric.uptime] = uptimeSeconds;
  values[ProcessMetric.connectionsOpened] = totalConnections;
  values[ProcessMetric.connections] = currConnections;
  values[ProcessMetric.mbufUsed] = mbufUsedBytes;
  values[ProcessMetric.mbufFree] = mbufFreeBytes;
  values[ProcessMetric.residentMemory] = residentBytes();
  values[ProcessMetric.configGeneration] = generation;
  values[ProcessMetric.configAge] = (systemClock.wallTime() - sinceMs) / 1000;
  values[ProcessMetric.workers] = workers.length === 0 ? 1 : sum(WorkerMetric.up);
  values[ProcessMetric.workerRestarts] = sum(WorkerMetric.restarts);
  return values;
}
