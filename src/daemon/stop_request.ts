/**
 * That the process is to end: once in good order, twice at once.
 *
 * @module
 */

/** What somebody has asked for so far. */
export class StopRequest {
  #count = 0;
  readonly #first = Promise.withResolvers<void>();
  readonly #second = Promise.withResolvers<void>();

  /** Whether the process is to end. */
  get isMade(): boolean {
    return this.#count > 0;
  }

  /** Resolves when it is to end in good order. */
  get first(): Promise<void> {
    return this.#first.promise;
  }

  /** Resolves when it is to end at once. */
  get second(): Promise<void> {
    return this.#second.promise;
  }

  /** Asks for it. */
  readonly make = (): void => (this.#count++ === 0 ? this.#first : this.#second).resolve();
}
