/**
 * Writes replies of memcached's text protocol.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import { bytesOf } from "../bytes.ts";
import type { Entry } from "../store.ts";

const LINE_END = encode("\r\n");

/** Appends replies to the queue of one client, or says nothing to a client that wants no reply. */
export class ReplyWriter {
  readonly #queue: WriteQueue;
  readonly #muted: boolean;

  /**
   * Makes a writer.
   *
   * @param queue Where replies are appended.
   * @param muted Whether the client wants no reply.
   */
  constructor(queue: WriteQueue, muted: boolean) {
    this.#queue = queue;
    this.#muted = muted;
  }

  /**
   * Says a line.
   *
   * @param text The line without its end.
   */
  line(text: string): void {
    this.#append(encode(`${text}\r\n`));
  }

  /**
   * Says an item.
   *
   * @param key Its key, one character per byte.
   * @param entry What is under it.
   * @param hasVersion Whether its "cas unique" is wanted.
   */
  item(key: string, entry: Entry, hasVersion: boolean): void {
    const version = hasVersion ? ` ${entry.version}` : "";
    this.#append(bytesOf(`VALUE ${key} ${entry.flags} ${entry.value.length}${version}\r\n`));
    this.#append(entry.value);
    this.#append(LINE_END);
  }

  #append(bytes: Uint8Array): void {
    if (!this.#muted) this.#queue.append(bytes, 0, bytes.length);
  }
}
