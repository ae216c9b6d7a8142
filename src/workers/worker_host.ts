/**
 * What runs in a worker: a data path of its own, driven by the main isolate.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { PoolMetric, WorkerMetric, workerMetrics } from "../metrics/table.ts";
import type { Network } from "../net/transport.ts";
import { ListenError } from "../proxy/listeners.ts";
import type { Pool } from "../proxy/pool.ts";
import { type PreparedReload, Proxy } from "../proxy/proxy.ts";
import type { ProcessFacts } from "../proxy/pool_statistics.ts";
import { VERSION } from "../version.ts";
import { poolOfWorker } from "./budget.ts";
import { codecFor, statisticsOf } from "./codecs.ts";
import { DRAIN_LOOK_MS, MEASURE_MS } from "./limits.ts";
import {
  type CallName,
  type Calls,
  type Command,
  type Committed,
  Control,
  type Report,
  type WorkerConfig,
  type WorkerNumbers,
  type WorkerSetup,
} from "./messages.ts";
import { WorkerLog } from "./worker_log.ts";
import { WorkerNetwork } from "./worker_network.ts";
import { WorkerShares } from "./worker_shares.ts";

/** What a worker needs of its isolate. */
export interface WorkerSurroundings {
  /** Time. */
  readonly clock: Clock;
  /** Sockets. */
  readonly network: Network;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** The process's number. */
  readonly pid: number;
  /** Sends something to the main isolate. */
  readonly report: (report: Report) => void;
}

/** Ends a worker that was asked to fail; nobody catches it. */
export class WorkerFailure extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "WorkerFailure";
}

const REQUEST_METRICS = [PoolMetric.requestsOther, PoolMetric.requestsRead, PoolMetric.requestsWrite];

/** A worker that has been set up. */
class Running {
  readonly numbers: WorkerNumbers;
  readonly log: WorkerLog;
  readonly shares: WorkerShares;
  readonly proxy: Proxy;
  readonly #network: WorkerNetwork;
  readonly #control: Int32Array;
  readonly #workers: number;
  readonly #worker: number;
  #prepared: PreparedReload | null = null;
  /** What pools have counted that are not served any more. */
  #requestsBefore = 0;

  constructor({ clock, network, random, pid, report }: WorkerSurroundings, setup: WorkerSetup) {
    const { worker, workers, slot, control, startedAtMs, mbufBytes, memoryBytesMax, logSamplePeriod } = setup;
    this.#worker = worker;
    this.#workers = workers;
    this.#control = control;
    this.shares = new WorkerShares(slot);
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
        logSamplePeriod,
        shares: this.shares,
        startedMs,
      },
      [],
      (pool) => codecFor(pool, () => statisticsOf(this.proxy, pool.name, facts())),
    );
    const values = this.shares.memory(workerMetrics.length);
    this.numbers = { values, eventLoopLag: this.proxy.eventLoopLagNumbers };
    this.proxy.start();
    clock.every(() => this.beat(), MEASURE_MS);
  }

  prepare({ pools, cells, elsewhere }: WorkerConfig): void {
    this.shares.use(cells);
    this.#network.leaveToOthers(elsewhere);
    this.#prepared = this.proxy.prepare(pools.map((pool) => poolOfWorker(pool, this.#worker, this.#workers)));
  }

  commit(): Committed {
    const before = this.proxy.pools;
    const changes = this.#takePrepared()?.commit() ?? [];
    const { pools } = this.proxy;
    this.#requestsBefore += requestsOf(before.filter((pool) => !pools.includes(pool)));
    this.measure();
    return { changes, pools: pools.map(({ numbers }) => numbers) };
  }

  abort(): void {
    this.#takePrepared()?.abort();
  }

  beat(): void {
    Atomics.add(this.#control, Control.beats, 1);
    this.measure();
  }

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

  #takePrepared(): PreparedReload | null {
    const prepared = this.#prepared;
    this.#prepared = null;
    return prepared;
  }
}

/** See the module. */
export class WorkerHost {
  readonly #surroundings: WorkerSurroundings;
  #running: Running | null = null;

  /**
   * Makes a worker that waits for its setup.
   *
   * @param surroundings What it needs of its isolate.
   */
  constructor(surroundings: WorkerSurroundings) {
    this.#surroundings = surroundings;
  }

  /**
   * Does what the main isolate asks for.
   *
   * @param command What it is.
   * @throws {WorkerFailure} If that is what is asked for.
   */
  handle(command: Command): void {
    switch (command.kind) {
      case "others":
        return this.#running?.shares.meet(command.running, command.ended);
      case "fail":
        throw new WorkerFailure(command.reason);
      default:
        return this.#answer(command);
    }
  }

  /** Brings the numbers up to date for the last time, and sends the last lines: the isolate is about to end. */
  lastWords(): void {
    this.#running?.measure();
    this.#running?.log.flush();
  }

  #answer(command: Extract<Command, { readonly id: number }>): void {
    const { id } = command;
    try {
      this.#surroundings.report({ kind: "reply", id, gives: this.#give(command) });
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      this.#surroundings.report({ kind: "refused", id, reason: error.message });
    }
  }

  #give(command: Extract<Command, { readonly id: number }>): Calls[CallName]["gives"] {
    if (command.kind === "start") {
      this.#running = new Running(this.#surroundings, command.asks);
      return this.#running.numbers;
    }
    const running = this.#running;
    if (running === null) return null;
    switch (command.kind) {
      case "prepare":
        running.prepare(command.asks);
        return null;
      case "commit":
        return running.commit();
      case "abort":
        running.abort();
        return null;
      case "slowRequests":
        return running.proxy.slowRequests();
      case "locate":
        return running.proxy.locate(command.asks.pool, command.asks.key);
      case "drain":
        this.#drain(running);
        return null;
      case "close":
        running.proxy.close();
        this.lastWords();
        return null;
    }
  }

  #drain(running: Running): void {
    const { clock, report } = this.#surroundings;
    running.proxy.drain();
    const stop = clock.every(() => {
      if (!running.proxy.isDrained) return;
      stop();
      this.lastWords();
      report({ kind: "drained" });
    }, DRAIN_LOOK_MS);
  }
}

function requestsOf(pools: readonly Pool[]): number {
  let sum = 0;
  for (const { counters } of pools) for (const metric of REQUEST_METRICS) sum += counters[metric];
  return sum;
}
