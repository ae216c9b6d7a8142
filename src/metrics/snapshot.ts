/**
 * What the statistics show: all numbers of the process at one moment.
 *
 * @module
 */

/** One server of a pool. */
export interface ServerSnapshot {
  /** Its name in its pool. */
  readonly name: string;
  /** Its numbers, in the order of the table's server metrics. */
  readonly values: Float64Array;
}

/** One pool. */
export interface PoolSnapshot {
  /** Its name. */
  readonly name: string;
  /** Its numbers, in the order of the table's pool metrics. */
  readonly values: Float64Array;
  /** Its servers, in the order of the configuration after sorting. */
  readonly servers: readonly ServerSnapshot[];
}

/** What came of the latest attempt to load the configuration. */
export interface ReloadResult {
  /** Whether the file could be used. */
  readonly ok: boolean;
  /** When it was, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** What has changed, or what is wrong with the file, as `FILE:LINE:COLUMN: reason` where it has a place. */
  readonly lines: readonly string[];
}

/** Which configuration is in use. */
export interface ReloadState {
  /** Its number: 1 for the one that the process began with, one more for each that changed something. */
  readonly generation: number;
  /** Since when it has been in use, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** The latest attempt to load one, the first one included. */
  readonly last: ReloadResult;
}

/** The whole process. */
export interface ProcessSnapshot {
  /** What runs: `nutcracker`. */
  readonly service: string;
  /** The name of the machine. */
  readonly source: string;
  /** The program's version. */
  readonly version: string;
  /** Whole seconds since the start. */
  readonly uptimeSeconds: number;
  /** Whole seconds since the Unix epoch. */
  readonly timestampSeconds: number;
  /** How many connections there have been: clients, servers and listeners. */
  readonly totalConnections: number;
  /** How many of them are open. */
  readonly currConnections: number;
  /** The pools, in the order of the configuration after sorting. */
  readonly pools: readonly PoolSnapshot[];
}
