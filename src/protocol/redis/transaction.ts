/**
 * One client's transaction: what MULTI, EXEC, DISCARD, WATCH and UNWATCH have made of it.
 *
 * ```text
 *   NONE       MULTI ▶ OPEN              WATCH ▶ WATCHING
 *   WATCHING   MULTI ▶ SENT              UNWATCH ▶ NONE       refused, or its connection ended ▶ UNWATCHED
 *   UNWATCHED  MULTI ▶ BROKEN            UNWATCH ▶ NONE
 *   OPEN       a key ▶ SENT              EXEC, DISCARD ▶ NONE      an error ▶ BROKEN
 *   SENT       EXEC, DISCARD ▶ NONE      its connection ended ▶ LOST
 *   BROKEN     EXEC, DISCARD ▶ NONE
 *   LOST       EXEC, DISCARD ▶ NONE
 * ```
 *
 * The server of a transaction is that of its first key. Until there is one, MULTI is answered here, and commands without a
 * key are kept; they are sent in front of the first command that has a key, or of EXEC. From then on the server itself
 * says what it queues. What is refused here spoils the transaction at the server, too, so that EXEC says what it says there.
 *
 * @module
 */

import { ASTERISK, concat, encode } from "../../base/ascii.ts";
import type { HeldReply } from "../contract.ts";
import { EXCLUSIVE, HELD, type PrivateUse, RELEASED, type Sequel, type Stay } from "../private.ts";
import { OFFSET_MOVER, OFFSET_MOVER_REPLIES } from "./acknowledged.ts";
import { readHeader } from "./held_reply.ts";
import { KEPT_BYTES_MAX } from "./limits.ts";
import { CROSSSLOT_INSIDE, NOTHING } from "./replies.ts";

/** The states of a transaction. */
export const TransactionState = {
  /** There is none. */
  NONE: 0,
  /** Keys are watched by the server of the pinned connection. */
  WATCHING: 1,
  /** Keys were to be watched and are not: the next transaction fails. */
  UNWATCHED: 2,
  /** MULTI was given, and no server knows of it. */
  OPEN: 3,
  /** The server of the pinned connection knows of it. */
  SENT: 4,
  /** No server knows of it, and it can only be given up. */
  BROKEN: 5,
  /** The server knew of it, and does not any more. */
  LOST: 6,
} as const;

/** One of {@link TransactionState}. */
export type TransactionState = typeof TransactionState[keyof typeof TransactionState];

const MULTI = encode("*1\r\n$5\r\nMULTI\r\n");
/** A command that no server has, which makes it refuse EXEC. */
const SPOILER = encode("*1\r\n$1\r\n!\r\n");

/** What a server is sent in the place of a command that is not for it. */
export const PLACEHOLDER: Uint8Array<ArrayBuffer> = encode("*1\r\n$4\r\nPING\r\n");

/** A command in a transaction that the proxy answers itself, or sends elsewhere, when EXEC comes. */
export interface OwnCommand {
  /** Its place among the commands of the transaction, from 0. */
  readonly place: number;
  /** The whole request. */
  readonly request: Uint8Array<ArrayBuffer>;
}

/** See the module. */
export class Transaction implements PrivateUse {
  /** See {@link PrivateUse.prelude}. */
  prelude: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link PrivateUse.preludeReplies}. */
  preludeReplies = 0;
  /** See {@link PrivateUse.patienceMs}. */
  patienceMs = 0;
  /** See {@link PrivateUse.crossServerReply}. */
  readonly crossServerReply: Uint8Array<ArrayBuffer> = CROSSSLOT_INSIDE;
  /** See {@link PrivateUse.note}: the answers of the proxy's own that take their places in the reply to EXEC. */
  note: Uint8Array<ArrayBuffer> | null = null;
  /** See {@link PrivateUse.sequel}: publications for subscribers of other servers. */
  sequel: readonly Sequel[] = [];
  /** The request at hand, if it may be sent to another server after EXEC. */
  postponable: Uint8Array<ArrayBuffer> | null = null;
  #state: TransactionState = TransactionState.NONE;
  /** Whether the request at hand is the one by which the state was entered. */
  #isFresh = false;
  /** Whether the server has to be told that a command was refused. */
  #isSpoilt = false;
  /** Whether EXEC is known to fail at the server: what the proxy answers itself must not be carried out then. */
  #isDoomed = false;
  /** The commands that wait for a server. */
  #kept: Uint8Array<ArrayBuffer>[] = [];
  #keptBytes = 0;
  /** How many commands have been queued. */
  #queued = 0;
  /** The commands that the proxy answers itself, or sends elsewhere, when EXEC comes. */
  #own: OwnCommand[] = [];

  /** The state. */
  get state(): TransactionState {
    return this.#state;
  }

  /** Whether commands are queued instead of being carried out. */
  get isOpen(): boolean {
    return this.#state >= TransactionState.OPEN;
  }

  /** How many commands are queued. */
  get queuedCount(): number {
    return this.#queued;
  }

  /** The commands that the proxy answers itself, or sends elsewhere. */
  get own(): readonly OwnCommand[] {
    return this.#own;
  }

  /** How many commands wait for a server. */
  get keptCount(): number {
    return this.#kept.length;
  }

  /** See {@link PrivateUse.stay}. */
  get stay(): Stay {
    if (this.#state === TransactionState.SENT) return EXCLUSIVE;
    return this.#state === TransactionState.WATCHING ? HELD : RELEASED;
  }

  /** A command is about to be queued. */
  queue(): void {
    this.#queued++;
  }

  /**
   * The command that is about to be queued is answered by the proxy when EXEC comes.
   *
   * @param request The whole request.
   */
  queueOwn(request: Uint8Array<ArrayBuffer>): void {
    if (this.#isDoomed) return;
    this.#keptBytes += request.length;
    this.#own.push({ place: this.#queued, request });
  }

  /** See {@link PrivateUse.postpone}. */
  postpone(): Uint8Array<ArrayBuffer> | null {
    const { postponable } = this;
    if (postponable === null) return null;
    if (!this.#isDoomed) {
      this.#keptBytes += postponable.length;
      this.#own.push({ place: this.#queued - 1, request: postponable });
    }
    return PLACEHOLDER;
  }

  /** See {@link PrivateUse.isCarriedOut}: EXEC is answered with a list then. */
  isCarriedOut(reply: HeldReply): boolean {
    return readHeader(reply, ASTERISK) >= 0;
  }

  /** Whether so much is kept that the transaction has to be given up. */
  get keepsTooMuch(): boolean {
    return this.#keptBytes > KEPT_BYTES_MAX;
  }

  /** MULTI is answered here: the server is not known. */
  open(): void {
    this.#enter(this.#state === TransactionState.UNWATCHED ? TransactionState.BROKEN : TransactionState.OPEN);
  }

  /** The request at hand goes over the pinned connection, in a transaction or as the MULTI that begins it. */
  send(): void {
    this.#takePrelude();
    this.#isFresh = this.#state !== TransactionState.SENT;
    this.#state = TransactionState.SENT;
    this.#kept = [];
  }

  /** The request at hand is a WATCH that goes over the pinned connection. */
  watch(): void {
    this.#takePrelude();
    this.#state = TransactionState.WATCHING;
  }

  /** The request at hand is the last one over the pinned connection. */
  sendLast(): void {
    const { note, sequel } = this;
    this.#takePrelude();
    this.#enter(TransactionState.NONE);
    this.note = note;
    this.sequel = sequel;
  }

  /** The transaction ends without a server. */
  end(): void {
    this.#enter(TransactionState.NONE);
  }

  /** What was watched is watched no more, although nobody asked for that. */
  forgetWatch(): void {
    if (this.#state === TransactionState.WATCHING) this.#enter(TransactionState.UNWATCHED);
  }

  /**
   * Keeps a command without a key until the server is known.
   *
   * @param frame The array that holds it.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   */
  keep(frame: Uint8Array, start: number, end: number): void {
    this.#keptBytes += end - start;
    this.#kept.push(frame.slice(start, end) as Uint8Array<ArrayBuffer>);
  }

  /** The request at hand waits for what was written over other connections, too: see {@link OFFSET_MOVER}. */
  moveOffset(): void {
    this.prelude = OFFSET_MOVER;
    this.preludeReplies = OFFSET_MOVER_REPLIES;
  }

  /** A command was answered with an error here: EXEC must fail. */
  spoil(): void {
    if (this.#state === TransactionState.OPEN) this.#enter(TransactionState.BROKEN);
    this.#isSpoilt = this.#isDoomed = this.#state === TransactionState.SENT;
    this.#own = [];
  }

  /** See {@link PrivateUse.refused}. A WATCH that fails must not leave the next transaction unguarded. */
  refused(): void {
    if (this.#state === TransactionState.WATCHING) this.#enter(TransactionState.UNWATCHED);
    else if (this.#state === TransactionState.SENT && this.#isFresh) this.#enter(TransactionState.BROKEN);
    else this.spoil();
  }

  /** See {@link PrivateUse.lost}. */
  lost(): void {
    if (this.#state === TransactionState.WATCHING) this.#enter(TransactionState.UNWATCHED);
    else if (this.#state === TransactionState.SENT) this.#enter(TransactionState.LOST);
  }

  #enter(state: TransactionState): void {
    this.#state = state;
    this.#isFresh = false;
    this.#isSpoilt = this.#isDoomed = false;
    this.#kept = [];
    this.#keptBytes = 0;
    this.#queued = 0;
    this.#own = [];
    this.note = null;
    this.sequel = [];
    this.postponable = null;
  }

  /** What the server has to be told before the request at hand. */
  #takePrelude(): void {
    this.prelude = NOTHING;
    this.preludeReplies = 0;
    this.note = null;
    this.sequel = [];
    if (this.#isSpoilt) this.prelude = SPOILER;
    else if (this.#state === TransactionState.OPEN) this.prelude = concat([MULTI, ...this.#kept]);
    else return;
    this.preludeReplies = this.#isSpoilt ? 1 : 1 + this.#kept.length;
    this.#isSpoilt = false;
  }
}
