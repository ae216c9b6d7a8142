/**
 * One connection to a server, shared by many clients.
 *
 * ```text
 *   opening ──greeted──▶ ready ──┐
 *      │                         ├──close──▶ closed
 *      └─────────────────────────┘
 *
 *   inFlight:  [ r1 | r2 | r3 | r4 | r5 ]     what has not been answered
 *   out:       what of r4, r5 … the server has not been sent yet
 * ```
 *
 * Replies come in the order of `inFlight`. Requests may be queued while the connection opens; they leave
 * as one write when it is ready. A closed connection is never opened again: its server makes a new one.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import { ReadWindow } from "../buffer/read_window.ts";
import { WriteQueue } from "../buffer/write_queue.ts";
import { ServerMetric } from "../metrics/table.ts";
import type { Transport } from "../net/transport.ts";
import { BAD, DONE, REPLY_FINE, type ReplyDecoder, type RequestDecoder } from "../protocol/contract.ts";
import { type Cause, causeOf, SERVER_EOF, STRAY, UNPARSABLE } from "./cause.ts";
import { HANDOVER_BYTES_MIN, REPLY_STREAM_BYTES_MIN, serverWindow } from "./limits.ts";
import { InFlight } from "./in_flight.ts";
import { Joiner } from "./joiner.ts";
import { type Request, TOMBSTONE } from "./request.ts";
import type { Runtime } from "./runtime.ts";
import type { Listener, ServerConnectionOwner, Tenant } from "./server_connection_owner.ts";
import { Stall } from "./stall.ts";
import { Timing } from "./timing.ts";
import type { Flushable } from "./turn.ts";

/** The states of a connection to a server. */
export type ServerConnectionState = "opening" | "ready" | "closed";

/** See the module. */
export class ServerConnection implements Flushable {
  /** See {@link Flushable.scheduled}. */
  scheduled = false;
  /** When the server last sent something, or the connection was made; in milliseconds of the clock. */
  lastReadMs: number;
  /**
   * When a reply last came in time, or the connection was made; in milliseconds of the clock. A server that has lost a
   * reply goes on sending, but each of its replies is taken for the one before it, which is too late.
   */
  lastAnswerMs: number;
  /** When a timeout was last counted as a strike against the connection; in milliseconds of the clock. */
  lastStrikeMs: number = -Infinity;
  /** How many whole timeouts in a row the server has been silent for with requests pending. */
  strikes = 0;
  /** How many bytes have been queued in all. */
  queuedBytes = 0;
  /** Whoever wants to know that some bytes have been written, or that none will be any more. */
  waiter: Flushable | null = null;
  /** Whoever has it to itself; null if it is shared, idle or carries a long request. */
  tenant: Tenant | null = null;
  /** Whoever listens to it; null if all that comes answers requests. */
  listener: Listener | null = null;
  /**
   * When a request that may wait at the server has to be answered at the latest, in milliseconds of the clock; Infinity if
   * there is none. The time of such a request does not run otherwise.
   */
  deadlineMs: number = Infinity;
  readonly #owner: ServerConnectionOwner;
  readonly #runtime: Runtime;
  readonly #out: WriteQueue;
  readonly #inFlight = new InFlight();
  readonly #decoder: ReplyDecoder;
  readonly #window: ReadWindow;
  #state: ServerConnectionState = "opening";
  #transport: Transport | null = null;
  #writing = false;
  readonly #stall: Stall;
  /** How many bytes of the reply at the window's start have been decoded. */
  #decoded = 0;
  readonly #timing: Timing;
  /** Joins requests; made with the first one that can be joined. */
  #joiner: Joiner | null = null;
  /** When the server last took a part of a long request that is passed on, or the sending of one began. */
  #takenMs = 0;

  /**
   * Makes a connection that is opening: requests may be queued, and wait.
   *
   * @param runtime What all share.
   * @param owner The server.
   * @param decoder A fresh decoder for its replies.
   */
  constructor(runtime: Runtime, owner: ServerConnectionOwner, decoder: ReplyDecoder) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.#decoder = decoder;
    this.#out = new WriteQueue(runtime.mbufs);
    this.#window = new ReadWindow(runtime.mbufs, serverWindow(runtime.mbufs.mbufBytes));
    this.#timing = new Timing(runtime, owner);
    this.#stall = new Stall(runtime.turn);
    this.lastReadMs = this.lastAnswerMs = runtime.turn.nowMs;
  }

  /** The state. */
  get state(): ServerConnectionState {
    return this.#state;
  }

  /** How many requests have been queued and not answered, those whose time ran out included. */
  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** Whether all that the server has not answered is too late. */
  get owesLateReplies(): boolean {
    return this.#inFlight.expired > 0 && this.#inFlight.awaited === null;
  }

  /** How many bytes of requests have not been written yet. */
  get unsentBytes(): number {
    return this.#out.bytes;
  }

  /** How many requests have not been written as a whole yet. Costs as much as there are. */
  unsentRequests(): number {
    return this.#inFlight.unsent(this.queuedBytes - this.#out.bytes);
  }

  /** How many bytes of requests have been written and not been answered. */
  unansweredBytes(): number {
    return this.#inFlight.unansweredBytes(this.queuedBytes - this.#out.bytes);
  }

  /**
   * Starts to serve on an open and greeted stream.
   *
   * @param transport The stream.
   */
  start(transport: Transport): void {
    assert(this.#state === "opening", "a connection starts once");
    this.#transport = transport;
    this.#state = "ready";
    this.lastReadMs = this.#runtime.turn.nowMs;
    this.#runtime.turn.schedule(this);
    void this.#read(transport);
  }

  /**
   * Queues a request that will be answered.
   *
   * @param request Its record.
   * @param bytes The array that holds what to send.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  send(request: Request, bytes: Uint8Array, start: number, end: number): void {
    this.#out.append(bytes, start, end);
    this.queued(request, end - start);
  }

  /**
   * Queues a request that may go to the server together with the one before it.
   *
   * @param request Its record.
   * @param decoder What has decoded it: {@link FORWARD_JOINABLE}.
   */
  sendJoinable(request: Request, decoder: RequestDecoder): void {
    const joiner = this.#joiner ??= new Joiner(this.#decoder, this.#out);
    const grown = joiner.join(this.queuedBytes, decoder);
    if (grown > 0) {
      this.#count(grown);
      this.#stamp(request, grown + decoder.fragmentTail.length);
      this.#inFlight.push(request);
      return;
    }
    const first = this.#inFlight.answered + this.#inFlight.length;
    this.send(request, decoder.frame, decoder.frameStart, decoder.frameEnd);
    joiner.begin(first, this.queuedBytes, decoder);
  }

  /**
   * Queues a request whose buffer changes hands.
   *
   * @param request Its record.
   * @param buffer A whole buffer of the pool.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  sendOwned(request: Request, buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    this.#out.appendOwned(buffer, start, end);
    this.queued(request, end - start);
  }

  /**
   * Queues a request that may wait at its server on purpose.
   *
   * @param request Its record.
   * @param bytes The array that holds what to send.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   * @param deadlineMs When it has to be answered, in milliseconds of the clock.
   */
  sendPatient(request: Request, bytes: Uint8Array, start: number, end: number, deadlineMs: number): void {
    this.send(request, bytes, start, end);
    request.startMs = Infinity;
    this.deadlineMs = deadlineMs;
  }

  /**
   * Takes note of a request whose parts will be queued as they come; its time does not run yet.
   *
   * @param request Its record.
   */
  beginRequest(request: Request): void {
    request.startMs = Infinity;
    request.streamEnd = Infinity;
    this.#inFlight.push(request);
  }

  /**
   * Takes note that the last part of a request is in the queue.
   *
   * @param request Its record, from {@link beginRequest}.
   * @param length How long it is, in bytes.
   */
  endRequest(request: Request, length: number): void {
    this.#count(length);
    this.#stamp(request, length);
  }

  /**
   * Queues a part of a request together with the buffer that holds it.
   *
   * @param buffer A whole buffer of the pool.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  sendPartOwned(buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    this.#out.appendOwned(buffer, start, end);
    this.#runtime.turn.schedule(this);
  }

  /**
   * Queues a part of a request; {@link queued} follows when the last one is in.
   *
   * @param bytes The array that holds it.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  sendPart(bytes: Uint8Array, start: number, end: number): void {
    this.#out.append(bytes, start, end);
    this.#runtime.turn.schedule(this);
  }

  /**
   * Queues a request that the server will not answer.
   *
   * @param bytes The array that holds it.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  sendUnanswered(bytes: Uint8Array, start: number, end: number): void {
    this.#out.append(bytes, start, end);
    this.#count(end - start);
  }

  /**
   * Notes that all of a request is in the queue.
   *
   * @param request Its record.
   * @param length How long it is, in bytes.
   */
  queued(request: Request, length: number): void {
    this.#count(length);
    this.#stamp(request, length);
    this.#inFlight.push(request);
  }

  /** See {@link Flushable.flush}. */
  flush(): void {
    if (this.#state === "ready" && !this.#writing && this.#out.bytes > 0) void this.#write(this.#transport!);
  }

  /**
   * Fails every request that was queued before a point in time; its reply will be thrown away.
   *
   * @param beforeMs The point, in milliseconds of the clock.
   * @param cause What the clients are told.
   * @returns How many there were.
   */
  expire(beforeMs: number, cause: Cause): number {
    // While a long reply is coming, what waits behind it is served as fast as can be.
    if (this.#decoded > 0 || this.#inFlight.peek()?.started) {
      if (this.#stall.isOn || this.lastReadMs > beforeMs) return 0;
    }
    let count = 0;
    for (let request = this.#inFlight.awaited; request !== null; request = this.#inFlight.awaited) {
      if (request.startMs > beforeMs) break;
      this.#inFlight.expire();
      count++;
      this.#timing.expired(request, this.#isSent(request));
      this.#fail(request, cause);
    }
    return count;
  }

  /**
   * Whether the server has not taken any of a request that is passed on piece by piece, which is there to be sent.
   *
   * @param beforeMs Since when, in milliseconds of the clock.
   * @returns False also if it is the client that is slow.
   */
  isStuck(beforeMs: number): boolean {
    if (this.waiter === null) return false;
    return this.#writing && this.#takenMs <= beforeMs && this.#inFlight.peek()?.startMs === Infinity;
  }

  /**
   * Drops the client that keeps others waiting by not taking its reply.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  dropStalling(nowMs: number): void {
    this.#stall.dropStalling(this.#inFlight, nowMs);
  }

  /**
   * Ends the connection and fails its requests. Does nothing if it has ended.
   *
   * @param cause Why.
   */
  close(cause: Cause): void {
    if (this.#state === "closed") return;
    const wasReady = this.#state === "ready";
    this.#state = "closed";
    const pending = this.#inFlight.length;
    this.#timing.done();
    for (let request = this.#inFlight.answer(); request !== undefined; request = this.#inFlight.answer()) {
      if (request !== TOMBSTONE) this.#fail(request, cause);
    }
    this.#transport?.close();
    if (!this.#writing) this.#out.clear();
    if (this.waiter !== null) this.#runtime.turn.schedule(this.waiter);
    if (!wasReady) this.#window.release();
    this.tenant?.ended(cause);
    this.#owner.ended(this, cause, pending, wasReady);
  }

  #count(length: number): void {
    this.queuedBytes += length;
    const { counters } = this.#owner;
    counters[ServerMetric.requests]++;
    counters[ServerMetric.requestBytes] += length;
    this.#runtime.turn.schedule(this);
  }

  #stamp(request: Request, length: number): void {
    request.startMs = this.#runtime.turn.nowMs;
    request.length = length;
    request.streamEnd = this.queuedBytes;
  }

  /** Whether all of a request was written. */
  #isSent(request: Request): boolean {
    return request.streamEnd <= this.queuedBytes - this.#out.bytes;
  }

  #fail(request: Request, cause: Cause): void {
    this.#timing.failed(request, this.#isSent(request), cause.text);
    if (request.client !== null) request.client.failed(request, cause, this.#owner.name);
    else this.#runtime.requests.give(request);
  }

  /** Buffers go back only when the stream no longer uses them, which is when its promises are settled. */
  async #write(transport: Transport): Promise<void> {
    this.#writing = true;
    try {
      while (this.#state === "ready") {
        const bytes = this.#out.front();
        if (bytes === null) break;
        if (this.waiter !== null) this.#takenMs = this.#runtime.turn.nowMs;
        this.#timing.writing(bytes);
        const count = await transport.write(bytes);
        this.#timing.wrote(count);
        this.#out.written(count);
        if (this.waiter !== null) this.#runtime.turn.schedule(this.waiter);
      }
    } catch (error) {
      this.close(causeOf(error));
    }
    this.#writing = false;
    if (this.#state === "closed") this.#out.clear();
  }

  async #read(transport: Transport): Promise<void> {
    try {
      while (this.#state === "ready") {
        const count = await transport.read(this.#window.room());
        if (count === null) this.close(SERVER_EOF);
        else if (this.#state === "ready") this.#received(count);
        if (!this.#stall.isOn) continue;
        await this.#stall.over();
        this.lastReadMs = this.#runtime.turn.nowMs;
      }
    } catch (error) {
      this.close(causeOf(error));
    }
    this.#window.release();
  }

  /** Decodes what has come and hands the replies out. */
  #received(count: number): void {
    const window = this.#window;
    window.filled(count);
    if (this.#runtime.pacer.engaged) this.#runtime.pacer.active();
    this.lastReadMs = this.#runtime.turn.nowMs;
    this.#timing.received();
    const { bytes, end } = window;
    const decoder = this.#decoder;
    let start = window.start;
    let at = start + this.#decoded;
    let able = true;
    while (at < end) {
      if (this.#joiner !== null) this.#joiner.announce(this.#inFlight.answered);
      const status = decoder.decode(bytes, at, end);
      at = decoder.position;
      const joined = this.#joiner === null ? null : this.#joiner.replies;
      if (status === BAD) {
        if (joined !== null && joined.isOutOfOrder) this.#owner.disordered();
        return this.close(UNPARSABLE);
      }
      if (joined !== null) this.#repeat(joined.missed, joined.missReply);
      if (status !== DONE) break;
      if (!this.#finish(bytes, start, at, joined === null ? null : joined.ending)) return this.close(STRAY);
      if (joined !== null) this.#repeat(joined.followers, joined.followersReply);
      if (decoder.kind !== REPLY_FINE) able = false;
      start = at;
    }
    this.#timing.done();
    if (start < end && this.#inFlight.length === 0 && this.listener === null) return this.close(STRAY);
    window.start = start;
    this.#decoded = at - start;
    if (this.#decoded >= REPLY_STREAM_BYTES_MIN) this.#passPart(start, at);
    if (able) this.#owner.served();
    else this.#owner.unable();
  }

  /** Gives a whole reply, or its last part, to who waits for it. */
  #finish(
    bytes: Uint8Array<ArrayBuffer>,
    start: number,
    end: number,
    ending: Uint8Array<ArrayBuffer> | null,
  ): boolean {
    const request = this.#inFlight.answer();
    if (request === undefined) return this.#unasked(bytes, start, end);
    const { counters } = this.#owner;
    counters[ServerMetric.responses]++;
    counters[ServerMetric.responseBytes] += end - start;
    if (request !== TOMBSTONE) this.#timing.answered(request, this.lastReadMs);
    if (request.client !== null) request.client.replies.replied(request, bytes, start, end, ending);
    else if (request !== TOMBSTONE) this.#runtime.requests.give(request);
    if (request !== TOMBSTONE) this.lastAnswerMs = this.lastReadMs;
    return true;
  }

  /** Gives several requests a reply that was not sent for each of them. */
  #repeat(times: number, reply: Uint8Array<ArrayBuffer>): void {
    for (let i = 0; i < times; i++) this.#finish(reply, 0, reply.length, null);
    this.#owner.counters[ServerMetric.responseBytes] -= times * reply.length;
  }

  /** Gives what answers no request to whoever listens; returns false if nobody does. */
  #unasked(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    if (this.listener === null) return false;
    this.#owner.counters[ServerMetric.responseBytes] += end - start;
    this.listener.heard(bytes, start, end);
    return true;
  }

  /** Gives the beginning of a long reply to who waits for it, before its end has arrived. */
  #passPart(start: number, end: number): void {
    const window = this.#window;
    this.#decoded = 0;
    this.#owner.counters[ServerMetric.responseBytes] += end - start;
    const request = this.#inFlight.peek();
    if (request === undefined || request.client === null) {
      if (request === undefined) this.listener?.heardPart(window.bytes, start, end);
      window.start = end;
      return;
    }
    this.#stall.gave(request.client);
    if (window.end === end && end - start >= HANDOVER_BYTES_MIN) {
      request.client.replies.repliedPartOwned(request, window.detach(), start, end);
    } else {
      request.client.replies.repliedPart(request, window.bytes, start, end);
      window.start = end;
    }
  }
}
