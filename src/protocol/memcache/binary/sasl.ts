/**
 * SASL in the binary protocol, of which there is one mechanism: PLAIN (RFC 4616).
 *
 * ```text
 *   key: PLAIN        value: [authorization] NUL user NUL password
 * ```
 *
 * @module
 */

import { concat, encode } from "../../../base/ascii.ts";
import type { Login } from "../login.ts";
import { isWord } from "../word_table.ts";
import { BODY_LENGTH_AT, HEADER_BYTES, KEY_LENGTH_AT, OPCODE_AT, REQUEST_MAGIC } from "./header.ts";
import { AUTH_ERROR_TEXT, AUTHENTICATED_TEXT, BinaryStatus, NO_TEXT } from "./reply.ts";

/** What a login at a server is called in the log. */
export const PLAIN_STEP = "SASL AUTH";
/** The mechanism's name. */
export const MECHANISM: Uint8Array<ArrayBuffer> = encode("PLAIN");
const SASL_AUTH = 0x21;

/**
 * Makes the request by which the proxy logs in at a server.
 *
 * @param user The user.
 * @param password Its password.
 * @returns The request.
 */
export function plainLogin(user: string, password: Uint8Array): Uint8Array<ArrayBuffer> {
  const body = concat([MECHANISM, encode(`\0${user}\0`), password]);
  const header = new Uint8Array(HEADER_BYTES);
  const view = new DataView(header.buffer);
  view.setUint8(0, REQUEST_MAGIC);
  view.setUint8(OPCODE_AT, SASL_AUTH);
  view.setUint16(KEY_LENGTH_AT, MECHANISM.length);
  view.setUint32(BODY_LENGTH_AT, body.length);
  return concat([header, body]);
}

/** What the proxy says to a request of SASL. */
export interface SaslAnswer {
  /** The outcome. */
  readonly status: BinaryStatus;
  /** The value. */
  readonly text: Uint8Array;
}

const FAILURE: SaslAnswer = { status: BinaryStatus.AUTH_ERROR, text: AUTH_ERROR_TEXT };
const SUCCESS: SaslAnswer = { status: BinaryStatus.SUCCESS, text: AUTHENTICATED_TEXT };
const CONTINUE: SaslAnswer = { status: BinaryStatus.AUTH_CONTINUE, text: NO_TEXT };

/** One client's side of SASL. */
export class SaslServer {
  readonly #login: Login;
  /** Whether AUTH came without a password, which STEP may bring. */
  #isWaiting = false;

  /**
   * Makes the state of a new client.
   *
   * @param login The client.
   */
  constructor(login: Login) {
    this.#login = login;
  }

  /**
   * Answers AUTH or STEP as memcached does; a failure takes an earlier login back.
   *
   * @param isStep Whether it is STEP.
   * @param bytes The array that holds the request.
   * @param keyStart Offset of the mechanism's first byte.
   * @param valueStart Offset after its last byte, where the value begins.
   * @param end Offset after the value.
   * @returns What to say.
   */
  answer(isStep: boolean, bytes: Uint8Array, keyStart: number, valueStart: number, end: number): SaslAnswer {
    const isPlain = isWord(
      MECHANISM,
      upperCase(bytes.subarray(keyStart, valueStart)),
      0,
      valueStart - keyStart,
    );
    if (isStep && !this.#isWaiting) return this.#fail();
    if (!isStep) this.#isWaiting = false;
    if (!isPlain) return this.#fail();
    if (!isStep && valueStart === end) {
      this.#isWaiting = true;
      this.#login.leave();
      return CONTINUE;
    }
    const nameStart = bytes.indexOf(0, valueStart) + 1;
    const nameEnd = bytes.indexOf(0, nameStart);
    if (nameStart === 0 || nameStart > end || nameEnd < 0 || nameEnd >= end) return this.#fail();
    if (!isSelf(bytes, valueStart, nameStart - 1, nameStart, nameEnd)) return this.#fail();
    if (!this.#login.enter(bytes, nameStart, nameEnd, nameEnd + 1, end)) return FAILURE;
    this.#isWaiting = false;
    return SUCCESS;
  }

  #fail(): SaslAnswer {
    this.#login.leave();
    return FAILURE;
  }
}

/** Whether who is to be acted for, if anybody, is the user itself. */
function isSelf(bytes: Uint8Array, start: number, end: number, nameStart: number, nameEnd: number): boolean {
  return start === end || isWord(bytes.subarray(start, end), bytes, nameStart, nameEnd);
}

function upperCase(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => byte >= 0x61 && byte <= 0x7a ? byte - 0x20 : byte);
}
