/**
 * What becomes of a client's requests that need a connection of its own, and of all that come while a transaction is open.
 *
 * @module
 */

import { FORWARD, LEASE, LEASE_ALL, LISTEN, PIN, WAIT } from "../contract.ts";
import type { OwnConnections } from "../private.ts";
import { argumentFault } from "./argument_faults.ts";
import { type Command, SupportCode, UNKNOWN_COMMAND } from "./command.ts";
import { namedCommand, resolveCommand } from "./command_lookup.ts";
import { keyFaultReply, refusedReply, unknownCommandReply } from "./key_errors.ts";
import type { KeyList } from "./key_list.ts";
import { findKeys, isArityRight } from "./key_spec.ts";
import { KeyStatus } from "./key_status.ts";
import { type Question, RedisListening } from "./listening.ts";
import { errorLine, RespWriter, toBinary } from "./local/resp_writer.ts";
import { answerOwn } from "./own_answers.ts";
import type { ScriptCalls } from "./script_calls.ts";
import type { RedisSession } from "./session.ts";
import { PLACEHOLDER, Transaction, TransactionState } from "./transaction.ts";
import {
  decideQueued,
  decideTransaction,
  isAnsweredAlike,
  isAnsweredLater,
  refusedInside,
  type Verdict,
} from "./transaction_requests.ts";

const EXEC = namedCommand("EXEC");
const PING = namedCommand("PING");
const QUIT = namedCommand("QUIT");
const RESET = namedCommand("RESET");
const SELECT = namedCommand("SELECT");
const UNWATCH = namedCommand("UNWATCH");

const TOO_MANY_SUBSCRIPTIONS = errorLine("ERR too many subscriptions");
const ALLOWED_WHEN_LISTENING =
  "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context";

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
export class PrivateRequests implements OwnConnections {
  /** What is sent in place of the request at hand; null for itself. */
  instead: Uint8Array<ArrayBuffer> | null = null;
  readonly #session: RedisSession;
  readonly #scripts: ScriptCalls;

  /**
   * Makes them for a new client.
   *
   * @param session The client's state.
   * @param scripts The client's calls of scripts.
   */
  constructor(session: RedisSession, scripts: ScriptCalls) {
    this.#session = session;
    this.#scripts = scripts;
  }

  /** See {@link OwnConnections.use}. */
  get use(): Transaction | null {
    return this.#session.transaction;
  }

  /** See {@link OwnConnections.listening}. */
  get listening(): RedisListening | null {
    return this.#session.listening;
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
    const transaction = this.#session.transaction ??= new Transaction();
    if (command === EXEC && argc === 1) answerOwn(this.#session, transaction);
    const verdict = decideTransaction(transaction, command, isArityRight(command, argc), this.isAlone);
    this.#occupy();
    return verdict;
  }

  /**
   * Decides about a request that changes what the client listens to, which must not overtake those before it.
   *
   * @param command One of the commands that subscribe and unsubscribe.
   * @param request The request.
   * @returns What servers are asked, and what the client is told then; a reply if it asks for too much; WAIT if it is to be
   *   decided about again.
   */
  listen(
    command: Command,
    { argc, args, bytes, start }: PlacedRequest,
  ): Question | Uint8Array<ArrayBuffer> | typeof WAIT {
    if (!this.isAlone) return WAIT;
    const listening = this.#session.listening ??= new RedisListening(() => this.#occupy());
    const names: string[] = [];
    for (let i = 1; i < argc; i++) {
      names.push(toBinary(bytes, start + args[2 * i], start + args[2 * i + 1]));
    }
    if (listening.beginsBy(command) && !listening.mayAdd(names)) return TOO_MANY_SUBSCRIPTIONS;
    const question = listening.ask(command, names, this.#session.version);
    this.#occupy();
    return question;
  }

  /**
   * Decides about a request that may wait at its server.
   *
   * @param patienceMs How long, in milliseconds.
   * @returns What becomes of it: it must not overtake those before it.
   */
  lease(patienceMs: number): typeof LEASE | typeof WAIT {
    this.#session.transaction ??= new Transaction();
    this.#session.transaction.patienceMs = patienceMs;
    return this.isAlone ? LEASE : WAIT;
  }

  /**
   * Decides about a publication.
   *
   * @param bytes The array that holds the channel's name.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns What becomes of it: it must not overtake those who have asked to listen before.
   */
  publish(bytes: Uint8Array, start: number, end: number): typeof FORWARD | typeof WAIT {
    const { pool, client } = this.#session;
    return pool.mustWait(client, bytes, start, end) ? WAIT : FORWARD;
  }

  /**
   * Decides about WAIT and WAITAOF, which wait for what the client has written.
   *
   * @param patienceMs How long, in milliseconds.
   * @returns What becomes of it: it must not overtake what was written.
   */
  leaseAll(patienceMs: number): typeof LEASE_ALL | typeof WAIT {
    const verdict = this.lease(patienceMs);
    this.#session.transaction!.moveOffset();
    return verdict === LEASE ? LEASE_ALL : verdict;
  }

  /**
   * Decides about any request of a client that has begun something.
   *
   * @param request The request.
   * @param keys Takes the argument indexes of its keys.
   * @returns What becomes of it; null if it is treated as ever. {@link instead} is what is sent.
   */
  decideOccupied(request: PlacedRequest, keys: KeyList): Verdict | null {
    this.instead = null;
    const { argc, args, bytes, start } = request;
    const { transaction } = this.#session;
    const command = resolveCommand(argc, args, bytes, start, this.#session.table);
    if (!transaction?.isOpen) return this.#decideListening(command, request);
    transaction.postponable = null;
    if (command === QUIT) return null;
    // It ends the connection that replies may still come over.
    if (command === RESET) return this.isAlone ? null : WAIT;
    if (command.supportCode === SupportCode.TRANSACTION && command !== UNWATCH) return null;
    const fault = this.#faultOf(command, request, keys);
    if (fault === null) {
      if (command.row.names !== undefined && this.#mayFollow) {
        return this.#queuePublication(transaction, request, keys);
      }
      return this.#queue(transaction, command, request, keys.count > 0);
    }
    keys.count = 0;
    transaction.spoil();
    return fault;
  }

  /** Whether something may be sent after EXEC: not if there is nowhere else, or if the reply to EXEC is not seen. */
  get #mayFollow(): boolean {
    const { pool, replyMode } = this.#session;
    return replyMode === "on" && pool.serverFacts().length > 1;
  }

  /** What is published goes to the server of its channel; if that is not the transaction's, when EXEC was carried out. */
  #queuePublication(transaction: Transaction, request: PlacedRequest, keys: KeyList): Verdict {
    const { bytes, start, end } = request;
    const own = bytes.slice(start, end);
    if (transaction.state === TransactionState.SENT) {
      const verdict = decideQueued(transaction, true, this.isAlone, bytes, start, end);
      transaction.postponable = own;
      return verdict;
    }
    keys.count = 0;
    return this.#queueElsewhere(transaction, own);
  }

  /** Has a placeholder take a command's place. */
  #queueElsewhere(transaction: Transaction, own: Uint8Array<ArrayBuffer>): Verdict {
    transaction.queueOwn(own);
    this.instead = PLACEHOLDER;
    return decideQueued(transaction, false, this.isAlone, PLACEHOLDER, 0, PLACEHOLDER.length);
  }

  #queue(transaction: Transaction, command: Command, request: PlacedRequest, hasKeys: boolean): Verdict {
    const { args, bytes, start, end } = request;
    if (!isAnsweredLater(command, this.#session.pool.peers !== null)) {
      // Later it would be too late: EXEC carries out what is in front of a script that its server does not have.
      if (this.#scripts.note(command, args, bytes, start)) {
        this.instead = this.#scripts.inFull(bytes, start, end);
      }
      const frame = this.instead;
      if (frame === null) return decideQueued(transaction, hasKeys, this.isAlone, bytes, start, end);
      return decideQueued(transaction, hasKeys, this.isAlone, frame, 0, frame.length);
    }
    return this.#queueElsewhere(transaction, bytes.slice(start, end));
  }

  /**
   * A request that is decided about was refused, for another reason than what is in this file.
   *
   * @param action What would have become of it.
   */
  refused(action: number): void {
    if (action === PIN) this.#session.transaction?.refused();
    else this.#session.transaction?.spoil();
    if (action === LISTEN) this.#session.listening?.refused();
  }

  /**
   * The proxy has answered a request itself.
   *
   * @param command The request's command.
   * @param hasOtherDialect Whether the client's requests go over other connections from now on.
   */
  answered(command: Command, hasOtherDialect: boolean): void {
    if (command === RESET) {
      this.#session.transaction?.end();
      this.#session.listening?.end();
      this.#occupy();
    }
    // What is watched is watched over a connection of the dialect before.
    if (hasOtherDialect) this.#session.transaction?.forgetWatch();
  }

  /** Takes note of whether every request has to be looked at. A client that listens is told apart from that in RESP3 only. */
  #occupy(): void {
    const session = this.#session;
    const isOccupied = (this.#session.transaction?.isOpen ?? false) ||
      (session.version === 2 && (session.listening?.isActive ?? false));
    if (isOccupied !== session.isOccupied) session.isOccupied = isOccupied;
  }

  /** In RESP2 a client that listens may do little else. */
  #decideListening(
    command: Command,
    { argc, args, bytes, start }: PlacedRequest,
  ): Uint8Array<ArrayBuffer> | null {
    const { supportCode, name } = command;
    if (supportCode === SupportCode.SUBSCRIPTION || command === QUIT || command === RESET) return null;
    if (supportCode === SupportCode.UNKNOWN || command === UNKNOWN_COMMAND) {
      return unknownCommandReply(bytes, start, args, argc);
    }
    if (!isArityRight(command, argc) || (command === PING && argc > 2)) {
      return keyFaultReply(KeyStatus.WRONG_ARITY, command);
    }
    if (command === PING) {
      const text = argc === 2 ? toBinary(bytes, start + args[2], start + args[3]) : "";
      return new RespWriter(2).array(2).bulk("pong").bulk(text).take();
    }
    return errorLine(`ERR Can't execute '${name.toLowerCase()}': ${ALLOWED_WHEN_LISTENING}`);
  }

  /** Why a command cannot be queued, as a reply; null if it can. */
  #faultOf(command: Command, request: PlacedRequest, keys: KeyList): Uint8Array<ArrayBuffer> | null {
    const { argc, args, bytes, start } = request;
    const { supportCode } = command;
    const isBroken = this.#session.transaction!.state === TransactionState.BROKEN;
    // Whether a server knows it is not worth asking when the transaction fails anyway.
    if (supportCode === SupportCode.UNKNOWN || (command === UNKNOWN_COMMAND && (argc === 1 || isBroken))) {
      return unknownCommandReply(bytes, start, args, argc);
    }
    if (supportCode === SupportCode.REFUSE) return refusedReply(command);
    const status = findKeys(command, argc, args, bytes, start, keys);
    if (status !== KeyStatus.OK) return keyFaultReply(status, command);
    const fault = argumentFault(command, this.#session, argc, args, bytes, start, keys);
    if (fault !== null) return fault;
    switch (supportCode) {
      case SupportCode.FORWARD:
      case SupportCode.ANY:
      case SupportCode.TRANSACTION:
      case SupportCode.PUBLICATION:
        return null;
      case SupportCode.ALL:
        // The transaction's server is told; others when it is called there.
        if (
          command.name === "SCRIPT|LOAD" && this.#session.scripts.add(bytes, start + args[4], start + args[5])
        ) {
          return null;
        }
        break;
      case SupportCode.LOCAL:
        if (command === SELECT && !this.#session.hasSelected(bytes, start + args[2], start + args[3])) break;
        if (isAnsweredAlike(command)) return null;
    }
    if (isAnsweredLater(command, this.#session.pool.peers !== null)) return null;
    return refusedInside(command);
  }
}
