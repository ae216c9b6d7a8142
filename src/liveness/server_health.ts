/**
 * Whether a server takes part in the continuum: failures eject it, and only a good probe brings it back.
 *
 * ```text
 *          failed() × failureLimit            probeStarted()
 *   live ──────────────────────────▶ ejected ────────────────▶ probing
 *    ▲                                  ▲                        │  │
 *    │                                  └───── probeFailed() ────┘  │
 *    └──────────────────── probeSucceeded() ────────────────────────┘
 * ```
 *
 * A live server that has reached the limit without being ejected is failing. It is probed as well, and stays where it is:
 * whoever asks is to know whether it is well again, also if no request comes by that would show it.
 *
 * The caller decides what a failure is, sends the probes and keeps the time. Reports may come late, from
 * requests and probes that were under way when the state changed: one that the state has no arrow for changes
 * nothing.
 *
 * Where several judge one server, one of them ejects and probes it, and the others go by its verdict: they
 * `follow()` it into `ejected`, where no probe of theirs is due, and out of it with `followBack()`.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import { Backoff } from "./backoff.ts";

/** When a server is ejected, and when it is probed. */
export interface LivenessPolicy {
  /** `auto_eject_hosts`: whether failures eject a server at all. */
  readonly ejects: boolean;
  /** `server_failure_limit`: how many failures in a row eject it, from 1. */
  readonly failureLimit: number;
  /**
   * `server_retry_timeout`: milliseconds from the ejection to the first probe, and the shortest pause after
   * others.
   */
  readonly retryTimeoutMs: number;
  /** Longest pause after a failed probe, in milliseconds; less than `retryTimeoutMs` counts as that. */
  readonly backoffMaxMs: number;
  /** Milliseconds from the failure that makes a live server a failing one to its first probe. */
  readonly checkMs: number;
  /** By which share the pauses after failed probes vary at random, 0 to 1. */
  readonly jitter: number;
}

/**
 * What a server is at the moment.
 *
 * - `live`: it takes part in the continuum; its failures in a row are counted.
 * - `ejected`: it takes no part; a probe is due at `probeDueMs`, or never if somebody else probes it.
 * - `probing`: it takes no part; a probe is under way.
 */
export type ServerState = "live" | "ejected" | "probing";

/** The health of one server. Times are milliseconds of the caller's clock. */
export class ServerHealth {
  #policy: LivenessPolicy;
  #backoff: Backoff;
  /** The pauses between the probes of a failing server. */
  #checks: Backoff;
  readonly #random: () => number;
  #state: ServerState = "live";
  #failures = 0;
  #ejections = 0;
  #ejectedAtMs: number | null = null;
  #probeDueMs = Infinity;
  #sinceMs: number | null = null;

  /**
   * Makes a server that is live.
   *
   * @param policy When it is ejected and probed.
   * @param random Numbers from 0 to below 1, for the jitter.
   */
  constructor(policy: LivenessPolicy, random: () => number) {
    this.#random = random;
    this.#policy = policy;
    this.#backoff = this.#newBackoff();
    this.#checks = this.#newChecks();
  }

  /**
   * Goes on by other rules. The state stays: a server that is ejected comes back when it answers a probe, and a probe
   * that is due later than the rules now say is due then.
   *
   * @param policy When it is ejected and probed from now on.
   */
  setPolicy(policy: LivenessPolicy): void {
    const before = this.#policy;
    this.#policy = policy;
    if (
      policy.retryTimeoutMs === before.retryTimeoutMs && policy.backoffMaxMs === before.backoffMaxMs &&
      policy.jitter === before.jitter
    ) return;
    this.#backoff = this.#newBackoff();
    this.#checks = this.#newChecks();
    if (this.#state === "ejected") {
      this.#probeDueMs = Math.min(this.#probeDueMs, this.#sinceMs! + policy.retryTimeoutMs);
    }
  }

  /** What the server is now. */
  get state(): ServerState {
    return this.#state;
  }

  /** When the state was entered; null if it has always been this one. */
  get sinceMs(): number | null {
    return this.#sinceMs;
  }

  /** Whether it takes part in the continuum. */
  get live(): boolean {
    return this.#state === "live";
  }

  /** Whether it is live although it has reached the limit of failures. */
  get failing(): boolean {
    return this.#state === "live" && this.#failures >= this.#policy.failureLimit;
  }

  /** How many failures in a row were counted while it was live; 0 once they have ejected it. */
  get failures(): number {
    return this.#failures;
  }

  /** How often it has been ejected. */
  get ejections(): number {
    return this.#ejections;
  }

  /** When it was last ejected, whether or not it is live again; null if never. */
  get ejectedAtMs(): number | null {
    return this.#ejectedAtMs;
  }

  /**
   * When the next probe is due; Infinity while the server is live and not failing, a probe is under way or somebody else probes
   * it.
   */
  get probeDueMs(): number {
    return this.#probeDueMs;
  }

  /**
   * Counts a failure of a live server.
   *
   * @param nowMs When it failed.
   * @param mayEject Whether it may be ejected now, if the policy says so.
   * @returns True if this failure ejects it.
   */
  failed(nowMs: number, mayEject = true): boolean {
    if (this.#state !== "live") return false;
    this.#failures++;
    if (this.#failures < this.#policy.failureLimit) return false;
    if (!this.#policy.ejects || !mayEject) {
      if (this.#probeDueMs === Infinity) this.#probeDueMs = nowMs + this.#checks.next();
      return false;
    }
    this.#ejections++;
    this.#ejectedAtMs = nowMs;
    this.#move("ejected", nowMs, nowMs + this.#policy.retryTimeoutMs);
    return true;
  }

  /**
   * Ends the series of failures: a live server has answered a request. A late reply of an ejected one counts
   * nothing.
   */
  succeeded(): void {
    this.#failures = 0;
    if (this.#state !== "live") return;
    this.#probeDueMs = Infinity;
    this.#checks.reset();
  }

  /**
   * Says that a probe of the ejected server is on its way, which may start before it is due, or one of a failing server.
   *
   * @param nowMs When it started.
   */
  probeStarted(nowMs: number): void {
    if (this.#state === "live" && this.#probeDueMs !== Infinity) {
      this.#probeDueMs = Infinity;
      return;
    }
    assert(this.#state === "ejected", "only an ejected server is probed, by one probe at a time");
    this.#move("probing", nowMs);
  }

  /**
   * Says that the probe has failed; the next one is due after a pause that doubles each time. With a failing server that is a
   * failure of its own, see {@link failed}.
   *
   * @param nowMs When it failed.
   */
  probeFailed(nowMs: number): void {
    if (this.#state === "probing") this.#move("ejected", nowMs, nowMs + this.#backoff.next());
    else if (this.failing && this.#probeDueMs === Infinity) this.#probeDueMs = nowMs + this.#checks.next();
  }

  /**
   * Says that the probe was answered well, which makes the server live.
   *
   * @param nowMs When the answer came.
   * @returns True if it was not live until now.
   */
  probeSucceeded(nowMs: number): boolean {
    if (this.#state !== "probing") return false;
    this.#move("live", nowMs);
    return true;
  }

  /**
   * Goes by somebody else's verdict that the server is ejected, and leaves the probing to them.
   *
   * @param nowMs When it was learnt.
   * @returns True if it was live until now.
   */
  follow(nowMs: number): boolean {
    if (this.#state !== "live") {
      this.#probeDueMs = Infinity;
      return false;
    }
    this.#ejectedAtMs = nowMs;
    this.#move("ejected", nowMs);
    return true;
  }

  /**
   * Goes by somebody else's verdict that the server is live again.
   *
   * @param nowMs When it was learnt.
   * @returns True if it was not live until now.
   */
  followBack(nowMs: number): boolean {
    if (this.#state === "live") return false;
    this.#move("live", nowMs);
    return true;
  }

  /**
   * Probes from now on what somebody else has ejected.
   *
   * @param nowMs When the first probe is due.
   */
  takeOver(nowMs: number): void {
    if (this.#state === "ejected" && this.#probeDueMs === Infinity) this.#probeDueMs = nowMs;
  }

  #newBackoff(): Backoff {
    const { failureLimit, retryTimeoutMs, backoffMaxMs, jitter } = this.#policy;
    assert(failureLimit >= 1, "a server is ejected after one failure at the earliest");
    return new Backoff(retryTimeoutMs, backoffMaxMs, jitter, this.#random);
  }

  #newChecks(): Backoff {
    const { checkMs, retryTimeoutMs, jitter } = this.#policy;
    return new Backoff(checkMs, Math.max(checkMs, retryTimeoutMs), jitter, this.#random);
  }

  /** The one place where the state changes. */
  #move(state: ServerState, nowMs: number, probeDueMs = Infinity): void {
    assert(state === "ejected" || probeDueMs === Infinity, "a probe is due only while a server is ejected");
    this.#state = state;
    this.#sinceMs = nowMs;
    this.#probeDueMs = probeDueMs;
    this.#failures = 0;
    this.#checks.reset();
    if (state === "live") this.#backoff.reset();
  }
}
