/**
 * A request about all clients of the process: the other event loops are asked before it is answered.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import { PoolMetric } from "../metrics/table.ts";
import type { ClientConnection } from "./client_connection.ts";
import { ANSWERED_HERE, tellUnanswered } from "./unanswered.ts";

/** What the client is told when somebody has not answered. What it asked for may have been done in part. */
const NOT_ALL_TEXT = "not all workers of the proxy have answered, try again";

/**
 * Asks what a client's decoder says of the request that it has just decoded. The reply has its place among the client's; what
 * comes next waits for it, so that nobody has two questions under way.
 *
 * @param client The client.
 */
export function consult(client: ClientConnection): void {
  const { decoder, pool, replies } = client;
  const { consultation = null, tag } = decoder;
  const { requests } = pool.runtime;
  assert(consultation !== null && pool.peers !== null, "there is somebody to ask");
  pool.counters[PoolMetric.requestsOther]++;
  tellUnanswered(client, ANSWERED_HERE);
  const request = requests.take();
  request.tag = tag;
  replies.expect(request);
  client.waitForReplies();
  client.dropUnpinned();
  pool.peers.ask(consultation.question, (answers) => {
    // The client has gone, and has left the record to us.
    if (request.client === null) return requests.give(request);
    const reply = answers === null
      ? pool.codec.errorReply(NOT_ALL_TEXT, tag)
      : consultation.conclude(answers);
    replies.settle(request, reply);
  });
}
