/**
 * A connection without a network: two ends in one process, for tests of whatever reads and writes one.
 *
 * ```text
 *   a.write ──▶ [ queue of b, at most b.capacityBytes ] ──▶ b.read
 *   b.write ──▶ [ queue of a, at most a.capacityBytes ] ──▶ a.read
 * ```
 *
 * It behaves like a TCP connection of Deno: reads give what is there, writes may take less than
 * everything and wait while the peer's queue is full, closing interrupts what is pending.
 *
 * @module
 */

/** What can be set on both ends of a pair. */
export interface MemoryOptions {
  /** How many bytes one read gives at most. */
  readonly readBytesMax?: number;
  /** How many bytes wait for an end before its peer's writes wait. */
  readonly capacityBytes?: number;
}

interface Waiter<T> {
  readonly buffer: Uint8Array;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** One end of a connection; `close`, `closeWrite` and `break` may be called at any time. */
export class MemoryTransport implements Disposable {
  /** How many bytes one read gives at most; may be changed at any time. */
  readBytesMax: number;
  /** How many calls of write were made on this end. */
  writes = 0;
  #capacityBytes: number;
  #peer: MemoryTransport | null = null;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #reader: Waiter<number | null> | null = null;
  #writer: Waiter<number> | null = null;
  #peerFinished = false;
  #writeClosed = false;
  #closed = false;
  #broken: Error | null = null;

  private constructor(options: MemoryOptions) {
    this.readBytesMax = options.readBytesMax ?? Infinity;
    this.#capacityBytes = options.capacityBytes ?? Infinity;
  }

  /**
   * Makes a connection.
   *
   * @param options Set on both ends.
   * @returns Its two ends.
   */
  static pair(options: MemoryOptions = {}): [MemoryTransport, MemoryTransport] {
    const a = new MemoryTransport(options);
    const b = new MemoryTransport(options);
    a.#peer = b;
    b.#peer = a;
    return [a, b];
  }

  /** How many bytes wait to be read by this end. */
  get queuedBytes(): number {
    return this.#queuedBytes;
  }

  /** Whether this end was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** How many bytes may wait for this end before the peer's writes wait. */
  get capacityBytes(): number {
    return this.#capacityBytes;
  }

  /** Changes the capacity; a raised one lets a waiting write of the peer go on. */
  set capacityBytes(bytes: number) {
    this.#capacityBytes = bytes;
    this.#peer!.#pumpWriter();
  }

  /**
   * Reads what is there, or waits for something.
   *
   * @param buffer Where to put it; belongs to the transport until the read is over.
   * @returns How many bytes were read; null once the peer has finished and all was read.
   * @throws What the connection was broken with, or as Deno does if this end is closed.
   */
  read(buffer: Uint8Array): Promise<number | null> {
    if (this.#closed) return Promise.reject(new Deno.errors.BadResource("Bad resource ID"));
    if (this.#reader !== null) return Promise.reject(new Error("a read is pending already"));
    return new Promise((resolve, reject) => {
      this.#reader = { buffer, resolve, reject };
      this.#pumpReader();
    });
  }

  /**
   * Writes as much as the peer has room for, or waits for room.
   *
   * @param bytes What to write; belongs to the transport until the write is over.
   * @returns How many bytes were taken, at least one of a non-empty array.
   * @throws What the connection was broken with, or as Deno does if an end is closed.
   */
  write(bytes: Uint8Array): Promise<number> {
    this.writes++;
    if (this.#closed) return Promise.reject(new Deno.errors.BadResource("Bad resource ID"));
    if (this.#writer !== null) return Promise.reject(new Error("a write is pending already"));
    return new Promise((resolve, reject) => {
      this.#writer = { buffer: bytes, resolve, reject };
      this.#pumpWriter();
    });
  }

  /** Says that nothing more will be written: the peer reads null after what was written before. */
  closeWrite(): Promise<void> {
    if (this.#closed) return Promise.reject(new Deno.errors.BadResource("Bad resource ID"));
    if (this.#broken !== null) return Promise.reject(this.#broken);
    this.#writeClosed = true;
    this.#peer!.#peerFinished = true;
    this.#peer!.#pumpReader();
    return Promise.resolve();
  }

  /**
   * Closes this end: what is pending on it is interrupted, the peer reads what was written and then
   * null, and its writes fail with a broken pipe.
   *
   * @throws {Deno.errors.BadResource} If it is closed already.
   */
  close(): void {
    if (this.#closed) throw new Deno.errors.BadResource("Bad resource ID");
    this.#closed = true;
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#fail(new Deno.errors.Interrupted("operation canceled"));
    this.#peer!.#peerFinished = true;
    this.#peer!.#pumpReader();
    this.#peer!.#pumpWriter();
  }

  /**
   * Breaks the connection for both ends: what waits is lost, and everything pending or called later
   * fails.
   *
   * @param error What it fails with; by default a reset by the peer.
   */
  break(error: Error = new Deno.errors.ConnectionReset("Connection reset by peer (os error 104)")): void {
    for (const end of [this, this.#peer!]) {
      end.#broken = error;
      end.#queue = [];
      end.#queuedBytes = 0;
      end.#fail(error);
    }
  }

  /** Closes this end unless it is closed. */
  [Symbol.dispose](): void {
    if (!this.#closed) this.close();
  }

  #fail(error: Error): void {
    const waiters = [this.#reader, this.#writer];
    this.#reader = null;
    this.#writer = null;
    for (const waiter of waiters) waiter?.reject(error);
  }

  #pumpReader(): void {
    const reader = this.#reader;
    if (reader === null) return;
    if (this.#broken !== null) return this.#fail(this.#broken);
    if (reader.buffer.length > 0 && this.#queuedBytes === 0 && !this.#peerFinished) return;
    this.#reader = null;
    if (reader.buffer.length > 0 && this.#queuedBytes === 0) return reader.resolve(null);
    const count = this.#dequeue(reader.buffer);
    reader.resolve(count);
    this.#peer!.#pumpWriter();
  }

  #pumpWriter(): void {
    const writer = this.#writer;
    const peer = this.#peer!;
    if (writer === null) return;
    if (this.#broken !== null) return this.#fail(this.#broken);
    if (this.#writeClosed || peer.#closed) {
      this.#writer = null;
      return writer.reject(new Deno.errors.BrokenPipe("Broken pipe (os error 32)"));
    }
    const count = Math.min(writer.buffer.length, peer.#capacityBytes - peer.#queuedBytes);
    if (count <= 0 && writer.buffer.length > 0) return;
    this.#writer = null;
    if (count > 0) {
      peer.#queue.push(writer.buffer.slice(0, count));
      peer.#queuedBytes += count;
    }
    writer.resolve(count);
    peer.#pumpReader();
  }

  #dequeue(buffer: Uint8Array): number {
    const limit = Math.min(buffer.length, this.readBytesMax);
    let count = 0;
    while (count < limit && this.#queue.length > 0) {
      const head = this.#queue[0];
      const taken = Math.min(head.length, limit - count);
      buffer.set(head.subarray(0, taken), count);
      count += taken;
      if (taken === head.length) this.#queue.shift();
      else this.#queue[0] = head.subarray(taken);
    }
    this.#queuedBytes -= count;
    return count;
  }
}

/**
 * Makes a connection in memory.
 *
 * @param options Set on both ends.
 * @returns Its two ends.
 */
export function memoryPair(options: MemoryOptions = {}): [MemoryTransport, MemoryTransport] {
  return MemoryTransport.pair(options);
}
