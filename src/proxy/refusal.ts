/**
 * What clients are told of requests that cannot be sent.
 *
 * @module
 */

import type { RequestDecoder } from "../protocol/contract.ts";
import type { ClientConnection } from "./client_connection.ts";

/**
 * Answers a request whose keys would have to be on one server; not if its client is told nothing of its reply.
 *
 * @param client The client.
 * @param decoder What has just decoded the request.
 */
export function refuseCrossServer({ pool, replies }: ClientConnection, { tag }: RequestDecoder): void {
  const { codec } = pool;
  // A copy, because the protocol may change what it is shown.
  const reply = tag === 0 ? codec.crossServerReply : codec.crossServerReply.slice();
  if (tag === 0 || codec.translate(tag, reply, 0, reply.length)) replies.answer(reply);
}
