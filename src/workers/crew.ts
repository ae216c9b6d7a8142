/**
 * The isolates of all workers: how they are made, and what is said to all of them.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { LogLevel } from "../log/level.ts";
import type { PoolNumbers } from "../metrics/pool_numbers.ts";
import type { PoolChange } from "../proxy/pool_change.ts";
import { shareOf } from "./budget.ts";
import { STUCK_LOOKS_MAX, WATCH_MS } from "./limits.ts";
import { Member } from "./member.ts";
import type { WorkerSetup } from "./messages.ts";
import { configOf, type Plan } from "./plan.ts";
import { WorkerHandle, type WorkerLike, type WorkerOwner } from "./worker_handle.ts";

/** What isolates are made with. */
export interface CrewOptions {
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
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** The greatest level of the lines that are written. */
  readonly logLevel: LogLevel;
  /** `-m`: the size of an mbuf, in bytes. */
  readonly mbufBytes: number;
  /** `--max-memory` of the process, in bytes; Infinity for no limit. */
  readonly memoryBytesMax: number;
  /** `--log-sample`. */
  readonly logSamplePeriod: number;
}

/** See the module. */
export class Crew {
  /** The workers, in the order of their numbers. */
  readonly members: readonly Member[];
  readonly #options: CrewOptions;
  readonly #owner: WorkerOwner;
  readonly #startedAtMs: number;
  #logLevel: LogLevel;
  /** How many clients all workers may have; Infinity for no limit. */
  #clientsMax = Infinity;

  /**
   * Makes workers without isolates.
   *
   * @param options What isolates are made with.
   * @param owner Is told what they say and how they end.
   */
  constructor(options: CrewOptions, owner: WorkerOwner) {
    const { workers, random, clock, logLevel } = options;
    this.members = Array.from({ length: workers }, (_, worker) => new Member(worker, workers, random));
    this.#options = options;
    this.#owner = owner;
    this.#startedAtMs = clock.wallTime();
    this.#logLevel = logLevel;
  }

  /** All isolates that have not ended. */
  handles(): WorkerHandle[] {
    return this.members.flatMap((member) => member.handles());
  }

  /** The isolates that serve and accept. */
  running(): WorkerHandle[] {
    return this.handles().filter(({ state }) => state === "running");
  }

  /**
   * Makes an isolate.
   *
   * @param member The worker that it is for, which has no current one.
   * @returns The isolate, which waits for its setup.
   */
  spawn(member: Member): WorkerHandle {
    const { spawn, clock } = this.#options;
    const { worker } = member;
    const handle = new WorkerHandle(spawn(`worker ${worker}`), this.#owner, clock, worker, member.freeSlot());
    handle.setLogLevel(this.#logLevel);
    member.current = handle;
    return handle;
  }

  /**
   * Gives an isolate a data path without pools.
   *
   * @param handle The isolate.
   * @returns A promise that rejects if the isolate ends.
   */
  async setUp(handle: WorkerHandle): Promise<void> {
    handle.numbers = await handle.call("start", this.#setupOf(handle));
    this.#tellClientsMax(handle);
  }

  /**
   * Makes an isolate ready for a configuration.
   *
   * @param handle The isolate.
   * @param plan The configuration.
   * @returns A promise that rejects with a {@link RefusedError} if it cannot be used, or if the isolate ends.
   */
  async prepare(handle: WorkerHandle, plan: Plan): Promise<void> {
    await handle.call("prepare", configOf(plan, handle.worker));
  }

  /**
   * Has an isolate use what it was made ready for.
   *
   * @param handle The isolate.
   * @returns What has changed. Rejects if the isolate ends.
   */
  async commit(handle: WorkerHandle): Promise<readonly PoolChange[]> {
    const { changes, pools } = await handle.call("commit", null);
    handle.pools = pools;
    handle.ready();
    return changes;
  }

  /**
   * Has an isolate that was set up serve clients.
   *
   * @param handle The isolate.
   * @param plan The configuration.
   * @returns A promise that rejects as those of {@link prepare} and {@link commit}.
   */
  async begin(handle: WorkerHandle, plan: Plan): Promise<void> {
    await this.prepare(handle, plan);
    await this.commit(handle);
  }

  /**
   * Lets every worker know where the others count.
   *
   * @param ended The counters of workers that have ended.
   */
  introduce(ended: readonly PoolNumbers[]): void {
    const handles = this.handles();
    for (const handle of handles) {
      const running = handles.filter((other) => other !== handle).flatMap(({ pools }) => pools);
      handle.tell({ kind: "others", running, ended });
    }
  }

  /**
   * Says which lines the log takes now.
   *
   * @param level The greatest level that is written.
   */
  setLogLevel(level: LogLevel): void {
    this.#logLevel = level;
    for (const handle of this.handles()) handle.setLogLevel(level);
  }

  /**
   * Turns away clients from some number on.
   *
   * @param max How many all workers together may have.
   */
  limitClients(max: number): void {
    this.#clientsMax = max;
    for (const handle of this.handles()) this.#tellClientsMax(handle);
  }

  /** Ends isolates that have not moved for long. Call it every {@link WATCH_MS}. */
  endStuck(): void {
    for (const handle of this.handles()) {
      if (handle.look() < STUCK_LOOKS_MAX) continue;
      handle.terminate(`it has not moved for ${STUCK_LOOKS_MAX * WATCH_MS} msec`);
    }
  }

  #tellClientsMax(handle: WorkerHandle): void {
    if (this.#clientsMax === Infinity) return;
    const max = Math.max(1, shareOf(this.#clientsMax, handle.worker, this.#options.workers));
    handle.tell({ kind: "clientsMax", max });
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
}
