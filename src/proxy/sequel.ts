/**
 * Requests that follow another one when that has been carried out: to the servers of their keys, and as parts of its reply.
 *
 * ```text
 *   EXEC ──▶ server A ──its reply is good──▶ PUBLISH ──▶ server B ─┐
 *                 │                          PUBLISH ──▶ server C ─┼──▶ one reply
 *                 └──────────────────────────────────────────────── ┘
 * ```
 *
 * @module
 */

import { PoolMetric } from "../metrics/table.ts";
import type { ClientConnection } from "./client_connection.ts";
import { countRefusal, refusalOf } from "./forward.ts";
import type { Server } from "./server.ts";
import type { SplitRequest } from "./split.ts";

/**
 * Sends what follows a request, if anything does.
 *
 * @param client The client, which waits for the reply.
 * @param whole The request; the reply to its only fragment has come.
 * @returns True if something was sent, or could not be: the last of its replies settles the request.
 */
export function sendSequel(client: ClientConnection, whole: SplitRequest): boolean {
  const { sequel } = whole;
  whole.sequel = null;
  const { pool, decoder } = client;
  const [first] = whole.fragments;
  if (sequel === null || !decoder.own!.use!.isCarriedOut(first)) return false;
  const unsent: (readonly [number, Server | null])[] = [];
  whole.pending = sequel.length;
  pool.counters[PoolMetric.fragments] += sequel.length;
  for (const { frame, keyStart, keyEnd } of sequel) {
    const request = pool.runtime.requests.take();
    request.client = client;
    request.tag = first.tag;
    request.access = first.access;
    request.split = whole;
    whole.fragments.push(request);
    const server = pool.router.route(frame, keyStart, keyEnd);
    const connection = server?.connectionFor(client.id, decoder.dialect) ?? null;
    if (connection === null) unsent.push([whole.fragments.length - 1, server]);
    else connection.send(request, frame, 0, frame.length);
  }
  // The client is answered when the last one is settled, so these come last.
  const { fragments } = whole;
  for (const [number, server] of unsent) {
    countRefusal(pool, server);
    client.replies.fail(fragments[number], refusalOf(server));
  }
  return true;
}
