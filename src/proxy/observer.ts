/**
 * Tells people of single requests: the slow ones, and those of the access log.
 *
 * Nothing is done here for a request that is neither. Values never leave the proxy this way, and keys are cut.
 *
 * @module
 */

import { decode } from "../base/ascii.ts";
import type { PoolConfig } from "../config/config.ts";
import { Level } from "../log/level.ts";
import type { Log } from "../log/log.ts";
import { PoolMetric } from "../metrics/table.ts";
import type { Codec } from "../protocol/contract.ts";
import { KEY_BYTES_SHOWN } from "./limits.ts";
import type { Request } from "./request.ts";
import type { Runtime } from "./runtime.ts";

/** What is known of a request when its reply is here, or its time has run out. */
export interface Observation {
  /** The request. */
  readonly request: Request;
  /** Its server's name. */
  readonly server: string;
  /** How long it waited in the proxy, in milliseconds. */
  readonly queueMs: number;
  /** How long its reply took from then on, in milliseconds. */
  readonly serverMs: number;
  /** The request's first bytes; empty if they are not known any more. */
  readonly head: Uint8Array;
  /** Whether its time has run out. */
  readonly timedOut: boolean;
  /** Why its server did not answer it; null if it did. */
  readonly failure: string | null;
}

/** What one pool tells of its requests. */
export class Observer {
  /** From how many milliseconds on a request is slow; Infinity if none ever is. */
  readonly slowMs: number;
  readonly #runtime: Runtime;
  readonly #config: PoolConfig;
  readonly #codec: Codec;
  readonly #counters: Float64Array;

  /**
   * Makes the observer of a pool.
   *
   * @param runtime What all share.
   * @param config What the file says of the pool.
   * @param codec Its protocol.
   * @param counters Its numbers.
   */
  constructor(runtime: Runtime, config: PoolConfig, codec: Codec, counters: Float64Array) {
    this.#runtime = runtime;
    this.#config = config;
    this.#codec = codec;
    this.#counters = counters;
    this.slowMs = config.slowlogThresholdMs || Infinity;
  }

  /** Whether the first bytes of requests are of use to anybody; asked once per connection. */
  get wantsBytes(): boolean {
    const { log, accessLog } = this.#runtime;
    return this.slowMs < Infinity || accessLog.period > 0 || log.enabled(Level.VERB);
  }

  /**
   * Counts slow requests.
   *
   * @param count How many.
   */
  countSlow(count: number): void {
    this.#counters[PoolMetric.slowRequests] += count;
  }

  /**
   * Keeps a slow request, unless there were too many of late.
   *
   * @param observation What is known of it.
   */
  slow(observation: Observation): void {
    if (!this.#runtime.slowLog.hasRoom(this.#runtime.turn.nowMs)) return;
    const { request, server, queueMs, serverMs, head, timedOut } = observation;
    this.#runtime.slowLog.add({
      timeMs: this.#runtime.clock.wallTime(),
      pool: this.#config.name,
      server,
      client: request.client?.peer ?? "gone",
      ...this.#describe(head),
      queueUs: Math.round(queueMs * 1000),
      serverUs: Math.round(serverMs * 1000),
      timedOut,
    });
  }

  /**
   * Writes a request into the access log.
   *
   * @param observation What is known of it.
   */
  access(observation: Observation): void {
    const { request, server, queueMs, serverMs, head, failure } = observation;
    const { command, key } = this.#describe(head);
    const client = request.client?.peer ?? "gone";
    const times = `queue ${Math.round(queueMs * 1000)} us, server ${Math.round(serverMs * 1000)} us`;
    const outcome = failure === null ? "" : `, failed: ${failure}`;
    this.#write(`${client} ${command} ${key ?? "-"} to '${server}', ${times}${outcome}`);
  }

  /**
   * Writes a request into the access log that no server answers.
   *
   * @param peer Where its client comes from.
   * @param head The request's first bytes.
   * @param hasKey Whether it was for a server. Else what stands behind the command is left out: it need not be a key, but may
   *   be a password, and behind a mistyped command it may be anything.
   * @param outcome What became of it.
   */
  accessUnanswered(peer: string, head: Uint8Array, hasKey: boolean, outcome: string): void {
    const { command, key } = this.#describe(head);
    this.#write(`${peer} ${command} ${(hasKey ? key : null) ?? "-"} ${outcome}`);
  }

  #write(text: string): void {
    const { log, accessLog } = this.#runtime;
    // A sample that was asked for shows without -v.
    const level = accessLog.period > 0 ? Level.NOTICE : Level.VERB;
    log.write(level, "access", `pool '${this.#config.name}' ${text}`);
  }

  #describe(head: Uint8Array): { command: string; key: string | null } {
    const description = head.length === 0 ? null : this.#codec.describe(head);
    if (description === null) return { command: "?", key: null };
    const { command, keyStart, keyEnd } = description;
    if (keyEnd <= keyStart || this.#config.maskKeys) return { command, key: null };
    return { command, key: showKey(head, keyStart, keyEnd) };
  }
}

/**
 * Shows a key to people.
 *
 * @param bytes The array that holds it.
 * @param start Offset of its first byte.
 * @param end Offset after its last byte; it may lie beyond the array.
 * @returns At most 64 bytes of it, as UTF-8, control characters as `\x0a`; `...` stands for what was cut.
 */
export function showKey(bytes: Uint8Array, start: number, end: number): string {
  const cut = Math.min(end, start + KEY_BYTES_SHOWN, bytes.length);
  const text = decode(bytes, start, cut).replace(
    // deno-lint-ignore no-control-regex
    /[\x00-\x1f\x7f-\x9f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return cut < end ? `${text}...` : text;
}

/** Which requests the access log takes. */
export class AccessLog {
  /** One of how many requests is written; 0 for none but by the level of the log. */
  readonly period: number;
  readonly #log: Log;
  #dueIn: number;

  /**
   * Makes a schedule.
   *
   * @param period One of how many requests is written; 0 for none but by the level of the log.
   * @param log Its level may ask for all.
   */
  constructor(period: number, log: Log) {
    this.period = period;
    this.#log = log;
    this.#dueIn = period;
  }

  /** Counts a request, and says whether it is to be written. */
  takesNext(): boolean {
    if (this.#log.enabled(Level.VERB)) return true;
    if (this.period === 0 || --this.#dueIn > 0) return false;
    this.#dueIn = this.period;
    return true;
  }
}
