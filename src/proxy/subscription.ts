/**
 * What one client listens to: a connection to each server that it listens to, which carries nothing else.
 *
 * ```text
 *   server A ──messages──▶ feed ─┐
 *   server B ──messages──▶ feed ─┼──▶ the client, between its replies
 *                  consents ─────┘      ▲
 *   request to listen to more: [ the servers are asked ──all have consented──▶ the answer, then the messages since ]
 * ```
 *
 * The client must not believe that it hears everything when it does not. So it is sent away, to come back and ask again, when a
 * server that it listens to is gone, when a channel belongs to another server than before, and when it is too slow.
 *
 * @module
 */

import { concat } from "../base/ascii.ts";
import { PoolMetric } from "../metrics/table.ts";
import { HEARD_CONSENT, HEARD_MESSAGE } from "../protocol/private.ts";
import { type Cause, CLIENT_GONE, DONE_WITH } from "./cause.ts";
import type { ClientConnection } from "./client_connection.ts";
import { Feed, type FeedOwner } from "./feed.ts";
import { CLIENT_OUTPUT_HARD_RATIO } from "./limits.ts";
import type { PrivateLines } from "./private_lines.ts";
import type { Request } from "./request.ts";
import type { Server } from "./server.ts";

/** See the module. */
export class Subscription implements FeedOwner {
  readonly #client: ClientConnection;
  readonly #lines: PrivateLines;
  readonly #feeds = new Map<Server, Feed>();
  /** The server of each name; the kind of the name comes first. */
  readonly #placed = new Map<string, Server>();
  /** The names that all servers are listened to for. */
  readonly #everywhere = new Set<string>();
  /** The request that waits for servers to consent; null if none does. */
  #asking: Request | null = null;
  /** What the client is told then. */
  #answer: Uint8Array<ArrayBuffer> | null = null;
  /** How many times servers have still to consent. */
  #missing = 0;
  /** Messages that have come since the client began to ask for more. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  /**
   * Makes a subscription to nothing.
   *
   * @param client The client.
   * @param lines Its connections.
   */
  constructor(client: ClientConnection, lines: PrivateLines) {
    this.#client = client;
    this.#lines = lines;
  }

  /** Whether it has any server. */
  get isActive(): boolean {
    return this.#feeds.size > 0;
  }

  /**
   * Asks servers what the client's decoder says of the request at hand.
   *
   * @returns False if not all of them can be asked; then none is, and the lines' `refusal` says why if it is not that no
   *   server is live.
   */
  ask(): boolean {
    const { decoder, pool, replies } = this.#client;
    const plan = this.#plan();
    if (plan === null) return false;
    const request = pool.runtime.requests.take();
    request.tag = decoder.tag;
    request.access = decoder.access;
    replies.keepsWhole = true;
    replies.expect(request);
    this.#asking = request;
    this.#answer = decoder.answer;
    for (const [feed, units] of plan) this.#send(feed, units);
    return true;
  }

  /** Whether every name is told by the server that is listened to for it. */
  isPlaced(): boolean {
    const { router, servers } = this.#client.pool;
    for (const [name, server] of this.#placed) {
      const key = Uint8Array.from(name, (char) => char.charCodeAt(0));
      if (router.route(key, 1, key.length) !== server) return false;
    }
    return this.#everywhere.size === 0 ||
      servers.every((server) => !server.health.live || this.#feeds.has(server));
  }

  /** Ends it, because its client is gone or does not want it any more. */
  end(): void {
    this.#placed.clear();
    this.#everywhere.clear();
    this.#held = [];
    this.#heldBytes = 0;
    this.#asking = null;
    for (const { connection } of [...this.#feeds.values()]) connection.close(DONE_WITH);
  }

  /** See {@link FeedOwner.heard}. */
  heard(feed: Feed, bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    switch (this.#client.decoder.own!.listening!.judge(bytes, start, end)) {
      case HEARD_MESSAGE:
        return this.#deliver(bytes, start, end);
      case HEARD_CONSENT:
        return this.#consented(feed);
      default:
        this.#fail(bytes.slice(start, end), "a server does not let it listen");
    }
  }

  /** See {@link FeedOwner.mayHold}: a client that is sent too much at once is dropped. */
  mayHold(count: number): boolean {
    if (count <= this.#client.pool.config.clientOutputBytesMax * CLIENT_OUTPUT_HARD_RATIO) return true;
    this.#drop();
    return false;
  }

  /** See {@link FeedOwner.lost}. */
  lost(feed: Feed, cause: Cause): void {
    this.#feeds.delete(feed.server);
    this.#client.pool.consents.settled(feed.server, feed);
    this.#lines.released();
    if (!this.isActive) this.#client.pool.counters[PoolMetric.subscribers]--;
    if (cause === DONE_WITH || cause === CLIENT_GONE) return;
    const { codec } = this.#client.pool;
    const text = `server '${feed.server.name}' that it listens to is gone: ${cause.detail}`;
    this.#fail(codec.errorReply(cause.text, this.#asking?.tag ?? 0), text);
  }

  /** What each server is asked; null if one cannot be. */
  #plan(): Map<Feed, number[]> | null {
    const { decoder, pool: { router, servers } } = this.#client;
    const { keys, keyCount, frame } = decoder;
    const { begins, kind } = decoder.own!.listening!;
    const plan = new Map<Feed, number[]>();
    const notes: (() => void)[] = [];
    for (let unit = 0; unit < keyCount; unit++) {
      const [start, end] = [keys[2 * unit], keys[2 * unit + 1]];
      const isForAll = start < 0;
      const [nameStart, nameEnd] = isForAll
        ? [decoder.units[2 * unit], decoder.units[2 * unit + 1]]
        : [start, end];
      const name = nameOf(kind, frame, nameStart, nameEnd);
      const targets = !begins
        ? isForAll ? [...this.#feeds.keys()] : [this.#placed.get(name)!]
        : isForAll
        ? servers.filter(({ health }) => health.live)
        : [router.route(frame, start, end)];
      if (targets.length === 0) return null;
      for (const server of targets) {
        const feed = server === null ? null : this.#feedOf(server);
        if (feed === null) return null;
        const units = plan.get(feed);
        if (units === undefined) plan.set(feed, [unit]);
        else units.push(unit);
      }
      notes.push(() => this.#note(name, begins, isForAll, targets[0]!));
    }
    for (const note of notes) note();
    return plan;
  }

  #note(name: string, begins: boolean, isForAll: boolean, server: Server): void {
    if (isForAll) {
      if (begins) this.#everywhere.add(name);
      else this.#everywhere.delete(name);
    } else if (begins) this.#placed.set(name, server);
    else this.#placed.delete(name);
  }

  #feedOf(server: Server): Feed | null {
    const known = this.#feeds.get(server);
    if (known !== undefined) return known;
    const { pool, decoder } = this.#client;
    const connection = this.#lines.borrow(server, decoder.dialect);
    if (connection === null) return null;
    if (!this.isActive) pool.counters[PoolMetric.subscribers]++;
    const feed = new Feed(pool.runtime, this, server, connection);
    this.#feeds.set(server, feed);
    return feed;
  }

  #send(feed: Feed, units: readonly number[]): void {
    const { decoder, pool } = this.#client;
    const { connection } = feed;
    const places = decoder.units;
    const parts = units.map((unit) => decoder.frame.subarray(places[2 * unit], places[2 * unit + 1]));
    const question = concat([decoder.fragmentHead(units.length), ...parts]);
    connection.sendUnanswered(question, 0, question.length);
    feed.missing += units.length;
    this.#missing += units.length;
    if (decoder.own!.listening!.begins) pool.consents.asked(feed.server, feed);
    const { timeoutMs } = pool.config;
    if (timeoutMs > 0) connection.deadlineMs = pool.runtime.turn.nowMs + timeoutMs;
  }

  #consented(feed: Feed): void {
    if (--feed.missing === 0) {
      feed.connection.deadlineMs = Infinity;
      this.#client.pool.consents.settled(feed.server, feed);
    }
    if (--this.#missing > 0 || this.#asking === null) return;
    const { replies, decoder } = this.#client;
    const request = this.#asking;
    this.#asking = null;
    replies.settle(request, this.#answer!);
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    for (const bytes of held) this.#client.push(bytes, 0, bytes.length);
    if (!decoder.own!.listening!.isActive) this.end();
  }

  /** While the client asks for more, it is told of that first. */
  #deliver(bytes: Uint8Array, start: number, end: number): void {
    if (this.#client.unsentBytes + this.#heldBytes > 0 && !this.#hasRoom()) return this.#drop();
    if (this.#asking === null || !this.#client.decoder.own!.listening!.begins) {
      return this.#client.push(bytes, start, end);
    }
    this.#held.push(bytes.slice(start, end));
    this.#heldBytes += end - start;
  }

  #hasRoom(): boolean {
    const { unsentBytes, pool } = this.#client;
    return unsentBytes + this.#heldBytes <= pool.config.clientOutputBytesMax * CLIENT_OUTPUT_HARD_RATIO;
  }

  #drop(): void {
    this.#client.pool.counters[PoolMetric.subscribersDropped]++;
    this.#client.close("it does not take the messages of its channels");
  }

  /** The client is told the bad news in place of the answer that it waits for, if it does, and sent away. */
  #fail(reply: Uint8Array<ArrayBuffer>, reason: string): void {
    const request = this.#asking;
    this.#asking = null;
    if (request !== null) this.#client.replies.settle(request, reply);
    for (const feed of this.#feeds.values()) this.#client.pool.consents.settled(feed.server, feed);
    this.#client.dismiss(reason);
  }
}

/** A name with its kind in front, one character per byte. */
function nameOf(kind: number, bytes: Uint8Array, start: number, end: number): string {
  let text = `${kind}`;
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}
