/**
 * Connects workers with each other: passes on what one asks all others, and what one has them know.
 *
 * What is to be known is kept, so that a worker that is started later knows it too.
 *
 * @module
 */

import type { Notice } from "../protocol/peers.ts";
import { NOTICES_MAX } from "./limits.ts";
import type { WorkerHandle } from "./worker_handle.ts";

/** See the module. */
export class Switchboard {
  readonly #handles: () => readonly WorkerHandle[];
  /** The notices of each pool by their names, the latest last. */
  readonly #notices = new Map<string, Map<string, Notice>>();

  /**
   * Connects nobody at first.
   *
   * @param handles Gives the isolates of all workers that have not ended.
   */
  constructor(handles: () => readonly WorkerHandle[]) {
    this.#handles = handles;
  }

  /**
   * Asks all workers but one. Those that end meanwhile have no clients any more, and so nothing to say.
   *
   * @param asker The one, who gets what they say.
   * @param id The question's number, as the asker counts.
   * @param pool The name of the pool that it is about.
   * @param question The question.
   */
  async ask(asker: WorkerHandle, id: number, pool: string, question: string): Promise<void> {
    const replies = await Promise.all(
      this.#othersThan(asker).map((handle) => handle.call("consult", { pool, question }).catch(() => null)),
    );
    asker.tell({ kind: "answers", to: id, answers: replies.filter((answer) => answer !== null) });
  }

  /**
   * Has all workers but one know something.
   *
   * @param teller The one, who knows.
   * @param pool The name of the pool that it is about.
   * @param notice What; null if all notices are to be forgotten.
   */
  tell(teller: WorkerHandle, pool: string, notice: Notice | null): void {
    this.#keep(pool, notice);
    for (const handle of this.#othersThan(teller)) handle.tell({ kind: "told", pool, notice });
  }

  /**
   * Has a worker that serves clients from now on know what has been told before.
   *
   * @param handle The worker.
   */
  brief(handle: WorkerHandle): void {
    for (const [pool, notices] of this.#notices) {
      for (const notice of notices.values()) handle.tell({ kind: "told", pool, notice });
    }
  }

  /**
   * Forgets what was told of other pools than these.
   *
   * @param pools The names of the pools that stay.
   */
  retain(pools: ReadonlySet<string>): void {
    for (const pool of this.#notices.keys()) if (!pools.has(pool)) this.#notices.delete(pool);
  }

  #keep(pool: string, notice: Notice | null): void {
    if (notice === null) {
      this.#notices.delete(pool);
      return;
    }
    const notices = this.#notices.get(pool) ?? new Map<string, Notice>();
    this.#notices.set(pool, notices);
    notices.delete(notice.name);
    notices.set(notice.name, notice);
    if (notices.size > NOTICES_MAX) notices.delete(notices.keys().next().value!);
  }

  /** Who has not been set up yet has no clients, and is not to be waited for. */
  #othersThan(one: WorkerHandle): WorkerHandle[] {
    return this.#handles().filter((handle) => handle !== one && handle.numbers !== null);
  }
}
