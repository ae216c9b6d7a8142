/**
 * Replies to fragments that are not waited for any more.
 *
 * @module
 */

import type { ClientConnection } from "./client_connection.ts";
import type { Request } from "./request.ts";
import type { SplitRequest } from "./split.ts";

/**
 * Answers a client with what has come. Late replies go to nobody: their records stay with the servers, and others take their
 * places.
 *
 * @param client The client.
 * @param whole Its request; some fragments are not answered.
 * @param replyFor What counts as the reply to a fragment, by its number; it must not change.
 */
export function settleLate(
  client: ClientConnection,
  whole: SplitRequest,
  replyFor: (late: Request, number: number) => Uint8Array<ArrayBuffer>,
): void {
  const { fragments } = whole;
  const { requests, mbufs } = client.pool.runtime;
  const late = fragments.flatMap((fragment, number) => fragment.done ? [] : [number]);
  for (const number of late) {
    const [before, after] = [fragments[number], requests.take()];
    const reply = replyFor(before, number);
    before.client = null;
    before.split = null;
    before.dropHeld(mbufs);
    after.split = whole;
    fragments[number] = after;
    client.replies.settle(after, reply);
  }
}
