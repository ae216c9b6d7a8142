/**
 * The seam between the proxy and the network: a stream of bytes, something that opens streams, something
 * that accepts them. The proxy knows only this; a test puts memory behind it.
 *
 * @module
 */

import type { Address } from "./address.ts";

/** A connected stream of bytes. `Deno.Conn` is one as it is, so no wrapper costs anything. */
export interface Transport {
  /**
   * Waits for bytes.
   *
   * @param buffer Where they go; it belongs to the read until that is over.
   * @returns How many came, null at the end of the stream. Rejects when the connection broke.
   */
  read(buffer: Uint8Array<ArrayBuffer>): Promise<number | null>;
  /**
   * Writes some bytes, perhaps not all.
   *
   * @param bytes What to write; it must not change until the write is over.
   * @returns How many were written. Rejects when the connection broke.
   */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<number>;
  /** Ends the sending direction; the peer sees the end of the stream after what was written. */
  closeWrite(): Promise<void>;
  /** Ends the connection; waiting reads and writes are rejected. */
  close(): void;
}

/** What a new connection is to be like. */
export interface ConnectOptions {
  /** Whether to ask the kernel to probe an idle connection. */
  readonly keepAlive: boolean;
}

/** What a listening socket is to be like. */
export interface ListenOptions {
  /** How many connections may wait to be accepted. */
  readonly backlog: number;
  /** Whether other processes may listen on the same port (SO_REUSEPORT). */
  readonly reusePort: boolean;
  /** Whether to ask the kernel to probe idle clients. */
  readonly keepAlive: boolean;
  /** File mode of a Unix socket; null leaves what the umask gives. */
  readonly mode: number | null;
}

/** A client that was accepted. */
export interface Accepted {
  /** Its stream. */
  readonly transport: Transport;
  /** Where it comes from, for people: `address:port`, or the path of the Unix socket. */
  readonly peer: string;
}

/** A listening socket. */
export interface Acceptor {
  /** Where it listens; with the real port if any free one was asked for. */
  readonly address: Address;
  /** Waits for the next client. Rejects when the socket is closed or the process has no descriptor left. */
  accept(): Promise<Accepted>;
  /** Stops listening; a Unix socket's file is removed. */
  close(): void;
}

/** Opens and accepts streams. */
export interface Network {
  /**
   * Connects.
   *
   * @param address Where to.
   * @param options What the connection is to be like.
   * @param signal Gives the attempt up.
   * @returns The stream. Rejects when it cannot be opened.
   */
  connect(address: Address, options: ConnectOptions, signal: AbortSignal): Promise<Transport>;
  /**
   * Looks a host name up, without holding anything else up.
   *
   * @param hostname The name.
   * @returns Its addresses in a fixed order. Rejects when it has none.
   */
  resolve(hostname: string): Promise<readonly string[]>;
  /**
   * Listens.
   *
   * @param address Where.
   * @param options What the socket is to be like.
   * @returns The socket.
   * @throws {Error} When the address cannot be bound.
   */
  listen(address: Address, options: ListenOptions): Acceptor;
}
