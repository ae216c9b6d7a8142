/**
 * One measurement: a proxy under a load that does not change, watched for some seconds.
 *
 * @module
 */

import { fullStats, workersOf } from "../../integration/worker_pool.ts";
import { sleep, TestProcess } from "../../support/process.ts";
import { requireProgram } from "../../support/programs.ts";
import type { Proxy } from "../../support/proxy.ts";
import type { RedisServer } from "../../support/redis_server.ts";
import { busyThreads, machineBusyUs, pin, type ThreadCpu, threadsOf } from "./cpu.ts";

/** The load settles, and the engine's compiler has its say. */
const WARM_UP_MS = 1000;

/** What clients ask for. */
export interface Load {
  /** Arguments of redis-benchmark. */
  readonly args: readonly string[];
  /** How many clients there are. */
  readonly clients: number;
  /** The cores of the load generator; null for all. */
  readonly cores: readonly number[] | null;
}

/** What was measured. All CPU is user and system time per request, in microseconds. */
export interface Cell {
  /** Requests per second. */
  readonly rps: number;
  /** CPU of the proxy. */
  readonly proxyUs: number;
  /** CPU of the load generator. */
  readonly generatorUs: number;
  /** CPU of the servers together. */
  readonly serversUs: number;
  /** How many cores all these had. */
  readonly cores: number;
  /** How many cores whoever else is on the machine had. */
  readonly othersCores: number;
  /** The proxy's threads that took most. */
  readonly threads: readonly ThreadCpu[];
  /** How many clients each worker had; empty without workers. */
  readonly spread: readonly number[];
}

/** Everything that only grows. */
interface Totals {
  readonly timeMs: number;
  readonly requests: number;
  readonly proxyUs: number;
  readonly generatorUs: number;
  readonly serversUs: number;
  readonly machineUs: number;
  readonly threads: ReadonlyMap<number, ThreadCpu>;
}

/**
 * Puts a load on a proxy.
 *
 * @param proxy The proxy.
 * @param servers Its servers.
 * @param load The load.
 * @param seconds For how long it is watched.
 * @returns What was measured.
 */
export async function measure(
  proxy: Proxy,
  servers: readonly RedisServer[],
  load: Load,
  seconds: number,
): Promise<Cell> {
  await using generator = await TestProcess.start({
    name: "redis-benchmark",
    command: requireProgram("redis-benchmark"),
    // It goes on until it is stopped; its two threads can do what one could not.
    args: ["-p", `${proxy.listens[0]}`, "-c", `${load.clients}`, "--threads", "2", "-l", "-q", ...load.args],
  });
  await sleep(WARM_UP_MS);
  if (load.cores !== null) await pin(generator.pid, load.cores);
  const totals = async (): Promise<Totals> => ({
    requests: (await fullStats(proxy)).pools[0].metrics.requests_read,
    timeMs: performance.now(),
    proxyUs: proxy.process.cpuUs(),
    generatorUs: generator.cpuUs(),
    serversUs: servers.reduce((sum, { process }) => sum + process.cpuUs(), 0),
    machineUs: machineBusyUs(),
    threads: threadsOf(proxy.pid),
  });
  const before = await totals();
  await sleep(seconds * 1000);
  const after = await totals();
  const spread = (await workersOf(proxy)).map(({ metrics }) => metrics.client_connections);
  return cellOf(before, after, spread);
}

function cellOf(before: Totals, after: Totals, spread: readonly number[]): Cell {
  const d = (key: Exclude<keyof Totals, "threads">): number => after[key] - before[key];
  const [requests, timeUs] = [d("requests"), d("timeMs") * 1000];
  const oursUs = d("proxyUs") + d("generatorUs") + d("serversUs");
  return {
    rps: requests / timeUs * 1e6,
    proxyUs: d("proxyUs") / requests,
    generatorUs: d("generatorUs") / requests,
    serversUs: d("serversUs") / requests,
    cores: oursUs / timeUs,
    othersCores: (d("machineUs") - oursUs) / timeUs,
    threads: busyThreads(before.threads, after.threads)
      .map(({ name, cpuUs }) => ({ name, cpuUs: cpuUs / requests })),
    spread,
  };
}

/**
 * Takes the medians of several cells.
 *
 * @param cells The cells.
 * @returns The median of each number; threads and spread are those of the cell in the middle.
 */
export function medianOf(cells: readonly Cell[]): Cell {
  const sorted = [...cells].sort((a, b) => a.rps - b.rps);
  const middle = sorted[Math.floor(sorted.length / 2)];
  const of = (key: "proxyUs" | "generatorUs" | "serversUs" | "cores" | "othersCores"): number =>
    median(cells.map((cell) => cell[key]));
  return {
    ...middle,
    proxyUs: of("proxyUs"),
    generatorUs: of("generatorUs"),
    serversUs: of("serversUs"),
    cores: of("cores"),
    othersCores: of("othersCores"),
  };
}

/**
 * The median of some numbers.
 *
 * @param numbers At least one.
 * @returns The one in the middle.
 */
export function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
