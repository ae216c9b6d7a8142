/**
 * Keeps a user who may not do everything from what it may not do. Users without limits have no such decoder.
 *
 * @module
 */

import { SPACE } from "../../base/ascii.ts";
import {
  ACCESS_WRITE,
  type Action,
  ANSWER,
  DONE,
  FORWARD_ALL,
  IGNORE,
  type RequestDecoder,
  type Status,
} from "../contract.ts";
import type { User } from "../users.ts";
import { OPCODE_AT } from "./binary/header.ts";
import { AUTH_ERROR_TEXT, binaryReply, BinaryStatus } from "./binary/reply.ts";
import { DelegatingDecoder } from "./delegating_decoder.ts";
import type { Login } from "./login.ts";
import { MergeCode } from "./merge_code.ts";
import { NO_PERMISSION } from "./replies.ts";
import { tagCode, TagEncoding, tagEncoding, tagOpaque } from "./tag.ts";

const [LOWER_G, LOWER_M, LOWER_A] = ["g", "m", "a"].map((letter) => letter.charCodeAt(0));
/** Flags of `mg` that change the item: another time of expiry, or a new item. */
const CHANGING_FLAGS: readonly number[] = ["T", "N"].map((letter) => letter.charCodeAt(0));
/** GAT and GATK, by which all of their kin are sent. */
const BINARY_TOUCHES: readonly number[] = [0x1d, 0x23];

/** A {@link RequestDecoder} that answers for another one where its user may not ask. */
export class GuardedDecoder extends DelegatingDecoder {
  readonly #login: Login;
  /** What is said in place of the request; null if it may go on. */
  #refusal: Uint8Array<ArrayBuffer> | null = null;

  /**
   * Makes the decoder.
   *
   * @param inner Who decodes.
   * @param login The client; its user may be another one with every request.
   */
  constructor(inner: RequestDecoder, login: Login) {
    super(inner);
    this.#login = login;
  }

  /** See {@link RequestDecoder.decode}. */
  override decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    this.#refusal = null;
    const status = this.inner.decode(bytes, start, end);
    const { user } = this.#login;
    const { action } = this.inner;
    if (status === DONE && action !== ANSWER && action !== IGNORE && user !== null && !this.#mayAsk(user)) {
      const { tag } = this.inner;
      this.#refusal = tagEncoding(tag) === TagEncoding.BINARY
        ? binaryReply(tagCode(tag), tagOpaque(tag), BinaryStatus.AUTH_ERROR, AUTH_ERROR_TEXT)
        : NO_PERMISSION;
    }
    return status;
  }

  /** See {@link RequestDecoder.begin}: nothing leaves before all of it has been looked at. */
  override begin(): boolean {
    return false;
  }

  /** See {@link RequestDecoder.isIndivisible}. */
  readonly isIndivisible = true;

  /** See {@link RequestDecoder.action}. */
  override get action(): Action {
    if (this.#refusal === null) return this.inner.action;
    return this.inner.noReply ? IGNORE : ANSWER;
  }

  /** See {@link RequestDecoder.answer}. */
  override get answer(): Uint8Array<ArrayBuffer> {
    return this.#refusal ?? this.inner.answer;
  }

  #mayAsk(user: User): boolean {
    const { inner } = this;
    const { frame, frameStart, keys, keyCount } = inner;
    // Nobody who may not do everything empties the servers; the other request to all of them is `mn`.
    if (inner.action === FORWARD_ALL) return !user.isRestricted || inner.merge === MergeCode.BARRIER;
    if (user.readOnly && (inner.access === ACCESS_WRITE || isTouch(inner))) return false;
    for (let i = 0; i < keyCount; i++) {
      if (!user.mayUse(frame, frameStart + keys[2 * i], frameStart + keys[2 * i + 1])) return false;
    }
    return true;
  }
}

/** Whether a request that reads changes its item, too. */
function isTouch({ frame, frameStart, frameEnd, tag, keyCount }: RequestDecoder): boolean {
  if (keyCount === 0) return false;
  if (tagEncoding(tag) === TagEncoding.BINARY) return BINARY_TOUCHES.includes(frame[frameStart + OPCODE_AT]);
  // gat, gats
  if (frame[frameStart] === LOWER_G) return frame[frameStart + 1] === LOWER_A;
  if (frame[frameStart] !== LOWER_M) return false;
  for (let at = frameStart + 3; at < frameEnd; at++) {
    if (frame[at - 1] === SPACE && CHANGING_FLAGS.includes(frame[at]) && isBehindKey(frame, frameStart, at)) {
      return true;
    }
  }
  return false;
}

/** Whether a word is the third one or a later one. */
function isBehindKey(bytes: Uint8Array, start: number, wordStart: number): boolean {
  let words = 0;
  for (let at = start; at < wordStart; at++) {
    if (bytes[at] !== SPACE && (at === start || bytes[at - 1] === SPACE)) words++;
  }
  return words >= 2;
}
