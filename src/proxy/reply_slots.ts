/**
 * What one client is owed, in the order of its requests.
 *
 * ```text
 *   slots:  [ r1 | r2 | r3 | r4 ]       r1 not answered; r2 and r4 done, their replies held; r3 split, one fragment missing
 * ```
 *
 * A reply whose turn has come goes from its server's read buffer straight to what the client is to be sent. One that
 * is early is held. A split request's slot is done when all its fragments are; they are merged when its turn comes.
 *
 * @module
 */

import { Ring } from "../base/ring.ts";
import type { WriteQueue } from "../buffer/write_queue.ts";
import { PoolMetric } from "../metrics/table.ts";
import type { ClientConnection } from "./client_connection.ts";
import { HANDOVER_BYTES_MIN, REPLY_BYTES_GUESS } from "./limits.ts";
import type { Request } from "./request.ts";
import type { Runtime } from "./runtime.ts";
import { sendSequel } from "./sequel.ts";
import { sendAgain } from "./watch.ts";

/** See the module. */
export class ReplySlots {
  readonly #client: ClientConnection;
  readonly #runtime: Runtime;
  readonly #out: WriteQueue;
  readonly #slots = new Ring<Request>(2);
  /** Whether a reply leaves only as a whole, because something else may leave between two of them. */
  keepsWhole = false;
  /** How long the replies are, in bytes, the latest counting most. */
  #replyBytesMean = REPLY_BYTES_GUESS;

  /**
   * Makes the slots of a new client.
   *
   * @param client The client.
   * @param out What it is to be sent.
   */
  constructor(client: ClientConnection, out: WriteQueue) {
    this.#client = client;
    this.#runtime = client.pool.runtime;
    this.#out = out;
  }

  /** How many requests are not answered. */
  get length(): number {
    return this.#slots.length;
  }

  /** How many bytes their replies will have, if they are like those before. */
  get bytesEstimate(): number {
    return this.#slots.length * this.#replyBytesMean;
  }

  /** Nobody waits for the replies any more; what servers still send of them is thrown away. */
  abandon(): void {
    for (let slot = this.#slots.shift(); slot !== undefined; slot = this.#slots.shift()) this.#abandon(slot);
  }

  /** Gives back what a burst made it grow to. */
  trim(): void {
    this.#slots.shrink();
  }

  /**
   * Puts a request into the next slot.
   *
   * @param request Its record.
   */
  expect(request: Request): void {
    request.client = this.#client;
    this.#slots.push(request);
  }

  /**
   * Answers the latest request without asking a server.
   *
   * @param reply The reply; it must not change.
   */
  answer(reply: Uint8Array<ArrayBuffer>): void {
    if (reply.length === 0) return;
    if (this.#slots.length === 0) {
      this.#out.append(reply, 0, reply.length);
      this.#runtime.turn.schedule(this.#client);
      return;
    }
    const runtime = this.#runtime;
    const request = runtime.requests.take();
    // It may be long, and waits in memory for its turn.
    this.#noteLength(reply.length);
    request.holdConstant(runtime.mbufs, reply);
    request.done = true;
    this.expect(request);
  }

  /**
   * Takes the whole reply to a request, or its last part.
   *
   * @param request The request.
   * @param bytes The array that holds it.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   * @param ending What comes behind it; null if nothing does.
   */
  replied(
    request: Request,
    bytes: Uint8Array<ArrayBuffer>,
    start: number,
    end: number,
    ending: Uint8Array<ArrayBuffer> | null,
  ): void {
    this.#noteLength(end - start);
    if (request.tag !== 0) end = this.#translate(request, bytes, start, end);
    if (this.#slots.peek() !== request) {
      request.hold(this.#runtime.mbufs, bytes, start, end);
      if (ending !== null) request.hold(this.#runtime.mbufs, ending, 0, ending.length);
      this.#settled(request);
      return;
    }
    this.#slots.shift();
    this.#sendHeld(request);
    this.#out.append(bytes, start, end);
    if (ending !== null) this.#out.append(ending, 0, ending.length);
    this.#runtime.requests.give(request);
    this.#advance();
  }

  /**
   * Takes a part of a long reply; more will follow.
   *
   * @param request The request.
   * @param bytes The array that holds it.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  repliedPart(request: Request, bytes: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    if (request.tag !== 0) end = this.#translate(request, bytes, start, end);
    if (!this.#startsReply(request)) return request.hold(this.#runtime.mbufs, bytes, start, end);
    this.#out.append(bytes, start, end);
  }

  /**
   * Takes a part of a long reply together with the buffer that holds it.
   *
   * @param request The request.
   * @param buffer A whole buffer of the pool.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  repliedPartOwned(request: Request, buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    if (request.tag !== 0) end = this.#translate(request, buffer, start, end);
    if (this.#startsReply(request)) return this.#out.appendOwned(buffer, start, end);
    request.hold(this.#runtime.mbufs, buffer, start, end);
    this.#runtime.mbufs.give(buffer);
  }

  /**
   * Answers a request that is in a slot with an error.
   *
   * @param request The request.
   * @param text What happened.
   */
  fail(request: Request, text: string): void {
    const { pool } = this.#client;
    pool.counters[PoolMetric.forwardError]++;
    this.settle(request, pool.codec.errorReply(text, request.tag));
  }

  /**
   * Answers a request that is in a slot, or a fragment.
   *
   * @param request The request.
   * @param reply The reply; it must not change.
   */
  settle(request: Request, reply: Uint8Array<ArrayBuffer>): void {
    request.holdConstant(this.#runtime.mbufs, reply);
    this.#settled(request);
    this.#advance();
  }

  #noteLength(bytes: number): void {
    this.#replyBytesMean += (bytes - this.#replyBytesMean) * 0.125;
  }

  /** Lets the protocol look at the beginning of a reply; returns the end of what the client gets of this part. */
  #translate(request: Request, bytes: Uint8Array<ArrayBuffer>, start: number, end: number): number {
    if (request.silent) return start;
    if (request.started || request.end > 0) return end;
    if (this.#client.pool.codec.translate(request.tag, bytes, start, end)) return end;
    request.silent = true;
    return start;
  }

  /** Whether a part of this request's reply may leave now; if so, what was held of it leaves first. */
  #startsReply(request: Request): boolean {
    if (request.split !== null || this.keepsWhole || this.#slots.peek() !== request) return false;
    this.#sendHeld(request);
    request.started = true;
    this.#runtime.turn.schedule(this.#client);
    return true;
  }

  /** A reply is complete and waits for its turn, or for the other fragments. */
  #settled(request: Request): void {
    request.done = true;
    const { split } = request;
    if (split !== null && --split.pending === 0) {
      const slot = split.slot!;
      if (split.watchedServer !== null && sendAgain(this.#client, split, this.#isLatest(slot))) return;
      if (split.sequel !== null && sendSequel(this.#client, split)) return;
      slot.done = true;
      if (this.#slots.peek() === slot) this.#advance();
    }
  }

  #isLatest(slot: Request): boolean {
    return this.#slots.at(this.#slots.length - 1) === slot;
  }

  /** Sends the replies whose turn has come. */
  #advance(): void {
    const slots = this.#slots;
    for (let head = slots.peek(); head !== undefined && head.done; head = slots.peek()) {
      slots.shift();
      if (head.split !== null) this.#sendMerged(head);
      else this.#sendHeld(head);
      this.#runtime.requests.give(head);
    }
    this.#runtime.turn.schedule(this.#client);
  }

  #sendHeld(request: Request): void {
    const { bytes, end } = request;
    if (end === 0) return;
    if (end >= HANDOVER_BYTES_MIN && request.surrender()) this.#out.appendOwned(bytes, 0, end);
    else this.#out.append(bytes, 0, end);
    request.end = 0;
  }

  #sendMerged(slot: Request): void {
    const runtime = this.#runtime;
    const split = slot.split!;
    this.#client.pool.codec.merge(split, this.#out);
    for (const fragment of split.fragments) runtime.requests.give(fragment);
    runtime.splits.give(split);
  }

  /** Nobody waits for this slot any more: its record is freed now, or by its server connection later. */
  #abandon(slot: Request): void {
    const { requests, splits, mbufs } = this.#runtime;
    slot.client = null;
    if (slot.split === null) {
      if (slot.done) requests.give(slot);
      else slot.dropHeld(mbufs);
      return;
    }
    for (const fragment of slot.split.fragments) {
      fragment.client = null;
      fragment.split = null;
      if (fragment.done) requests.give(fragment);
    }
    splits.give(slot.split);
    requests.give(slot);
  }
}
