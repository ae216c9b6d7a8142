/**
 * What becomes of a request that needs a connection of its client's own.
 *
 * @module
 */

import { PoolMetric } from "../metrics/table.ts";
import { EXCLUSIVE, type PrivateUse, RELEASED } from "../protocol/private.ts";
import { NO_SERVER_TEXT } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { refuseCrossServer } from "./forward.ts";
import type { PrivateLines } from "./private_lines.ts";
import type { Request } from "./request.ts";
import type { Server } from "./server.ts";
import type { ServerConnection } from "./server_connection.ts";

/** Stands for the server of keys that are not all on one. */
const SEVERAL = Symbol("several servers");

/**
 * Sends the request that a client's decoder has just decoded over the client's pinned connection, or refuses it.
 *
 * @param client The client.
 */
export function forwardPinned(client: ClientConnection): void {
  const { decoder, privateLines: lines } = client;
  const use = decoder.own!.use!;
  const wanted = serverOf(client, lines.pinnedServer);
  const placeholder = wanted === SEVERAL ? use.postpone() : null;
  const server = placeholder === null ? wanted : lines.pinnedServer;
  const connection = server === SEVERAL || server === null ? null : lines.pin(server, decoder.dialect);
  if (connection === null) {
    use.refused();
    refuse(client, lines, server, use.crossServerReply);
    if (use.stay === RELEASED) lines.drop();
  } else {
    if (use.preludeReplies > 0) sendUnawaited(client, connection, use.prelude, use.preludeReplies);
    const request = use.note === null ? expect(client) : expectMerged(client, use);
    if (placeholder !== null) connection.send(request, placeholder, 0, placeholder.length);
    else connection.send(request, decoder.frame, decoder.frameStart, decoder.frameEnd);
    if (use.stay === RELEASED) lines.release();
  }
  if (use.stay !== EXCLUSIVE) client.waitForReplies();
}

/**
 * Sends the request that a client's decoder has just decoded over a connection that it has to itself, or refuses it.
 *
 * @param client The client.
 */
export function forwardLeased(client: ClientConnection): void {
  const { decoder, pool, privateLines: lines } = client;
  const server = serverOf(client, null);
  const connection = server === SEVERAL || server === null ? null : lines.lease(server, decoder.dialect);
  if (connection === null) return refuse(client, lines, server);
  const { patienceMs } = decoder.own!.use!;
  const { timeoutMs } = pool.config;
  const deadlineMs = timeoutMs > 0 ? pool.runtime.turn.nowMs + patienceMs + timeoutMs : Infinity;
  connection.sendPatient(expect(client), decoder.frame, decoder.frameStart, decoder.frameEnd, deadlineMs);
  client.waitForReplies();
}

/**
 * Sends the request that a client's decoder has just decoded to all servers, each over a connection that it has to itself, or
 * refuses it if one cannot be asked.
 *
 * @param client The client; all its earlier requests have been answered.
 */
export function forwardLeasedToAll(client: ClientConnection): void {
  const { privateLines: lines } = client;
  lines.refusal = "";
  if (!lines.leaseAll()) refuseUnsent(client, lines, lines.refusal !== "");
  client.waitForReplies();
}

/** Queues requests whose replies nobody waits for. */
function sendUnawaited(
  { pool: { runtime: { requests } } }: ClientConnection,
  connection: ServerConnection,
  bytes: Uint8Array,
  count: number,
): void {
  connection.sendPart(bytes, 0, bytes.length);
  for (let i = 0; i < count; i++) connection.queued(requests.take(), i === 0 ? bytes.length : 0);
}

/** Puts the request at hand into its client's next slot. */
function expect({ pool, decoder, replies }: ClientConnection): Request {
  const request = pool.runtime.requests.take();
  request.tag = decoder.tag;
  request.access = decoder.access;
  replies.expect(request);
  return request;
}

/** The same for a request whose reply the protocol changes before the client gets it. */
function expectMerged(client: ClientConnection, { note, sequel }: PrivateUse): Request {
  const { pool: { runtime: { requests, splits, mbufs } }, decoder, replies } = client;
  const slot = requests.take();
  const whole = splits.take(slot, decoder, false);
  whole.keepNote(mbufs, note!);
  if (sequel.length > 0) whole.sequel = sequel;
  replies.expect(slot);
  const request = whole.addFragment(client, decoder);
  whole.pending = 1;
  return request;
}

/** The server of all keys of the request at hand, and of the pinned connection if there is one; null if none is live. */
function serverOf(
  { pool, decoder }: ClientConnection,
  pinned: Server | null,
): Server | null | typeof SEVERAL {
  const { keys, keyCount, frame, frameStart } = decoder;
  let found = pinned;
  for (let key = 0; key < keyCount; key++) {
    const server = pool.router.route(frame, frameStart + keys[2 * key], frameStart + keys[2 * key + 1]);
    if (found !== null && server !== found) return SEVERAL;
    if (server === null) return null;
    found = server;
  }
  return found ?? pool.router.any();
}

function refuse(
  client: ClientConnection,
  lines: PrivateLines,
  server: Server | null | typeof SEVERAL,
  crossServerReply?: Uint8Array<ArrayBuffer>,
): void {
  if (server !== SEVERAL) return refuseUnsent(client, lines, server !== null);
  client.pool.counters[PoolMetric.errorCrossSlot]++;
  refuseCrossServer(client, client.decoder, crossServerReply);
}

function refuseUnsent(
  { pool, decoder, replies }: ClientConnection,
  lines: PrivateLines,
  isLive: boolean,
): void {
  const metric = isLive ? lines.refusalMetric : PoolMetric.errorEjected;
  if (metric !== null) pool.counters[metric]++;
  pool.counters[PoolMetric.forwardError]++;
  replies.answer(pool.codec.errorReply(isLive ? lines.refusal : NO_SERVER_TEXT, decoder.tag));
}

/**
 * Asks servers for what the client's decoder has just said that the client wants to listen to, or not any more.
 *
 * @param client The client; all its earlier requests have been answered.
 */
export function forwardListening(client: ClientConnection): void {
  const { decoder, privateLines: lines } = client;
  lines.refusal = "";
  if (!lines.subscription.ask()) {
    decoder.own!.listening!.refused();
    refuseUnsent(client, lines, lines.refusal !== "");
    client.dropUnpinned();
  }
  client.waitForReplies();
}
