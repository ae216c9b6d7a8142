/**
 * What a text client may say before it has logged in, which is one thing, as with memcached's option `-Y`:
 *
 * ```text
 *   set <any key> <any flags> <any time> <bytes>\r\n
 *   <user> <password>\r\n
 * ```
 *
 * @module
 */

import { CR, encode, LF, SPACE } from "../../../base/ascii.ts";
import { BAD, MORE, type Status } from "../../contract.ts";
import { AnsweringDecoder } from "../answering_decoder.ts";
import { LOGIN_BYTES_MAX } from "../limits.ts";
import type { Login } from "../login.ts";
import { readLength } from "../number.ts";
import { STORED } from "../replies.ts";
import { parseLine, RequestLine } from "../request_line.ts";
import { isWord } from "../word_table.ts";

const SET = encode("set");
/** Which word says how many bytes follow. */
const LENGTH_WORD = 4;
const LINE_END_BYTES = 2;
const UNAUTHENTICATED = encode("CLIENT_ERROR unauthenticated\r\n");
const BAD_TOKEN = encode("CLIENT_ERROR bad authentication token format\r\n");
const BAD_END = encode("CLIENT_ERROR bad command line termination\r\n");
const FAILURE = encode("CLIENT_ERROR authentication failure\r\n");

/** Answers a text client until it has logged in. */
export class TextLoginDecoder extends AnsweringDecoder {
  readonly #login: Login;
  readonly #line = new RequestLine();

  /**
   * Makes the decoder for a client.
   *
   * @param login The client.
   */
  constructor(login: Login) {
    super();
    this.#login = login;
  }

  /** See {@link RequestDecoder.decode}. */
  override decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    const line = this.#line;
    if (line.length === 0) {
      const status = parseLine(line, bytes, start, end);
      if (status === MORE && end - start <= LOGIN_BYTES_MAX) return MORE;
      if (line.length === 0 || line.length > LOGIN_BYTES_MAX) return this.#bad();
    }
    const tokenBytes = this.#tokenBytes(bytes, start);
    if (tokenBytes < 0) return this.#reply(UNAUTHENTICATED, line.length);
    if (tokenBytes > LOGIN_BYTES_MAX) return this.#bad();
    const tokenStart = start + line.length;
    const tokenEnd = tokenStart + tokenBytes;
    if (end < tokenEnd + LINE_END_BYTES) return MORE;
    return this.#reply(this.#judge(bytes, tokenStart, tokenEnd), tokenEnd + LINE_END_BYTES - start);
  }

  /** How many bytes the token has that the line announces; -1 if the line is no login. */
  #tokenBytes(bytes: Uint8Array, start: number): number {
    const { words, wordCount } = this.#line;
    if (wordCount <= LENGTH_WORD || !isWord(SET, bytes, start + words[0], start + words[1])) return -1;
    const at = 2 * LENGTH_WORD;
    return readLength(LOGIN_BYTES_MAX, bytes, start + words[at], start + words[at + 1]);
  }

  #judge(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> {
    if (bytes[end] !== CR || bytes[end + 1] !== LF) return BAD_END;
    const space = bytes.indexOf(SPACE, start);
    if (space < 0 || space >= end) return BAD_TOKEN;
    return this.#login.enter(bytes, start, space, space + 1, end) ? STORED : FAILURE;
  }

  #reply(answer: Uint8Array<ArrayBuffer>, consumed: number): Status {
    this.#line.reset();
    return this.say(answer, consumed);
  }

  /** Nobody fills the memory who has not logged in; memcached closes without a word. */
  #bad(): Status {
    this.answer = UNAUTHENTICATED;
    return BAD;
  }
}
