/**
 * The budget of descriptors: how many clients there may be, so that there is always a descriptor for a server.
 *
 * ```text
 *   limit of the process ┬─ what the platform has open
 *                        ├─ reserved: listeners, servers, the log, requests for statistics
 *                        └─ clients
 * ```
 *
 * A process may often have hundreds of thousands of descriptors, and nobody wants to wait until that is known. So the
 * search ends when there are enough for all clients that the configuration admits, or at {@link FAR_ENOUGH} if it admits
 * any number. A greater limit is noticed when it is reached, by whoever accepts.
 *
 * @module
 */

import type { Log } from "../log/log.ts";
import type { DescriptorProbe } from "./descriptor_probe.ts";

/** So many descriptors are looked for if any number of clients may come: less than a tenth of a second's work in all. */
export const FAR_ENOUGH = 4096;
/** So many are looked for at most, whatever the configuration admits: about a third of a second's work in all. */
export const FARTHEST = 16_384;
/** Of few descriptors clients get at least this share. */
const CLIENTS_SHARE_MIN = 0.25;

/** What a configuration needs. */
export interface DescriptorNeeds {
  /** For everything but clients. */
  readonly reserved: number;
  /** How many clients are admitted; Infinity if any number is. */
  readonly clients: number;
}

/** What a budget needs of the process. */
export interface BudgetSurroundings {
  /** Finds the limit. */
  readonly probe: DescriptorProbe;
  /** Where lines go. */
  readonly log: Log;
  /** How many sockets the configuration's parts have open now: clients, servers and listeners. */
  readonly sockets: () => number;
  /** Has the process admit so many clients at most. */
  readonly limitClients: (max: number) => void;
}

/** See the module. */
export class DescriptorBudget {
  readonly #surroundings: BudgetSurroundings;
  #needs: DescriptorNeeds;
  /** How many sockets there can be; null as long as no limit is known. */
  #socketsMax: number | null = null;

  /**
   * Makes a budget that limits nobody.
   *
   * @param surroundings What it needs.
   * @param needs What the configuration needs.
   */
  constructor(surroundings: BudgetSurroundings, needs: DescriptorNeeds) {
    this.#surroundings = surroundings;
    this.#needs = needs;
  }

  /** Begins to look for the limit; clients are limited, and people are told, when it is found. */
  start(): void {
    const { probe, sockets } = this.#surroundings;
    const { clients, reserved } = this.#needs;
    const enough = clients === Infinity ? FAR_ENOUGH : Math.min(clients + reserved, FARTHEST);
    probe.start(enough, (spare) => {
      if (spare === null) return;
      this.#socketsMax = spare + sockets();
      this.#apply();
    });
  }

  /** Stops looking. */
  stop(): void {
    this.#surroundings.probe.stop();
  }

  /**
   * Takes another configuration into account.
   *
   * @param needs What it needs.
   */
  adopt(needs: DescriptorNeeds): void {
    const isOther = needs.clients !== this.#needs.clients || needs.reserved !== this.#needs.reserved;
    this.#needs = needs;
    if (isOther && this.#socketsMax !== null) this.#apply();
  }

  #apply(): void {
    const { log, limitClients } = this.#surroundings;
    const socketsMax = this.#socketsMax!;
    const { reserved, clients } = this.#needs;
    const max = Math.max(1, Math.ceil(socketsMax * CLIENTS_SHARE_MIN), socketsMax - reserved);
    limitClients(max);
    const kept = socketsMax - max;
    const text = `descriptors are there for ${max} clients; ${kept} are kept for servers and other things`;
    const advice = "raise the limit: ulimit -n, LimitNOFILE=";
    if (kept < reserved) log.warn("descriptors", `${text}, which may need ${reserved}: ${advice}`);
    else if (clients === Infinity) log.notice("descriptors", text);
    else if (clients > max) {
      log.warn("descriptors", `${text}; client_connections admit ${clients}: ${advice}`);
    }
  }
}
