/**
 * One client.
 *
 * ```text
 *   open ──its end of stream, QUIT, broken framing──▶ draining ──all replies sent──▶ lingering ──▶ closed
 *     └──────────────────────── its connection broke ─────────────────────────────────────────────▶
 *
 *   open       it is read, its requests are dispatched
 *   draining   it is not asked for more; what it is owed is still sent
 *   lingering  everything was sent and our end of the stream too; what it still sends is thrown away for a
 *              while, because closing with unread bytes would make the kernel reset what was sent
 *
 *   slots:  [ r1 | r2 | r3 ]     its requests in order; r1 is answered first, whoever is ready first
 * ```
 *
 * @module
 */

import { ReadWindow } from "../buffer/read_window.ts";
import type { WriteQueue } from "../buffer/write_queue.ts";
import { PoolMetric } from "../metrics/table.ts";
import { strerror } from "../net/strerror.ts";
import type { Transport } from "../net/transport.ts";
import { BAD, MORE, type RequestDecoder, WAIT } from "../protocol/contract.ts";
import { RELEASED } from "../protocol/private.ts";
import type { ClientFacts } from "../protocol/facts.ts";
import { blame, type Cause, errorMetricOf } from "./cause.ts";
import { ClientOutput } from "./client_output.ts";
import { dispatch, startUpload } from "./dispatch.ts";
import {
  CLIENT_IN_FLIGHT_MIN,
  CLIENT_REPLY_BYTES_ESTIMATE_MAX,
  clientWindow,
  LINGER_MS,
  UPLOAD_BYTES_MIN,
  WAITING_PIPELINE_BYTES_MAX,
  WAITING_READ_BYTES,
} from "./limits.ts";
import type { Pool } from "./pool.ts";
import { PrivateLines } from "./private_lines.ts";
import { ReplySlots } from "./reply_slots.ts";
import type { Request } from "./request.ts";
import type { Flushable } from "./turn.ts";
import { hasToBeGathered, type Upload } from "./upload.ts";

/** The states of a client. */
export type ClientState = "open" | "draining" | "lingering" | "closed";

/** See the module. */
export class ClientConnection implements Flushable, ClientFacts {
  /** See {@link Flushable.scheduled}. */
  scheduled = false;
  /** Its number, which chooses its connection to a server. */
  readonly id: number;
  /** Where it comes from, for the log. */
  readonly peer: string;
  /** Whether it was let in; one that was turned away only takes its last words. */
  readonly admitted: boolean;
  /** The pool whose port it came to. */
  readonly pool: Pool;
  /** What understands it. */
  readonly decoder: RequestDecoder;
  /** What has been read of it and not been dispatched yet. */
  readonly window: ReadWindow;
  /** What it is owed, in order. */
  readonly replies: ReplySlots;
  readonly #transport: Transport;
  readonly #output: ClientOutput;
  /** The queue of {@link ClientOutput}. */
  readonly #out: WriteQueue;
  #state: ClientState = "open";
  /** When it came, in milliseconds of the clock. */
  readonly #openedMs: number;
  /** When it last sent something, in milliseconds of the clock. */
  #readMs: number;
  /** Whether the client has ended its stream. */
  #peerEnded = false;
  /** Why it is drained, if that is its own fault. */
  #fault: string | null = null;
  /** Calls the end of lingering off. */
  #stopLingering: (() => void) | null = null;
  /** Whether requests wait in the window until some replies have left. */
  #paused = false;
  /** The long request that is being passed on, or waits for its reply. */
  #upload: Upload | null = null;
  /** Whether it is drained as soon as all that was read of it has been dispatched. */
  #finishing = false;
  /** Whether what comes next waits until all before it have been answered, because it takes another connection. */
  #waitsForReplies = false;
  /** The connections that it has to itself; null if it never had one. */
  #lines: PrivateLines | null = null;
  /** The {@link Pool.epoch} that its requests under way were dispatched in. */
  #epoch: number;
  /** Wakes the reading of a paused client. */
  #resume: (() => void) | null = null;

  /**
   * Makes a client that is not read yet.
   *
   * @param pool Its pool.
   * @param id Its number.
   * @param transport Its stream.
   * @param peer Where it comes from.
   * @param admitted Whether it is let in.
   */
  constructor(pool: Pool, id: number, transport: Transport, peer: string, admitted: boolean) {
    const { mbufs } = pool.runtime;
    this.admitted = admitted;
    this.pool = pool;
    this.id = id;
    this.peer = peer;
    this.window = new ReadWindow(mbufs, clientWindow(mbufs.mbufBytes));
    this.#transport = transport;
    this.#output = new ClientOutput(this, transport);
    this.#out = this.#output.queue;
    this.#readMs = pool.runtime.turn.nowMs;
    this.#epoch = pool.epoch;
    this.#openedMs = this.#readMs;
    this.replies = new ReplySlots(this, this.#out);
    this.decoder = pool.codec.newRequestDecoder(this, pool);
  }

  /** The state. */
  get state(): ClientState {
    return this.#state;
  }

  /** How many of its requests are not answered. */
  get inFlight(): number {
    return this.replies.length;
  }

  /** How many bytes of replies it has not taken yet. */
  get unsentBytes(): number {
    return this.#out.bytes;
  }

  /** See {@link ClientFacts.ageMs}. */
  get ageMs(): number {
    return this.pool.runtime.turn.nowMs - this.#openedMs;
  }

  /** See {@link ClientFacts.idleMs}. */
  get idleMs(): number {
    return this.pool.runtime.turn.nowMs - this.#readMs;
  }

  /** Whether it has so many replies to take that no more should come for it. */
  get isClogged(): boolean {
    return this.#output.isClogged;
  }

  /** Whether requests wait in the window until some replies have left. */
  get isPaused(): boolean {
    return this.#paused;
  }

  /** The connections to servers that it has to itself. */
  get privateLines(): PrivateLines {
    return this.#lines ??= new PrivateLines(this);
  }

  /** Has what comes next wait until all before it have been answered, because it takes another connection. */
  waitForReplies(): void {
    this.#waitsForReplies = true;
  }

  /** Ends what it has to itself if its protocol has no need of that any more. */
  dropUnpinned(): void {
    if (this.#lines === null) return;
    if (this.decoder.own?.use?.stay === RELEASED) this.#lines.drop();
    if (!this.decoder.own?.listening?.isActive) this.#lines.endSubscription();
  }

  /**
   * Sends it something that answers no request, in front of all replies that are still to come.
   *
   * @param bytes The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   */
  push(bytes: Uint8Array, start: number, end: number): void {
    if (this.#state !== "open" && this.#state !== "draining") return;
    this.#out.append(bytes, start, end);
    this.pool.runtime.turn.schedule(this);
  }

  /**
   * Ends the connection in good order, because something has happened that its client has to know.
   *
   * @param reason What, for the log.
   */
  dismiss(reason: string): void {
    if (this.#state === "open") this.#fault = reason;
    this.drain();
  }

  /** Whether what it listens to, if anything, is told by the servers that it listens to. */
  get isPlaced(): boolean {
    return !this.#lines?.isListening || this.#lines.subscription.isPlaced();
  }

  /** Resolves when it has taken enough of its replies, or is gone. */
  taken(): Promise<void> {
    return this.#output.taken();
  }

  /** Reads and serves it until it is closed. Never rejects. */
  async serve(): Promise<void> {
    const window = this.window;
    const { pacer } = this.pool.runtime;
    let ticket = 0;
    try {
      while (this.#state !== "closed") {
        ticket = pacer.engaged ? await pacer.admission() : 0;
        // The window may change while what is pending in it is dispatched, so a paused client is read into other bytes.
        const aside = this.#paused ? new Uint8Array(WAITING_READ_BYTES) : null;
        const count = await this.#transport.read(aside ?? window.room());
        pacer.completed(ticket);
        ticket = 0;
        if (count === null) {
          this.#ended();
          break;
        }
        if (this.#state !== "open") continue;
        if (aside === null) window.filled(count);
        else window.append(aside.subarray(0, count));
        this.#readMs = this.pool.runtime.turn.nowMs;
        this.pool.counters[PoolMetric.received] += count;
        this.#process();
        this.#drainIfFinished();
        if (aside !== null && window.end - window.start > WAITING_PIPELINE_BYTES_MAX) {
          this.close("it sent too much behind a request that waits");
        }
        if (this.#paused && !this.#lines?.isWaiting) {
          await new Promise<void>((resolve) => this.#resume = resolve);
        }
      }
    } catch (error) {
      if (ticket !== 0) pacer.completed(ticket);
      this.close(strerror(error));
    }
    window.release();
  }

  /**
   * Takes note that a request will not be answered by its server.
   *
   * @param request The request.
   * @param cause Why.
   * @param server The server's name; a client that asked several is told which of them it was.
   */
  failed(request: Request, cause: Cause, server: string): void {
    this.pool.counters[errorMetricOf(cause)]++;
    if (request.started) {
      return this.#breakOff(`half a reply was sent when its server failed: ${cause.detail}`);
    }
    this.replies.fail(request, request.split === null ? cause.text : blame(cause.text, server));
  }

  /** Ends the connection in good order: the requests that were read are served, a long one to its end, and no others. */
  finish(): void {
    this.#finishing = true;
    this.#drainIfFinished();
  }

  /** Sends what it is owed and then ends the connection; nothing more is read from it as a request. */
  drain(): void {
    if (this.#isUploading) this.#upload!.abort();
    if (this.#state !== "open") return;
    this.#state = "draining";
    this.#wake();
    this.pool.runtime.turn.schedule(this);
  }

  /**
   * Ends the connection at once. What its servers still answer is thrown away.
   *
   * @param reason Why, for the log; null if this is its orderly end.
   */
  close(reason: string | null): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.replies.abandon();
    this.#upload?.abort();
    this.#lines?.close();
    this.#stopLingering?.();
    this.#output.end();
    this.#transport.close();
    this.#wake();
    this.pool.left(this, reason);
  }

  /**
   * Closes it if it has done nothing for too long, and gives back what a burst made it need.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  sweep(nowMs: number): void {
    const { clientTimeoutMs, clientIdleTimeoutMs } = this.pool.config;
    if (this.#out.bytes > 0) {
      if (clientTimeoutMs > 0 && nowMs - this.#output.takenMs >= clientTimeoutMs) {
        this.close("it does not take its replies");
      }
    } else if (this.replies.length === 0) {
      this.replies.trim();
      if (this.#lines?.isListening) return;
      if (clientIdleTimeoutMs > 0 && nowMs - this.#readMs >= clientIdleTimeoutMs) {
        this.close("it was idle too long");
      }
    }
  }

  /** See {@link Flushable.flush}. */
  flush(): void {
    if (this.#state === "closed") return;
    this.#lines?.settle();
    if (this.#paused && !this.#isFull()) this.#unpause();
    if (this.#output.isWriting) return;
    if (this.#out.bytes > 0) void this.#output.write();
    else if (this.#state === "draining" && this.replies.length === 0) this.#linger();
  }

  /** Dispatches the whole requests in the window. */
  #process(): void {
    const { window, decoder } = this;
    while (window.start < window.end && this.#state === "open") {
      if (this.#isFull()) {
        this.#paused = true;
        return;
      }
      const { dialect } = decoder;
      const status = decoder.decode(window.bytes, window.start, window.end);
      if (status === BAD) return this.#refuseFraming();
      if (status === MORE) return this.#awaitMore();
      if (decoder.action === WAIT) {
        this.#waitsForReplies = this.#paused = true;
        return;
      }
      if (this.#upload !== null) {
        this.#upload.pass(window, decoder.consumed);
        this.#upload.finish();
      } else {
        const { consumed } = decoder;
        if (consumed > this.pool.config.requestBytesMax && hasToBeGathered(decoder)) {
          return this.#refuseLength();
        }
        if (!dispatch(this)) window.start += consumed;
        if (decoder.closing) return this.drain();
        if (decoder.dialect !== dialect) this.#waitsForReplies = true;
      }
    }
  }

  /** The request in the window is not complete: short ones are gathered, long ones passed on. */
  #awaitMore(): void {
    const { window, decoder } = this;
    const held = window.end - window.start;
    if (this.#upload === null) {
      if (held < Math.min(UPLOAD_BYTES_MIN, this.pool.config.requestBytesMax)) return;
      if (!decoder.begin(window.bytes, window.start, window.end)) {
        if (held > this.pool.config.requestBytesMax) this.#refuseLength();
        return;
      }
      if (this.replies.length > 0) {
        this.#waitsForReplies = this.#paused = true;
        return;
      }
      this.#upload = startUpload(this);
    }
    this.#upload.pass(window, decoder.letGo(window.end - window.start));
    if (this.#upload.isFull) this.#paused = true;
  }

  /** Half a reply cannot be taken back: it is the last thing that is sent, behind all replies before it. */
  #breakOff(reason: string): void {
    this.#fault = reason;
    this.replies.abandon();
    this.drain();
    this.pool.runtime.turn.schedule(this);
  }

  /** A request that has to be gathered is longer than it may be. */
  #refuseLength(): void {
    this.#fault = "its request is too long";
    this.pool.counters[PoolMetric.errorRequestTooLong]++;
    this.replies.answer(this.pool.codec.errorReply("Protocol error: request is too long", 0));
    this.drain();
  }

  /** What follows cannot be understood: last words, in their turn. */
  #refuseFraming(): void {
    this.#fault = "it broke the protocol";
    this.pool.counters[PoolMetric.errorClientProtocol]++;
    this.replies.answer(this.decoder.answer);
    this.drain();
  }

  /** Whether it has enough requests under way, or enough replies to take. */
  #isFull(): boolean {
    if (this.#upload !== null) {
      if (!this.#upload.finished) return this.#upload.isFull;
      if (this.replies.length > 0) return true;
      this.#upload.release();
      this.#upload = null;
    }
    if (this.#waitsForReplies && this.replies.length > 0) return true;
    this.#waitsForReplies = false;
    // On another connection of the same server, a request could overtake those under way.
    if (this.#epoch !== this.pool.epoch) {
      if (this.replies.length > 0) return true;
      this.#epoch = this.pool.epoch;
    }
    const { clientOutputBytesMax, clientRequestsMax } = this.pool.config;
    if (this.#out.bytes > clientOutputBytesMax) return true;
    const count = this.replies.length;
    if (count < CLIENT_IN_FLIGHT_MIN) return count >= clientRequestsMax;
    return this.replies.bytesEstimate > CLIENT_REPLY_BYTES_ESTIMATE_MAX || count >= clientRequestsMax;
  }

  get #isUploading(): boolean {
    return this.#upload !== null && !this.#upload.finished;
  }

  #drainIfFinished(): void {
    if (this.#finishing && !this.#paused && !this.#isUploading) this.drain();
  }

  #unpause(): void {
    this.#paused = false;
    this.#process();
    this.#drainIfFinished();
    if (!this.#paused) this.#wake();
    else if (this.#lines?.isWaiting) this.#readOn();
  }

  #wake(): void {
    this.#paused = false;
    this.#readOn();
  }

  #readOn(): void {
    this.#resume?.();
    this.#resume = null;
  }

  /** Its stream has ended: replies it is owed are still sent, as the reference does. */
  #ended(): void {
    this.#peerEnded = true;
    if (this.#state === "lingering") this.close(this.#fault);
    else if (this.#lines?.isWaiting) this.close(null);
    else if (this.#isUploading) {
      this.close("it went in the middle of a request");
    } else this.drain();
  }

  #linger(): void {
    this.#lines?.close();
    if (this.#peerEnded) return this.close(this.#fault);
    this.#state = "lingering";
    this.#transport.closeWrite().catch(() => this.close(this.#fault));
    this.#stopLingering = this.pool.runtime.clock.after(() => this.close(this.#fault), LINGER_MS);
  }
}
