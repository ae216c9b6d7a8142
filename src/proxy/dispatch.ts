/**
 * What becomes of a request that has been decoded: to a server, to several, or straight back.
 *
 * Free functions, because they run once per request.
 *
 * @module
 */

import { PoolMetric } from "../metrics/table.ts";
import {
  ANSWER,
  FORWARD,
  FORWARD_ANY,
  FORWARD_TOGETHER,
  IGNORE,
  type RequestDecoder,
  SPLIT,
} from "../protocol/contract.ts";
import { NO_SERVER_TEXT } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { HANDOVER_BYTES_MIN } from "./limits.ts";
import type { Pool } from "./pool.ts";
import type { Server } from "./server.ts";
import { SplitRequest } from "./split.ts";
import { Upload } from "./upload.ts";

/**
 * Does what a client's decoder says of the request it has just decoded.
 *
 * @param client The client.
 * @returns True if the window's buffer went on with the request, so that the window is empty now.
 */
export function dispatch(client: ClientConnection): boolean {
  const { decoder, pool } = client;
  switch (decoder.action) {
    case FORWARD:
      return forward(client, decoder, routeKey(pool, decoder, 0));
    case FORWARD_ANY:
      return forward(client, decoder, pool.router.any());
    case FORWARD_TOGETHER:
      return forwardTogether(client, decoder);
    case SPLIT:
      split(client, decoder);
      return false;
    case ANSWER:
      client.answer(decoder.answer);
      return false;
    case IGNORE:
      return false;
  }
}

function routeKey(pool: Pool, decoder: RequestDecoder, key: number): Server | null {
  const { keys, frame, frameStart } = decoder;
  return pool.router.route(frame, frameStart + keys[2 * key], frameStart + keys[2 * key + 1]);
}

function forward(client: ClientConnection, decoder: RequestDecoder, server: Server | null): boolean {
  const { frame, frameStart, frameEnd } = decoder;
  const connection = server === null ? null : server.connectionFor(client.id);
  if (decoder.noReply) {
    connection?.sendUnanswered(frame, frameStart, frameEnd);
    return false;
  }
  if (connection === null) {
    client.pool.counters[PoolMetric.forwardError]++;
    client.answer(client.pool.codec.errorReply(server === null ? NO_SERVER_TEXT : server.lastFailure));
    return false;
  }
  const request = client.pool.runtime.requests.take();
  client.expect(request);
  const { window } = client;
  if (frameEnd - frameStart >= HANDOVER_BYTES_MIN && frame === window.bytes && frameEnd === window.end) {
    connection.sendOwned(request, window.detach(), frameStart, frameEnd);
    return true;
  }
  connection.send(request, frame, frameStart, frameEnd);
  return false;
}

/**
 * Begins to pass on the long request that a client's decoder has just begun.
 *
 * @param client The client; all its earlier requests have been answered.
 * @returns Where its pieces go. If there is no server for it the client is told, and the pieces are thrown away.
 */
export function startUpload(client: ClientConnection): Upload {
  const { decoder, pool } = client;
  const server = routeKey(pool, decoder, 0);
  const connection = server === null ? null : server.lease();
  if (connection === null) {
    pool.counters[PoolMetric.forwardError]++;
    client.answer(pool.codec.errorReply(server === null ? NO_SERVER_TEXT : server.lastFailure));
  }
  return new Upload(client, connection);
}

function forwardTogether(client: ClientConnection, decoder: RequestDecoder): boolean {
  const { pool } = client;
  const server = routeKey(pool, decoder, 0);
  for (let key = 1; key < decoder.keyCount; key++) {
    if (routeKey(pool, decoder, key) === server) continue;
    client.answer(pool.codec.crossServerReply);
    return false;
  }
  return forward(client, decoder, server);
}

/** The server of each key of the request at hand. */
let keyServers: (Server | null)[] = [];
/** The servers of the request at hand, each once; the place of a server is the number of its fragment. */
const servers: (Server | null)[] = [];

function split(client: ClientConnection, decoder: RequestDecoder): void {
  const { pool } = client;
  const { keyCount } = decoder;
  keyServers = [];
  servers.length = 0;
  for (let key = 0; key < keyCount; key++) {
    const server = routeKey(pool, decoder, key);
    keyServers.push(server);
    if (!servers.includes(server)) servers.push(server);
  }
  if (servers.length === 1) {
    forward(client, decoder, servers[0]);
    return;
  }
  const slot = pool.runtime.requests.take();
  const whole = new SplitRequest(slot, decoder);
  slot.split = whole;
  if (pool.codec.mergesByKey) whole.keepFrame(pool.runtime.mbufs, decoder);
  for (let key = 0; key < keyCount; key++) whole.fragmentOf[key] = servers.indexOf(keyServers[key]);
  client.expect(slot);
  pool.counters[PoolMetric.fragments] += servers.length;
  sendFragments(client, decoder, whole);
}

/** All fragments are counted before the first is sent, because one that fails at once is answered at once. */
function sendFragments(client: ClientConnection, decoder: RequestDecoder, whole: SplitRequest): void {
  const { requests } = client.pool.runtime;
  whole.pending = servers.length;
  for (let number = 0; number < servers.length; number++) {
    const request = requests.take();
    request.client = client;
    request.split = whole;
    whole.fragments.push(request);
  }
  for (let number = 0; number < servers.length; number++) {
    const server = servers[number];
    const request = whole.fragments[number];
    const connection = server === null ? null : server.connectionFor(client.id);
    if (connection === null) {
      client.fail(request, server === null ? NO_SERVER_TEXT : server.lastFailure);
      continue;
    }
    let units = 0;
    for (let key = 0; key < whole.keyCount; key++) if (whole.fragmentOf[key] === number) units++;
    const head = decoder.fragmentHead(units);
    connection.sendPart(head, 0, head.length);
    let length = head.length;
    const base = decoder.frameStart;
    for (let key = 0; key < whole.keyCount; key++) {
      if (whole.fragmentOf[key] !== number) continue;
      const start = base + decoder.units[2 * key];
      const end = base + decoder.units[2 * key + 1];
      connection.sendPart(decoder.frame, start, end);
      length += end - start;
    }
    const tail = decoder.fragmentTail;
    connection.sendPart(tail, 0, tail.length);
    connection.queued(request, length + tail.length);
  }
}
