/**
 * Clients that always have requests under way, and count what comes back.
 *
 * @module
 */

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** How many requests leave together. */
const BATCH = 10;

/** One client on one connection, with a key of its own that it counts up. */
export class PipeliningClient {
  /** The key. */
  readonly key: string;
  /** How many requests were answered. */
  answered = 0;
  /** What the counter stood at when it was last heard of. */
  count = 0;
  /** How often it did not go up by one. */
  jumps = 0;
  /** Everything that came and was no number. */
  readonly oddities: string[] = [];
  /** How the connection ended, if not by {@link stop}: `end of stream`, or the error. */
  ending: string | null = null;
  readonly #conn: Deno.Conn;
  readonly #depth: number;
  #sent = 0;
  #stopping = false;
  #wake: (() => void) | null = null;
  readonly #done: Promise<unknown>;

  private constructor(conn: Deno.Conn, key: string, depth: number) {
    this.key = key;
    this.#conn = conn;
    this.#depth = depth;
    this.#done = Promise.all([this.#write(), this.#read()]);
  }

  /**
   * Connects, and begins.
   *
   * @param port The port of 127.0.0.1.
   * @param key Its key.
   * @param depth How many requests it has under way at most.
   * @returns The client.
   */
  static async start(port: number, key: string, depth = 4 * BATCH): Promise<PipeliningClient> {
    return new PipeliningClient(await Deno.connect({ hostname: "127.0.0.1", port }), key, depth);
  }

  /** Sends nothing more, waits for what it is owed, and closes. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#done;
  }

  /** Waits until the other side has ended the connection. */
  async ended(): Promise<void> {
    await this.#done;
  }

  async #write(): Promise<void> {
    const { length } = this.key;
    const batch = encoder.encode(`*2\r\n$4\r\nINCR\r\n$${length}\r\n${this.key}\r\n`.repeat(BATCH));
    try {
      while (!this.#stopping && this.ending === null) {
        for (let at = 0; at < batch.length;) at += await this.#conn.write(batch.subarray(at));
        this.#sent += BATCH;
        while (this.#sent - this.answered >= this.#depth && this.ending === null && !this.#stopping) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
      }
      if (this.#stopping) await this.#conn.closeWrite();
    } catch {
      // Whoever reads finds out how it ended.
    }
  }

  async #read(): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let text = "";
    try {
      for (;;) {
        const count = await this.#conn.read(buffer);
        if (count === null) break;
        const lines = (text + decoder.decode(buffer.subarray(0, count))).split("\r\n");
        text = lines.pop()!;
        for (const line of lines) this.#take(line);
        this.#wake?.();
      }
      if (text !== "") this.oddities.push(`half a reply: ${text}`);
      if (!this.#stopping) this.ending = "end of stream";
      else if (this.answered !== this.#sent) this.ending = `${this.answered} of ${this.#sent} were answered`;
    } catch (error) {
      this.ending = String(error);
    }
    this.#wake?.();
    this.#conn.close();
  }

  #take(line: string): void {
    this.answered++;
    if (!/^:\d+$/.test(line)) {
      this.oddities.push(line);
      return;
    }
    const count = Number(line.slice(1));
    if (count !== this.count + 1) this.jumps++;
    this.count = count;
  }
}
