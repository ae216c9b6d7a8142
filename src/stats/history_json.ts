/**
 * `/history.json`: what the page draws. Whoever has the samples up to a moment asks for the later ones only.
 *
 * ```text
 *   ?since=1795162324000      samples later than that, in milliseconds since the Unix epoch; all by default
 *   &pool=alpha&pool=beta     pools of which everything is wanted
 *   &find=cache1              servers that are wanted wherever they are, by a part of their name or address
 * ```
 *
 * Of a pool that was not asked for come its state, its latest sample, its requests, and those servers that were searched for, are
 * not live or have too much to do: a poll stays small with 1,500 servers.
 *
 * @module
 */

import type { PoolSnapshot, ProcessSnapshot, ServerSnapshot } from "../metrics/snapshot.ts";
import { PoolMetric, processMetrics, ServerMetric } from "../metrics/table.ts";
import type { History } from "./history/history.ts";
import { judgeLoads, type Share } from "./history/hot.ts";
import { SAMPLE_PERIOD_MS, SAMPLES_MAX } from "./history/limits.ts";
import type { PoolHistory } from "./history/pool_history.ts";
import type { Tracks } from "./history/tracks.ts";
import { conditionOf, isReady, liveServers, type ServerCondition } from "./readiness.ts";

/** What is asked for. */
export interface HistoryQuery {
  /** Samples later than this are wanted: milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** The pools of which everything is wanted. */
  readonly pools: ReadonlySet<string>;
  /** A part of the names or addresses of servers that are wanted; empty for none. */
  readonly find: string;
}

/** Numbers by the names of their series; null for nothing. */
export type Samples = Record<string, (number | null)[]>;

/** A server in the answer. */
export interface ServerAnswer {
  /** Its name. */
  readonly name: string;
  /** Where it is. */
  readonly address: string;
  /** Its share of the ring as the file has it. */
  readonly weight: number;
  /** Whether it takes requests. */
  readonly state: ServerCondition;
  /** For how long it has been so, in milliseconds; null if always. */
  readonly state_age_ms: number | null;
  /** Open connections to it. */
  readonly connections: number;
  /** Requests that wait for it, sent or not. */
  readonly queue: number;
  /** Its share of the pool's requests of the last 15 s, from 0 to 1. */
  readonly share: number;
  /** Its share of their bytes. */
  readonly byte_share: number;
  /** What its weight entitles it to. */
  readonly fair_share: number;
  /** In what it has too much to do. */
  readonly hot: Share["hot"];
  /** Its latest sample. */
  readonly latest: Record<string, number | null>;
  /** Its requests per second, at `server_times_ms`. */
  readonly requests: (number | null)[];
}

/** A pool in the answer. */
export interface PoolAnswer {
  /** Its name. */
  readonly name: string;
  /** What its clients speak. */
  readonly protocol: string;
  /** Where they connect. */
  readonly address: string;
  /** Whether it has the live servers that it needs. */
  readonly ready: boolean;
  /** How many that are. */
  readonly ready_min_servers: number;
  /** How many servers are live. */
  readonly live_servers: number;
  /** How many there are. */
  readonly servers_total: number;
  /** How many clients are connected. */
  readonly clients: number;
  /** Its latest sample. */
  readonly latest: Record<string, number | null>;
  /** Its samples, at `times_ms`: all series of a pool that was asked for, else only requests. */
  readonly series: Samples;
  /** Its servers: all of a pool that was asked for. */
  readonly servers: readonly ServerAnswer[];
}

/** The answer. */
export interface HistoryAnswer {
  /** What runs. */
  readonly service: string;
  /** Where. */
  readonly source: string;
  /** Its version. */
  readonly version: string;
  /** Seconds since its start. */
  readonly uptime: number;
  /** When the latest sample was taken, in milliseconds since the Unix epoch; 0 before the first. */
  readonly time_ms: number;
  /** Milliseconds between two samples. */
  readonly period_ms: number;
  /** How many samples are kept. */
  readonly samples_max: number;
  /** The process's numbers as they are now. */
  readonly metrics: Record<string, number>;
  /** Why the configuration file could not be used the last time; null if it could. */
  readonly refused_config: { readonly at_ms: number; readonly lines: readonly string[] } | null;
  /** How many requests were slow since the start. */
  readonly slow_requests: number;
  /** When the samples were taken. */
  readonly times_ms: readonly number[];
  /** When the servers' samples were taken. */
  readonly server_times_ms: readonly number[];
  /** Samples of the process. */
  readonly process: Samples;
  /** Samples of all pools together. */
  readonly total: Samples;
  /** The pools. */
  readonly pools: readonly PoolAnswer[];
}

/** How many of a server's latest samples, 5 s each, say whether it is hot. */
const HOT_SAMPLES = 3;

/**
 * Reads a query.
 *
 * @param parameters The URL's; what is missing or no number has its default.
 * @returns What is asked for.
 */
export function parseHistoryQuery(parameters: URLSearchParams): HistoryQuery {
  return {
    sinceMs: Number(parameters.get("since") ?? 0) || 0,
    pools: new Set(parameters.getAll("pool")),
    find: (parameters.get("find") ?? "").toLowerCase(),
  };
}

/** A number as JSON: a tenth is exact enough, and nothing is null. */
function brief(value: number): number | null {
  return Number.isNaN(value) ? null : Math.round(value * 10) / 10;
}

function briefly(series: Record<string, number[]>): Samples {
  return Object.fromEntries(Object.entries(series).map(([name, values]) => [name, values.map(brief)]));
}

/** The latest sample of each series. */
function latest(tracks: Tracks | undefined): Record<string, number | null> {
  if (tracks === undefined) return {};
  return Object.fromEntries(
    Object.entries(tracks.all(1)).map(([name, [value]]) => [name, brief(value ?? NaN)]),
  );
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sharesOf(pool: PoolSnapshot, history: PoolHistory | undefined): Share[] {
  return judgeLoads(pool.servers.map((server) => {
    const tracks = history?.server(server)?.tracks;
    const recent = (name: string): number =>
      mean(tracks?.latest(name, HOT_SAMPLES).filter((n) => n >= 0) ?? []);
    return { server, requests: recent("requests"), bytes: recent("bytes") };
  }));
}

function describeServer(
  server: ServerSnapshot,
  share: Share,
  tracks: Tracks | undefined,
  count: number,
): ServerAnswer {
  const { values } = server;
  return {
    name: server.name,
    address: server.address,
    weight: server.weight,
    state: conditionOf(server),
    state_age_ms: server.stateAgeMs === null ? null : Math.round(server.stateAgeMs),
    connections: values[ServerMetric.serverConnections],
    queue: values[ServerMetric.inQueue] + values[ServerMetric.outQueue],
    share: Math.round(share.requests * 1000) / 1000,
    byte_share: Math.round(share.bytes * 1000) / 1000,
    fair_share: Math.round(share.fair * 1000) / 1000,
    hot: share.hot,
    latest: latest(tracks),
    requests: (tracks?.latest("requests", count) ?? []).map(brief),
  };
}

function isWanted(server: ServerSnapshot, { hot }: Share, find: string): boolean {
  if (conditionOf(server) !== "live" || hot.length > 0) return true;
  return find !== "" && `${server.name} ${server.address}`.toLowerCase().includes(find);
}

function describePool(pool: PoolSnapshot, history: History, query: HistoryQuery): PoolAnswer {
  const own = history.pool(pool.name);
  const isAsked = query.pools.has(pool.name);
  const count = history.timeline.countAfter(query.sinceMs);
  const serverCount = history.serverTimeline.countAfter(query.sinceMs);
  const shares = sharesOf(pool, own);
  const series: Record<string, number[]> = isAsked && own !== undefined ? own.tracks.all(count) : {};
  for (const name of ["requests_other", "requests_read", "requests_write"]) {
    series[name] ??= own?.tracks.latest(name, count) ?? [];
  }
  return {
    name: pool.name,
    protocol: pool.protocol,
    address: pool.address,
    ready: isReady(pool),
    ready_min_servers: pool.readyServersMin,
    live_servers: liveServers(pool),
    servers_total: pool.servers.length,
    clients: pool.values[PoolMetric.clientConnections],
    latest: latest(own?.tracks),
    series: briefly(series),
    servers: pool.servers.flatMap((server, i) =>
      isAsked || isWanted(server, shares[i], query.find)
        ? [describeServer(server, shares[i], own?.server(server)?.tracks, serverCount)]
        : []
    ),
  };
}

function refusedConfig({ reload: { last } }: ProcessSnapshot): HistoryAnswer["refused_config"] {
  return last.ok ? null : { at_ms: last.atMs, lines: last.lines };
}

/**
 * Makes the answer.
 *
 * @param snapshot All numbers of the process as they are now; states come from it.
 * @param history The samples.
 * @param query What is asked for.
 * @returns The answer, to be written as JSON.
 */
export function historyAnswer(
  snapshot: ProcessSnapshot,
  history: History,
  query: HistoryQuery,
): HistoryAnswer {
  const { timeline, serverTimeline } = history;
  const count = timeline.countAfter(query.sinceMs);
  const serverCount = serverTimeline.countAfter(query.sinceMs);
  return {
    service: snapshot.service,
    source: snapshot.source,
    version: snapshot.version,
    uptime: snapshot.uptimeSeconds,
    time_ms: timeline.latestMs,
    period_ms: SAMPLE_PERIOD_MS,
    samples_max: SAMPLES_MAX,
    metrics: Object.fromEntries(processMetrics.map(({ name }, i) => [name, snapshot.values[i]])),
    refused_config: refusedConfig(snapshot),
    slow_requests: snapshot.pools.reduce((sum, { values }) => sum + values[PoolMetric.slowRequests], 0),
    times_ms: timeline.timesMs(count),
    server_times_ms: serverTimeline.timesMs(serverCount),
    process: briefly(history.process.all(count)),
    total: briefly(history.total.all(count)),
    pools: snapshot.pools.map((pool) => describePool(pool, history, query)),
  };
}
