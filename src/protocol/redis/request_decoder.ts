/**
 * From a redis client's bytes to what the proxy does with them.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import {
  ACCESS_OTHER,
  type Action,
  ANSWER,
  BAD,
  CONSULT,
  DONE,
  FORWARD,
  FORWARD_ANY,
  FORWARD_TOGETHER,
  FORWARD_WATCHED,
  type HeldReply,
  IGNORE,
  LISTEN,
  type RequestAccess,
  type RequestDecoder,
  SPLIT,
  type Status,
  WAIT,
} from "../contract.ts";
import type { ServerFacts } from "../facts.ts";
import type { Consultation } from "../peers.ts";
import { type Plan, planForAll, planForOne } from "./all_servers.ts";
import { argumentFault } from "./argument_faults.ts";
import { BlockingCode, type Command, KeyKind, MergeCode, SupportCode, UNKNOWN_COMMAND } from "./command.ts";
import { type CommandTable, lookupCommand, resolveCommand } from "./command_lookup.ts";
import { keyFaultReply, protocolErrorReply, refusedReply, unknownCommandReply } from "./key_errors.ts";
import { moveKeys, placeAll, placeKeys, placeUnits, scratch } from "./key_places.ts";
import { blockingMs, findKeys, isArityRight } from "./key_spec.ts";
import { KeyStatus } from "./key_status.ts";
import { encodeRequest, splitInline } from "./inline.ts";
import { fragmentHead, mergeNumber, tailLength } from "./merge.ts";
import { missReply } from "./miss_reply.ts";
import { NO_KEY_PERMISSION } from "./permissions.ts";
import { PrivateRequests } from "./private_requests.ts";
import { ARGUMENTS_MAX, BULK_BYTES_MAX, parseRequest, RespRequest } from "./resp_request.ts";
import { NOTHING } from "./replies.ts";
import { ScriptCalls } from "./script_calls.ts";
import { RedisSession, type SessionOptions, SILENT_TAG, type Surroundings } from "./session.ts";
import type { Verdict } from "./transaction_requests.ts";

/** How many arguments a client may send before its login: as many as redis allows. */
const ARGUMENTS_MAX_BEFORE_LOGIN = 10;
/** How long an argument may be before the login: as long as redis allows, in bytes. */
const BULK_BYTES_MAX_BEFORE_LOGIN = 16 * 1024;

const KEY_TOO_LONG = encode("-ERR key is too long\r\n");

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
  /** See {@link RequestDecoder.fragmentTail}: the arguments after the keys. */
  fragmentTail: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.server}. */
  server = 0;
  /** See {@link RequestDecoder.merge}: the command's way of splitting, and the client's protocol. */
  merge = 0;
  /** See {@link RequestDecoder.consultation}. */
  consultation: Consultation | null = null;
  /** See {@link RequestDecoder.own}. */
  readonly own: PrivateRequests;
  readonly #request = new RespRequest();
  readonly #session: RedisSession;
  readonly #keyBytesMax: number;
  readonly #argumentsMax: number;
  readonly #scripts: ScriptCalls;
  /** The commands, as the pool has them now. */
  #table: CommandTable;
  #command: Command = UNKNOWN_COMMAND;
  /** How many arguments the request at hand has. */
  #argc = 0;
  /** Whether the tag of the next request has to be looked at: the client does not want all replies, or the last one had a tag. */
  #retags = false;
  /** Whether the beginning of the request at hand has left already. */
  #begun = false;
  /** Whether the request at hand was to be decoded again. */
  #isWaiting = false;

  /**
   * Makes the decoder for a new client.
   *
   * @param options What its pool asks of it.
   * @param surroundings Whom it is with; nobody unless given.
   */
  constructor(options: SessionOptions, surroundings?: Partial<Surroundings>) {
    this.#session = new RedisSession(options, surroundings);
    this.#session.lastCommand = () => this.#command;
    this.#session.changed = () => this.#adopt();
    this.#scripts = new ScriptCalls(this.#session.scripts);
    this.own = new PrivateRequests(this.#session, this.#scripts);
    this.#keyBytesMax = options.keyBytesMax ?? BULK_BYTES_MAX;
    this.#table = this.#session.table;
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

  /** See {@link RequestDecoder.decode}. */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    const request = this.#request;
    const status = parseRequest(request, bytes, start, end);
    if (status !== DONE) {
      if (status === BAD) this.#say(protocolErrorReply(request));
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
      if (this.#retags && !this.#isWaiting) this.#skip();
      if (this.#session.isFree) this.#decide(request.argc, request.args, this.frame, this.frameStart);
      else this.#decideGuarded(request.argc, request.args, this.frame, this.frameStart);
      this.#isWaiting = this.action === WAIT;
      if ((this.action < ANSWER || this.action >= FORWARD_WATCHED) && this.#hasLongKey()) {
        this.#refuse(KEY_TOO_LONG);
      }
    }
    request.reset();
    return DONE;
  }

  /** See {@link RequestDecoder.begin}: a command with one key, when that is here. */
  begin(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    const { argc, args, count } = this.#request;
    if (argc === 0) return false;
    if (!this.#session.isFree && !this.#mayBegin(bytes, start)) return false;
    const command = lookupCommand(bytes, start + args[0], start + args[1], this.#table) ?? UNKNOWN_COMMAND;
    const { supportCode } = command;
    // A publication as long as that does not overtake the subscriptions before it.
    if (supportCode !== SupportCode.FORWARD && supportCode !== SupportCode.PUBLICATION) return false;
    if (command.kind !== KeyKind.ONE) return false;
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
    if (this.#retags && !this.#begun) this.#skip();
    this.#begun = true;
    return true;
  }

  /** Whether a client that may not do everything may do this; what is refused is gathered first, and then refused. */
  #mayBegin(bytes: Uint8Array, start: number): boolean {
    const session = this.#session;
    if (session.isOccupied) return false;
    const { argc, args } = this.#request;
    if (session.refuse(argc, args, bytes, start) !== null) return false;
    const { first } = lookupCommand(bytes, start + args[0], start + args[1], this.#table) ?? UNKNOWN_COMMAND;
    return argc > first && session.mayUse(bytes, start + args[2 * first], start + args[2 * first + 1]);
  }

  /** See {@link RequestDecoder.isIndivisible}. */
  get isIndivisible(): boolean {
    const { kind, name } = this.#command;
    return kind !== KeyKind.ONE || name.includes("|");
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

  /** See {@link RequestDecoder.substitute}. */
  substitute(server: ServerFacts): Uint8Array<ArrayBuffer> | null {
    return this.#scripts.substitute(this.frame, this.frameStart, this.frameEnd, server);
  }

  /** See {@link RequestDecoder.retry}. */
  retry(frame: Uint8Array, reply: HeldReply, server: ServerFacts): Uint8Array<ArrayBuffer> | null {
    return this.#scripts.retry(frame, reply, server);
  }

  /** For a client that may not do everything. */
  #decideGuarded(argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    const session = this.#session;
    const refusal = session.refuse(argc, args, bytes, base);
    if (refusal !== null) {
      this.action = IGNORE;
      return this.#refuse(refusal);
    }
    const verdict = session.isOccupied ? this.#decideOccupied(argc, args) : null;
    if (verdict === null) this.#decide(argc, args, bytes, base);
    else {
      this.#noteCommand(resolveCommand(argc, args, bytes, base, this.#table), argc, args);
      this.#follow(verdict);
    }
    if (this.action !== ANSWER && !this.#mayUseKeys(bytes, base)) this.#refuse(NO_KEY_PERMISSION);
    else if (verdict !== null && this.own.instead !== null) this.#sendInstead(this.own.instead);
  }

  /** For a client that has begun something; null if the request is treated as ever. */
  #decideOccupied(argc: number, args: Int32Array): Verdict | null {
    const { frame: bytes, frameStart: start, frameEnd: end } = this;
    return this.own.decideOccupied({ argc, args, bytes, start, end }, scratch.keyList);
  }

  #follow(verdict: Verdict): void {
    if (typeof verdict !== "number") this.#say(verdict);
    else this.action = verdict;
  }

  /** Answers a request with an error that could have been sent otherwise. */
  #refuse(reply: Uint8Array<ArrayBuffer>): void {
    this.own.refused(this.action);
    this.#say(reply);
  }

  /** The names of channels are no keys. */
  #mayUseKeys(bytes: Uint8Array, base: number): boolean {
    if (this.action === LISTEN || this.#command.row.names !== undefined) return true;
    for (let i = 0; i < this.keyCount; i++) {
      if (!this.#session.mayUse(bytes, base + scratch.keys[2 * i], base + scratch.keys[2 * i + 1])) {
        return false;
      }
    }
    return true;
  }

  #decide(argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    const command = lookupCommand(bytes, base + args[0], base + args[1], this.#table);
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
    this.#decideUnusual(resolveCommand(argc, args, bytes, base, this.#table), argc, args, bytes, base);
  }

  /** An answer can change what the client is in: its login, its protocol, which replies it wants. */
  #answer(command: Command, argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    const session = this.#session;
    this.#command = command;
    const reply = session.answer(command, argc, args, bytes, base);
    this.#retags = session.replyMode !== "on";
    if (!this.#retags) this.tag = 0;
    this.own.answered(command, this.dialect !== session.dialect);
    this.dialect = session.dialect;
    this.closing = session.closing;
    this.#limit();
    if (reply instanceof Uint8Array) return this.#say(reply);
    this.#noteKeyless(command, argc);
    this.consultation = this.tag === SILENT_TAG ? { ...reply, conclude: () => NOTHING } : reply;
    this.action = CONSULT;
  }

  /** Goes one request further for a client that does not want all replies. */
  #skip(): void {
    const session = this.#session;
    if (session.replyMode === "skip next") session.replyMode = "skip";
    else if (session.replyMode === "skip") session.replyMode = "on";
    this.#retags = session.replyMode !== "on";
    this.tag = this.#retags ? SILENT_TAG : 0;
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
      findKeys(command, argc, args, bytes, base, scratch.keyList);
      this.#noteCommand(command, argc, args);
      this.merge = mergeNumber(MergeCode.SPLICED, this.#session.version);
      return this.#follow(this.own.decideTransaction(command, argc));
    }
    const status = findKeys(command, argc, args, bytes, base, scratch.keyList);
    if (status !== KeyStatus.OK) return this.#say(keyFaultReply(status, command));
    if (supportCode === SupportCode.SUBSCRIPTION) return this.#listen(command, argc, args);
    const fault = argumentFault(command, this.#session, argc, args, bytes, base, scratch.keyList);
    if (fault !== null) return this.#say(fault);
    switch (supportCode) {
      case SupportCode.LOCAL:
        return this.#answer(command, argc, args, bytes, base);
      case SupportCode.ALL:
      case SupportCode.SCAN:
        if (command.blockingCode !== BlockingCode.NEVER) {
          return this.#waitForAll(command, argc, args, bytes, base);
        }
        this.#scripts.note(command, args, bytes, base);
        return this.#askAll(command, argc, args, bytes, base);
    }
    this.#noteCommand(command, argc, args);
    const patienceMs = blockingMs(command, argc, args, bytes, base);
    if (patienceMs >= 0) this.action = this.own.lease(patienceMs);
    else if (supportCode === SupportCode.PUBLICATION) {
      this.action = this.own.publish(bytes, base + scratch.keys[0], base + scratch.keys[1]);
    } else if (this.#scripts.note(command, args, bytes, base) && this.tag !== SILENT_TAG) {
      this.merge = mergeNumber(MergeCode.FIRST, this.#session.version);
      this.action = FORWARD_WATCHED;
    } else if (this.keyCount === 0) this.#askOne(command, argc);
    else if (this.keyCount === 1) this.action = FORWARD;
    else if (command.mergeCode === MergeCode.NONE) this.action = FORWARD_TOGETHER;
    else this.#split(command, argc, args, bytes, base);
  }

  /** For a command that waits at all servers. */
  #waitForAll(command: Command, argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    this.#noteKeyless(command, argc);
    this.merge = mergeNumber(command.mergeCode, this.#session.version);
    this.action = this.own.leaseAll(blockingMs(command, argc, args, bytes, base));
  }

  /** For a command without keys that concerns all servers. */
  #askAll(command: Command, argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    const isSilent = this.tag === SILENT_TAG;
    const call = { argc, args, bytes, base, end: this.frameEnd };
    const plan = planForAll(command, call, this.#session, isSilent);
    if (plan instanceof Uint8Array) return this.#say(plan);
    this.#noteKeyless(command, argc);
    this.#carryOut(plan, isSilent);
  }

  #carryOut(plan: Plan, isSilent: boolean): void {
    this.action = plan.action;
    this.merge = plan.merge;
    this.server = plan.server;
    if (plan.frame !== null) this.#send(plan.frame);
    if (plan.tag === 0 || isSilent) return;
    this.tag = plan.tag;
    this.#retags = true;
  }

  /** For a command without keys that any one server answers. */
  #askOne(command: Command, argc: number): void {
    // A subcommand without a row is not asked for the list of all commands.
    const isPlain = command.mergeCode === MergeCode.NONE || command.supportCode !== SupportCode.ANY;
    if (isPlain || (command.subcommands !== null && argc > 1)) {
      this.action = FORWARD_ANY;
    } else {
      const isSilent = this.tag === SILENT_TAG;
      this.#carryOut(planForOne(command, argc, this.#session, isSilent), isSilent);
    }
  }

  /** Whoever listens is told so in any case, even if it wants no replies. */
  #listen(command: Command, argc: number, args: Int32Array): void {
    const { frame: bytes, frameStart: start, frameEnd: end } = this;
    const question = this.own.listen(command, { argc, args, bytes, start, end });
    this.#noteKeyless(command, argc);
    if (question === WAIT || question instanceof Uint8Array) return this.#follow(question);
    const { keys, units } = question;
    this.keyCount = placeAll(keys, units);
    this.#send(question.frame);
    this.answer = question.answer;
    this.action = this.keyCount === 0 ? ANSWER : LISTEN;
  }

  /** The same with another beginning is sent: the keys, if there are any, are as far from the end. */
  #sendInstead(frame: Uint8Array<ArrayBuffer>): void {
    moveKeys(this.keyCount, frame.length - (this.frameEnd - this.frameStart));
    this.#send(frame);
  }

  /** What is sent is not the request as it is. */
  #send(frame: Uint8Array<ArrayBuffer>): void {
    this.frame = frame;
    this.frameStart = 0;
    this.frameEnd = frame.length;
  }

  #noteKeyless(command: Command, argc: number): void {
    scratch.keyList.count = 0;
    this.#noteCommand(command, argc, scratch.keys);
  }

  #noteCommand(command: Command, argc: number, args: Int32Array): void {
    this.#command = command;
    this.access = command.accessCode;
    this.#argc = argc;
    this.keyCount = placeKeys(args);
  }

  #split(command: Command, argc: number, args: Int32Array, bytes: Uint8Array, base: number): void {
    placeUnits(command.step, args);
    const tail = tailLength(command);
    this.fragmentTail = tail === 0
      ? NOTHING
      : bytes.slice(base + args[2 * (argc - tail) - 1] + 2, base + args[2 * argc - 1] + 2);
    this.merge = mergeNumber(command.mergeCode, this.#session.version);
    this.action = SPLIT;
  }

  /** What the client may do has changed without its doing. */
  #adopt(): void {
    this.#table = this.#session.table;
    this.dialect = this.#session.dialect;
    this.#limit();
  }

  /** Like redis, lets nobody fill the memory who has not given the password. */
  #limit(): void {
    const { authenticated } = this.#session;
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
}
