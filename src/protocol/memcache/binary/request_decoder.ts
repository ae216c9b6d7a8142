/**
 * From a binary client's bytes to what the proxy does with them.
 *
 * Quiet requests are sent as their loud kin, so that every request has a reply; {@link isHiddenBinary} decides
 * by the reply whether the client is told. A NOOP is answered here, in its turn, which is when all before it have been.
 *
 * @module
 */

import { decode, encode } from "../../../base/ascii.ts";
import {
  ACCESS_OTHER,
  ACCESS_READ,
  ACCESS_WRITE,
  type Action,
  ANSWER,
  BAD,
  DONE,
  FORWARD,
  FORWARD_ALL,
  FORWARD_ANY,
  GATHER,
  IGNORE,
  MORE,
  type RequestAccess,
  type RequestDecoder,
  type Status,
} from "../../contract.ts";
import { LOGIN_BYTES_MAX, VALUE_BYTES_MAX } from "../limits.ts";
import type { Login } from "../login.ts";
import { MergeCode, withOpaque } from "../merge_code.ts";
import { GATHERED_STATISTICS } from "../merge_statistics.ts";
import type { ReadStatistics } from "../statistics.ts";
import { makeTag, TagEncoding } from "../tag.ts";
import {
  BODY_LENGTH_AT,
  EXTRAS_LENGTH_AT,
  HEADER_BYTES,
  KEY_LENGTH_AT,
  OPAQUE_AT,
  OPCODE_AT,
  readUint16,
  readUint32,
  REQUEST_MAGIC,
} from "./header.ts";
import { Hides, lookupOpcode, type Opcode, OpcodeTreatment } from "./opcodes.ts";
import {
  AUTH_ERROR_TEXT,
  binaryReply,
  BinaryStatus,
  INVALID_TEXT,
  NO_TEXT,
  NOT_FOUND_TEXT,
  TOO_LARGE_TEXT,
  UNKNOWN_COMMAND_TEXT,
} from "./reply.ts";
import { MECHANISM, SaslServer } from "./sasl.ts";
import { binaryStatistics } from "./statistics.ts";

const NOTHING = new Uint8Array(0);
const SASL_STEP = 0x22;
/** What may be asked for before the login: VERSION and SASL. */
const MAY_COME_FIRST: ReadonlySet<number> = new Set([0x0b, 0x20, 0x21, SASL_STEP]);
/** The longest body: an item of the largest size. */
const BODY_BYTES_MAX = VALUE_BYTES_MAX + 1024;

/** {@link RequestDecoder} for memcached's binary protocol. */
export class BinaryRequestDecoder implements RequestDecoder {
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
  /** See {@link RequestDecoder.keys}. */
  readonly keys: Int32Array = new Int32Array(2);
  /** See {@link RequestDecoder.units}: nothing is split. */
  readonly units: Int32Array = new Int32Array(0);
  /** See {@link RequestDecoder.dialect}. */
  dialect: number;
  /** See {@link RequestDecoder.tag}. */
  tag = 0;
  /** See {@link RequestDecoder.access}. */
  access: RequestAccess = ACCESS_OTHER;
  /** See {@link RequestDecoder.noReply}. */
  readonly noReply = false;
  /** See {@link RequestDecoder.closing}. */
  closing = false;
  /** See {@link RequestDecoder.answer}. */
  answer: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.fragmentTail}. */
  readonly fragmentTail: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@link RequestDecoder.merge}. */
  merge: number = MergeCode.BINARY_OUTCOME;
  readonly #keyBytesMax: number;
  readonly #readStatistics: ReadStatistics;
  readonly #allowsFlush: boolean;
  readonly #login: Login;
  readonly #sasl: SaslServer;
  /** The opcode of the request at hand; null if it is not one to forward. */
  #opcode: Opcode | null = null;
  #code = 0;
  #opaque = 0;
  /** How many bytes the request at hand has that have not been let go of; 0 before its header has been read. */
  #announced = 0;
  /** Bytes of a refused body that are still to be swallowed. */
  #swallow = 0;

  /**
   * Makes the decoder for a new client.
   *
   * @param keyBytesMax How many bytes a key may have.
   * @param readStatistics Reads what is said to STAT.
   * @param allowsFlush Whether the client may empty all servers.
   * @param login The client.
   */
  constructor(keyBytesMax: number, readStatistics: ReadStatistics, allowsFlush: boolean, login: Login) {
    this.#login = login;
    this.#sasl = new SaslServer(login);
    this.dialect = login.settings.binaryDialect ?? 0;
    this.#allowsFlush = allowsFlush;
    this.#keyBytesMax = keyBytesMax;
    this.#readStatistics = readStatistics;
  }

  /** See {@link RequestDecoder.decode}. */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    if (this.#announced === 0) {
      if (start === end) return MORE;
      if (this.#swallow > 0) return this.#swallowBody(end - start);
      this.keyCount = 0;
      this.closing = false;
      if (bytes[start] !== REQUEST_MAGIC) {
        this.answer = NOTHING;
        return BAD;
      }
      if (end - start < HEADER_BYTES) return MORE;
      const status = this.#judge(bytes, start, end);
      if (status !== DONE || this.#announced === 0) return status;
    }
    if (end - start < this.#announced) return MORE;
    this.consumed = this.#announced;
    this.#announced = 0;
    this.frame = bytes;
    this.frameStart = start;
    this.frameEnd = start + this.consumed;
    return DONE;
  }

  /** See {@link RequestDecoder.begin}: every request with a value. */
  begin(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    if (this.#announced === 0) return false;
    this.frame = bytes;
    this.frameStart = start;
    this.frameEnd = end;
    return true;
  }

  /** See {@link RequestDecoder.letGo}. */
  letGo(arrived: number): number {
    this.#announced -= arrived;
    return arrived;
  }

  /** Whether no request has begun that is not done with. */
  get isBetween(): boolean {
    return this.#announced === 0 && this.#swallow === 0;
  }

  /** See {@link RequestDecoder.fragmentHead}: nothing is split. */
  fragmentHead(): Uint8Array<ArrayBuffer> {
    return NOTHING;
  }

  /** See {@link RequestDecoder.missReply}. */
  missReply(): Uint8Array<ArrayBuffer> | null {
    const opcode = this.#opcode;
    if (opcode === null || !opcode.reads) return null;
    if (opcode.hides === Hides.MISS) return NOTHING;
    if (!opcode.echoesKey) return this.#reply(BinaryStatus.NOT_FOUND, NOT_FOUND_TEXT);
    const { frame, frameStart, keys } = this;
    const key = frame.subarray(frameStart + keys[0], frameStart + keys[1]);
    return binaryReply(this.#code, this.#opaque, BinaryStatus.NOT_FOUND, key, key.length);
  }

  /** Decides what becomes of a request by its header, and how much belongs to it. */
  #judge(bytes: Uint8Array, start: number, end: number): Status {
    const keyBytes = readUint16(bytes, start + KEY_LENGTH_AT);
    const extrasBytes = bytes[start + EXTRAS_LENGTH_AT];
    const bodyBytes = readUint32(bytes, start + BODY_LENGTH_AT);
    const code = bytes[start + OPCODE_AT];
    const opcode = lookupOpcode(code);
    this.#code = code;
    this.#opaque = readUint32(bytes, start + OPAQUE_AT);
    this.#opcode = opcode;
    if (keyBytes + extrasBytes > bodyBytes) {
      return this.#bad(BinaryStatus.UNKNOWN_COMMAND, UNKNOWN_COMMAND_TEXT);
    }
    if (keyBytes > this.#keyBytesMax) return this.#bad(BinaryStatus.INVALID, INVALID_TEXT);
    if (bodyBytes > BODY_BYTES_MAX) return this.#bad(BinaryStatus.TOO_LARGE, TOO_LARGE_TEXT);
    if (this.#login.user === null && !MAY_COME_FIRST.has(code)) return this.#refuseStranger(bodyBytes);
    if (opcode === null) return this.#refuse(bodyBytes, BinaryStatus.UNKNOWN_COMMAND, UNKNOWN_COMMAND_TEXT);
    if (!isFormOf(opcode, extrasBytes, keyBytes, bodyBytes)) {
      return this.#bad(BinaryStatus.INVALID, INVALID_TEXT);
    }
    switch (opcode.treatment) {
      case OpcodeTreatment.FORWARD:
      case OpcodeTreatment.FORWARD_ANY:
        this.access = opcode.hasKey ? (opcode.reads ? ACCESS_READ : ACCESS_WRITE) : ACCESS_OTHER;
        this.keys[0] = HEADER_BYTES + extrasBytes;
        this.keys[1] = this.keys[0] + keyBytes;
        return this.#forward(opcode, bytes, start, bodyBytes);
      case OpcodeTreatment.NOOP:
        return this.#refuse(bodyBytes, BinaryStatus.SUCCESS, NO_TEXT);
      case OpcodeTreatment.QUIT:
        this.closing = true;
        this.#refuse(bodyBytes, BinaryStatus.SUCCESS, NO_TEXT);
        if (opcode.hides === Hides.SUCCESS) this.answer = NOTHING;
        return DONE;
      case OpcodeTreatment.STATISTICS:
        if (keyBytes > 0) return this.#gather(bytes, start, end, bodyBytes);
        this.#refuse(bodyBytes, BinaryStatus.SUCCESS, NO_TEXT);
        this.answer = binaryStatistics(code, this.#opaque, this.#readStatistics());
        return DONE;
      case OpcodeTreatment.FLUSH:
        if (this.#allowsFlush) return this.#forward(opcode, bytes, start, bodyBytes);
        return this.#refuse(bodyBytes, BinaryStatus.AUTH_ERROR, AUTH_ERROR_TEXT);
      case OpcodeTreatment.SASL_LIST:
        if (this.#login.users === null) break;
        return this.#refuse(bodyBytes, BinaryStatus.SUCCESS, MECHANISM);
      case OpcodeTreatment.SASL:
        if (this.#login.users === null) break;
        return this.#logIn(bytes, start, end, keyBytes, bodyBytes);
    }
    return this.#refuse(bodyBytes, BinaryStatus.UNKNOWN_COMMAND, UNKNOWN_COMMAND_TEXT);
  }

  /** Servers are asked in the text protocol, because a binary reply would be many messages. */
  #gather(bytes: Uint8Array, start: number, end: number, keyBytes: number): Status {
    const keyStart = start + HEADER_BYTES;
    if (end < keyStart + keyBytes) return MORE;
    const { textDialect } = this.#login.settings;
    const name = decode(bytes, keyStart, keyStart + keyBytes);
    if (textDialect === null || !GATHERED_STATISTICS.includes(name)) {
      return this.#refuse(keyBytes, BinaryStatus.NOT_FOUND, NOT_FOUND_TEXT);
    }
    this.access = ACCESS_OTHER;
    this.tag = makeTag(TagEncoding.BINARY, this.#code, this.#opaque);
    this.merge = withOpaque(MergeCode.BINARY_STATISTICS, this.#opaque);
    this.dialect = textDialect;
    this.frame = encode(`stats ${name}\r\n`);
    this.frameStart = 0;
    this.frameEnd = this.frame.length;
    this.consumed = HEADER_BYTES + keyBytes;
    this.action = GATHER;
    return DONE;
  }

  /** A login is answered when all of it has come; until then its header is looked at again. */
  #logIn(bytes: Uint8Array, start: number, end: number, keyBytes: number, bodyBytes: number): Status {
    if (bodyBytes > LOGIN_BYTES_MAX) return this.#bad(BinaryStatus.INVALID, INVALID_TEXT);
    const keyStart = start + HEADER_BYTES;
    if (end < keyStart + bodyBytes) return MORE;
    const isStep = this.#code === SASL_STEP;
    const { status, text } = this.#sasl.answer(
      isStep,
      bytes,
      keyStart,
      keyStart + keyBytes,
      keyStart + bodyBytes,
    );
    this.#refuse(0, status, text);
    this.consumed = HEADER_BYTES + bodyBytes;
    return DONE;
  }

  /** Like memcached, ends the connection of whoever asks for something before the login. */
  #refuseStranger(bodyBytes: number): Status {
    this.closing = true;
    return this.#refuse(bodyBytes, BinaryStatus.AUTH_ERROR, AUTH_ERROR_TEXT);
  }

  #forward(opcode: Opcode, bytes: Uint8Array, start: number, bodyBytes: number): Status {
    bytes[start + OPCODE_AT] = opcode.loudCode;
    this.tag = makeTag(TagEncoding.BINARY, opcode.code, this.#opaque);
    this.#announced = HEADER_BYTES + bodyBytes;
    this.dialect = this.#login.settings.binaryDialect ?? 0;
    this.merge = MergeCode.BINARY_OUTCOME;
    this.action = actionOf(opcode.treatment);
    this.keyCount = this.action === FORWARD ? 1 : 0;
    return DONE;
  }

  /** Answers a request whose body, if it has one, is not looked at. */
  #refuse(bodyBytes: number, status: BinaryStatus, text: Uint8Array): Status {
    this.consumed = HEADER_BYTES;
    this.#swallow = bodyBytes;
    this.action = ANSWER;
    this.answer = this.#reply(status, text);
    return DONE;
  }

  /** Says the last words, as memcached does to lengths that it cannot trust. */
  #bad(status: BinaryStatus, text: Uint8Array): Status {
    this.answer = this.#reply(status, text);
    return BAD;
  }

  #reply(status: BinaryStatus, text: Uint8Array): Uint8Array<ArrayBuffer> {
    return binaryReply(this.#code, this.#opaque, status, text);
  }

  /** The answer to a refused request has been given already, so its body goes by as it comes. */
  #swallowBody(arrived: number): Status {
    this.consumed = Math.min(this.#swallow, arrived);
    this.#swallow -= this.consumed;
    this.keyCount = 0;
    this.action = IGNORE;
    return DONE;
  }
}

/** The action for an opcode that is forwarded. */
function actionOf(treatment: OpcodeTreatment): Action {
  if (treatment === OpcodeTreatment.FORWARD) return FORWARD;
  return treatment === OpcodeTreatment.FLUSH ? FORWARD_ALL : FORWARD_ANY;
}

/** Whether the lengths of a request are those that its opcode wants. */
function isFormOf(opcode: Opcode, extrasBytes: number, keyBytes: number, bodyBytes: number): boolean {
  const { hasKey } = opcode;
  if (extrasBytes !== opcode.extrasBytes && !(opcode.extrasOptional && extrasBytes === 0)) return false;
  if (hasKey !== null && hasKey !== keyBytes > 0) return false;
  return opcode.mayHaveValue || bodyBytes === extrasBytes + keyBytes;
}
