/**
 * What the main isolate and a worker tell each other.
 *
 * ```text
 *   main                                   worker
 *     start ─────────────────────────────▶  makes a data path without pools        ─▶ reply: its numbers
 *     prepare ───────────────────────────▶  binds what is new                      ─▶ reply, or refused
 *     commit, or abort ──────────────────▶  uses the configuration, or drops it    ─▶ reply: changes, numbers
 *     others ────────────────────────────▶  knows what the other workers count
 *     clientsMax ────────────────────────▶  turns away more clients
 *     answers ───────────────────────────▶  knows what the others say                 ask: it has a question to all others
 *     consult ───────────────────────────▶  answers such a question                 ─▶ reply
 *     told ──────────────────────────────▶  knows what another has told               tell: all others should know
 *     unlisten ──────────────────────────▶  listens no more                        ─▶ reply
 *     drain ─────────────────────────────▶  listens no more, lets its clients go   ─▶ reply; drained, in its time
 *     close ─────────────────────────────▶  closes everything                      ─▶ reply
 *                                           lines for the log                      ─▶ lines, at any time
 * ```
 *
 * Keys, values and replies of servers never pass between isolates; numbers lie in shared memory and are not sent.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import type { LogLevel } from "../log/level.ts";
import type { PoolNumbers } from "../metrics/pool_numbers.ts";
import type { KeyLocation, SlowRequest } from "../metrics/snapshot.ts";
import type { Notice } from "../protocol/peers.ts";
import type { PoolChange } from "../proxy/pool_change.ts";

/** Where each number is in the cells that a worker and the main isolate share. */
export const Control = {
  /** The greatest log level that is written. The main isolate writes it. */
  logLevel: 0,
  /** How many lines of the log are on their way. The worker adds, the main isolate takes away. */
  linesQueued: 1,
  /** Counts up while the worker moves. */
  beats: 2,
} as const;

/** How many numbers {@link Control} has. */
export const CONTROL_LENGTH: number = Object.keys(Control).length;

/** Which worker it is, and what holds for as long as it runs. */
export interface WorkerSetup {
  /** Its number, from 0. */
  readonly worker: number;
  /** How many workers there are. */
  readonly workers: number;
  /** Its place in memory that is shared: no other isolate that runs has it. */
  readonly slot: number;
  /** `-m`: the size of an mbuf, in bytes. */
  readonly mbufBytes: number;
  /** Its share of `--max-memory`, in bytes. */
  readonly memoryBytesMax: number;
  /** `--log-sample`. */
  readonly logSamplePeriod: number;
  /** When the process began, in milliseconds since the epoch. */
  readonly startedAtMs: number;
  /** See {@link Control}. */
  readonly control: Int32Array<SharedArrayBuffer>;
}

/** What all workers share for one pool. */
export interface PoolCells {
  /** The pool's name. */
  readonly pool: string;
  /** One number: how many clients have come. */
  readonly issued: BigInt64Array<SharedArrayBuffer>;
  /** How many clients were admitted and have not left: all, and then those of each slot. */
  readonly admitted: Int32Array<SharedArrayBuffer>;
  /** How many connections to servers clients have to themselves: all, and then those of each slot. */
  readonly lent: Int32Array<SharedArrayBuffer>;
  /** The verdict on each server, by its name and address. */
  readonly verdicts: readonly VerdictCell[];
}

/** What all workers share for one server. */
export interface VerdictCell {
  /** The server's name. */
  readonly server: string;
  /** Its address, as people write it. */
  readonly address: string;
  /** One number; see `liveness/shared_verdict.ts`. */
  readonly cell: Int32Array<SharedArrayBuffer>;
}

/** A configuration for a worker. */
export interface WorkerConfig {
  /** The pools as the file has them. */
  readonly pools: readonly PoolConfig[];
  /** What all workers share, in the order of the pools. */
  readonly cells: readonly PoolCells[];
  /** Addresses, as people write them, that another worker listens on. */
  readonly elsewhere: readonly string[];
}

/** A worker's numbers, in memory that the main isolate reads. */
export interface WorkerNumbers {
  /** In the order of the table's worker metrics. */
  readonly values: Float64Array;
  /** How late its event loop's timers were: one histogram. */
  readonly eventLoopLag: Float64Array;
}

/** What a worker tells when it uses a configuration. */
export interface Committed {
  /** What has changed. */
  readonly changes: readonly PoolChange[];
  /** The numbers of its pools, in the order of the configuration. */
  readonly pools: readonly PoolNumbers[];
}

/** What is asked of a worker, and what it replies. */
export interface Calls {
  /** Makes a data path without pools. */
  readonly start: { readonly asks: WorkerSetup; readonly gives: WorkerNumbers };
  /** Makes ready for a configuration. */
  readonly prepare: { readonly asks: WorkerConfig; readonly gives: null };
  /** Uses what was prepared. */
  readonly commit: { readonly asks: null; readonly gives: Committed };
  /** Drops what was prepared. */
  readonly abort: { readonly asks: null; readonly gives: null };
  /** Gives its latest slow requests. */
  readonly slowRequests: { readonly asks: null; readonly gives: readonly SlowRequest[] };
  /** Looks a key up. */
  readonly locate: {
    readonly asks: { readonly pool: string; readonly key: Uint8Array };
    readonly gives: KeyLocation | null;
  };
  /** Answers what a client of another worker asks; null if it does not have the pool. */
  readonly consult: {
    readonly asks: { readonly pool: string; readonly question: string };
    readonly gives: string | null;
  };
  /** Stops listening; its clients stay. */
  readonly unlisten: { readonly asks: null; readonly gives: null };
  /** Stops listening, and lets its clients take what they are owed; `drained` is reported when they have gone. */
  readonly drain: { readonly asks: null; readonly gives: null };
  /** Closes everything. */
  readonly close: { readonly asks: null; readonly gives: null };
}

/** Something that is asked of a worker. */
export type CallName = keyof Calls;

/** What the main isolate tells without waiting for a reply. */
export type Tidings =
  | {
    readonly kind: "others";
    readonly running: readonly PoolNumbers[];
    readonly ended: readonly PoolNumbers[];
  }
  | { readonly kind: "clientsMax"; readonly max: number }
  | { readonly kind: "answers"; readonly to: number; readonly answers: readonly string[] }
  | { readonly kind: "told"; readonly pool: string; readonly notice: Notice | null };

/** What the main isolate sends. */
export type Command =
  | { readonly [K in CallName]: { readonly kind: K; readonly id: number; readonly asks: Calls[K]["asks"] } }[
    CallName
  ]
  | Tidings
  | { readonly kind: "fail"; readonly reason: string };

/** One line of the log: its level, who speaks, what is said. */
export type Line = readonly [level: LogLevel, module: string, text: string];

/** What a worker sends. */
export type Report =
  | { readonly kind: "reply"; readonly id: number; readonly gives: Calls[CallName]["gives"] }
  | { readonly kind: "refused"; readonly id: number; readonly reason: string }
  | { readonly kind: "lines"; readonly lines: readonly Line[]; readonly dropped: number }
  | { readonly kind: "ask"; readonly id: number; readonly pool: string; readonly question: string }
  | { readonly kind: "tell"; readonly pool: string; readonly notice: Notice | null }
  | { readonly kind: "drained" };
