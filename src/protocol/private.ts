/**
 * What the proxy and a protocol agree on about requests that need a connection of their client's own: the pinned one, which
 * stays the client's from request to request, and the leased one, which is for one request alone.
 *
 * @module
 */

import type { HeldReply } from "./contract.ts";

/** After the request at hand the client has no need of its pinned connection. */
export const RELEASED = 0;
/** After it the connection stays pinned; what does not ask for it goes over shared ones. */
export const HELD = 1;
/** After it the connection stays pinned, and all that goes to a server goes over it. */
export const EXCLUSIVE = 2;
/** What becomes of a pinned connection. */
export type Stay = typeof RELEASED | typeof HELD | typeof EXCLUSIVE;

/** A request that follows another one. */
export interface Sequel {
  /** The array that holds it, and nothing else. */
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Offset of the first byte of the key that chooses its server. */
  readonly keyStart: number;
  /** Offset after that key's last byte. */
  readonly keyEnd: number;
}

/** What a request decoder says of requests that are not for shared connections, and what it is told of them. */
export interface PrivateUse {
  /** For `PIN` and `LEASE_ALL`: what is sent in front of the request at hand; empty if nothing. */
  readonly prelude: Uint8Array<ArrayBuffer>;
  /**
   * How many replies a server gives to that. For `PIN` nobody is told them; for `LEASE_ALL` they are merged, too: for each
   * server these, and then the one to the request itself.
   */
  readonly preludeReplies: number;
  /** For `PIN`: what `Codec.merge` is to be shown with the reply, as `frame`; null if the reply goes to the client as it is. */
  readonly note: Uint8Array<ArrayBuffer> | null;
  /** For `PIN`: what the client is told if a key is on another server than the pinned connection's. */
  readonly crossServerReply: Uint8Array<ArrayBuffer>;
  /**
   * For `PIN`: what is sent to other servers when the reply to the request at hand says that it {@link isCarriedOut}. There is
   * a note then, and `Codec.merge` is shown the replies behind that to the request itself.
   */
  readonly sequel: readonly Sequel[];
  /**
   * Whether a request with a sequel was carried out.
   *
   * @param reply The reply to it.
   * @returns False if the sequel is not sent.
   */
  isCarriedOut(reply: HeldReply): boolean;
  /**
   * For `PIN`: the request at hand is for another server than the pinned connection, and may become a part of the sequel.
   *
   * @returns What the server of that connection is sent in its place; null if the request is refused.
   */
  postpone(): Uint8Array<ArrayBuffer> | null;
  /** What becomes of the pinned connection after the request at hand; also after one that is not sent to a server. */
  readonly stay: Stay;
  /**
   * For `LEASE` and `LEASE_ALL`: how long the request at hand may wait at its server on purpose, in milliseconds; Infinity
   * for as long as it likes.
   */
  readonly patienceMs: number;
  /** The request at hand was not sent to a server: its client has an error for it. */
  refused(): void;
  /** The pinned connection has ended, and with it what the server kept for the client. */
  lost(): void;
}

/** What a server has sent is for the client as it is. */
export const HEARD_MESSAGE = 0;
/** It says that one thing is listened to, or is not any more. */
export const HEARD_CONSENT = 1;
/** It says that something cannot be listened to. */
export const HEARD_REFUSAL = 2;
/** What a server sends over a connection that is listened to. */
export type Heard = typeof HEARD_MESSAGE | typeof HEARD_CONSENT | typeof HEARD_REFUSAL;

/**
 * What a request decoder says of requests that change what the client listens to. Servers are asked with `fragmentHead` and
 * `units`; when they have consented to each unit the client is told `answer`. A unit whose key begins below 0 is for all servers.
 */
export interface Listening {
  /** Whether the request at hand begins to listen; if not, it ends that. */
  readonly begins: boolean;
  /** What kind of things it is about; things of two kinds may have the same name. */
  readonly kind: number;
  /** Whether anything is listened to after the request at hand. */
  readonly isActive: boolean;
  /** The request at hand was not sent: its client has an error for it. */
  refused(): void;
  /**
   * Says what a server has sent.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns What it is.
   */
  judge(bytes: Uint8Array, start: number, end: number): Heard;
}

/** What a request decoder says of the connections that its client has to itself. */
export interface OwnConnections {
  /** What is to be known for `PIN`, `LEASE` and `LEASE_ALL`; null if the client has asked for none of them yet. */
  readonly use: PrivateUse | null;
  /** What is to be known for `LISTEN`; null if the client has never listened to anything. */
  readonly listening: Listening | null;
}
