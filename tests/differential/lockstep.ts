/**
 * The same requests to two peers, and their replies compared one by one.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { Random } from "../support/random.ts";
import { showBytes } from "../support/show_bytes.ts";
import type { WireClient } from "../support/wire.ts";

/** How many pieces a batch is sent in, at most. */
const PIECES_MAX = 4;

/** What a peer sent until it had answered everything or failed. */
export interface Answers {
  /** Its replies, in order. */
  readonly replies: readonly Uint8Array[];
  /** Why there are no more; null if none are missing. */
  readonly problem: Error | null;
}

/**
 * Sends a pipeline of redis requests and reads the replies meanwhile.
 *
 * @param client The connection.
 * @param pieces The requests, cut anywhere.
 * @param count How many requests there are.
 * @returns The replies.
 */
export async function askRedis(
  client: WireClient,
  pieces: readonly Uint8Array[],
  count: number,
): Promise<Answers> {
  const replies: Uint8Array[] = [];
  const send = async () => {
    for (const piece of pieces) await client.send(piece);
  };
  const receive = async () => {
    while (replies.length < count) replies.push((await client.readReply()).bytes);
  };
  const [sent, received] = await Promise.allSettled([send(), receive()]);
  const failed = received.status === "rejected" ? received : sent;
  return { replies, problem: failed.status === "rejected" ? failed.reason as Error : null };
}

/** Two peers' connections. */
export interface Clients {
  /** To the reference. */
  readonly there: WireClient;
  /** To this proxy. */
  readonly here: WireClient;
}

/** Two peers' answers. */
export interface AnswerPair {
  /** The reference's. */
  readonly there: Answers;
  /** This proxy's. */
  readonly here: Answers;
}

/**
 * Sends the same pipeline of redis requests to both peers.
 *
 * @param clients The connections.
 * @param random Where the pieces come from.
 * @param bytes The requests.
 * @param count How many there are.
 * @returns The answers.
 */
export async function askBoth(
  { there, here }: Clients,
  random: Random,
  bytes: Uint8Array,
  count: number,
): Promise<AnswerPair> {
  const pieces = random.split(bytes, PIECES_MAX);
  const answers = await Promise.all([askRedis(there, pieces, count), askRedis(here, pieces, count)]);
  return { there: answers[0], here: answers[1] };
}

/**
 * Compares answers.
 *
 * @param pair The answers.
 * @param requests The requests as they were sent.
 * @param isMeant Whether a difference at a place is meant.
 */
export function assertSameAnswers(
  { there, here }: AnswerPair,
  requests: readonly Uint8Array[],
  isMeant: (index: number, there: Uint8Array, here: Uint8Array) => boolean,
): void {
  requests.forEach((request, i) => {
    const [theirs, ours] = [there.replies[i], here.replies[i]];
    if (theirs !== undefined && ours !== undefined) {
      if (isSame(theirs, ours) || isMeant(i, theirs, ours)) return;
    }
    const show = (reply: Uint8Array | undefined, { problem }: Answers) =>
      reply === undefined ? `no reply: ${problem?.message}` : showBytes(reply);
    const before = i === 0 ? "nothing" : showBytes(requests[i - 1]);
    assert(
      false,
      `\n  request ${i} ${showBytes(request)}\n  after ${before}\n  there ${show(theirs, there)}\n  here  ${
        show(ours, here)
      }`,
    );
  });
}

/**
 * Compares bytes.
 *
 * @param one Some.
 * @param other Others.
 * @returns True if they are the same.
 */
export function isSame(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
