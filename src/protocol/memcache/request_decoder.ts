/**
 * From a memcached client's bytes to what the proxy does with them, whatever it speaks.
 *
 * ```text
 *   first byte 0x80 ──▶ binary          anything else ──▶ lines: the verb tells meta commands from the text protocol
 * ```
 *
 * Like memcached, the proxy takes the first byte of a connection for all of it: were it asked again at every
 * message, a value that is taken for requests could begin with a binary one.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type { Action, RequestAccess, RequestDecoder, Status } from "../contract.ts";
import { LastWordsDecoder } from "./answering_decoder.ts";
import { REQUEST_MAGIC } from "./binary/header.ts";
import { binaryReply, BinaryStatus } from "./binary/reply.ts";
import { BinaryRequestDecoder } from "./binary/request_decoder.ts";
import { KEY_BYTES_MAX } from "./limits.ts";
import { LineRequestDecoder } from "./line_request_decoder.ts";
import { Login, memcacheSettingsOf, NO_AUTH, type SharedMemcacheSettings } from "./login.ts";
import { ONLY_BINARY } from "./replies.ts";
import type { ReadStatistics } from "./statistics.ts";
import { TextLoginDecoder } from "./text/login_decoder.ts";

const ONLY_TEXT = encode("the servers of this pool do not speak the binary protocol");

type InnerDecoder = LineRequestDecoder | BinaryRequestDecoder | TextLoginDecoder | LastWordsDecoder;

/** {@link RequestDecoder} for all that memcached understands. */
export class MemcacheRequestDecoder implements RequestDecoder {
  readonly #keyBytesMax: number;
  readonly #readStatistics: ReadStatistics;
  readonly #allowsFlush: boolean;
  readonly #login: Login;
  #inner: InnerDecoder;
  /** Whether the client speaks the binary protocol; null while no byte of it has been looked at. */
  #isBinary: boolean | null = null;
  /** Whether another decoder may have to take the next request. */
  #unsettled = true;

  /**
   * Makes the decoder for a new client.
   *
   * @param keyBytesMax How many bytes a key may have.
   * @param readStatistics Reads what is said to clients that ask for statistics.
   * @param allowsFlush Whether the client may empty all servers.
   * @param settings What its pool asks of it; nothing unless given.
   */
  constructor(
    keyBytesMax: number = KEY_BYTES_MAX,
    readStatistics: ReadStatistics = () => [],
    allowsFlush = false,
    settings: SharedMemcacheSettings = { current: memcacheSettingsOf(NO_AUTH) },
  ) {
    this.#keyBytesMax = keyBytesMax;
    this.#readStatistics = readStatistics;
    this.#allowsFlush = allowsFlush;
    this.#login = new Login(settings);
    this.#inner = new LineRequestDecoder(keyBytesMax, readStatistics, allowsFlush);
  }

  /** See {@link RequestDecoder.decode}. */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    if (this.#unsettled && start < end) this.#settle(bytes[start]);
    return this.#inner.decode(bytes, start, end);
  }

  /** Goes on with other settings of the pool. */
  adopt(): void {
    const inner = this.#inner;
    this.#login.adopt();
    if (inner instanceof BinaryRequestDecoder) inner.dialect = this.#login.settings.binaryDialect ?? 0;
    this.#unsettled = true;
  }

  /** Chooses who decodes: by the first byte of the connection, what servers speak, and whether the client has logged in. */
  #settle(firstByte: number): void {
    const inner = this.#inner;
    this.#isBinary ??= firstByte === REQUEST_MAGIC;
    if (!(inner instanceof TextLoginDecoder || inner instanceof LastWordsDecoder) && !inner.isBetween) return;
    const { settings, user } = this.#login;
    const isSpoken = (this.#isBinary ? settings.binaryDialect : settings.textDialect) !== null;
    this.#unsettled = false;
    if (!isSpoken) this.#inner = new LastWordsDecoder(this.#isBinary ? noBinary() : ONLY_BINARY);
    else if (this.#isBinary) {
      if (!(inner instanceof BinaryRequestDecoder)) this.#inner = this.#newBinaryDecoder();
    } else if (user === null) {
      this.#unsettled = true;
      if (!(inner instanceof TextLoginDecoder)) this.#inner = new TextLoginDecoder(this.#login);
    } else if (!(inner instanceof LineRequestDecoder)) {
      this.#inner = new LineRequestDecoder(this.#keyBytesMax, this.#readStatistics, this.#allowsFlush);
    }
  }

  #newBinaryDecoder(): BinaryRequestDecoder {
    return new BinaryRequestDecoder(
      this.#keyBytesMax,
      this.#readStatistics,
      this.#allowsFlush,
      this.#login,
    );
  }

  /** See {@link RequestDecoder.consumed}. */
  get consumed(): number {
    return this.#inner.consumed;
  }
  /** See {@link RequestDecoder.action}. */
  get action(): Action {
    return this.#inner.action;
  }
  /** See {@link RequestDecoder.frame}. */
  get frame(): Uint8Array<ArrayBuffer> {
    return this.#inner.frame;
  }
  /** See {@link RequestDecoder.frameStart}. */
  get frameStart(): number {
    return this.#inner.frameStart;
  }
  /** See {@link RequestDecoder.frameEnd}. */
  get frameEnd(): number {
    return this.#inner.frameEnd;
  }
  /** See {@link RequestDecoder.keyCount}. */
  get keyCount(): number {
    return this.#inner.keyCount;
  }
  /** See {@link RequestDecoder.keys}. */
  get keys(): Int32Array {
    return this.#inner.keys;
  }
  /** See {@link RequestDecoder.units}. */
  get units(): Int32Array {
    return this.#inner.units;
  }
  /** See {@link RequestDecoder.dialect}. */
  get dialect(): number {
    return this.#inner.dialect;
  }
  /** See {@link RequestDecoder.tag}. */
  get tag(): number {
    return this.#inner.tag;
  }
  /** See {@link RequestDecoder.access}. */
  get access(): RequestAccess {
    return this.#inner.access;
  }
  /** See {@link RequestDecoder.noReply}. */
  get noReply(): boolean {
    return this.#inner.noReply;
  }
  /** See {@link RequestDecoder.closing}. */
  get closing(): boolean {
    return this.#inner.closing;
  }
  /** See {@link RequestDecoder.answer}. */
  get answer(): Uint8Array<ArrayBuffer> {
    return this.#inner.answer;
  }
  /** See {@link RequestDecoder.fragmentTail}. */
  get fragmentTail(): Uint8Array<ArrayBuffer> {
    return this.#inner.fragmentTail;
  }
  /** See {@link RequestDecoder.merge}. */
  get merge(): number {
    return this.#inner.merge;
  }

  /** See {@link RequestDecoder.fragmentHead}. */
  fragmentHead(): Uint8Array<ArrayBuffer> {
    return this.#inner.fragmentHead();
  }

  /** See {@link RequestDecoder.missReply}. */
  missReply(): Uint8Array<ArrayBuffer> | null {
    return this.#inner.missReply();
  }

  /** See {@link RequestDecoder.begin}. */
  begin(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    return this.#inner.begin(bytes, start, end);
  }

  /** See {@link RequestDecoder.letGo}. */
  letGo(arrived: number): number {
    return this.#inner.letGo(arrived);
  }
}

/** Said to a binary client of servers that do not understand it. */
function noBinary(): Uint8Array<ArrayBuffer> {
  return binaryReply(0, 0, BinaryStatus.UNKNOWN_COMMAND, ONLY_TEXT);
}
