/**
 * A fleet whose workers run in the test's own isolate, over networks in memory and a clock that the test moves.
 *
 * @module
 */

import { ManualClock } from "../../../src/base/clock.ts";
import type { PoolConfig } from "../../../src/config/config.ts";
import { type Log, nullLog } from "../../../src/log/log.ts";
import type { Address } from "../../../src/net/address.ts";
import type { Command, Report, WorkerSetup } from "../../../src/workers/messages.ts";
import { Fleet, type FleetOptions } from "../../../src/workers/fleet.ts";
import type { WorkerLike } from "../../../src/workers/worker_handle.ts";
import { WorkerHost } from "../../../src/workers/worker_host.ts";
import { MemoryNetwork, settle } from "../../support/memory_network.ts";

/** One isolate that is none. */
export class FakeIsolate implements WorkerLike {
  /** What it is called. */
  readonly name: string;
  /** Its network, which no other worker shares. */
  readonly network = new MemoryNetwork();
  /** The kinds of the messages that it was sent. */
  readonly heard: string[] = [];
  /** Is told the kind of each message. */
  onHeard: (kind: string) => void = () => {};
  /** Whether it was ended from outside. */
  isTerminated = false;
  /** Whether it leaves what it is sent lying. */
  isStuck = false;
  /** What it was started with; null until then. */
  setup: WorkerSetup | null = null;
  /** The kind of the message that it dies of. */
  diesOf: string | null = null;
  readonly #host: WorkerHost;
  readonly #events = new EventTarget();

  /**
   * Makes an isolate.
   *
   * @param name What it is called.
   * @param clock Its time.
   */
  constructor(name: string, clock: ManualClock) {
    this.name = name;
    this.#host = new WorkerHost({
      clock,
      network: this.network,
      random: () => 0,
      collectGarbage: null,
      pid: 1,
      report: (report) => this.#report(report),
    });
  }

  /** See {@link WorkerLike.addEventListener}. */
  addEventListener(type: "message", listener: (event: MessageEvent<Report>) => void): void;
  /** See {@link WorkerLike.addEventListener}. */
  addEventListener(type: "error", listener: (event: ErrorEvent) => void): void;
  addEventListener(type: string, listener: (event: never) => void): void {
    this.#events.addEventListener(type, listener as EventListener);
  }

  /** See {@link WorkerLike.postMessage}. */
  postMessage(command: Command): void {
    this.heard.push(command.kind);
    this.onHeard(command.kind);
    if (command.kind === "start") this.setup = command.asks;
    queueMicrotask(() => this.#take(command));
  }

  /** See {@link WorkerLike.terminate}. */
  terminate(): void {
    this.isTerminated = true;
  }

  #take(command: Command): void {
    if (this.isTerminated || this.isStuck) return;
    try {
      if (this.diesOf === command.kind) throw new Error(`it cannot bear ${command.kind}`);
      this.#host.handle(command);
    } catch (error) {
      this.#host.lastWords();
      this.isTerminated = true;
      this.#events.dispatchEvent(new ErrorEvent("error", { message: `${error}`, cancelable: true }));
    }
  }

  #report(report: Report): void {
    if (!this.isTerminated) this.#events.dispatchEvent(new MessageEvent("message", { data: report }));
  }
}

/** See the module. */
export class FleetRig {
  /** Time. */
  readonly clock = new ManualClock(1000);
  /** The network on which ports are looked at before they are bound. */
  readonly network = new MemoryNetwork();
  /** All isolates that were made, in order. */
  readonly isolates: FakeIsolate[] = [];
  /** All lines of the log. */
  readonly lines: string[] = [];
  /** What is tested. */
  readonly fleet: Fleet;
  /** Is done to each isolate when it is made. */
  onSpawn: (isolate: FakeIsolate) => void = () => {};

  /**
   * Makes a fleet that is not started.
   *
   * @param pools The pools that it begins with.
   * @param options What is unusual.
   */
  constructor(pools: readonly PoolConfig[], options: Partial<FleetOptions> = {}) {
    const note = (_: string, text: string) => void this.lines.push(text);
    const log: Log = {
      ...nullLog,
      write: (_, module, text) => note(module, text),
      notice: note,
      error: note,
    };
    this.fleet = new Fleet({
      workers: 2,
      spawn: (name) => {
        const isolate = new FakeIsolate(name, this.clock);
        this.isolates.push(isolate);
        this.onSpawn(isolate);
        return isolate;
      },
      clock: this.clock,
      network: this.network,
      random: () => 0,
      log,
      logLevel: 5,
      kernelSpreads: true,
      leaveTimeoutMs: 1000,
      mbufBytes: 512,
      memoryBytesMax: Infinity,
      logSamplePeriod: 0,
      ...options,
    }, pools);
  }

  /**
   * Moves the time in steps, and lets happen what follows.
   *
   * @param ms How many milliseconds.
   */
  async advance(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 10) {
      this.clock.advance(10);
      await settle();
    }
  }

  /**
   * Tells which isolates listen on an address.
   *
   * @param address The address.
   * @returns The places of the isolates in {@link isolates}.
   */
  async listening(address: Address): Promise<number[]> {
    const found: number[] = [];
    for (const [i, { network, isTerminated }] of this.isolates.entries()) {
      // The sockets of an isolate end with it; those in memory do not know of that.
      if (isTerminated) continue;
      const attempt = network.connect(address, { keepAlive: false }, new AbortController().signal);
      const transport = await attempt.catch(() => null);
      if (transport !== null) found.push(i);
      transport?.close();
    }
    return found;
  }
}
