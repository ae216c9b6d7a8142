/**
 * What the parts of a soak share.
 *
 * @module
 */

import type { Random } from "../../support/random.ts";
import { sleep } from "../../support/process.ts";
import { WireClient, WireError } from "../../support/wire.ts";
import type { Tally } from "./tally.ts";

/** Errors that clients are told while a server is down or comes back. */
const SERVER_ERRORS = [
  "Connection refused",
  "Connection reset by peer",
  "Connection timed out",
  "Broken pipe",
];

/** How long a client whose connection failed waits before it comes back. */
const RESTART_MS = 1000;

/** A soak that runs. */
export interface Soak {
  /** All randomness. */
  readonly random: Random;
  /** All counts. */
  readonly tally: Tally;
  /** The port of the redis pool. */
  readonly redisPort: number;
  /** The port of the memcached pool. */
  readonly memcachePort: number;
  /** Aborted when everybody is to stop. */
  readonly end: AbortSignal;
  /** Grows by 1 when a server is about to stop, and again when it is back: odd while one is down. */
  epoch: number;
  /** Whether it was ended by a signal, which a terminal sends to the proxy and the servers as well. */
  isInterrupted: boolean;
}

/** Thrown after a wrong reply, which has been counted: what follows on this connection means nothing. */
export class WrongReply extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "WrongReply";
}

/**
 * Connects to a pool.
 *
 * @param soak The soak.
 * @param port The pool's port.
 * @returns The connection, which has been counted.
 */
export async function connectTo(soak: Soak, port: number): Promise<WireClient> {
  const client = new WireClient(await Deno.connect({ hostname: "127.0.0.1", port }));
  soak.tally.connections++;
  return client;
}

/**
 * Counts an error reply, which has to be one that servers going down explain.
 *
 * @param soak The soak.
 * @param text The text after `ERR` or `SERVER_ERROR`.
 * @param request The request in words.
 * @throws {WrongReply} If it is any other one.
 */
export function takeError(soak: Soak, text: string, request: string): void {
  // Who asked several servers is also told which of them it was.
  const what = text.replace(/ \(server '[^']*'\)$/, "");
  if (!SERVER_ERRORS.includes(what)) {
    throw wrongReply(soak, `${request} was answered with the error "${text}"`);
  }
  soak.tally.error(what);
}

/**
 * Counts a wrong reply.
 *
 * @param soak The soak.
 * @param text What it was.
 * @returns What to throw.
 */
export function wrongReply(soak: Soak, text: string): WrongReply {
  soak.tally.fault(text);
  return new WrongReply(text);
}

/**
 * Does something again and again until the end, whatever happens to its connections.
 *
 * @param soak The soak.
 * @param what Who does it, for messages.
 * @param ratePerSecond How much of it is to be done per second.
 * @param act Does some of it and returns how much it was.
 */
export async function keepDoing(
  soak: Soak,
  what: string,
  ratePerSecond: number,
  act: () => Promise<number>,
): Promise<void> {
  let dueMs = performance.now() + soak.random.int(1000);
  while (!soak.end.aborted) {
    await pause(soak, dueMs - performance.now());
    if (soak.end.aborted) return;
    let done = 1;
    try {
      done = await act();
    } catch (error) {
      noteEnd(soak, what, error);
      // What this client had under way is carried out or lost before it begins again.
      await pause(soak, RESTART_MS);
    }
    // Who fell behind does not catch up: the rate is a limit.
    dueMs = Math.max(dueMs + done * 1000 / ratePerSecond, performance.now());
  }
}

/**
 * Waits, but not beyond the end.
 *
 * @param soak The soak.
 * @param ms For how many milliseconds; nothing if there are none left.
 */
export async function pause(soak: Soak, ms: number): Promise<void> {
  for (const endMs = performance.now() + ms; !soak.end.aborted;) {
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return;
    await sleep(Math.min(leftMs, 200));
  }
}

/** A connection has ended: as it may when half a reply was out, or because of something that must not be. */
function noteEnd(soak: Soak, what: string, error: unknown): void {
  if (error instanceof WrongReply || soak.isInterrupted) return;
  const isReset = error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
  if (isReset || (error instanceof WireError && error.message.startsWith("closed by the peer"))) {
    return soak.tally.error(`connection of ${what} closed`);
  }
  soak.tally.fault(`${what}: ${error instanceof Error ? `${error.name}: ${error.message}` : error}`);
}
