/**
 * A client for tests: bytes out, bytes compared.
 *
 * Every read has a generous safety deadline, so that a reply that never comes fails its test, with what
 * had come until then, instead of hanging it.
 *
 * @module
 */

import { showBytes, SHOWN_BYTES_MAX } from "./show_bytes.ts";
import { decodeReply, type ReplyValue, resp } from "./resp.ts";

export { joinBytes, Push, ReplyError, type ReplyValue, resp, RespError } from "./resp.ts";

const DEADLINE_MS = 10_000;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Thrown when a peer sends something else than expected, nothing, or too little. */
export class WireError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "WireError";
}

/** A reply as it was decoded and as it came. */
export interface Reply {
  /** The decoded tree. */
  readonly value: ReplyValue;
  /** Exactly the bytes that it consisted of. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/**
 * Connects to a server.
 *
 * @param address A port of 127.0.0.1, `{ hostname, port }`, or the path of a Unix socket.
 * @returns The connection; `using` closes it at the end of the test.
 */
export async function connect(
  address: number | string | { readonly hostname: string; readonly port: number },
): Promise<WireClient> {
  if (typeof address === "string") {
    return new WireClient(await Deno.connect({ transport: "unix", path: address }));
  }
  const { hostname, port } = typeof address === "number" ? { hostname: "127.0.0.1", port: address } : address;
  return new WireClient(await Deno.connect({ hostname, port }));
}

/**
 * A connection of a test. Received bytes wait in one array:
 *
 * ```text
 *   [ taken | a reply being read | not looked at yet | free ]
 *           start                cursor              end
 * ```
 */
export class WireClient implements Disposable {
  readonly #conn: Deno.Conn;
  #data = new Uint8Array(64 * 1024);
  #start = 0;
  #cursor = 0;
  #end = 0;
  #ended = false;

  /**
   * Wraps a connection, which it owns from now on.
   *
   * @param conn An open connection.
   */
  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /**
   * Sends bytes.
   *
   * @param data What to send; text is sent as UTF-8.
   */
  async send(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    await this.#within(`${bytes.length} bytes are sent`, async () => {
      for (let sent = 0; sent < bytes.length;) sent += await this.#conn.write(bytes.subarray(sent));
    });
  }

  /**
   * Sends a RESP request and reads the reply.
   *
   * @param words The command and its arguments.
   * @returns The reply's value.
   */
  async command(...words: readonly (string | number | Uint8Array)[]): Promise<ReplyValue> {
    await this.send(resp(...words));
    return (await this.readReply()).value;
  }

  /**
   * Reads as many bytes as are expected and compares them; stops at the first difference.
   *
   * @param data What must come next; text means UTF-8.
   * @throws {WireError} If something else comes, or less.
   */
  async expect(data: string | Uint8Array): Promise<void> {
    const expected = typeof data === "string" ? encoder.encode(data) : data;
    for (let matched = 0;;) {
      const available = Math.min(this.#end - this.#start, expected.length);
      while (matched < available && this.#data[this.#start + matched] === expected[matched]) matched++;
      if (matched === expected.length) break;
      if (matched < available) throw new WireError(`${mismatch(expected, this.#pending(), matched)}`);
      if (!(await this.#fill(`${showBytes(expected)} has come`))) {
        throw new WireError(`closed by the peer; ${mismatch(expected, this.#pending(), matched)}`);
      }
    }
    this.#take(expected.length);
  }

  /**
   * Sends a request and expects a reply.
   *
   * @param request What to send.
   * @param reply What must come back.
   */
  async exchange(request: string | Uint8Array, reply: string | Uint8Array): Promise<void> {
    await this.send(request);
    try {
      await this.expect(reply);
    } catch (error) {
      const bytes = typeof request === "string" ? encoder.encode(request) : request;
      throw new WireError(`after sending ${showBytes(bytes)}: ${(error as Error).message}`);
    }
  }

  /**
   * Reads a number of bytes.
   *
   * @param count How many.
   * @returns A fresh array of exactly that length.
   */
  async readBytes(count: number): Promise<Uint8Array<ArrayBuffer>> {
    await this.#need(count, `${count} bytes have come`);
    return this.#take(count);
  }

  /** Reads up to the next LF and gives the text before it, without a CR. */
  async readLine(): Promise<string> {
    const line = await this.#lineAtCursor();
    this.#take(this.#cursor - this.#start);
    return line;
  }

  /** Reads one RESP2 or RESP3 reply. */
  async readReply(): Promise<Reply> {
    this.#cursor = this.#start;
    const value = await decodeReply({
      line: () => this.#lineAtCursor(),
      bytes: async (count) => {
        const needed = this.#cursor - this.#start + count;
        await this.#need(needed, `a reply of at least ${needed} bytes is complete`);
        this.#cursor += count;
        return this.#data.subarray(this.#cursor - count, this.#cursor);
      },
    });
    return { value, bytes: this.#take(this.#cursor - this.#start) };
  }

  /** Reads all that comes until the peer closes, as bytes. */
  async readToEnd(): Promise<Uint8Array<ArrayBuffer>> {
    while (await this.#fill("the peer closes"));
    return this.#take(this.#end - this.#start);
  }

  /**
   * Waits until the peer closes the connection, cleanly or by a reset.
   *
   * @throws {WireError} If anything comes before.
   */
  async closed(): Promise<void> {
    try {
      while (await this.#fill("the peer closes"));
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
    if (this.#end > this.#start) {
      throw new WireError(`expected nothing but a close, got ${showBytes(this.#pending())}`);
    }
  }

  /** Tells the peer that no more bytes will follow (FIN); reading goes on. */
  async closeWrite(): Promise<void> {
    await this.#conn.closeWrite();
  }

  /** Closes the connection; harmless if it is closed already. */
  close(): void {
    try {
      this.#conn.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
  }

  /** See {@link WireClient.close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  #pending(): Uint8Array {
    return this.#data.subarray(this.#start, this.#end);
  }

  #take(count: number): Uint8Array<ArrayBuffer> {
    const taken = this.#data.slice(this.#start, this.#start + count);
    this.#start += count;
    if (this.#start === this.#end) this.#start = this.#end = 0;
    this.#cursor = this.#start;
    return taken;
  }

  async #lineAtCursor(): Promise<string> {
    for (let searched = this.#cursor - this.#start;;) {
      const found = this.#data.subarray(0, this.#end).indexOf(0x0a, this.#start + searched);
      if (found >= 0) {
        const line = this.#data.subarray(this.#cursor, found);
        this.#cursor = found + 1;
        return decoder.decode(line).replace(/\r$/, "");
      }
      searched = this.#end - this.#start;
      await this.#need(searched + 1, "a line is complete");
    }
  }

  async #need(count: number, what: string): Promise<void> {
    while (this.#end - this.#start < count) {
      if (await this.#fill(what)) continue;
      throw new WireError(`closed by the peer before ${what}; it had sent ${showBytes(this.#pending())}`);
    }
  }

  /** Reads once; false at the end of the stream. */
  async #fill(what: string): Promise<boolean> {
    if (this.#ended) return false;
    if (this.#end === this.#data.length) this.#makeRoom();
    const count = await this.#within(what, () => this.#conn.read(this.#data.subarray(this.#end)));
    if (count === null) this.#ended = true;
    else this.#end += count;
    return count !== null;
  }

  #makeRoom(): void {
    const length = this.#end - this.#start;
    const room = length * 2 > this.#data.length ? new Uint8Array(this.#data.length * 2) : this.#data;
    room.set(this.#pending());
    this.#data = room;
    this.#cursor -= this.#start;
    this.#start = 0;
    this.#end = length;
  }

  async #within<T>(what: string, action: () => Promise<T>): Promise<T> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.close();
    }, DEADLINE_MS);
    try {
      return await action();
    } catch (error) {
      if (!late) throw error;
      const seconds = DEADLINE_MS / 1000;
      throw new WireError(
        `waited ${seconds} s in vain until ${what}; there was ${showBytes(this.#pending())}`,
      );
    } finally {
      clearTimeout(timer);
    }
  }
}

function mismatch(expected: Uint8Array, got: Uint8Array, at: number): string {
  return `bytes differ from offset ${at}\n  expected ${showBytes(expected)}\n  got      ${showBytes(got)}` +
    (at > SHOWN_BYTES_MAX / 2
      ? `\n  from there: ${showBytes(expected.subarray(at))}, ${showBytes(got.subarray(at))}`
      : "");
}
