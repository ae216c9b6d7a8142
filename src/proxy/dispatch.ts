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
  ANY_SERVER,
  CONSULT,
  FORWARD,
  FORWARD_ALL,
  FORWARD_ALL_APART,
  FORWARD_ANY,
  FORWARD_JOINABLE,
  FORWARD_TO,
  FORWARD_TOGETHER,
  FORWARD_WATCHED,
  GATHER,
  IGNORE,
  LEASE,
  LEASE_ALL,
  LISTEN,
  PIN,
  type RequestDecoder,
  SPLIT,
  WAIT,
} from "../protocol/contract.ts";
import { NO_SERVER_TEXT, OUT_OF_MEMORY_TEXT } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { consult } from "./consult.ts";
import { forwardAll } from "./fan_out.ts";
import {
  countRefusal,
  forward,
  isMissing,
  refusalOf,
  refuseCrossServer,
  routeKey,
  routeTogether,
} from "./forward.ts";
import { forwardLeased, forwardLeasedToAll, forwardListening, forwardPinned } from "./private_dispatch.ts";
import type { Server } from "./server.ts";
import type { ServerConnection } from "./server_connection.ts";
import type { SplitRequest } from "./split.ts";
import { ANSWERED_HERE, tellUnanswered } from "./unanswered.ts";
import { Upload } from "./upload.ts";
import { forwardWatched } from "./watch.ts";

/**
 * Does what a client's decoder says of the request it has just decoded.
 *
 * @param client The client.
 * @returns True if the window's buffer went on with the request, so that the window is empty now.
 */
export function dispatch(client: ClientConnection): boolean {
  const { decoder, pool } = client;
  const { action } = decoder;
  const isForwarded = action < ANSWER || (action >= FORWARD_ALL && action !== CONSULT);
  if (isForwarded) pool.counters[PoolMetric.requestsOther + decoder.access]++;
  if (pool.runtime.isOverMemory && isForwarded) {
    pool.counters[PoolMetric.errorOutOfMemory]++;
    tellUnanswered(client, `failed: ${OUT_OF_MEMORY_TEXT}`);
    if (!decoder.noReply) client.replies.answer(pool.codec.errorReply(OUT_OF_MEMORY_TEXT, decoder.tag));
    if (action === PIN) decoder.own!.use!.refused();
    if (action === LISTEN) decoder.own!.listening!.refused();
    client.dropUnpinned();
    return false;
  }
  switch (action) {
    case FORWARD:
    case FORWARD_JOINABLE:
      return forward(client, decoder, routeKey(pool, decoder, 0));
    case FORWARD_ANY:
      return forward(client, decoder, pool.router.any());
    case FORWARD_TOGETHER:
      return forwardTogether(client, decoder);
    case SPLIT:
      return split(client, decoder);
    case FORWARD_ALL:
      return pool.servers.length === 1
        ? forward(client, decoder, pool.servers[0])
        : forwardAll(client, decoder, pool.servers);
    case GATHER:
      return forwardAll(client, decoder, pool.servers);
    case FORWARD_TO: {
      const { server } = decoder;
      const any = server === ANY_SERVER ? pool.router.any() : null;
      return forwardAll(client, decoder, [any ?? pool.servers[Math.max(0, server!)]]);
    }
    case FORWARD_ALL_APART:
      return forwardAll(client, decoder, pool.servers, true);
    case FORWARD_WATCHED:
      return forwardWatched(client, decoder);
    case ANSWER:
      pool.counters[PoolMetric.requestsOther]++;
      tellUnanswered(client, ANSWERED_HERE);
      client.replies.answer(decoder.answer);
      client.dropUnpinned();
      return false;
    case CONSULT:
      consult(client);
      return false;
    case PIN:
      forwardPinned(client);
      return false;
    case LEASE:
      forwardLeased(client);
      return false;
    case LEASE_ALL:
      forwardLeasedToAll(client);
      return false;
    case LISTEN:
      forwardListening(client);
      return false;
    case WAIT:
    case IGNORE:
      return false;
  }
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
  const connection = server === null ? null : server.lease(decoder.dialect);
  pool.counters[PoolMetric.requestsOther + decoder.access]++;
  if (connection === null) {
    countRefusal(pool, server);
    pool.counters[PoolMetric.forwardError]++;
    client.replies.answer(
      pool.codec.errorReply(server === null ? NO_SERVER_TEXT : server.refusal, decoder.tag),
    );
  }
  return new Upload(client, connection);
}

function forwardTogether(client: ClientConnection, decoder: RequestDecoder): boolean {
  const server = routeTogether(client.pool, decoder);
  if (server !== undefined) return forward(client, decoder, server);
  refuseCrossServer(client, decoder);
  return false;
}

/** The number of the fragment that each key of the request at hand goes into; grown as needed. */
let fragmentOf = new Uint16Array(64);
/** The servers of the request at hand, each once; the place of a server is the number of its fragment. */
const servers: (Server | null)[] = [];
/** The connection of each fragment; null if it has failed already. */
const connections: (ServerConnection | null)[] = [];
/** How many keys go into each fragment. */
const unitCounts: number[] = [];
/** How many bytes each fragment has. */
const lengths: number[] = [];

function split(client: ClientConnection, decoder: RequestDecoder): boolean {
  const { pool } = client;
  const { keyCount } = decoder;
  if (fragmentOf.length < keyCount) fragmentOf = new Uint16Array(keyCount * 2);
  servers.length = 0;
  unitCounts.length = 0;
  for (let key = 0; key < keyCount; key++) {
    const server = routeKey(pool, decoder, key);
    let fragment = servers.indexOf(server);
    if (fragment < 0) {
      fragment = servers.push(server) - 1;
      unitCounts.push(0);
    }
    unitCounts[fragment]++;
    fragmentOf[key] = fragment;
  }
  // A reply that may have to be made up is made of fragments, even if there is only one.
  const missOnError = pool.config.partialFailure === "nil";
  if (servers.length === 1 && !missOnError) return forward(client, decoder, servers[0]);
  const { requests, splits, mbufs } = pool.runtime;
  const slot = requests.take();
  const whole = splits.take(slot, decoder, missOnError);
  // The record gets the array that was just filled, and leaves its own for the next request.
  [whole.fragmentOf, fragmentOf] = [fragmentOf, whole.fragmentOf];
  if (pool.codec.mergesByKey) whole.keepFrame(mbufs, decoder);
  client.replies.expect(slot);
  pool.counters[PoolMetric.fragments] += servers.length;
  beginFragments(client, decoder, whole);
  sendUnits(decoder, whole);
  endFragments(client, decoder, whole);
  return false;
}

function beginFragments(client: ClientConnection, decoder: RequestDecoder, whole: SplitRequest): void {
  connections.length = 0;
  lengths.length = 0;
  for (let number = 0; number < servers.length; number++) {
    whole.addFragment(client, decoder);
    const connection = servers[number]?.connectionFor(client.id, decoder.dialect) ?? null;
    connections.push(connection);
    const head = decoder.fragmentHead(unitCounts[number]);
    lengths.push(head.length);
    connection?.sendPart(head, 0, head.length);
  }
  whole.pending = servers.length;
}

/** Every unit goes to its fragment; neighbours of one fragment go together. */
function sendUnits(decoder: RequestDecoder, whole: SplitRequest): void {
  const { keyCount, fragmentOf } = whole;
  const { units, frame, frameStart } = decoder;
  for (let key = 0; key < keyCount;) {
    const fragment = fragmentOf[key];
    const start = units[2 * key];
    let end = units[2 * key + 1];
    key++;
    while (key < keyCount && fragmentOf[key] === fragment && units[2 * key] === end) {
      end = units[2 * key + 1];
      key++;
    }
    lengths[fragment] += end - start;
    connections[fragment]?.sendPart(frame, frameStart + start, frameStart + end);
  }
}

/** The fragments that cannot be sent fail last, because the client is answered when the last one is settled. */
function endFragments(client: ClientConnection, decoder: RequestDecoder, whole: SplitRequest): void {
  const tail = decoder.fragmentTail;
  const { fragments } = whole;
  for (let number = 0; number < servers.length; number++) {
    const connection = connections[number];
    if (connection === null) continue;
    if (tail.length > 0) connection.sendPart(tail, 0, tail.length);
    connection.queued(fragments[number], lengths[number] + tail.length);
  }
  for (let number = 0; number < servers.length; number++) {
    if (connections[number] !== null) continue;
    const server = servers[number];
    const miss = isMissing(client.pool, server) ? decoder.missReply(unitCounts[number]) : null;
    tellUnanswered(client, miss !== null ? ANSWERED_HERE : `failed: ${refusalOf(server)}`);
    if (miss !== null) client.replies.settle(fragments[number], miss);
    else {
      countRefusal(client.pool, server);
      client.replies.fail(fragments[number], refusalOf(server));
    }
  }
}
