/**
 * What the statistics show: all numbers of the process at one moment.
 *
 * @module
 */

import type { LatencyView } from "./latency.ts";

/** One server of a pool. */
export interface ServerSnapshot {
  /** Its name in its pool. */
  readonly name: string;
  /** Where it is, as people write it. */
  readonly address: string;
  /** Whether it takes requests, was taken off the ring, or is being tried out. */
  readonly state: "live" | "ejected" | "probing";
  /** For how long it has been so, in milliseconds; null if always. */
  readonly stateAgeMs: number | null;
  /** Its share of the ring, from 1, as the file has it. */
  readonly weight: number;
  /** How long its requests took; goes on counting, so it is to be read before the turn ends. */
  readonly latency: LatencyView;
  /** Its numbers, in the order of the table's server metrics. */
  readonly values: Float64Array;
}

/** One pool. */
export interface PoolSnapshot {
  /** Its name. */
  readonly name: string;
  /** What its clients speak: `redis` or `memcache`. */
  readonly protocol: string;
  /** Where its clients connect, as people write it. */
  readonly address: string;
  /** How many live servers it needs to be ready. */
  readonly readyServersMin: number;
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
  /** Its numbers, in the order of the table's process metrics. */
  readonly values: Float64Array;
  /** How late the event loop's timers were: one histogram. */
  readonly eventLoopLag: Float64Array;
  /** Which configuration is in use, and what came of the latest attempt to load one. */
  readonly reload: ReloadState;
  /** The pools, in the order of the configuration after sorting. */
  readonly pools: readonly PoolSnapshot[];
}

/** One request that took long. */
export interface SlowRequest {
  /** When its reply came or its time ran out: milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** Its pool. */
  readonly pool: string;
  /** Its server's name. */
  readonly server: string;
  /** Where its client comes from. */
  readonly client: string;
  /** What it asked for, such as `GET`; `?` if that is not known any more. */
  readonly command: string;
  /** Its first key, cut and escaped; null if it has none, or it is not shown. */
  readonly key: string | null;
  /** How long it waited in the proxy, in microseconds. */
  readonly queueUs: number;
  /** How long its reply took from then on, in microseconds. */
  readonly serverUs: number;
  /** Whether its client was told that its time has run out. */
  readonly timedOut: boolean;
}

/** Where a key belongs. */
export interface KeyLocation {
  /** The key's hash, a uint32. */
  readonly hash: number;
  /** Its server's name; null if no server is live. */
  readonly server: string | null;
  /** Its server's address, as people write it; null if no server is live. */
  readonly address: string | null;
  /** Which point of the ring it belongs to, from 0; null if the distribution has no ring. */
  readonly position: number | null;
  /** That point's place on the ring, a uint32; null if the distribution has no ring. */
  readonly point: number | null;
}
