/**
 * Puts another configuration in the place of the one in use, or leaves that one alone.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Log } from "../log/log.ts";
import type { ReloadState } from "../metrics/snapshot.ts";

/** What a {@link Reloader} needs; `T` is the configuration. */
export interface ReloaderOptions<T> {
  /** Tells the time. */
  readonly clock: Clock;
  /** Where it is said what came of it. */
  readonly log: Log;
  /** Reads and checks the whole file; throws if it cannot be used. */
  readonly load: () => T;
  /** Puts a configuration in use and gives what has changed, a line each; rejects with nothing changed if it cannot. */
  readonly apply: (config: T) => Promise<readonly string[]>;
  /** Says what is wrong, a line each, of what `load` or `apply` threw. */
  readonly explain: (error: unknown) => readonly string[];
}

/** See the module. Made when the first configuration is in use. */
export class Reloader<T> {
  readonly #options: ReloaderOptions<T>;
  #state: ReloadState;
  /** The latest attempt. */
  #latest: Promise<unknown> = Promise.resolve();

  /**
   * Takes note of the first configuration.
   *
   * @param options What it works with.
   */
  constructor(options: ReloaderOptions<T>) {
    this.#options = options;
    const atMs = options.clock.wallTime();
    this.#state = Object.freeze({ generation: 1, sinceMs: atMs, last: { ok: true, atMs, lines: [] } });
  }

  /** Which configuration is in use. */
  get state(): ReloadState {
    return this.#state;
  }

  /**
   * Loads the file and uses what it says, after the attempts that are under way. Never rejects: if the file cannot be
   * used, everything goes on as it was.
   *
   * @returns Which configuration is in use then, and what came of the attempt.
   */
  reload(): Promise<ReloadState> {
    const attempt = this.#latest.then(() => this.#attempt());
    this.#latest = attempt;
    return attempt;
  }

  async #attempt(): Promise<ReloadState> {
    const { clock, load, apply, explain } = this.#options;
    const { generation, sinceMs } = this.#state;
    const atMs = clock.wallTime();
    try {
      const lines = await apply(load());
      this.#state = lines.length === 0
        ? { generation, sinceMs, last: { ok: true, atMs, lines } }
        : { generation: generation + 1, sinceMs: atMs, last: { ok: true, atMs, lines } };
    } catch (error) {
      this.#state = { generation, sinceMs, last: { ok: false, atMs, lines: explain(error) } };
    }
    this.#tell(this.#state);
    return this.#state;
  }

  #tell({ generation, last }: ReloadState): void {
    const { log } = this.#options;
    if (!last.ok) {
      for (const line of last.lines) log.error("reload", line);
      log.error("reload", `the new configuration cannot be used, generation ${generation} stays`);
    } else if (last.lines.length === 0) {
      log.notice("reload", `nothing has changed, generation ${generation} stays`);
    } else {
      for (const line of last.lines) log.notice("reload", line);
      log.notice("reload", `configuration reloaded, this is generation ${generation}`);
    }
  }
}
