/**
 * What a server needs of its pool.
 *
 * @module
 */

import type { Observer } from "./observer.ts";
import type { Server } from "./server.ts";

/** What a server tells its pool. */
export interface ServerOwner {
  /** The pool's name, for the log. */
  readonly name: string;
  /** Tells people of single requests. */
  readonly observer: Observer;
  /**
   * Asks whether a server may be ejected.
   *
   * @param server The server, which is live.
   * @returns False if it has to stay.
   */
  mayEject(server: Server): boolean;
  /** It was ejected, or has come back: the ring is not right any more. */
  livenessChanged(server: Server): void;
  /** As {@link livenessChanged}, but another worker has found it out, and has counted it. */
  livenessFollowed(server: Server): void;
  /** From now on clients get other connections, while requests may be under way on those before. */
  connectionsReplaced(): void;
  /**
   * A server has said that it does not speak a dialect.
   *
   * @param dialect A place in the codec's list.
   */
  dialectUnspoken(dialect: number): void;
}
