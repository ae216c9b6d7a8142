/**
 * From a redis client's bytes to what the proxy does with them.
 *
 * @module
 */

import { concat, CR, encode, LF, SPACE } from "../../base/ascii.ts";
import {
  ACCESS_OTHER,
  type Action,
  ANSWER,
  BAD,
  DONE,
  FORWARD,
  FORWARD_ANY,
  FORWARD_TOGETHER,
  IGNORE,
  LEASE,
  PIN,
  type RequestAccess,
  type RequestDecoder,
  SPLIT,
  type Status,
  WAIT,
} from "../contract.ts";
import { type Command, KeyKind, SplitCode, SupportCode, UNKNOWN_COMMAND } from "./command.ts";
import { lookupCommand, namedCommand, resolveCommand } from "./command_lookup.ts";
import { keyFaultReply, refusedReply, unknownCommandReply } from "./key_errors.ts";
import { blockingMs, findKeys, isArityRight, KeyList } from "./key_spec.ts";
import { KeyStatus } from "./key_status.ts";
import { encodeRequest, splitInline } from "./inline.ts";
import { fragmentHead, mergeCode } from "./merge.ts";
import { missReply } from "./miss_reply.ts";
import { ARGUMENTS_MAX, BULK_BYTES_MAX, parseRequest, RespRequest } from "./resp_request.ts";
import { NOTHING } from "./replies.ts";
import { RedisSession, type SessionOptions, SILENT_TAG, type Surroundings } from "./session.ts";
import { Transaction, TransactionState } from "./transaction.ts";
import {
  decideQueued,
  decideTransaction,
  isAnsweredAlike,
  refusedInside,
  type Verdict,
} from "./transaction_requests.ts";

/** How many arguments a client may send before its login: as many as redis allows. */
const ARGUMENTS_MAX_BEFORE_LOGIN = 10;
/** How long an argument may be before the login: as long as redis allows, in bytes. */
const BULK_BYTES_MAX_BEFORE_LOGIN = 16 * 1024;

const QUIT = namedCommand("QUIT");
const RESET = namedCommand("RESET");
const SELECT = namedCommand("SELECT");
const UNWATCH = namedCommand("UNWATCH");
const KEY_TOO_LONG = encode("-ERR key is too long\r\n");

/**
 * Where the keys of the request at hand are. All decoders share it, because it is needed only until the request has
 * been dispatched, and ten thousand waiting clients need none.
 */
const scratch = { keys: new Int32Array(64), units: new Int32Array(64), keyList: new KeyList() };

/** {@link RequestDecoder} for redis. */
export class RedisRequestDecoder implements RequestDecoder {
  /** See {@link RequestDecoder.consumed}. */
  consumed = 0;
  /** See {@link RequestDecoder.action}. */
  action: Action = IGNORE;
  /** See {@link RequestDecoder.frame}. */
  frame: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.frameStart}. */
  frameStart = 0;
  /** See {@link RequestDecoder.frameEnd}. */
  frameEnd = 0;
  /** See {@link RequestDecoder.keyCount}. */
  keyCount = 0;
  /** See {@link RequestDecoder.dialect}. */
  dialect = 0;
  /** See {@link RequestDecoder.tag}. */
  tag = 0;
  /** See {@link RequestDecoder.access}. */
  access: RequestAccess = ACCESS_OTHER;
  /** See {@link RequestDecoder.noReply}: every redis request has a reply. */
  readonly noReply = false;
  /** See {@link RequestDecoder.closing}. */
  closing = false;
  /** See {@link RequestDecoder.answer}. */
  answer: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.fragmentTail}: an array of bulk strings needs none. */
  readonly fragmentTail: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.merge}: the command's way of splitting, and the client's protocol. */
  merge = 0;
  readonly #request = new RespRequest();
  readonly #session: RedisSession;
  readonly #keyBytesMax: number;
  readonly #argumentsMax: number;
  #command: Command = UNKNOWN_COMMAND;
  /** How many arguments the request at hand has. */
  #argc = 0;
  /** Whether the client does not want all replies. */
  #isQuiet = false;
  /** Whether the beginning of the request at hand has left already. */
  #begun = false;
  /** Whether every request is looked at closely: the client is not logged in, or has a transaction open. */
  #isGuarded = false;
  /** Whether the request at hand was to be decoded again. */
  #isWaiting = false;
  /** What MULTI and WATCH have made of the client; null while it has sent nothing that needs a connection of its own. */
  #transaction: Transaction | null = null;

  /**
   * Makes the decoder for a new client.
   *
   * @param options What its pool asks of it.
   * @param surroundings Whom it is with; nobody unless given.
   */
  constructor(options: SessionOptions, surroundings?: Surroundings) {
    this.#session = new RedisSession(options, surroundings);
    this.#session.lastCommand = () => this.#command;
    this.#keyBytesMax = options.keyBytesMax ?? BULK_BYTES_MAX;
    this.#argumentsMax = options.argumentsMax ?? ARGUMENTS_MAX;
    this.#limit();
  }

  /** See {@link RequestDecoder.keys}. */
  get keys(): Int32Array {
    return scratch.keys;
  }

  /** See {@link RequestDecoder.units}. */
  get units(): Int32Array {
    return scratch.units;
  }

  /** See {@link RequestDecoder.privateUse}. */
  get privateUse(): Transaction | null {
    return this.#transaction;
  }

  /** See {@link RequestDecoder.decode}. */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    const request = this.#request;
    const status = parseRequest(request, bytes, start, end);
    if (status !== DONE) {
      if (status === BAD) this.#say(this.#protocolError());
      return status;
    }
    this.consumed = request.length;
    this.frame = bytes;
    this.frameStart = start;
    this.frameEnd = start + request.length;
    if (request.inline && !this.#unfoldInline(bytes, start)) return BAD;
    if (this.#begun) this.#begun = false;
    else if (request.argc === 0) this.action = IGNORE;
    else {
      if (this.#isQuiet && !this.#isWaiting) this.#skip();
      this.#decide(request.argc, request.args, this.frame, this.frameStart);
      this.#isWaiting = this.action === WAIT;
      if ((this.action < ANSWER || this.action >= PIN) && this.#hasLongKey()) {
        if (this.action === PIN) this.#transaction!.refused();
        this.#say(KEY_TOO_LONG);
      }
    }
    request.reset();
    return DONE;
  }

  /** See {@link RequestDecoder.begin}: a command with one key, when that is here. */
  begin(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    const { argc, args, count } = this.#request;
    if (argc === 0 || this.#isGuarded) return false;
    const command = lookupCommand(bytes, start + args[0], start + args[1]) ?? UNKNOWN_COMMAND;
    if (command.supportCode !== SupportCode.FORWARD || command.kind !== KeyKind.ONE) return false;
    if (argc <= command.first || !isArityRight(command, count)) return false;
    if (args[2 * command.first + 1] - args[2 * command.first] > this.#keyBytesMax) return false;
    this.frame = bytes;
    this.frameStart = start;
    this.frameEnd = end;
    scratch.keys[0] = args[2 * command.first];
    scratch.keys[1] = args[2 * command.first + 1];
    this.keyCount = 1;
    this.action = FORWARD;
    this.#command = command;
    this.access = command.accessCode;
    this.#argc = count;
    // It may be asked again about the same request.
    if (this.#isQuiet && !this.#begun) this.#skip();
    this.#begun = true;
    return true;
  }

  /** See {@link RequestDecoder.letGo}. */
  letGo(arrived: number): number {
    return this.#request.letGo(arrived);
  }

  /** See {@link RequestDecoder.fragmentHead}. */
  fragmentHead(unitCount: number): Uint8Array<ArrayBuffer> {
    return fragmentHead(this.#command, unitCount);
  }

  /** See {@link RequestDecoder.missReply}. */
  missReply(keyCount: number): Uint8Array<ArrayBuffer> | null {
    if (this.tag === SILENT_TAG) return NOTHING;
    return missReply(this.#command, this.#argc, keyCount, this.#session.version);
  }

  #decide(argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    const command = lookupCommand(bytes, base + args[0], base + args[1]);
    if (this.#isGuarded && this.#decideGuarded(command, argc, args, bytes, base)) return;
    if (command !== null && command.supportCode === SupportCode.FORWARD && command.kind === KeyKind.ONE) {
      if (!isArityRight(command, argc)) return this.#say(keyFaultReply(KeyStatus.WRONG_ARITY, command));
      scratch.keys[0] = args[2 * command.first];
      scratch.keys[1] = args[2 * command.first + 1];
      this.keyCount = 1;
      this.action = FORWARD;
      this.#command = command;
      this.access = command.accessCode;
      this.#argc = argc;
      return;
    }
    this.#decideUnusual(resolveCommand(argc, args, bytes, base), argc, args, bytes, base);
  }

  /** An answer can change what the client is in: its login, its protocol, which replies it wants. */
  #answer(command: Command, argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    const session = this.#session;
    this.#command = command;
    const reply = session.answer(command, argc, args, bytes, base);
    this.#isQuiet = session.replyMode !== "on";
    if (!this.#isQuiet) this.tag = 0;
    if (command === RESET) this.#transaction?.end();
    // What is watched is watched over a connection of the dialect before.
    if (this.dialect !== session.dialect) this.#transaction?.forgetWatch();
    this.dialect = session.dialect;
    this.closing = session.closing;
    this.#limit();
    this.#say(reply);
  }

  /** Goes one request further for a client that does not want all replies. */
  #skip(): void {
    const session = this.#session;
    if (session.replyMode === "skip next") session.replyMode = "skip";
    else if (session.replyMode === "skip") session.replyMode = "on";
    this.#isQuiet = session.replyMode !== "on";
    this.tag = this.#isQuiet ? SILENT_TAG : 0;
  }

  #hasLongKey(): boolean {
    for (let i = 0; i < this.keyCount; i++) {
      if (scratch.keys[2 * i + 1] - scratch.keys[2 * i] > this.#keyBytesMax) return true;
    }
    return false;
  }

  #decideUnusual(command: Command, argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    const { supportCode } = command;
    if (supportCode === SupportCode.UNKNOWN || (command === UNKNOWN_COMMAND && argc === 1)) {
      return this.#say(unknownCommandReply(bytes, base, args, argc));
    }
    if (supportCode === SupportCode.REFUSE) return this.#say(refusedReply(command));
    if (supportCode === SupportCode.TRANSACTION) {
      return this.#decideTransaction(command, argc, args, bytes, base);
    }
    const status = findKeys(command, argc, args, bytes, base, scratch.keyList);
    if (status !== KeyStatus.OK) return this.#say(keyFaultReply(status, command));
    if (supportCode === SupportCode.LOCAL) {
      return this.#answer(command, argc, args, bytes, base);
    }
    this.#noteCommand(command, argc, args);
    const patienceMs = blockingMs(command, argc, args, bytes, base);
    if (patienceMs >= 0) this.#lease(patienceMs);
    else if (this.keyCount === 0) this.action = FORWARD_ANY;
    else if (this.keyCount === 1) this.action = FORWARD;
    else if (command.splitCode === SplitCode.NONE) this.action = FORWARD_TOGETHER;
    else this.#split(command, args);
  }

  /** Returns whether the request was dealt with. */
  #decideGuarded(
    command: Command | null,
    argc: number,
    args: Int32Array,
    bytes: Uint8Array,
    base: number,
  ): boolean {
    const refusal = this.#session.authenticated ? null : this.#session.refuse(command);
    if (refusal !== null) this.#say(refusal);
    else if (!this.#transaction?.isOpen || command === QUIT) return false;
    else if (command === RESET) {
      // It ends the connection that replies may still come over.
      if (this.#isAlone) return false;
      this.action = WAIT;
    } else this.#queue(resolveCommand(argc, args, bytes, base), argc, args, bytes, base);
    return true;
  }

  /** A command while a transaction is open. */
  #queue(command: Command, argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    const { supportCode } = command;
    if (supportCode === SupportCode.TRANSACTION && command !== UNWATCH) {
      return this.#decideTransaction(command, argc, args, bytes, base);
    }
    const isBroken = this.#transaction!.state === TransactionState.BROKEN;
    // Whether a server knows it is not worth asking when the transaction fails anyway.
    if (supportCode === SupportCode.UNKNOWN || (command === UNKNOWN_COMMAND && (argc === 1 || isBroken))) {
      return this.#refuse(unknownCommandReply(bytes, base, args, argc));
    }
    if (supportCode === SupportCode.REFUSE) return this.#refuse(refusedReply(command));
    const status = findKeys(command, argc, args, bytes, base, scratch.keyList);
    if (status !== KeyStatus.OK) return this.#refuse(keyFaultReply(status, command));
    const isOther = command === SELECT && !this.#session.hasSelected(bytes, base + args[2], base + args[3]);
    if (isOther || (supportCode === SupportCode.LOCAL && !isAnsweredAlike(command))) {
      return this.#refuse(refusedInside(command));
    }
    this.#noteCommand(command, argc, args);
    const { frame, frameStart, frameEnd } = this;
    this.#follow(
      decideQueued(this.#transaction!, this.keyCount > 0, this.#isAlone, frame, frameStart, frameEnd),
    );
  }

  #decideTransaction(
    command: Command,
    argc: number,
    args: Int32Array,
    bytes: Uint8Array,
    base: number,
  ): void {
    findKeys(command, argc, args, bytes, base, scratch.keyList);
    this.#noteCommand(command, argc, args);
    const transaction = this.#transaction ??= new Transaction();
    this.#follow(decideTransaction(transaction, command, isArityRight(command, argc), this.#isAlone));
    this.#guard();
  }

  #follow(verdict: Verdict): void {
    if (typeof verdict === "number") this.action = verdict;
    else this.#say(verdict);
  }

  /** A request that waits at its server takes a connection of its own, and must not overtake those before it. */
  #lease(patienceMs: number): void {
    this.#transaction ??= new Transaction();
    this.#transaction.patienceMs = patienceMs;
    this.action = this.#isAlone ? LEASE : WAIT;
  }

  /** Whether everything that the client has asked for has been answered. */
  get #isAlone(): boolean {
    return this.#session.client.inFlight === 0;
  }

  /** Takes note of whether requests have to be looked at closely. */
  #guard(): void {
    this.#isGuarded = !this.#session.authenticated || (this.#transaction?.isOpen ?? false);
  }

  /** Answers a request that was to be queued with an error, which spoils the transaction. */
  #refuse(reply: Uint8Array<ArrayBuffer>): void {
    this.#transaction!.spoil();
    this.#say(reply);
  }

  #noteCommand(command: Command, argc: number, args: Int32Array): void {
    this.#command = command;
    this.access = command.accessCode;
    this.#argc = argc;
    this.#noteKeys(args);
  }

  #noteKeys(args: Int32Array): void {
    const { indexes, count } = scratch.keyList;
    if (scratch.keys.length < 2 * count) scratch.keys = new Int32Array(2 * indexes.length);
    for (let i = 0; i < count; i++) {
      scratch.keys[2 * i] = args[2 * indexes[i]];
      scratch.keys[2 * i + 1] = args[2 * indexes[i] + 1];
    }
    this.keyCount = count;
  }

  /** A unit begins after the argument in front of its key, and ends with the last argument before the next key. */
  #split(command: Command, args: Int32Array): void {
    const { indexes, count } = scratch.keyList;
    const { step } = command;
    if (scratch.units.length < 2 * count) scratch.units = new Int32Array(2 * indexes.length);
    for (let i = 0; i < count; i++) {
      const at = indexes[i];
      scratch.units[2 * i] = args[2 * at - 1] + 2;
      scratch.units[2 * i + 1] = args[2 * (at + step) - 1] + 2;
    }
    this.merge = mergeCode(command.splitCode, this.#session.version);
    this.action = SPLIT;
  }

  /** Like redis, lets nobody fill the memory who has not given the password. */
  #limit(): void {
    const { authenticated } = this.#session;
    this.#guard();
    this.#request.argumentsMax = authenticated ? this.#argumentsMax : ARGUMENTS_MAX_BEFORE_LOGIN;
    this.#request.bulkBytesMax = authenticated ? BULK_BYTES_MAX : BULK_BYTES_MAX_BEFORE_LOGIN;
  }

  #say(reply: Uint8Array<ArrayBuffer>): void {
    this.answer = this.tag === SILENT_TAG ? NOTHING : reply;
    this.action = ANSWER;
  }

  /** Servers are sent arrays only, so an inline command is written as one, in an array of its own. */
  #unfoldInline(bytes: Uint8Array, start: number): boolean {
    const request = this.#request;
    const words = splitInline(bytes, start, start + request.lineEnd);
    if (words === null) {
      this.#say(encode("-ERR Protocol error: unbalanced quotes in request\r\n"));
      return false;
    }
    request.reset();
    this.frame = encodeRequest(words);
    this.frameStart = 0;
    this.frameEnd = this.frame.length;
    // An inline command is short already, so redis has no other limits for it before the login.
    request.argumentsMax = ARGUMENTS_MAX;
    request.bulkBytesMax = BULK_BYTES_MAX;
    parseRequest(request, this.frame, 0, this.frame.length);
    this.#limit();
    return true;
  }

  #protocolError(): Uint8Array<ArrayBuffer> {
    const { fault, faultByte } = this.#request;
    if (fault !== "expected '$'") return encode(`-ERR Protocol error: ${fault}\r\n`);
    const got = faultByte === CR || faultByte === LF ? SPACE : faultByte;
    return concat([encode(`-ERR Protocol error: ${fault}, got '`), Uint8Array.of(got), encode("'\r\n")]);
  }
}
