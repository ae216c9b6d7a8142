/**
 * A request whose protocol sees the reply before the client does, and may have something else sent once in its place.
 *
 * ```text
 *   request, or what stands for it ──▶ server ──reply──▶ the protocol ──it is fine──▶ client
 *                                        ▲                    │
 *                                        └──another request───┘   once, and only if the client has asked nothing
 *                                                                 since, which would be overtaken
 * ```
 *
 * @module
 */

import type { RequestDecoder } from "../protocol/contract.ts";
import type { ClientConnection } from "./client_connection.ts";
import { forward, refuseCrossServer, routeTogether } from "./forward.ts";
import type { SplitRequest } from "./split.ts";

/**
 * Sends the request at hand to the server of its keys, or to any.
 *
 * @param client The client.
 * @param decoder What has just decoded the request.
 * @returns True if the window's buffer went on with the request, so that the window is empty now.
 */
export function forwardWatched(client: ClientConnection, decoder: RequestDecoder): boolean {
  const { pool } = client;
  const server = decoder.keyCount === 0 ? pool.router.any() : routeTogether(pool, decoder);
  if (server === undefined) {
    refuseCrossServer(client, decoder);
    return false;
  }
  const connection = server?.connectionFor(client.id, decoder.dialect) ?? null;
  if (server === null || connection === null) return forward(client, decoder, server);
  const { requests, splits, mbufs } = pool.runtime;
  const slot = requests.take();
  const whole = splits.take(slot, decoder, false);
  whole.keepFrame(mbufs, decoder);
  whole.watchedServer = server;
  client.replies.expect(slot);
  const request = whole.addFragment(client, decoder);
  whole.pending = 1;
  const substitute = decoder.substitute!(server);
  whole.mayRetry = substitute === null;
  if (substitute !== null) connection.send(request, substitute, 0, substitute.length);
  else connection.send(request, decoder.frame, decoder.frameStart, decoder.frameEnd);
  return false;
}

/**
 * Shows the reply to such a request to the protocol.
 *
 * @param client The client.
 * @param split The request, whose reply has come.
 * @param isLatest Whether the client has asked nothing since.
 * @returns True if something else was sent, whose reply is waited for now.
 */
export function sendAgain(client: ClientConnection, split: SplitRequest, isLatest: boolean): boolean {
  const server = split.watchedServer!;
  split.watchedServer = null;
  const request = split.fragments[0];
  const again = client.decoder.retry!(split.frame!.subarray(0, split.frameLength), request, server);
  if (again === null || !split.mayRetry || !isLatest) return false;
  // A server that was taken out of the pool gets nothing more.
  const connection = client.pool.servers.includes(server)
    ? server.connectionFor(client.id, client.decoder.dialect)
    : null;
  if (connection === null) return false;
  request.dropHeld(client.pool.runtime.mbufs);
  request.end = 0;
  request.done = false;
  split.pending = 1;
  connection.send(request, again, 0, again.length);
  return true;
}
