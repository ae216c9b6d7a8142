/**
 * One request to one server, or the reason why there is none for it.
 *
 * Free functions, because they run once per request.
 *
 * @module
 */

import { PoolMetric } from "../metrics/table.ts";
import { FORWARD_JOINABLE, type RequestDecoder } from "../protocol/contract.ts";
import { blame, NO_SERVER_TEXT } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { HANDOVER_BYTES_MIN } from "./limits.ts";
import type { Pool } from "./pool.ts";
import type { Server } from "./server.ts";
import { ANSWERED_HERE, NOT_ANSWERED, tellUnanswered } from "./unanswered.ts";

/**
 * The server of a key of the request at hand.
 *
 * @param pool The pool.
 * @param decoder What has just decoded the request.
 * @param key The key's number.
 * @returns The server; null if none is live.
 */
export function routeKey(pool: Pool, decoder: RequestDecoder, key: number): Server | null {
  const { keys, frame, frameStart } = decoder;
  return pool.router.route(frame, frameStart + keys[2 * key], frameStart + keys[2 * key + 1]);
}

/**
 * Sends the request at hand to a server, or answers it if that cannot be.
 *
 * @param client The client.
 * @param decoder What has just decoded the request.
 * @param server The server; null if none is live.
 * @returns True if the window's buffer went on with the request, so that the window is empty now.
 */
export function forward(client: ClientConnection, decoder: RequestDecoder, server: Server | null): boolean {
  const { frame, frameStart, frameEnd } = decoder;
  const connection = server === null ? null : server.connectionFor(client.id, decoder.dialect);
  if (decoder.noReply) {
    connection?.sendUnanswered(frame, frameStart, frameEnd);
    tellUnanswered(client, NOT_ANSWERED);
    return false;
  }
  if (connection === null) {
    refuse(client, decoder, server);
    return false;
  }
  const request = client.pool.runtime.requests.take();
  request.tag = decoder.tag;
  request.access = decoder.access;
  client.replies.expect(request);
  const { window } = client;
  if (frameEnd - frameStart >= HANDOVER_BYTES_MIN && frame === window.bytes && frameEnd === window.end) {
    connection.sendOwned(request, window.detach(), frameStart, frameEnd);
    return true;
  }
  if (decoder.action === FORWARD_JOINABLE && server!.joins) connection.sendJoinable(request, decoder);
  else connection.send(request, frame, frameStart, frameEnd);
  return false;
}

/**
 * What a client is told that asked several servers.
 *
 * @param server The server that cannot take its part; null if none is live.
 * @returns Why, with the server's name.
 */
export function refusalOf(server: Server | null): string {
  return server === null ? NO_SERVER_TEXT : blame(server.refusal, server.name);
}

/**
 * Counts a request, or a part of one, that no connection can take.
 *
 * @param pool The pool.
 * @param server The server that it is for; null if none is live.
 */
export function countRefusal(pool: Pool, server: Server | null): void {
  pool.counters[server === null ? PoolMetric.errorEjected : server.refusalMetric]++;
}

/** Answers a request that no connection can take. */
function refuse(client: ClientConnection, decoder: RequestDecoder, server: Server | null): void {
  const { pool } = client;
  const miss = isMissing(pool, server) ? decoder.missReply(decoder.keyCount) : null;
  tellUnanswered(client, miss !== null ? ANSWERED_HERE : `failed: ${refusalOf(server)}`);
  if (miss !== null) return client.replies.answer(miss);
  countRefusal(pool, server);
  pool.counters[PoolMetric.forwardError]++;
  client.replies.answer(
    pool.codec.errorReply(server === null ? NO_SERVER_TEXT : server.refusal, decoder.tag),
  );
}

/**
 * Whether the keys of a server count as not there.
 *
 * @param pool The pool.
 * @param server The server; null if none is live.
 * @returns True if it is ejected and the pool wants that.
 */
export function isMissing(pool: Pool, server: Server | null): boolean {
  return server !== null && pool.config.ejectPolicy === "miss" && !server.health.live;
}

/**
 * The server of all keys of the request at hand.
 *
 * @param pool The pool.
 * @param decoder What has just decoded the request.
 * @returns The server; null if none is live; undefined if they belong to several, which is counted.
 */
export function routeTogether(pool: Pool, decoder: RequestDecoder): Server | null | undefined {
  const server = routeKey(pool, decoder, 0);
  for (let key = 1; key < decoder.keyCount; key++) {
    if (routeKey(pool, decoder, key) === server) continue;
    pool.counters[PoolMetric.errorCrossSlot]++;
    return undefined;
  }
  return server;
}

/**
 * Answers a request whose keys would have to be on one server; not if its client is told nothing of its reply.
 *
 * @param client The client.
 * @param decoder What has just decoded the request.
 */
export function refuseCrossServer(client: ClientConnection, { tag }: RequestDecoder): void {
  const { pool: { codec }, replies } = client;
  tellUnanswered(client, "failed: its keys are on several servers");
  // A copy, because the protocol may change what it is shown.
  const reply = tag === 0 ? codec.crossServerReply : codec.crossServerReply.slice();
  if (tag === 0 || codec.translate(tag, reply, 0, reply.length)) replies.answer(reply);
}
