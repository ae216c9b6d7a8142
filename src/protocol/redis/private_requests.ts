/**
 * What becomes of a client's requests that need a connection of its own, and of all that come while a transaction is open.
 *
 * @module
 */

import { LEASE, PIN, WAIT } from "../contract.ts";
import { type Command, SupportCode, UNKNOWN_COMMAND } from "./command.ts";
import { namedCommand, resolveCommand } from "./command_lookup.ts";
import { keyFaultReply, refusedReply, unknownCommandReply } from "./key_errors.ts";
import type { KeyList } from "./key_list.ts";
import { findKeys, isArityRight } from "./key_spec.ts";
import { KeyStatus } from "./key_status.ts";
import type { RedisSession } from "./session.ts";
import { Transaction, TransactionState } from "./transaction.ts";
import {
  decideQueued,
  decideTransaction,
  isAnsweredAlike,
  refusedInside,
  type Verdict,
} from "./transaction_requests.ts";

const QUIT = namedCommand("QUIT");
const RESET = namedCommand("RESET");
const SELECT = namedCommand("SELECT");
const UNWATCH = namedCommand("UNWATCH");

/** A request as it lies in an array. */
export interface PlacedRequest {
  /** How many arguments it has, the name included. */
  readonly argc: number;
  /** Start and end of argument i at `2 * i` and `2 * i + 1`, relative to `start`. */
  readonly args: Int32Array;
  /** The array that holds it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset after its last byte. */
  readonly end: number;
}

/** See the module. */
export class PrivateRequests {
  readonly #session: RedisSession;
  /** What MULTI and WATCH have made of the client; null while it has sent nothing that needs a connection of its own. */
  #transaction: Transaction | null = null;

  /**
   * Makes them for a new client.
   *
   * @param session The client's state.
   */
  constructor(session: RedisSession) {
    this.#session = session;
  }

  /** What the proxy has to know of them; null while there was nothing of the kind. */
  get use(): Transaction | null {
    return this.#transaction;
  }

  /** Whether every request has been answered that came before. */
  get isAlone(): boolean {
    return this.#session.client.inFlight === 0;
  }

  /**
   * Decides about MULTI, EXEC, DISCARD, WATCH and UNWATCH.
   *
   * @param command Which of them it is.
   * @param argc How many arguments there are, the name included.
   * @returns What becomes of it.
   */
  decideTransaction(command: Command, argc: number): Verdict {
    const transaction = this.#transaction ??= new Transaction();
    const verdict = decideTransaction(transaction, command, isArityRight(command, argc), this.isAlone);
    this.#session.isOccupied = transaction.isOpen;
    return verdict;
  }

  /**
   * Decides about a request that may wait at its server.
   *
   * @param patienceMs How long, in milliseconds.
   * @returns What becomes of it: it must not overtake those before it.
   */
  lease(patienceMs: number): typeof LEASE | typeof WAIT {
    this.#transaction ??= new Transaction();
    this.#transaction.patienceMs = patienceMs;
    return this.isAlone ? LEASE : WAIT;
  }

  /**
   * Decides about any request of a client that has begun something.
   *
   * @param request The request.
   * @param keys Takes the argument indexes of its keys.
   * @returns What becomes of it; null if it is treated as ever.
   */
  decideOccupied(request: PlacedRequest, keys: KeyList): Verdict | null {
    const { argc, args, bytes, start } = request;
    if (!this.#transaction?.isOpen) return null;
    const command = resolveCommand(argc, args, bytes, start);
    if (command === QUIT) return null;
    // It ends the connection that replies may still come over.
    if (command === RESET) return this.isAlone ? null : WAIT;
    if (command.supportCode === SupportCode.TRANSACTION && command !== UNWATCH) return null;
    const fault = this.#faultOf(command, request, keys);
    if (fault === null) {
      const { transaction, isAlone } = { transaction: this.#transaction, isAlone: this.isAlone };
      return decideQueued(transaction, keys.count > 0, isAlone, bytes, start, request.end);
    }
    keys.count = 0;
    this.#transaction.spoil();
    return fault;
  }

  /** A request that is decided about was refused, for another reason than what is in this file. */
  refused(action: number): void {
    if (action === PIN) this.#transaction?.refused();
    else this.#transaction?.spoil();
  }

  /**
   * The proxy has answered a request itself.
   *
   * @param command The request's command.
   * @param hasOtherDialect Whether the client's requests go over other connections from now on.
   */
  answered(command: Command, hasOtherDialect: boolean): void {
    if (this.#transaction === null) return;
    if (command === RESET) {
      this.#transaction.end();
      this.#session.isOccupied = false;
    }
    // What is watched is watched over a connection of the dialect before.
    if (hasOtherDialect) this.#transaction.forgetWatch();
  }

  /** Why a command cannot be queued, as a reply; null if it can. */
  #faultOf(command: Command, request: PlacedRequest, keys: KeyList): Uint8Array<ArrayBuffer> | null {
    const { argc, args, bytes, start } = request;
    const { supportCode } = command;
    const isBroken = this.#transaction!.state === TransactionState.BROKEN;
    // Whether a server knows it is not worth asking when the transaction fails anyway.
    if (supportCode === SupportCode.UNKNOWN || (command === UNKNOWN_COMMAND && (argc === 1 || isBroken))) {
      return unknownCommandReply(bytes, start, args, argc);
    }
    if (supportCode === SupportCode.REFUSE) return refusedReply(command);
    const status = findKeys(command, argc, args, bytes, start, keys);
    if (status !== KeyStatus.OK) return keyFaultReply(status, command);
    switch (supportCode) {
      case SupportCode.FORWARD:
      case SupportCode.ANY:
      case SupportCode.TRANSACTION:
        return null;
      case SupportCode.LOCAL:
        if (command === SELECT && !this.#session.hasSelected(bytes, start + args[2], start + args[3])) break;
        if (isAnsweredAlike(command)) return null;
    }
    return refusedInside(command);
  }
}
