/**
 * Times the requests of one server connection.
 *
 * Requests of one turn that left with one write and were answered by one read have taken the same time. Such a run is
 * counted at once at its end, which costs each request three comparisons. Of a slow run the first request is told of: it
 * is the one that kept the others waiting.
 *
 * @module
 */

import { Level } from "../log/level.ts";
import type { Latency } from "../metrics/latency.ts";
import type { Observation, Observer } from "./observer.ts";
import type { Request } from "./request.ts";
import type { Runtime } from "./runtime.ts";
import { SentLog } from "./sent_log.ts";

/** Whose requests are timed. */
export interface TimingOwner {
  /** The server's name. */
  readonly name: string;
  /** How long its requests take. */
  readonly latency: Latency;
  /** Tells people of single requests. */
  readonly observer: Observer;
}

/** See the module. */
export class Timing {
  readonly #runtime: Runtime;
  readonly #owner: TimingOwner;
  /** When what was written. */
  readonly #sent: SentLog;
  /** Whether the log takes single requests. */
  #tellsEach = false;
  /** Up to where in the stream requests were written together with the latest one; -1 if each counts alone. */
  #runStreamEnd = -1;
  #runStartMs = 0;
  #runAccess = 0;
  #runQueueMs = 0;
  #runServerMs = 0;
  #runCount = 0;
  #runIsSlow = false;

  /**
   * Makes the timing of a new connection.
   *
   * @param runtime What all share.
   * @param owner The server.
   */
  constructor(runtime: Runtime, owner: TimingOwner) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.#sent = new SentLog(owner.observer.wantsBytes);
  }

  /**
   * Takes note that a write begins.
   *
   * @param bytes What is being written.
   */
  writing(bytes: Uint8Array<ArrayBuffer>): void {
    this.#sent.begin(bytes, this.#runtime.turn.nowMs);
  }

  /**
   * Takes note of what was written of the bytes that {@link writing} was given.
   *
   * @param count How many bytes.
   */
  wrote(count: number): void {
    this.#sent.end(count);
  }

  /** Takes note that bytes have come, which may answer requests; {@link done} follows. */
  received(): void {
    this.#tellsEach = this.#runtime.accessLog.period > 0 || this.#runtime.log.enabled(Level.VERB);
  }

  /**
   * Counts how long an answered request has taken, and tells of it if that is called for.
   *
   * @param request The request.
   * @param nowMs When its reply was read, in milliseconds of the clock.
   */
  answered(request: Request, nowMs: number): void {
    if (
      request.streamEnd <= this.#runStreamEnd && request.startMs === this.#runStartMs &&
      request.access === this.#runAccess
    ) {
      this.#runCount++;
    } else this.#begin(request, nowMs);
  }

  /** Takes note that all that the bytes answered has been told of by {@link answered}. */
  done(): void {
    if (this.#runCount > 0) {
      const { latency, observer } = this.#owner;
      latency.record(this.#runAccess, this.#runQueueMs * 1000, this.#runServerMs * 1000, this.#runCount);
      if (this.#runIsSlow) observer.countSlow(this.#runCount);
    }
    this.#runCount = 0;
    this.#runStreamEnd = -1;
  }

  /** The request takes another time than the one before it. */
  #begin(request: Request, nowMs: number): void {
    this.done();
    const { startMs, streamEnd, access } = request;
    // Answered before it was there as a whole.
    if (startMs === Infinity) return;
    const sentMs = Math.max(startMs, this.#sent.timeOf(streamEnd));
    this.#runAccess = access;
    this.#runStartMs = startMs;
    this.#runQueueMs = sentMs - startMs;
    this.#runServerMs = nowMs - sentMs;
    this.#runCount = 1;
    this.#runIsSlow = nowMs - startMs >= this.#owner.observer.slowMs;
    if (this.#runIsSlow) this.#owner.observer.slow(this.#observe(request, sentMs, nowMs, false, null));
    if (this.#tellsEach) this.#tell(request, sentMs, nowMs);
    // Others may only be counted with it if nothing is told of them.
    this.#runStreamEnd = this.#tellsEach ? -1 : this.#sent.markEnd;
  }

  #tell(request: Request, sentMs: number, nowMs: number): void {
    if (!this.#runtime.accessLog.takesNext()) return;
    this.#owner.observer.access(this.#observe(request, sentMs, nowMs, false, null));
  }

  /**
   * Tells of a request that its server will not answer, if that is called for.
   *
   * @param request The request.
   * @param isSent Whether all of it was written.
   * @param failure Why.
   */
  failed(request: Request, isSent: boolean, failure: string): void {
    // One that is still being passed on has no time yet.
    if (request.startMs === Infinity || !this.#runtime.accessLog.takesNext()) return;
    const sentMs = this.#sentMs(request, isSent);
    const { nowMs } = this.#runtime.turn;
    this.#owner.observer.access(this.#observe(request, sentMs, nowMs, false, failure));
  }

  /**
   * Tells of a request whose time has run out, if it was slow.
   *
   * @param request The request.
   * @param isSent Whether all of it was written.
   */
  expired(request: Request, isSent: boolean): void {
    const { observer } = this.#owner;
    const { nowMs } = this.#runtime.turn;
    if (nowMs - request.startMs < observer.slowMs) return;
    observer.countSlow(1);
    observer.slow(this.#observe(request, this.#sentMs(request, isSent), nowMs, true, null));
  }

  /** When a request that has no reply was written; now, if it was not. */
  #sentMs({ startMs, streamEnd }: Request, isSent: boolean): number {
    return isSent ? Math.max(startMs, this.#sent.timeOf(streamEnd)) : this.#runtime.turn.nowMs;
  }

  #observe(
    request: Request,
    sentMs: number,
    endMs: number,
    timedOut: boolean,
    failure: string | null,
  ): Observation {
    return {
      request,
      server: this.#owner.name,
      queueMs: sentMs - request.startMs,
      serverMs: endMs - sentMs,
      head: this.#sent.headOf(request.streamEnd, request.length),
      timedOut,
      failure,
    };
  }
}
