/**
 * What every part of the data path shares.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { MbufPool } from "../buffer/mbuf_pool.ts";
import type { Log } from "../log/log.ts";
import type { Network } from "../net/transport.ts";
import { HISTOGRAM_LENGTH } from "../metrics/histogram.ts";
import { Admission } from "./admission.ts";
import { IdleCollector } from "./idle_collector.ts";
import { AccessLog } from "./observer.ts";
import { ReadPacer } from "./read_pacer.ts";
import { RequestPool } from "./request.ts";
import { ALONE, type Shares } from "./shares.ts";
import { SlowLog } from "./slow_log.ts";
import { SplitPool } from "./split.ts";
import { Turn } from "./turn.ts";

/** What the outside gives to the data path. */
export interface Environment {
  /** Time. */
  readonly clock: Clock;
  /** Sockets. */
  readonly network: Network;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** Where lines go. */
  readonly log: Log;
  /** `-m`: the size of an mbuf, in bytes. */
  readonly mbufBytes: number;
  /** `--max-memory`: from how many bytes in buffers on new requests are refused; Infinity for no limit. */
  readonly memoryBytesMax: number;
  /** Collects garbage; null where the engine does not let us. */
  readonly collectGarbage: (() => void) | null;
  /** `--log-sample`: one of how many requests is logged; 0 for none. */
  readonly logSamplePeriod: number;
  /** What it shares with other workers; none unless given. */
  readonly shares?: Shares;
  /** When the process began, in milliseconds of the clock; now unless given. */
  readonly startedMs?: number;
}

/** Connections of the whole process, as the statistics show them: clients, servers and listeners. */
export interface ConnectionCounts {
  /** How many there have been. */
  total: number;
  /** How many are open. */
  current: number;
}

/** The environment and what the data path keeps for itself. */
export class Runtime {
  /** Time. */
  readonly clock: Clock;
  /** Sockets. */
  readonly network: Network;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** Where lines go. */
  readonly log: Log;
  /** Buffers. */
  readonly mbufs: MbufPool;
  /** Request records. */
  readonly requests: RequestPool;
  /** Records of split requests. */
  readonly splits: SplitPool;
  /** The turns of the event loop. */
  readonly turn: Turn;
  /** Whose turn it is to be read. */
  readonly pacer: ReadPacer;
  /** When the process began, in milliseconds of the clock. */
  readonly startedMs: number;
  /** How many clients all pools may have together. */
  readonly admission: Admission = new Admission();
  /** Whether so much memory is in use that new requests are refused. */
  isOverMemory = false;
  readonly #memoryBytesMax: number;
  /** What gives memory back when there is nothing to do. */
  readonly idleCollector: IdleCollector;
  /** The latest slow requests of all pools. */
  readonly slowLog: SlowLog = new SlowLog();
  /** Which requests are logged. */
  readonly accessLog: AccessLog;
  /** What it shares with other workers. */
  readonly shares: Shares;
  /** How late the timers of the event loop were: a histogram. */
  readonly eventLoopLag: Float64Array;
  /** Connections of all kinds. */
  readonly connections: ConnectionCounts = { total: 0, current: 0 };

  /**
   * Makes a runtime at rest.
   *
   * @param environment What the outside gives.
   */
  constructor(environment: Environment) {
    this.clock = environment.clock;
    this.startedMs = environment.startedMs ?? environment.clock.now();
    this.shares = environment.shares ?? ALONE;
    this.eventLoopLag = this.shares.memory(HISTOGRAM_LENGTH);
    this.idleCollector = new IdleCollector(environment.collectGarbage);
    this.network = environment.network;
    this.random = environment.random;
    this.log = environment.log;
    this.#memoryBytesMax = environment.memoryBytesMax;
    this.accessLog = new AccessLog(environment.logSamplePeriod, environment.log);
    this.mbufs = new MbufPool(environment.mbufBytes);
    this.requests = new RequestPool(this.mbufs);
    this.splits = new SplitPool(this.mbufs);
    this.turn = new Turn(environment.clock);
    this.pacer = new ReadPacer(environment.clock, this.turn);
  }

  /** Looks how much memory is in use. */
  measureMemory(): void {
    this.isOverMemory = this.mbufs.usage.usedBytes > this.#memoryBytesMax;
  }

  /** Counts a connection that was opened. */
  opened(): void {
    this.connections.total++;
    this.connections.current++;
  }

  /** Counts a connection that was closed. */
  closed(): void {
    this.connections.current--;
  }
}
