/**
 * Notices when the host name of a server leads somewhere else.
 *
 * @module
 */

import { isNamed, type TcpAddress } from "../net/address.ts";
import type { Address } from "../net/address.ts";
import type { Network } from "../net/transport.ts";

/** Looks one server's name up from time to time. */
export class NameWatch {
  readonly #network: Network;
  readonly #address: TcpAddress | null;
  readonly #periodMs: number;
  readonly #onChange: (addresses: readonly string[]) => void;
  #dueMs = 0;
  #known: string | null = null;

  /**
   * Makes a watch that looks the name up at its first tick.
   *
   * @param network The sockets.
   * @param address The server's address; nothing is done for one that is no name.
   * @param periodMs How often it is looked up, in milliseconds; 0 for never.
   * @param onChange Is told the new addresses when they have changed.
   */
  constructor(
    network: Network,
    address: Address,
    periodMs: number,
    onChange: (addresses: readonly string[]) => void,
  ) {
    this.#network = network;
    this.#address = periodMs > 0 && isNamed(address) ? address : null;
    this.#periodMs = periodMs;
    this.#onChange = onChange;
  }

  /**
   * Looks at what time it is.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  tick(nowMs: number): void {
    if (this.#address === null || nowMs < this.#dueMs) return;
    this.#dueMs = Infinity;
    void this.#look(this.#address.hostname, nowMs + this.#periodMs);
  }

  /** A name that cannot be resolved now keeps its addresses: connecting will tell, if it has to. */
  async #look(hostname: string, nextMs: number): Promise<void> {
    try {
      const addresses = await this.#network.resolve(hostname);
      const found = addresses.join(" ");
      const before = this.#known;
      this.#known = found;
      if (before !== null && before !== found) this.#onChange(addresses);
    } catch {
      // Nothing is known of it, so nothing has changed.
    } finally {
      this.#dueMs = nextMs;
    }
  }
}
