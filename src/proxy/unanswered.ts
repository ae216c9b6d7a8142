/**
 * The access log's lines for requests that no server's reply will come to.
 *
 * @module
 */

import { ANSWER, CONSULT } from "../protocol/contract.ts";
import type { ClientConnection } from "./client_connection.ts";

/** What the access log says of requests that the proxy answers itself. */
export const ANSWERED_HERE = "was answered by the proxy itself";
/** … and of those that nobody answers, such as memcached's with `noreply`. */
export const NOT_ANSWERED = "wants no answer";

/**
 * Writes the request at hand into the access log if no server's reply to it will come, and if that is called for.
 *
 * @param client The client.
 * @param outcome What becomes of the request.
 */
export function tellUnanswered({ pool, peer, window, decoder }: ClientConnection, outcome: string): void {
  if (!pool.runtime.accessLog.takesNext()) return;
  const head = window.bytes.subarray(window.start, window.start + decoder.consumed);
  const isForServer = decoder.action !== ANSWER && decoder.action !== CONSULT;
  pool.observer.accessUnanswered(peer, head, isForServer, outcome);
}
