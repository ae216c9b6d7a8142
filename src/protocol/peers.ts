/**
 * What a protocol may ask and tell the other event loops of its process that serve clients of the same pool.
 *
 * ```text
 *   one event loop                              each of the others
 *     a request that concerns all clients
 *     its own part, done at once
 *     question ───────────────────────────────▶  Codec.consulted ─▶ answer
 *     conclude(answers) ─▶ the reply, in its place among the client's
 *
 *     notice ─────────────────────────────────▶  Codec.told: whoever comes later is told, too
 * ```
 *
 * @module
 */

/** A request that cannot be answered before the other event loops have said something. */
export interface Consultation {
  /** What they are asked: a text that only the protocol reads. */
  readonly question: string;
  /**
   * Makes the reply of what they say.
   *
   * @param answers What {@link Codec.consulted} gave in each of them.
   * @returns The reply.
   */
  conclude(answers: readonly string[]): Uint8Array<ArrayBuffer>;
}

/** Something that all event loops should know; a later notice of the same name takes its place. */
export interface Notice {
  /** Its name; one character per byte. */
  readonly name: string;
  /** What it says, in memory that all share. It must not change. */
  readonly body: Uint8Array<SharedArrayBuffer>;
}

/** The other event loops. */
export interface Peers {
  /**
   * Has them know something. It may be left out if there is too much of it.
   *
   * @param notice What; null has them forget all notices.
   */
  tell(notice: Notice | null): void;
}
