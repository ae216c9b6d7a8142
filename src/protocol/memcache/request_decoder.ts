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

import type { Action, RequestAccess, RequestDecoder, Status } from "../contract.ts";
import { REQUEST_MAGIC } from "./binary/header.ts";
import { BinaryRequestDecoder } from "./binary/request_decoder.ts";
import { KEY_BYTES_MAX } from "./limits.ts";
import { LineRequestDecoder } from "./line_request_decoder.ts";
import type { ReadStatistics } from "./statistics.ts";

/** {@link RequestDecoder} for all that memcached understands. */
export class MemcacheRequestDecoder implements RequestDecoder {
  readonly #keyBytesMax: number;
  readonly #readStatistics: ReadStatistics;
  readonly #allowsFlush: boolean;
  #inner: LineRequestDecoder | BinaryRequestDecoder;
  /** Whether no byte of the client has been looked at. */
  #fresh = true;

  /**
   * Makes the decoder for a new client.
   *
   * @param keyBytesMax How many bytes a key may have.
   * @param readStatistics Reads what is said to clients that ask for statistics.
   * @param allowsFlush Whether the client may empty all servers.
   */
  constructor(
    keyBytesMax: number = KEY_BYTES_MAX,
    readStatistics: ReadStatistics = () => [],
    allowsFlush = false,
  ) {
    this.#keyBytesMax = keyBytesMax;
    this.#readStatistics = readStatistics;
    this.#allowsFlush = allowsFlush;
    this.#inner = new LineRequestDecoder(keyBytesMax, readStatistics, allowsFlush);
  }

  /** See {@link RequestDecoder.decode}. */
  decode(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): Status {
    if (this.#fresh && start < end) {
      this.#fresh = false;
      if (bytes[start] === REQUEST_MAGIC) {
        this.#inner = new BinaryRequestDecoder(this.#keyBytesMax, this.#readStatistics, this.#allowsFlush);
      }
    }
    return this.#inner.decode(bytes, start, end);
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
