/**
 * Opens a connection to a server and goes through what has to come before all requests: the login, the
 * database, and for a server that was ejected the probe.
 *
 * @module
 */

import { decode } from "../base/ascii.ts";
import type { Address } from "../net/address.ts";
import type { ConnectOptions, Network, Transport } from "../net/transport.ts";
import { type Dialect, DONE, MORE, REPLY_FINE } from "../protocol/contract.ts";
import type { ServerRelease } from "../protocol/facts.ts";
import { type Cause, dialectUnspoken, greetingFailed, SERVER_EOF, STRAY, UNPARSABLE } from "./cause.ts";
import { GREETING_BYTES_MAX } from "./limits.ts";

/** A server did not take the greeting. */
export class GreetingError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "GreetingError";
  /** Why the connection ends. */
  readonly reason: Cause;
  /** Whether the server does not speak the dialect; there is nothing wrong with it then. */
  readonly isUnspoken: boolean;

  /**
   * Makes the error.
   *
   * @param reason Why the connection ends.
   * @param isUnspoken Whether the server does not speak the dialect.
   */
  constructor(reason: Cause, isUnspoken = false) {
    super(reason.detail);
    this.reason = reason;
    this.isUnspoken = isUnspoken;
  }
}

/** What a new connection to a server has to go through. */
export interface Greeting {
  /** What is sent. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The name of what each expected reply is for. */
  readonly steps: readonly string[];
}

/**
 * The greeting of a dialect, with its probe behind it if one is wanted.
 *
 * @param dialect How the server is spoken to.
 * @param withProbe Whether the server has to answer the probe too.
 * @returns The greeting.
 */
export function greetingOf(dialect: Dialect, withProbe: boolean): Greeting {
  if (!withProbe) return { bytes: dialect.greeting, steps: dialect.greetingSteps };
  const bytes = new Uint8Array(dialect.greeting.length + dialect.probe.length);
  bytes.set(dialect.greeting);
  bytes.set(dialect.probe, dialect.greeting.length);
  return { bytes, steps: [...dialect.greetingSteps, "probe"] };
}

/** A server that has been greeted. */
export interface Greeted {
  /** A stream on which the next byte belongs to the first request. */
  readonly transport: Transport;
  /** What the server is, if it has told it. */
  readonly release: ServerRelease | null;
}

/**
 * Connects to a server and greets it.
 *
 * @param network The sockets.
 * @param address Where the server is.
 * @param options What the connection is to be like.
 * @param dialect How the server is spoken to.
 * @param greeting What to send and what to wait for.
 * @param signal Gives the attempt up.
 * @returns The stream, and what the server has told.
 * @throws {GreetingError} If the server refuses the greeting or answers something else.
 */
export async function openTransport(
  network: Network,
  address: Address,
  options: ConnectOptions,
  dialect: Dialect,
  greeting: Greeting,
  signal: AbortSignal,
): Promise<Greeted> {
  const transport = await network.connect(address, options, signal);
  const giveUp = (): void => transport.close();
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp, { once: true });
  try {
    const release = greeting.steps.length > 0 ? await greet(transport, dialect, greeting) : null;
    return { transport, release };
  } catch (error) {
    if (!signal.aborted) transport.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/** Returns what the server is, if it tells it. */
async function greet(
  transport: Transport,
  dialect: Dialect,
  greeting: Greeting,
): Promise<ServerRelease | null> {
  for (let sent = 0; sent < greeting.bytes.length;) {
    sent += await transport.write(greeting.bytes.subarray(sent));
  }
  const decoder = dialect.newReplyDecoder();
  const bytes = new Uint8Array(GREETING_BYTES_MAX);
  let release: ServerRelease | null = null;
  let start = 0;
  let decoded = 0;
  let end = 0;
  for (const step of greeting.steps) {
    let status = decoder.decode(bytes, decoded, end);
    while (status === MORE) {
      decoded = decoder.position;
      if (end === bytes.length) throw new GreetingError(UNPARSABLE);
      const count = await transport.read(bytes.subarray(end));
      if (count === null) throw new GreetingError(SERVER_EOF);
      end += count;
      status = decoder.decode(bytes, decoded, end);
    }
    if (status !== DONE) throw new GreetingError(UNPARSABLE);
    decoded = decoder.position;
    if (decoder.kind !== REPLY_FINE || !dialect.isGood(bytes, start, decoded)) {
      const isUnspoken = dialect.isUnspoken?.(bytes, start, decoded) ?? false;
      const fail = isUnspoken ? dialectUnspoken : greetingFailed;
      const said = dialect.explain?.(bytes, start, decoded) ?? firstLine(bytes, start, decoded);
      throw new GreetingError(fail(step, said), isUnspoken);
    }
    release ??= dialect.releaseOf?.(bytes, start, decoded) ?? null;
    start = decoded;
  }
  if (start !== end) throw new GreetingError(STRAY);
  return release;
}

/** A reply's first line without its type, as a reason for people. */
function firstLine(bytes: Uint8Array, start: number, end: number): string {
  return decode(bytes, start, end).replace(/^-/, "").split("\r\n", 1)[0];
}
