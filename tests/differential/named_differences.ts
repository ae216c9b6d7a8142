/**
 * What this proxy does otherwise than the reference on purpose: the form of the tables, and how a row is shown.
 *
 * @module
 */

import { assert } from "@std/assert";
import { showBytes } from "../support/show_bytes.ts";
import { connect, type WireClient } from "../support/wire.ts";
import { isSame } from "./lockstep.ts";

/** What comes of a request on a fresh connection. */
export interface Outcome {
  /** All that comes back; a character is a byte. */
  readonly replies: string;
  /** What becomes of the connection: `waits` means that the peer takes the request for incomplete. */
  readonly then: "open" | "closes" | "waits";
}

/** One request that shows a difference. */
export interface Example {
  /** Which pool it goes to; the plain one if left out. */
  readonly pool?: string;
  /** What is sent before, on a connection of its own, so that the servers hold something; its replies do not matter. */
  readonly given?: string;
  /** What is sent; a character is a byte. */
  readonly request: string;
  /** What the reference does. */
  readonly there: Outcome;
  /** What this proxy does. */
  readonly here: Outcome;
}

/** A difference that is meant. */
export interface NamedDifference {
  /** What it is, and why. */
  readonly reason: string;
  /** Requests that show it. */
  readonly examples: readonly Example[];
}

/**
 * The outcome of a request that is answered.
 *
 * @param replies All replies.
 * @returns The outcome.
 */
export function says(...replies: readonly string[]): Outcome {
  return { replies: replies.join(""), then: "open" };
}

/**
 * The outcome of a request that ends the connection.
 *
 * @param replies What is said before that.
 * @returns The outcome.
 */
export function closes(...replies: readonly string[]): Outcome {
  return { replies: replies.join(""), then: "closes" };
}

/** The outcome of a request that is taken for incomplete. */
export const WAITS: Outcome = { replies: "", then: "waits" };

/** How to find out whether a connection is open and all has been read of it. */
export interface Probe {
  /** What is sent. */
  readonly request: string;
  /** What the line that comes back must look like. */
  readonly reply: RegExp;
}

/**
 * Turns text into bytes, one for each character.
 *
 * @param text Characters up to U+00FF.
 * @returns The bytes.
 */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/**
 * Checks what a proxy makes of a request.
 *
 * @param address The port of the pool.
 * @param request What to send.
 * @param outcome What must come of it.
 * @param probe How to find out whether the connection is open.
 */
export async function assertOutcome(
  address: number | string,
  request: string,
  outcome: Outcome,
  probe: Probe,
): Promise<void> {
  using client = await connect(address);
  await client.send(latin1(request));
  const replies = latin1(outcome.replies);
  if (outcome.then === "open") {
    await client.expect(replies);
    await client.send(probe.request);
    const line = await client.readLine();
    assert(probe.reply.test(line), `expected nothing more, got ${JSON.stringify(line)}`);
    return;
  }
  if (outcome.then === "waits") await client.closeWrite();
  const got = await readToClose(client);
  assert(isSame(got, replies), `expected ${showBytes(replies)} and a close, got ${showBytes(got)}`);
}

/** A peer that closes with unread bytes resets the connection. */
async function readToClose(client: WireClient): Promise<Uint8Array> {
  try {
    return await client.readToEnd();
  } catch (error) {
    if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    return new Uint8Array(0);
  }
}
