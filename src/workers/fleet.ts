/**
 * The data path of a process with several workers: each has its own event loop, its own listeners and its own
 * connections to the servers; the main isolate serves no clients, and keeps them together.
 *
 * ```text
 *   main isolate   configuration, signals, statistics, log ─┬─ worker 0   clients ─▶ servers
 *                                                           └─ worker 1   clients ─▶ servers
 * ```
 *
 * Whatever changes the workers goes one after the other: a reload, the start of a worker that takes the place of another.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { PoolConfig } from "../config/config.ts";
import { Level, type LogLevel } from "../log/level.ts";
import type { Log } from "../log/log.ts";
import type { KeyLocation, SlowRequest } from "../metrics/snapshot.ts";
import { WorkerMetric } from "../metrics/table.ts";
import type { Address } from "../net/address.ts";
import type { Network } from "../net/transport.ts";
import { SLOW_REQUESTS_MAX } from "../proxy/limits.ts";
import { isSamePool, type PoolChange } from "../proxy/pool_change.ts";
import type { DataPlane, PlaneNumbers, WorkerControl } from "./data_plane.ts";
import { PlaneError } from "./data_plane.ts";
import { EndedNumbers } from "./ended_numbers.ts";
import { fleetNumbers, shapeOf } from "./fleet_numbers.ts";
import { STUCK_LOOKS_MAX, WATCH_MS } from "./limits.ts";
import { Member } from "./member.ts";
import type { Line, WorkerSetup } from "./messages.ts";
import { configOf, type Plan, Planner } from "./plan.ts";
import { RefusedError, WorkerHandle, type WorkerLike, type WorkerOwner } from "./worker_handle.ts";

/** What a fleet needs. */
export interface FleetOptions {
  /** How many workers there are, from 1. */
  readonly workers: number;
  /**
   * Makes an isolate that runs a worker.
   *
   * @param name What it is called, for people.
   */
  readonly spawn: (name: string) => WorkerLike;
  /** Keeps the time. */
  readonly clock: Clock;
  /** Looks whether ports are free. */
  readonly network: Network;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** Where lines go. */
  readonly log: Log;
  /** The greatest level of the lines that are written. */
  readonly logLevel: LogLevel;
  /** Whether the kernel spreads the clients of one TCP address over all who listen on it. */
  readonly kernelSpreads: boolean;
  /** How long the clients of a worker that is replaced may take what they are owed, in milliseconds. */
  readonly leaveTimeoutMs: number;
  /** `-m`: the size of an mbuf, in bytes. */
  readonly mbufBytes: number;
  /** `--max-memory` of the process, in bytes; Infinity for no limit. */
  readonly memoryBytesMax: number;
  /** `--log-sample`. */
  readonly logSamplePeriod: number;
}

/** See the module. */
export class Fleet implements DataPlane, WorkerControl, WorkerOwner {
  /** See {@link DataPlane.control}. */
  readonly control: WorkerControl = this;
  readonly #options: FleetOptions;
  readonly #members: readonly Member[];
  readonly #planner: Planner;
  readonly #ended = new EndedNumbers();
  readonly #startedAtMs: number;
  #logLevel: LogLevel;
  /** Whether workers that end are to be started again. */
  #serves = false;
  /** Whether all of it is being ended. */
  #closes = false;
  /** What changes the workers now; nothing else does before it is over. */
  #busy: Promise<unknown> = Promise.resolve();
  #stopWatching = (): void => {};

  /**
   * Makes a fleet without isolates.
   *
   * @param options What it needs.
   * @param pools What the file says of the pools.
   */
  constructor(options: FleetOptions, pools: readonly PoolConfig[]) {
    const { workers, random, clock, network, logLevel, kernelSpreads } = options;
    this.#options = options;
    this.#members = Array.from({ length: workers }, (_, worker) => new Member(worker, workers, random));
    this.#planner = new Planner(network, workers, kernelSpreads, pools);
    this.#startedAtMs = clock.wallTime();
    this.#logLevel = logLevel;
  }

  /** See {@link DataPlane.clientCount}. */
  get clientCount(): number {
    return this.#handles().reduce(
      (sum, { numbers }) => sum + (numbers?.values[WorkerMetric.clientConnections] ?? 0),
      0,
    );
  }

  /** See {@link DataPlane.isDrained}. */
  get isDrained(): boolean {
    return !this.#serves && this.#handles().every((handle) => handle.hasDrained);
  }

  /** See {@link DataPlane.start}. */
  async start(): Promise<readonly Address[]> {
    const plan = this.#planner.make(this.#planner.current.pools);
    const { clock } = this.#options;
    this.#stopWatching = clock.every(() => this.#watch(), WATCH_MS);
    const handles = this.#members.map((member) => this.#spawn(member));
    try {
      // Step by step all together: else the first that listens gets all clients who are waiting to come.
      await Promise.all(handles.map((handle) => this.#setUp(handle)));
      await Promise.all(handles.map((handle) => this.#prepare(handle, plan)));
      await Promise.all(handles.map((handle) => this.#commit(handle)));
    } catch (error) {
      await this.close();
      throw new PlaneError((error as Error).message, { cause: error });
    }
    this.#adopt(plan);
    this.#serves = true;
    this.#tellHow(plan);
    return plan.pools.map(({ listen }) => listen.address);
  }

  /** See {@link DataPlane.reload}. Workers that end meanwhile are started again with whatever is in use then. */
  reload(pools: readonly PoolConfig[]): Promise<readonly PoolChange[]> {
    return this.#exclusive(async () => {
      const plan = this.#planner.make(pools);
      const handles = this.#running();
      const outcomes = await Promise.allSettled(handles.map((handle) => this.#prepare(handle, plan)));
      const ready = handles.filter((_, i) => outcomes[i].status === "fulfilled");
      const refusal = outcomes.map(refusalOf).find((error) => error !== null);
      if (refusal !== undefined) {
        await Promise.allSettled(ready.map((handle) => handle.call("abort", null)));
        throw new PlaneError(refusal.message, { cause: refusal });
      }
      const changes = await Promise.allSettled(ready.map((handle) => this.#commit(handle)));
      this.#adopt(plan);
      return changes.find((outcome) => outcome.status === "fulfilled")?.value ?? [];
    });
  }

  /** See {@link DataPlane.drain}. */
  drain(): void {
    this.#serves = false;
    // A worker that is just being started is told when it has started.
    void this.#exclusive(async () => {
      await Promise.all(this.#handles().map((handle) => handle.leave(Infinity)));
    });
    for (const handle of this.#running()) void handle.leave(Infinity);
  }

  /** See {@link DataPlane.close}. */
  async close(): Promise<void> {
    this.#serves = false;
    this.#closes = true;
    this.#stopWatching();
    await Promise.all(this.#handles().map((handle) => handle.close()));
  }

  /** See {@link DataPlane.numbers}. */
  numbers(): PlaneNumbers {
    const { clock } = this.#options;
    return fleetNumbers(
      this.#planner.current.pools,
      this.#members,
      this.#ended,
      clock.now(),
      clock.wallTime(),
    );
  }

  /** See {@link DataPlane.slowRequests}. */
  async slowRequests(): Promise<readonly SlowRequest[]> {
    const outcomes = await Promise.allSettled(
      this.#running().map((handle) => handle.call("slowRequests", null)),
    );
    const all = outcomes.flatMap((outcome) => outcome.status === "fulfilled" ? outcome.value : []);
    return all.sort((a, b) => b.timeMs - a.timeMs).slice(0, SLOW_REQUESTS_MAX);
  }

  /** See {@link DataPlane.locate}. All workers agree on which servers are live; so any of them knows. */
  async locate(pool: string, key: Uint8Array): Promise<KeyLocation | null> {
    const [handle] = this.#running();
    return handle === undefined ? null : await handle.call("locate", { pool, key });
  }

  /** See {@link DataPlane.logLevelChanged}. */
  logLevelChanged(level: LogLevel): void {
    this.#logLevel = level;
    for (const handle of this.#handles()) handle.setLogLevel(level);
  }

  /** See {@link WorkerControl.restart}. */
  async restart(worker: number): Promise<string | null> {
    const member = this.#members[worker];
    if (member === undefined) return `there is no worker ${worker}`;
    return await this.#exclusive(async () => {
      const { current } = member;
      if (member.leaving !== null) return `worker ${worker} was restarted before, and still has clients`;
      if (current === null || !this.#serves) return `worker ${worker} does not run`;
      member.current = null;
      member.leaving = current;
      this.#options.log.notice("workers", `worker ${worker} is restarted`);
      await current.leave(this.#options.leaveTimeoutMs);
      return await this.#revive(member) ? null : `worker ${worker} could not be started`;
    });
  }

  /** See {@link WorkerControl.kill}. */
  kill(worker: number): string | null {
    const handle = this.#members[worker]?.current ?? null;
    if (handle === null) return `worker ${worker} does not run`;
    handle.kill("an operator has ended it");
    return null;
  }

  /** See {@link WorkerOwner.said}. */
  said(lines: readonly Line[], dropped: number): void {
    const { log } = this.#options;
    for (const [level, module, text] of lines) log.write(level, module, text);
    if (dropped > 0) log.error("workers", `dropped ${dropped} lines`);
  }

  /** See {@link WorkerOwner.drained}. */
  drained(handle: WorkerHandle): void {
    if (this.#members[handle.worker].leaving === handle) void handle.close();
  }

  /** See {@link WorkerOwner.ended}. */
  ended(handle: WorkerHandle, reason: string): void {
    const { clock, log } = this.#options;
    const member = this.#members[handle.worker];
    this.#ended.add(handle.pools);
    this.#planner.release(handle.slot);
    const isUnexpected = member.ended(handle, clock.now());
    this.#adoptOrphans();
    this.#introduce();
    if (this.#closes) return;
    const clients = handle.numbers?.values[WorkerMetric.clientConnections] ?? 0;
    if (!isUnexpected) {
      const text = `the former worker ${handle.worker} has ended, and ${clients} clients with it: ${reason}`;
      return log.write(clients > 0 ? Level.WARN : Level.NOTICE, "workers", text);
    }
    log.error("workers", `worker ${handle.worker} has ended, and ${clients} clients with it: ${reason}`);
    if (!this.#serves) return;
    clock.after(() => void this.#exclusive(() => this.#revive(member)), member.pauseMs(clock.now()));
  }

  /** Starts an isolate for a worker that has none. Says whether it serves now; if not, that is tried again later. */
  async #revive(member: Member): Promise<boolean> {
    if (!this.#serves || member.current !== null) return false;
    const handle = this.#spawn(member);
    member.restarts++;
    try {
      await this.#setUp(handle);
      await this.#prepare(handle, this.#planner.current);
      await this.#commit(handle);
    } catch (error) {
      handle.terminate(`it could not be started: ${(error as Error).message}`);
      return false;
    }
    this.#adoptOrphans();
    this.#introduce();
    this.#options.log.notice("workers", `worker ${member.worker} serves again`);
    return true;
  }

  #spawn(member: Member): WorkerHandle {
    const { spawn, clock } = this.#options;
    const handle = new WorkerHandle(
      spawn(`worker ${member.worker}`),
      this,
      clock,
      member.worker,
      member.freeSlot(),
    );
    handle.setLogLevel(this.#logLevel);
    member.current = handle;
    return handle;
  }

  async #setUp(handle: WorkerHandle): Promise<void> {
    handle.numbers = await handle.call("start", this.#setupOf(handle));
  }

  async #prepare(handle: WorkerHandle, plan: Plan): Promise<void> {
    await handle.call("prepare", configOf(plan, handle.worker));
  }

  async #commit(handle: WorkerHandle): Promise<readonly PoolChange[]> {
    const { changes, pools } = await handle.call("commit", null);
    handle.pools = pools;
    handle.ready();
    return changes;
  }

  #setupOf({ worker, slot, control }: WorkerHandle): WorkerSetup {
    const { workers, mbufBytes, memoryBytesMax, logSamplePeriod } = this.#options;
    return {
      worker,
      workers,
      slot,
      control,
      mbufBytes,
      memoryBytesMax: memoryBytesMax / workers,
      logSamplePeriod,
      startedAtMs: this.#startedAtMs,
    };
  }

  /** The workers use a configuration: everything new is started with it too. */
  #adopt(plan: Plan): void {
    const before = this.#planner.current.pools;
    this.#planner.use(plan);
    const staying = plan.pools.filter((pool) => before.some((other) => isSamePool(pool, other)));
    this.#ended.reshape(plan.pools.map(shapeOf), new Set(staying.map(({ name }) => name)));
    this.#adoptOrphans();
    this.#introduce();
  }

  #tellHow({ workerOf }: Plan): void {
    const { log, workers } = this.#options;
    log.notice("workers", `${workers} workers serve clients`);
    for (const [place, worker] of workerOf) {
      log.notice("workers", `${place} is served by worker ${worker} alone, because it cannot be shared`);
    }
  }

  /** Has somebody probe the servers whose worker has ended. */
  #adoptOrphans(): void {
    const [heir] = this.#running();
    if (heir === undefined) return;
    this.#planner.adoptOrphans(new Set(this.#handles().map(({ slot }) => slot)), heir.slot);
  }

  /** Lets every worker know where the others count. */
  #introduce(): void {
    const handles = this.#handles();
    for (const handle of handles) {
      const running = handles.filter((other) => other !== handle).flatMap(({ pools }) => pools);
      handle.tell({ kind: "others", running, ended: this.#ended.pools });
    }
  }

  /** Ends workers that do not move. */
  #watch(): void {
    for (const handle of this.#handles()) {
      if (handle.look() < STUCK_LOOKS_MAX) continue;
      handle.terminate(`it has not moved for ${STUCK_LOOKS_MAX * WATCH_MS} msec`);
    }
  }

  #handles(): WorkerHandle[] {
    return this.#members.flatMap((member) => member.handles());
  }

  #running(): WorkerHandle[] {
    return this.#handles().filter(({ state }) => state === "running");
  }

  #exclusive<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(act);
    this.#busy = done.catch(() => {});
    return done;
  }
}

function refusalOf(outcome: PromiseSettledResult<unknown>): RefusedError | null {
  return outcome.status === "rejected" && outcome.reason instanceof RefusedError ? outcome.reason : null;
}
