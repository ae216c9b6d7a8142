/**
 * One request to several servers, and one reply for all of theirs.
 *
 * @module
 */

import { PoolMetric } from "../metrics/table.ts";
import { GATHER, type RequestDecoder } from "../protocol/contract.ts";
import { blame, TIMED_OUT } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { countRefusal, refusalOf } from "./forward.ts";
import { GATHER_PATIENCE_MS } from "./limits.ts";
import { settleLate } from "./late_replies.ts";
import type { Server } from "./server.ts";
import type { ServerConnection } from "./server_connection.ts";
import type { SplitRequest } from "./split.ts";
import { NOT_ANSWERED, tellUnanswered } from "./unanswered.ts";

/** The connection of each fragment; null if it has failed already. */
const connections: (ServerConnection | null)[] = [];

/**
 * Sends the request at hand to servers. Those that cannot be asked are the last to fail, because the client is answered
 * when the last fragment is settled.
 *
 * @param client The client.
 * @param decoder What has just decoded the request.
 * @param servers The servers, at least one; the number of a server is that of its reply.
 * @param apart Whether it goes over connections of its own, past what is under way.
 * @returns False: the window's buffer stays.
 */
export function forwardAll(
  client: ClientConnection,
  decoder: RequestDecoder,
  servers: readonly Server[],
  apart = false,
): boolean {
  const { pool } = client;
  const { frame, frameStart, frameEnd } = decoder;
  connections.length = 0;
  for (const server of servers) {
    const { dialect } = decoder;
    connections.push(apart ? server.once(dialect) : server.connectionFor(client.id, dialect));
  }
  if (decoder.noReply) {
    for (const connection of connections) connection?.sendUnanswered(frame, frameStart, frameEnd);
    tellUnanswered(client, NOT_ANSWERED);
    return false;
  }
  const { requests, splits } = pool.runtime;
  const slot = requests.take();
  const whole = splits.take(slot, decoder, false);
  client.replies.expect(slot);
  if (decoder.action === GATHER) whole.patience = beginPatience(client, whole);
  whole.servers = servers;
  whole.pending = connections.length;
  for (const connection of connections) {
    const request = whole.addFragment(client, decoder);
    connection?.send(request, frame, frameStart, frameEnd);
  }
  const { fragments } = whole;
  if (fragments.length > 1) pool.counters[PoolMetric.fragments] += fragments.length;
  for (let number = 0; number < connections.length; number++) {
    if (connections[number] !== null) continue;
    countRefusal(pool, servers[number]);
    tellUnanswered(client, `failed: ${refusalOf(servers[number])}`);
    client.replies.fail(fragments[number], refusalOf(servers[number]));
  }
  return false;
}

/** Whoever gathers is answered soon, with what has come until then. */
function beginPatience(client: ClientConnection, whole: SplitRequest): () => void {
  const { pool: { codec, runtime } } = client;
  const giveUp = (): void =>
    settleLate(
      client,
      whole,
      ({ tag }, number) => codec.errorReply(blame(TIMED_OUT.text, whole.servers[number].name), tag),
    );
  return runtime.clock.after(giveUp, GATHER_PATIENCE_MS);
}
