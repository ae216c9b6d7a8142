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
import { IdleCollector } from "./idle_collector.ts";
import { DESCRIPTORS_RESERVED } from "./limits.ts";
import { AccessLog } from "./observer.ts";
import { ReadPacer } from "./read_pacer.ts";
import { RequestPool } from "./request.ts";
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
  /** When it began, in milliseconds of the clock. */
  readonly startedMs: number;
  /** How many clients all pools may have together; Infinity until the process has once run out of descriptors. */
  clientsMax: number = Infinity;
  /** How many clients all pools have together. */
  clients = 0;
  /** Whether so much memory is in use that new requests are refused. */
  isOverMemory = false;
  readonly #memoryBytesMax: number;
  /** What gives memory back when there is nothing to do. */
  readonly idleCollector: IdleCollector;
  /** The latest slow requests of all pools. */
  readonly slowLog: SlowLog = new SlowLog();
  /** Which requests are logged. */
  readonly accessLog: AccessLog;
  /** How late the timers of the event loop were: a histogram. */
  readonly eventLoopLag: Float64Array = new Float64Array(HISTOGRAM_LENGTH);
  /** Connections of all kinds. */
  readonly connections: ConnectionCounts = { total: 0, current: 0 };

  /**
   * Makes a runtime at rest.
   *
   * @param environment What the outside gives.
   */
  constructor(environment: Environment) {
    this.clock = environment.clock;
    this.idleCollector = new IdleCollector(environment.collectGarbage);
    this.startedMs = environment.clock.now();
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

  /**
   * Takes note that the process has no descriptor left. How many it may have cannot be asked for with the permissions
   * that it runs with, so the limit is learnt: from now on there is room for servers.
   */
  descriptorsExhausted(): void {
    const reserved = Math.min(DESCRIPTORS_RESERVED, Math.floor(this.clients / 4));
    this.clientsMax = Math.max(1, this.clients - reserved);
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
