/**
 * What a protocol may know of the proxy, for answers that it gives itself: who is connected, which servers there are,
 * what has been counted. The proxy implements these; a protocol only reads them.
 *
 * @module
 */

import type { Peers } from "./peers.ts";

/** What the proxy knows of a client. */
export interface ClientFacts {
  /** Its number, from 0; no other client of the pool has had it. */
  readonly id: number;
  /** Where it comes from: `host:port`, or the path of a Unix socket. */
  readonly peer: string;
  /** How long it has been connected, in milliseconds. */
  readonly ageMs: number;
  /** How long it has sent nothing, in milliseconds. */
  readonly idleMs: number;
  /** How many of its requests are not answered. */
  readonly inFlight: number;
  /** How many bytes of replies it has not taken yet. */
  readonly unsentBytes: number;
  /**
   * Ends its connection at once.
   *
   * @param reason Why, for the log.
   */
  close(reason: string): void;
}

/** A module that a server has. */
export interface ServerModule {
  /** Its name, such as `vectorset`. */
  readonly name: string;
  /** Its version, which is one number. */
  readonly version: number;
}

/** What a server is. */
export interface ServerRelease {
  /** The product in lower case: `redis`, `valkey`. */
  readonly product: string;
  /** Numbers parted by dots. */
  readonly version: string;
  /** The modules that it has. */
  readonly modules: readonly ServerModule[];
}

/** What the proxy knows of a server. */
export interface ServerFacts {
  /** Its name in the file. */
  readonly name: string;
  /** `host:port`, or the path of a Unix socket. */
  readonly address: string;
  /** Whether it is on the ring. */
  readonly isLive: boolean;
  /** What it is, as it has told it; null while it has not. */
  readonly release: ServerRelease | null;
  /** How many requests it has been sent. */
  readonly requests: number;
  /** How many bytes of requests it has been sent. */
  readonly requestBytes: number;
  /** How many bytes of replies it has sent. */
  readonly responseBytes: number;
}

/** What the proxy knows of a pool. */
export interface PoolFacts {
  /** Its name in the file. */
  readonly name: string;
  /** Where it listens: `host:port`, or the path of a Unix socket. */
  readonly address: string;
  /** How long the proxy has run, in milliseconds. */
  readonly uptimeMs: number;
  /** The time, in milliseconds since the Unix epoch, with a fraction if the clock has one. */
  readonly wallTimeMs: number;
  /** The first and the last byte around the part of a key that chooses its server; null if all of a key does. */
  readonly hashTag: readonly [number, number] | null;
  /** How many clients have come to it. */
  readonly clientsTotal: number;
  /** How many clients are connected to it; {@link clients} may give fewer of them, those of one event loop. */
  readonly clientsConnected: number;
  /** How many clients it may have; 0 for no limit. */
  readonly clientsMax: number;
  /** After how long without a request a client is closed, in milliseconds; 0 for never. */
  readonly clientIdleTimeoutMs: number;
  /** The clients that are connected to the event loop of whoever asks. */
  clients(): Iterable<ClientFacts>;
  /** The other event loops that serve clients of the pool; null if there are none. */
  readonly peers: Peers | null;
  /** Its servers, in the order of the file. */
  serverFacts(): readonly ServerFacts[];
  /**
   * Whether all servers speak a dialect, as far as is known.
   *
   * @param dialect A place in the codec's list.
   * @returns False once a server has said that it does not.
   */
  speaks(dialect: number): boolean;
  /**
   * Opens connections of a dialect to all servers, if there are none yet, because they will be needed soon or tell
   * something of the servers.
   *
   * @param dialect A place in the codec's list.
   */
  prepare(dialect: number): void;
  /**
   * Whether something has to wait that is for whoever listens.
   *
   * @param client Who says it.
   * @param bytes The array that holds the channel's name.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns True while the channel's server has not heard of everybody who has asked to listen before.
   */
  mustWait(client: ClientFacts, bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * Takes note that a client gave a wrong user or password.
   *
   * @param client The client.
   */
  loginRefused(client: ClientFacts): void;
}

/** A client that is not connected to anything, for a decoder that stands alone. */
export const NO_CLIENT: ClientFacts = {
  id: 0,
  peer: "",
  ageMs: 0,
  idleMs: 0,
  inFlight: 0,
  unsentBytes: 0,
  close: () => {},
};

/** A pool without clients and servers, for a decoder that stands alone. */
export const NO_POOL: PoolFacts = {
  name: "",
  address: "",
  uptimeMs: 0,
  wallTimeMs: 0,
  hashTag: null,
  clientsTotal: 0,
  clientsConnected: 0,
  clientsMax: 0,
  clientIdleTimeoutMs: 0,
  clients: () => [],
  peers: null,
  serverFacts: () => [],
  speaks: () => true,
  prepare: () => {},
  mustWait: () => false,
  loginRefused: () => {},
};
