/**
 * Writes RESP2 replies.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";

const OK = encode("+OK\r\n");
const NULL = encode("$-1\r\n");
const LINE_END = encode("\r\n");

/** Appends replies to the queue of one client. */
export class RespWriter {
  readonly #queue: WriteQueue;

  /**
   * Makes a writer.
   *
   * @param queue Where replies are appended.
   */
  constructor(queue: WriteQueue) {
    this.#queue = queue;
  }

  /** Says `+OK`. */
  ok(): void {
    this.raw(OK);
  }

  /** Says that there is nothing: the null bulk string. */
  nothing(): void {
    this.raw(NULL);
  }

  /**
   * Says a number.
   *
   * @param value An integer of at most 64 bits.
   */
  integer(value: number | bigint): void {
    this.raw(encode(`:${value}\r\n`));
  }

  /**
   * Says bytes.
   *
   * @param value The bytes; undefined for none.
   */
  bulk(value: Uint8Array | undefined): void {
    if (value === undefined) return this.nothing();
    this.raw(encode(`$${value.length}\r\n`));
    this.raw(value);
    this.raw(LINE_END);
  }

  /**
   * Begins an array.
   *
   * @param count How many replies follow as its items.
   */
  array(count: number): void {
    this.raw(encode(`*${count}\r\n`));
  }

  /**
   * Says what is wrong.
   *
   * @param text The error without its code, which is `ERR`.
   */
  error(text: string): void {
    this.raw(encode(`-ERR ${text}\r\n`));
  }

  /**
   * Says a reply that is complete.
   *
   * @param reply Its bytes.
   */
  raw(reply: Uint8Array): void {
    this.#queue.append(reply, 0, reply.length);
  }
}
