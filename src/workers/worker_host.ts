/**
 * What runs in a worker: it does what the main isolate asks for.
 *
 * @module
 */

import { ListenError } from "../proxy/listeners.ts";
import { DRAIN_LOOK_MS, UNLINK_ROUNDS } from "./limits.ts";
import type { CallName, Calls, Command } from "./messages.ts";
import { WorkerPlane, type WorkerSurroundings } from "./worker_plane.ts";

/** Ends a worker that was asked to fail; nobody catches it. */
export class WorkerFailure extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "WorkerFailure";
}

/** What is replied to as soon as it is heard. */
type Answerable = Exclude<Extract<Command, { readonly id: number }>, { readonly kind: "unlisten" }>;

/** See the module. */
export class WorkerHost {
  readonly #surroundings: WorkerSurroundings;
  #running: WorkerPlane | null = null;

  /**
   * Makes a worker that waits for its setup.
   *
   * @param surroundings What it needs of its isolate.
   */
  constructor(surroundings: WorkerSurroundings) {
    this.#surroundings = surroundings;
  }

  /**
   * Does what the main isolate asks for.
   *
   * @param command What it is.
   * @throws {WorkerFailure} If that is what is asked for.
   */
  handle(command: Command): void {
    switch (command.kind) {
      case "others":
        return this.#running?.shares.meet(command.running, command.ended);
      case "answers":
        return this.#running?.shares.peersOfAll.answered(command.to, command.answers);
      case "told":
        return this.#running?.proxy.told(command.pool, command.notice);
      case "clientsMax":
        return this.#running?.proxy.limitClients(command.max);
      case "unlisten":
        return void this.#unlisten(command.id);
      case "fail":
        throw new WorkerFailure(command.reason);
      default:
        return this.#answer(command);
    }
  }

  /** Brings the numbers up to date for the last time, and sends the last lines: the isolate is about to end. */
  lastWords(): void {
    this.#running?.measure();
    this.#running?.log.flush();
  }

  #answer(command: Answerable): void {
    const { id } = command;
    try {
      this.#surroundings.report({ kind: "reply", id, gives: this.#give(command) });
    } catch (error) {
      if (!(error instanceof ListenError)) throw error;
      this.#surroundings.report({ kind: "refused", id, reason: error.message });
    }
  }

  /**
   * The kernel resets those who wait to be accepted when their listener is closed. So it is closed when the event loop has just
   * come round, and all who had come by then are accepted. Deno unlinks the path of a Unix socket somewhat later; before that
   * nobody may listen there, whose path it would take away.
   */
  async #unlisten(id: number): Promise<void> {
    const { clock, report } = this.#surroundings;
    const round = () => new Promise<void>((resolve) => clock.soon(resolve));
    await round();
    this.#running?.proxy.unlisten();
    for (let i = 0; i < UNLINK_ROUNDS; i++) await round();
    report({ kind: "reply", id, gives: null });
  }

  #give(command: Answerable): Calls[CallName]["gives"] {
    if (command.kind === "start") {
      this.#running = new WorkerPlane(this.#surroundings, command.asks);
      return this.#running.numbers;
    }
    const running = this.#running;
    if (running === null) return null;
    switch (command.kind) {
      case "prepare":
        running.prepare(command.asks);
        return null;
      case "commit":
        return running.commit();
      case "abort":
        running.abort();
        return null;
      case "slowRequests":
        return running.proxy.slowRequests();
      case "locate":
        return running.proxy.locate(command.asks.pool, command.asks.key);
      case "consult":
        return running.proxy.consulted(command.asks.pool, command.asks.question);
      case "drain":
        this.#drain(running);
        return null;
      case "close":
        running.proxy.close();
        this.lastWords();
        return null;
    }
  }

  #drain(running: WorkerPlane): void {
    const { clock, report } = this.#surroundings;
    running.proxy.drain();
    const stop = clock.every(() => {
      if (!running.proxy.isDrained) return;
      stop();
      this.lastWords();
      report({ kind: "drained" });
    }, DRAIN_LOOK_MS);
  }
}
