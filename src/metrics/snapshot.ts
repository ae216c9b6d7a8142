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
