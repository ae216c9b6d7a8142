/**
 * One worker's isolate, as the main isolate sees it.
 *
 * ```text
 *   starting ──ready()──▶ running ──leave()──▶ leaving ──drained, or its time is up──▶ ended
 *       └────────────────────┴──────── it dies, or kill() ───────┴────────────────────▶ ended
 * ```
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { LogLevel } from "../log/level.ts";
import type { PoolNumbers } from "../metrics/pool_numbers.ts";
import type { Notice } from "../protocol/peers.ts";
import { END_MAX_MS } from "./limits.ts";
import {
  type CallName,
  type Calls,
  type Command,
  Control,
  CONTROL_LENGTH,
  type Line,
  type Report,
  type Tidings,
  type WorkerNumbers,
} from "./messages.ts";

/** What a {@link WorkerHandle} drives: a `Worker`, or what a test puts in its place. */
export interface WorkerLike {
  /** Has a listener take what the worker sends. */
  addEventListener(type: "message", listener: (event: MessageEvent<Report>) => void): void;
  /** Has a listener take note of an error that nobody in the worker has caught, which has ended it. */
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  /** Sends something. */
  postMessage(command: Command): void;
  /** Ends it at once. */
  terminate(): void;
}

/** Whoever has the worker. */
export interface WorkerOwner {
  /** The worker has sent lines for the log. */
  said(lines: readonly Line[], dropped: number): void;
  /** A client of it wants to know something of all others. */
  asked(handle: WorkerHandle, id: number, pool: string, question: string): void;
  /** It has something that all others should know; null if they should forget all that. */
  told(handle: WorkerHandle, pool: string, notice: Notice | null): void;
  /** All its clients have gone. */
  drained(handle: WorkerHandle): void;
  /** It has ended. */
  ended(handle: WorkerHandle, reason: string): void;
}

/** A worker refuses to do what was asked, and goes on as it was. */
export class RefusedError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "RefusedError";
}

/** A worker has ended before it has done what was asked. */
export class EndedError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "EndedError";
}

/** What a worker is doing. */
export type WorkerState = "starting" | "running" | "leaving" | "ended";

interface Waiting {
  readonly resolve: (gives: never) => void;
  readonly reject: (error: Error) => void;
}

/** See the module. */
export class WorkerHandle {
  /** The worker's number, from 0. */
  readonly worker: number;
  /** Its place in shared memory. */
  readonly slot: number;
  /** When it was made, in milliseconds of the clock. */
  readonly startedMs: number;
  /** See {@link Control}. */
  readonly control = new Int32Array(new SharedArrayBuffer(CONTROL_LENGTH * Int32Array.BYTES_PER_ELEMENT));
  /** Its numbers; null until it has been set up. */
  numbers: WorkerNumbers | null = null;
  /** The numbers of the pools that it serves. */
  pools: readonly PoolNumbers[] = [];
  /** At how many looks in a row it has not moved. */
  stuckLooks = 0;
  readonly #isolate: WorkerLike;
  readonly #owner: WorkerOwner;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #state: WorkerState = "starting";
  #hasDrained = false;
  #nextId = 0;
  #beats = 0;
  /** Calls the end of its time to leave off. */
  #stopTimer = (): void => {};

  /**
   * Takes over an isolate that has just been made.
   *
   * @param isolate The isolate.
   * @param owner Whoever has it.
   * @param clock Keeps the time.
   * @param worker The worker's number, from 0.
   * @param slot Its place in shared memory.
   */
  constructor(isolate: WorkerLike, owner: WorkerOwner, clock: Clock, worker: number, slot: number) {
    this.#isolate = isolate;
    this.#owner = owner;
    this.#clock = clock;
    this.worker = worker;
    this.slot = slot;
    this.startedMs = clock.now();
    isolate.addEventListener("message", ({ data }) => this.#heard(data));
    isolate.addEventListener("error", (event) => {
      // Without this the error would end the process.
      event.preventDefault();
      const { message, filename, lineno } = event;
      this.#end(lineno > 0 ? `${message} (${filename}:${lineno})` : message);
    });
  }

  /** What it is doing. */
  get state(): WorkerState {
    return this.#state;
  }

  /** Whether it has no clients any more, and gets no new ones. */
  get hasDrained(): boolean {
    return this.#hasDrained || this.#state === "ended";
  }

  /** Takes note that it serves clients now. */
  ready(): void {
    if (this.#state === "starting") this.#state = "running";
  }

  /**
   * Asks it to do something.
   *
   * @param kind What.
   * @param asks With what.
   * @returns What it replies. Rejects with a {@link RefusedError} if it will not, with an {@link EndedError} if it ends.
   */
  call<K extends CallName>(kind: K, asks: Calls[K]["asks"]): Promise<Calls[K]["gives"]> {
    if (this.#state === "ended") return Promise.reject(this.#gone());
    const id = this.#nextId++;
    return new Promise<Calls[K]["gives"]>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#isolate.postMessage({ kind, id, asks } as Command);
    });
  }

  /**
   * Tells it something that needs no reply.
   *
   * @param tidings What.
   */
  tell(tidings: Tidings): void {
    if (this.#state !== "ended") this.#isolate.postMessage(tidings);
  }

  /**
   * Sets the greatest level of the lines that it makes.
   *
   * @param level The level.
   */
  setLogLevel(level: LogLevel): void {
    this.control[Control.logLevel] = level;
  }

  /**
   * Has it let its clients go. {@link WorkerOwner.drained} is called when they have gone.
   *
   * @param timeoutMs After so many milliseconds it is ended whoever is left; Infinity for never.
   * @returns A promise that resolves when it does not listen any more.
   */
  async leave(timeoutMs: number): Promise<void> {
    if (this.#state === "ended" || this.#state === "leaving") return;
    this.#state = "leaving";
    if (timeoutMs < Infinity) {
      const reason = `clients were left behind, because ${timeoutMs} msec are over`;
      this.#stopTimer = this.#clock.after(() => this.#end(reason), timeoutMs);
    }
    // A call fails when the worker ends, which is what it is to do.
    await this.call("drain", null).catch(() => {});
  }

  /**
   * Has it end by an error that nobody catches, as a defect would. If it cannot even do that, it is ended from outside.
   *
   * @param reason Why.
   */
  kill(reason: string): void {
    if (this.#state === "ended") return;
    this.#isolate.postMessage({ kind: "fail", reason });
    this.#clock.after(() => this.#end(reason), END_MAX_MS);
  }

  /**
   * Looks whether it has moved since the last look.
   *
   * @returns At how many looks in a row it has not.
   */
  look(): number {
    const beats = Atomics.load(this.control, Control.beats);
    this.stuckLooks = beats === this.#beats ? this.stuckLooks + 1 : 0;
    this.#beats = beats;
    return this.stuckLooks;
  }

  /** Closes all that it has and ends it. Resolves when that is done. */
  async close(): Promise<void> {
    if (this.#state === "ended") return;
    this.#state = "leaving";
    const patience = Promise.withResolvers<void>();
    const stop = this.#clock.after(patience.resolve, END_MAX_MS);
    await Promise.race([this.call("close", null).catch(() => {}), patience.promise]);
    stop();
    this.#end("it is not needed any more");
  }

  /**
   * Ends it from outside.
   *
   * @param reason Why.
   */
  terminate(reason: string): void {
    this.#end(reason);
  }

  #heard(report: Report): void {
    if (this.#state === "ended") return;
    switch (report.kind) {
      case "reply":
        return this.#take(report.id)?.resolve(report.gives as never);
      case "refused":
        return this.#take(report.id)?.reject(new RefusedError(report.reason));
      case "lines":
        Atomics.sub(this.control, Control.linesQueued, report.lines.length);
        return this.#owner.said(report.lines, report.dropped);
      case "ask":
        return this.#owner.asked(this, report.id, report.pool, report.question);
      case "tell":
        return this.#owner.told(this, report.pool, report.notice);
      case "drained":
        this.#hasDrained = true;
        return this.#owner.drained(this);
    }
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #end(reason: string): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#stopTimer();
    this.#isolate.terminate();
    for (const { reject } of this.#waiting.values()) reject(this.#gone(reason));
    this.#waiting.clear();
    this.#owner.ended(this, reason);
  }

  #gone(reason = "it has ended"): EndedError {
    return new EndedError(`worker ${this.worker}: ${reason}`);
  }
}
