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

import type { PoolConfig } from "../config/config.ts";
import { Level, type LogLevel } from "../log/level.ts";
import type { Log } from "../log/log.ts";
import type { Notice } from "../protocol/peers.ts";
import type { KeyLocation, SlowRequest } from "../metrics/snapshot.ts";
import { WorkerMetric } from "../metrics/table.ts";
import type { Address } from "../net/address.ts";
import type { Network } from "../net/transport.ts";
import { SLOW_REQUESTS_MAX } from "../proxy/limits.ts";
import { isSamePool, type PoolChange } from "../proxy/pool_change.ts";
import { shapeOf } from "../proxy/pool_shape.ts";
import { Crew, type CrewOptions } from "./crew.ts";
import type { DataPlane, PlaneNumbers, WorkerControl } from "./data_plane.ts";
import { PlaneError } from "./data_plane.ts";
import { EndedNumbers } from "./ended_numbers.ts";
import { fleetNumbers } from "./fleet_numbers.ts";
import { WATCH_MS } from "./limits.ts";
import type { Member } from "./member.ts";
import type { Line } from "./messages.ts";
import { type Plan, Planner } from "./plan.ts";
import { Succession } from "./succession.ts";
import { Switchboard } from "./switchboard.ts";
import { RefusedError, type WorkerHandle, type WorkerOwner } from "./worker_handle.ts";

/** What a fleet needs. */
export interface FleetOptions extends CrewOptions {
  /** Looks whether ports are free. */
  readonly network: Network;
  /** Where lines go. */
  readonly log: Log;
  /** Whether the kernel spreads the clients of one TCP address over all who listen on it. */
  readonly kernelSpreads: boolean;
  /** How long the clients of a worker that is replaced may take what they are owed, in milliseconds. */
  readonly leaveTimeoutMs: number;
}

/** See the module. */
export class Fleet implements DataPlane, WorkerControl, WorkerOwner {
  /** See {@link DataPlane.control}. */
  readonly control: WorkerControl = this;
  readonly #options: FleetOptions;
  readonly #crew: Crew;
  readonly #planner: Planner;
  readonly #switchboard: Switchboard;
  readonly #succession: Succession;
  readonly #ended = new EndedNumbers();
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
    const { workers, network, kernelSpreads } = options;
    this.#options = options;
    this.#crew = new Crew(options, this);
    this.#switchboard = new Switchboard(() => this.#crew.handles());
    this.#planner = new Planner(network, workers, kernelSpreads, pools);
    this.#succession = new Succession({
      ...options,
      crew: this.#crew,
      plan: () => this.#planner.current,
      onServes: (handle) => this.#welcome(handle),
    });
  }

  /** See {@link DataPlane.clientCount}. */
  get clientCount(): number {
    return this.#crew.handles().reduce(
      (sum, { numbers }) => sum + (numbers?.values[WorkerMetric.clientConnections] ?? 0),
      0,
    );
  }

  /** See {@link DataPlane.isDrained}. */
  get isDrained(): boolean {
    return !this.#serves && this.#crew.handles().every((handle) => handle.hasDrained);
  }

  /** See {@link DataPlane.start}. */
  async start(): Promise<readonly Address[]> {
    const plan = this.#planner.make(this.#planner.current.pools);
    const { clock } = this.#options;
    this.#stopWatching = clock.every(() => this.#crew.endStuck(), WATCH_MS);
    const handles = this.#crew.members.map((member) => this.#crew.spawn(member));
    try {
      // Step by step all together: else the first that listens gets all clients who are waiting to come.
      await Promise.all(handles.map((handle) => this.#crew.setUp(handle)));
      await Promise.all(handles.map((handle) => this.#crew.prepare(handle, plan)));
      await Promise.all(handles.map((handle) => this.#crew.commit(handle)));
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
      if (!this.#serves) throw new PlaneError("the process is ending");
      const plan = this.#planner.make(pools);
      const handles = this.#crew.running();
      const outcomes = await Promise.allSettled(handles.map((handle) => this.#crew.prepare(handle, plan)));
      const ready = handles.filter((_, i) => outcomes[i].status === "fulfilled");
      const refusal = outcomes.map(refusalOf).find((error) => error !== null);
      if (refusal !== undefined) {
        await Promise.allSettled(ready.map((handle) => handle.call("abort", null)));
        throw new PlaneError(refusal.message, { cause: refusal });
      }
      const changes = await Promise.allSettled(ready.map((handle) => this.#crew.commit(handle)));
      this.#adopt(plan);
      return changes.find((outcome) => outcome.status === "fulfilled")?.value ?? [];
    });
  }

  /** See {@link DataPlane.drain}. A reload that is under way, or a worker that is being started, comes first. */
  drain(): void {
    this.#serves = false;
    void this.#exclusive(async () => {
      await Promise.all(this.#crew.handles().map((handle) => handle.leave(Infinity)));
    });
  }

  /** See {@link DataPlane.limitClients}. Each worker gets its share, because each admits its clients by itself. */
  limitClients(max: number): void {
    this.#crew.limitClients(max);
  }

  /** See {@link DataPlane.close}. */
  async close(): Promise<void> {
    this.#serves = false;
    this.#closes = true;
    this.#stopWatching();
    await Promise.all(this.#crew.handles().map((handle) => handle.close()));
  }

  /** See {@link DataPlane.numbers}. */
  numbers(): PlaneNumbers {
    const { clock } = this.#options;
    return fleetNumbers(
      this.#planner.current.pools,
      this.#crew.members,
      this.#ended,
      clock.now(),
      clock.wallTime(),
    );
  }

  /** See {@link DataPlane.slowRequests}. */
  async slowRequests(): Promise<readonly SlowRequest[]> {
    const outcomes = await Promise.allSettled(
      this.#crew.running().map((handle) => handle.call("slowRequests", null)),
    );
    const all = outcomes.flatMap((outcome) => outcome.status === "fulfilled" ? outcome.value : []);
    return all.sort((a, b) => b.timeMs - a.timeMs).slice(0, SLOW_REQUESTS_MAX);
  }

  /** See {@link DataPlane.locate}. All workers agree on which servers are live; so any of them knows. */
  async locate(pool: string, key: Uint8Array): Promise<KeyLocation | null> {
    const [handle] = this.#crew.running();
    return handle === undefined ? null : await handle.call("locate", { pool, key });
  }

  /** See {@link DataPlane.logLevelChanged}. */
  logLevelChanged(level: LogLevel): void {
    this.#crew.setLogLevel(level);
  }

  /** See {@link WorkerControl.restart}. */
  async restart(worker: number): Promise<string | null> {
    const member = this.#crew.members[worker];
    if (member === undefined) return `there is no worker ${worker}`;
    return await this.#exclusive(async () => {
      const { current } = member;
      if (member.leaving !== null) return `worker ${worker} was restarted before, and still has clients`;
      if (current?.state !== "running" || !this.#serves) return `worker ${worker} does not run`;
      this.#options.log.notice("workers", `worker ${worker} is restarted`);
      return await this.#succession.replace(member, current) ? null : `worker ${worker} could not be started`;
    });
  }

  /** See {@link WorkerControl.kill}. */
  kill(worker: number): string | null {
    const member = this.#crew.members[worker];
    // One that is being replaced still serves.
    const serving = member?.handles().find(({ state }) => state === "running");
    const handle = serving ?? member?.current ?? null;
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

  /** See {@link WorkerOwner.asked}. */
  asked(handle: WorkerHandle, id: number, pool: string, question: string): void {
    void this.#switchboard.ask(handle, id, pool, question);
  }

  /** See {@link WorkerOwner.told}. */
  told(handle: WorkerHandle, pool: string, notice: Notice | null): void {
    this.#switchboard.tell(handle, pool, notice);
  }

  /** See {@link WorkerOwner.drained}. */
  drained(handle: WorkerHandle): void {
    if (this.#crew.members[handle.worker].leaving === handle) void handle.close();
  }

  /** See {@link WorkerOwner.ended}. */
  ended(handle: WorkerHandle, reason: string): void {
    const { clock, log } = this.#options;
    const member = this.#crew.members[handle.worker];
    this.#ended.add(handle.pools);
    this.#planner.release(handle.slot);
    const isUnexpected = member.ended(handle, clock.now());
    this.#adoptOrphans();
    this.#crew.introduce(this.#ended.pools);
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

  /** Starts an isolate for a worker that has none; if that fails, it is tried again later. */
  async #revive(member: Member): Promise<void> {
    if (this.#serves && member.current === null) await this.#succession.revive(member);
  }

  /** The workers use a configuration: everything new is started with it too. */
  #adopt(plan: Plan): void {
    const before = this.#planner.current.pools;
    this.#planner.use(plan);
    const same = plan.pools.filter((pool) => before.some((other) => isSamePool(pool, other)));
    const staying = new Set(same.map(({ name }) => name));
    this.#ended.reshape(plan.pools.map(shapeOf), staying);
    this.#switchboard.retain(staying);
    this.#adoptOrphans();
    this.#crew.introduce(this.#ended.pools);
  }

  /** A worker has been started again. */
  #welcome(handle: WorkerHandle): void {
    this.#adoptOrphans();
    this.#crew.introduce(this.#ended.pools);
    this.#switchboard.brief(handle);
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
    const [heir] = this.#crew.running();
    if (heir === undefined) return;
    this.#planner.adoptOrphans(new Set(this.#crew.handles().map(({ slot }) => slot)), heir.slot);
  }

  #exclusive<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(act);
    // Who asked for it is told of its failure; the next one waits for its end only.
    this.#busy = done.catch(() => {});
    return done;
  }
}

function refusalOf(outcome: PromiseSettledResult<unknown>): RefusedError | null {
  return outcome.status === "rejected" && outcome.reason instanceof RefusedError ? outcome.reason : null;
}
