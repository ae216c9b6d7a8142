/**
 * What the proxy and a protocol agree on about requests that need a connection of their client's own: the pinned one, which
 * stays the client's from request to request, and the leased one, which is for one request alone.
 *
 * @module
 */

/** After the request at hand the client has no need of its pinned connection. */
export const RELEASED = 0;
/** After it the connection stays pinned; what does not ask for it goes over shared ones. */
export const HELD = 1;
/** After it the connection stays pinned, and all that goes to a server goes over it. */
export const EXCLUSIVE = 2;
/** What becomes of a pinned connection. */
export type Stay = typeof RELEASED | typeof HELD | typeof EXCLUSIVE;

/** What a request decoder says of requests that are not for shared connections, and what it is told of them. */
export interface PrivateUse {
  /** For `PIN`: what is sent in front of the request at hand; empty if nothing. */
  readonly prelude: Uint8Array<ArrayBuffer>;
  /** How many replies the server gives to that; nobody is told them. */
  readonly preludeReplies: number;
  /** What becomes of the pinned connection after the request at hand; also after one that is not sent to a server. */
  readonly stay: Stay;
  /**
   * For `LEASE`: how long the request at hand may wait at its server on purpose, in milliseconds; Infinity for as long as it
   * likes.
   */
  readonly patienceMs: number;
  /** The request at hand was not sent to a server: its client has an error for it. */
  refused(): void;
  /** The pinned connection has ended, and with it what the server kept for the client. */
  lost(): void;
}
