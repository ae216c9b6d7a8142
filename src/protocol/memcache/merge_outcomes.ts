/**
 * One outcome of the outcomes on all servers.
 *
 * @module
 */

import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { SplitReplies } from "../contract.ts";

/**
 * Gives the first reply that is not good; if all are, the first one. Of a quiet request good replies are empty.
 *
 * @param replies The complete replies.
 * @param out Where the reply is appended.
 * @param isGood Whether a reply says that all is well.
 */
export function mergeOutcomes(
  replies: SplitReplies,
  out: WriteQueue,
  isGood: (bytes: Uint8Array, start: number, end: number) => boolean,
): void {
  let chosen = replies.reply(0);
  for (let i = replies.fragmentCount - 1; i >= 0; i--) {
    const reply = replies.reply(i);
    if (reply.start < reply.end && !isGood(reply.bytes, reply.start, reply.end)) chosen = reply;
  }
  if (chosen.start < chosen.end) out.append(chosen.bytes, chosen.start, chosen.end);
}
