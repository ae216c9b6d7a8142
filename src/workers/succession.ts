/**
 * How an isolate takes the place of another one of the same worker.
 *
 * ```text
 *   revive     the former one has ended        set up ─▶ listens, serves
 *   replace    the former one serves           set up ─▶ the former one listens no more ─▶ listens, serves ─▶ the former one leaves
 * ```
 *
 * @module
 */

import type { Log } from "../log/log.ts";
import type { Crew } from "./crew.ts";
import type { Member } from "./member.ts";
import type { Plan } from "./plan.ts";
import type { WorkerHandle } from "./worker_handle.ts";

/** What it takes. */
export interface SuccessionOptions {
  /** Makes isolates. */
  readonly crew: Crew;
  /** Gives the configuration in use. */
  readonly plan: () => Plan;
  /** How long the clients of a worker that is replaced may take what they are owed, in milliseconds. */
  readonly leaveTimeoutMs: number;
  /** Where lines go. */
  readonly log: Log;
  /** Is called when an isolate serves clients that has not before. */
  readonly onServes: (handle: WorkerHandle) => void;
}

/** See the module. Nothing else may change the workers meanwhile. */
export class Succession {
  readonly #options: SuccessionOptions;

  /**
   * Begins with nobody.
   *
   * @param options What it takes.
   */
  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /**
   * Starts an isolate for a worker that has none.
   *
   * @param member The worker.
   * @returns Whether it serves now; if not, the isolate has ended.
   */
  async revive(member: Member): Promise<boolean> {
    const handle = this.#options.crew.spawn(member);
    member.restarts++;
    return await this.#setUp(handle) && await this.#begin(handle);
  }

  /**
   * Starts an isolate in the place of one that serves, which then leaves. Its clients are sent away when the next one
   * listens: else those who come back at once would all go to the other workers. If there is no next one, everything stays as
   * it was.
   *
   * @param member The worker.
   * @param former The isolate that serves.
   * @returns Whether another one serves now.
   */
  async replace(member: Member, former: WorkerHandle): Promise<boolean> {
    const { crew, leaveTimeoutMs } = this.#options;
    member.leaving = former;
    const handle = crew.spawn(member);
    if (!await this.#setUp(handle)) {
      if (former.state !== "ended") [member.current, member.leaving] = [former, null];
      return false;
    }
    member.restarts++;
    // Where only one can listen, there is nobody for a moment.
    await former.call("unlisten", null).catch(() => {});
    const serves = await this.#begin(handle);
    await former.leave(leaveTimeoutMs);
    return serves;
  }

  async #setUp(handle: WorkerHandle): Promise<boolean> {
    return await this.#succeeds(handle, () => this.#options.crew.setUp(handle));
  }

  async #begin(handle: WorkerHandle): Promise<boolean> {
    const { crew, plan, log, onServes } = this.#options;
    if (!await this.#succeeds(handle, () => crew.begin(handle, plan()))) return false;
    onServes(handle);
    log.notice("workers", `worker ${handle.worker} serves again`);
    return true;
  }

  /** Does something that an isolate needs to serve; one that cannot is ended. */
  async #succeeds(handle: WorkerHandle, act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      handle.terminate(`it could not be started: ${(error as Error).message}`);
      return false;
    }
  }
}
