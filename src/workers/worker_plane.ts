/**
 * The data path of one worker.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { PoolConfig } from "../config/config.ts";
import { PoolMetric, WorkerMetric, workerMetrics } from "../metrics/table.ts";
import type { Network } from "../net/transport.ts";
import type { Pool } from "../proxy/pool.ts";
import type { ProcessFacts } from "../proxy/pool_statistics.ts";
import { type PreparedReload, Proxy } from "../proxy/proxy.ts";
import { VERSION } from "../version.ts";
import { poolOfWorker } from "./budget.ts";
import { codecFor, statisticsOf } from "./codecs.ts";
import { MEASURE_MS } from "./limits.ts";
import {
  type Committed,
  Control,
  type Report,
  type WorkerConfig,
  type WorkerNumbers,
  type WorkerSetup,
} from "./messages.ts";
import { WorkerLog } from "./worker_log.ts";
import { WorkerNetwork } from "./worker_network.ts";
import { WorkerPeers } from "./worker_peers.ts";
import { WorkerShares } from "./worker_shares.ts";

/** What a worker needs of its isolate. */
export interface WorkerSurroundings {
  /** Time. */
  readonly clock: Clock;
  /** Sockets. */
  readonly network: Network;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** Collects garbage; null where the engine does not let us. */
  readonly collectGarbage: (() => void) | null;
  /** The process's number. */
  readonly pid: number;
  /** Sends something to the main isolate. */
  readonly report: (report: Report) => void;
}

const REQUEST_METRICS = [PoolMetric.requestsOther, PoolMetric.requestsRead, PoolMetric.requestsWrite];

/** See the module. */
export class WorkerPlane {
  /** Its numbers, in memory that the main isolate reads. */
  readonly numbers: WorkerNumbers;
  /** Where its lines go. */
  readonly log: WorkerLog;
  /** What it shares with other workers. */
  readonly shares: WorkerShares;
  /** Its pools. */
  readonly proxy: Proxy;
  readonly #network: WorkerNetwork;
  readonly #control: Int32Array;
  readonly #workers: number;
  readonly #worker: number;
  #prepared: PreparedReload | null = null;
  /** The pools of the latest configuration as the file has them. */
  #written: readonly PoolConfig[] = [];
  /** What pools have counted that are not served any more. */
  #requestsBefore = 0;

  /**
   * Makes a data path without pools.
   *
   * @param surroundings What it needs of its isolate.
   * @param setup Which worker it is.
   */
  constructor(
    { clock, network, random, collectGarbage, pid, report }: WorkerSurroundings,
    setup: WorkerSetup,
  ) {
    const { worker, workers, slot, control, startedAtMs, mbufBytes, memoryBytesMax, logSamplePeriod } = setup;
    this.#worker = worker;
    this.#workers = workers;
    this.#control = control;
    this.shares = new WorkerShares(slot, new WorkerPeers(clock, report));
    this.#network = new WorkerNetwork(network);
    this.log = new WorkerLog(worker, control, (lines, dropped) => report({ kind: "lines", lines, dropped }));
    const startedMs = clock.now() - (clock.wallTime() - startedAtMs);
    const facts = (): ProcessFacts => ({
      pid,
      version: VERSION,
      uptimeSeconds: Math.floor((clock.wallTime() - startedAtMs) / 1000),
      timestampSeconds: Math.floor(clock.wallTime() / 1000),
      threads: workers,
    });
    this.proxy = new Proxy(
      {
        clock,
        network: this.#network,
        random,
        log: this.log,
        mbufBytes,
        memoryBytesMax,
        collectGarbage,
        logSamplePeriod,
        shares: this.shares,
        startedMs,
      },
      [],
      (pool) => codecFor(this.#asWritten(pool), () => statisticsOf(this.proxy, pool.name, facts())),
    );
    const values = this.shares.memory(workerMetrics.length);
    this.numbers = { values, eventLoopLag: this.proxy.eventLoopLagNumbers };
    this.proxy.start();
    clock.every(() => this.#beat(), MEASURE_MS);
  }

  /**
   * Makes ready for a configuration.
   *
   * @param config The configuration.
   * @throws {ListenError} If an address cannot be bound; everything goes on as it was then.
   */
  prepare({ pools, cells, elsewhere }: WorkerConfig): void {
    this.shares.use(cells);
    this.#network.leaveToOthers(elsewhere);
    this.#written = pools;
    this.#prepared = this.proxy.prepare(pools.map((pool) => poolOfWorker(pool, this.#worker, this.#workers)));
  }

  /** Uses what was prepared. */
  commit(): Committed {
    const before = this.proxy.pools;
    const changes = this.#takePrepared()?.commit() ?? [];
    const { pools } = this.proxy;
    this.#requestsBefore += requestsOf(before.filter((pool) => !pools.includes(pool)));
    this.measure();
    return { changes, pools: pools.map(({ numbers }) => numbers) };
  }

  /** Drops what was prepared. */
  abort(): void {
    this.#takePrepared()?.abort();
  }

  /** Brings the numbers up to date that are derived from others. */
  measure(): void {
    const { proxy, numbers: { values } } = this;
    proxy.measure();
    const { usedBytes, freeBytes } = proxy.mbufUsage;
    const { silent } = this.#network;
    values[WorkerMetric.connectionsOpened] = proxy.connections.total - silent;
    values[WorkerMetric.connections] = proxy.connections.current - silent;
    values[WorkerMetric.clientConnections] = proxy.clientCount;
    values[WorkerMetric.requests] = this.#requestsBefore + requestsOf(proxy.pools);
    values[WorkerMetric.mbufUsed] = usedBytes;
    values[WorkerMetric.mbufFree] = freeBytes;
  }

  /** Clients are told of directives of the process, not of what falls to this worker. */
  #asWritten(pool: PoolConfig): PoolConfig {
    return this.#written.find(({ name }) => name === pool.name) ?? pool;
  }

  #beat(): void {
    Atomics.add(this.#control, Control.beats, 1);
    this.shares.peersOfAll.beat();
    this.measure();
  }

  #takePrepared(): PreparedReload | null {
    const prepared = this.#prepared;
    this.#prepared = null;
    return prepared;
  }
}

function requestsOf(pools: readonly Pool[]): number {
  let sum = 0;
  for (const { counters } of pools) for (const metric of REQUEST_METRICS) sum += counters[metric];
  return sum;
}
