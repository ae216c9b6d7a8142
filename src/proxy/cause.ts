/**
 * Why a connection ended.
 *
 * @module
 */

import { PoolMetric, ServerMetric } from "../metrics/table.ts";
import { errnoOf, errnoText, strerror } from "../net/strerror.ts";

/** What ended it, for the statistics. */
export type CauseKind = "eof" | "timeout" | "error" | "protocol" | "local";

/** The end of a connection. */
export interface Cause {
  /** What ended it. */
  readonly kind: CauseKind;
  /** What the clients whose requests fail with it are told; POSIX's words. */
  readonly text: string;
  /** What is logged, where that is more. */
  readonly detail: string;
}

function cause(kind: CauseKind, text: string, detail = text): Cause {
  return Object.freeze({ kind, text, detail });
}

/** No server is there to take the request; the reference's text. */
export const NO_SERVER_TEXT: string = errnoText.ECONNREFUSED;

/** So much memory is in use that requests are refused. */
export const OUT_OF_MEMORY_TEXT = "proxy out of memory";

/** The server ended the connection; clients are told what a reset says. */
export const SERVER_EOF: Cause = cause("eof", errnoText.ECONNRESET, "the server closed the connection");
/** The server did not answer in time. */
export const TIMED_OUT: Cause = cause("timeout", errnoText.ETIMEDOUT);
/** The connection did not open in time. */
export const CONNECT_TIMED_OUT: Cause = cause("timeout", errnoText.ETIMEDOUT, "connecting timed out");
/** The server sent something that is no reply. */
export const UNPARSABLE: Cause = cause(
  "protocol",
  errnoText.EINVAL,
  "the server sent something that is no reply",
);
/** The server sent a reply that nobody asked for. */
export const STRAY: Cause = cause(
  "protocol",
  errnoText.EINVAL,
  "the server sent a reply that nobody asked for",
);
/** The proxy itself is done with it. */
export const SHUTDOWN: Cause = cause("local", errnoText.ECONNRESET, "the proxy stops");

/** A connection that served one client is not needed any more. */
export const DONE_WITH: Cause = cause("local", errnoText.ECONNRESET, "its request is done");
/** A connection gets no further requests, and everything that was under way has been answered or given up. */
export const RETIRED: Cause = cause("local", errnoText.ECONNRESET, "others have taken its place");
/** The client that a connection served is gone. */
export const CLIENT_GONE: Cause = cause("local", errnoText.ECONNRESET, "its client is gone");

/**
 * Says which number of a server counts the connections that end with a cause.
 *
 * @param cause The cause, which is not `local`.
 * @returns The metric's index.
 */
export function endMetricOf({ kind }: Cause): number {
  if (kind === "eof") return ServerMetric.serverEof;
  return kind === "timeout" ? ServerMetric.serverTimedout : ServerMetric.serverErr;
}

/**
 * Says which number of a pool counts the requests that fail with a cause.
 *
 * @param cause The cause.
 * @returns The metric's index.
 */
export function errorMetricOf({ kind, text }: Cause): number {
  switch (kind) {
    case "eof":
      return PoolMetric.errorReset;
    case "timeout":
      return PoolMetric.errorTimedOut;
    case "protocol":
      return PoolMetric.errorProtocol;
    case "local":
      return PoolMetric.errorOther;
    case "error":
      if (text === errnoText.ECONNREFUSED) return PoolMetric.errorRefused;
      return text === errnoText.ECONNRESET || text === errnoText.EPIPE
        ? PoolMetric.errorReset
        : PoolMetric.errorOther;
  }
}

/**
 * Says whether a connection was not opened for want of a descriptor, for which its server is not to blame.
 *
 * @param cause The cause.
 * @returns True if so.
 */
export function lacksDescriptor({ text }: Cause): boolean {
  return text === errnoText.EMFILE || text === errnoText.ENFILE;
}

/**
 * Says which of several servers failed.
 *
 * @param text What happened.
 * @param server The server's name.
 * @returns Both.
 */
export function blame(text: string, server: string): string {
  return `${text} (server '${server}')`;
}

/**
 * The cause that an exception of the network is.
 *
 * @param error What a transport's promise was rejected with.
 * @returns The cause, in POSIX's words.
 */
export function causeOf(error: unknown): Cause {
  const text = strerror(error);
  return cause(errnoOf(error) === "ETIMEDOUT" ? "timeout" : "error", text);
}

/**
 * The cause that a refused greeting is.
 *
 * @param step What the server refused, such as `AUTH`.
 * @param reply What it said.
 * @returns The cause; clients are told both.
 */
export function greetingFailed(step: string, reply: string): Cause {
  return cause("protocol", `${step} failed: ${reply}`);
}

/**
 * The cause that a server is which does not speak a dialect. It is in order, and keeps its place on the ring.
 *
 * @param step What the server refused, such as `HELLO 3`.
 * @param reply What it said.
 * @returns The cause; clients are told both.
 */
export function dialectUnspoken(step: string, reply: string): Cause {
  return cause("local", `${step} failed: ${reply}`);
}
