/**
 * What a memcached, or a proxy in front of some, sends: taken apart into replies.
 *
 * @module
 */

import type { WireClient } from "../support/wire.ts";
import type { Answers } from "./lockstep.ts";

const LF = 0x0a;
const decoder = new TextDecoder();

/**
 * Sends requests over a connection and reads until it ends.
 *
 * @param client The connection.
 * @param pieces The requests, cut anywhere; the last one makes the peer close.
 * @returns The replies.
 */
export async function askMemcache(client: WireClient, pieces: readonly Uint8Array[]): Promise<Answers> {
  const send = async () => {
    for (const piece of pieces) await client.send(piece);
  };
  const [sent, received] = await Promise.allSettled([send(), client.readToEnd()]);
  const failed = received.status === "rejected" ? received : sent;
  const replies = received.status === "rejected" ? [] : splitReplies(received.value);
  const problem = failed.status === "rejected" ? failed.reason : new Error("the connection ended");
  return { replies, problem };
}

/**
 * Takes a stream of replies apart.
 *
 * @param bytes The stream.
 * @returns The replies; the items of a retrieval and the END after them are one.
 */
export function splitReplies(bytes: Uint8Array): Uint8Array[] {
  const replies: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < bytes.length;) {
    const lineEnd = bytes.indexOf(LF, at);
    if (lineEnd < 0) break;
    const words = decoder.decode(bytes.subarray(at, lineEnd)).split(" ");
    at = lineEnd + 1;
    if (words[0] === "VALUE") {
      at += parseInt(words[3]) + 2;
      continue;
    }
    replies.push(bytes.subarray(start, at));
    start = at;
  }
  if (start < bytes.length) replies.push(bytes.subarray(start));
  return replies;
}

/**
 * Takes a list of items apart.
 *
 * @param reply The reply to a retrieval, a character for each byte.
 * @returns The items without the END after them; none if it is no such reply.
 */
export function splitItems(reply: string): string[] {
  const items: string[] = [];
  let at = 0;
  while (reply.startsWith("VALUE ", at)) {
    const lineEnd = reply.indexOf("\n", at);
    const end = lineEnd + 1 + parseInt(reply.slice(at, lineEnd).split(" ")[3]) + 2;
    items.push(reply.slice(at, end));
    at = end;
  }
  return reply.slice(at) === "END\r\n" ? items : [];
}
