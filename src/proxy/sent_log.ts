/**
 * What a server connection remembers of what it has sent: when, and the latest bytes.
 *
 * ```text
 *   stream    ─────[ write 7 ][ write 8 ][ write 9 ]────▶      counted in bytes since the connection began
 *   marks        (end of 7, its time) (end of 8, …) …          oldest first; taken off as replies come
 *   bytes      the last 64 KiB of the stream, each at its place modulo 64 KiB
 * ```
 *
 * Everything is done once per write, not per request: a request that turns out slow is looked up by its place in the
 * stream.
 *
 * @module
 */

/** How many bytes are remembered: a few hundred requests of usual size, so several milliseconds of a busy server. */
const BYTES_MAX = 64 * 1024;
const BYTES_MASK = BYTES_MAX - 1;
/** Of one write no more is remembered: copying that takes a microsecond or two, beside a write of ten times as much. */
const WRITE_BYTES_MAX = 32 * 1024;
/** Of one request no more is given. */
const HEAD_BYTES_MAX = 1024;
/** How many writes are told apart; when there are more, neighbours become one, with the time of the later. */
const MARKS_MAX = 256;
const MARKS_MASK = MARKS_MAX - 1;

/** See the module. */
export class SentLog {
  readonly #ends = new Float64Array(MARKS_MAX);
  readonly #timesMs = new Float64Array(MARKS_MAX);
  #first = 0;
  #count = 0;
  /** How many bytes have been written in all. */
  #written = 0;
  /** The same, modulo as many as are remembered: a small number, so that no division of doubles is needed per write. */
  #at = 0;
  /** Made with the first write, if anything is to be remembered. */
  #bytes: Uint8Array<ArrayBuffer> | null = null;
  /** Between these places in the stream something was not remembered. */
  #gapStart = 0;
  #gapEnd = 0;
  readonly #keepsBytes: boolean;

  /**
   * Makes the log of a new connection.
   *
   * @param keepsBytes Whether the bytes are remembered too.
   */
  constructor(keepsBytes: boolean) {
    this.#keepsBytes = keepsBytes;
  }

  /**
   * Takes note that a write begins.
   *
   * @param bytes What is being written.
   * @param nowMs When, in milliseconds of the clock.
   */
  begin(bytes: Uint8Array<ArrayBuffer>, nowMs: number): void {
    const end = this.#written + bytes.length;
    const last = (this.#first + this.#count - 1) & MARKS_MASK;
    if (this.#count > 0 && this.#timesMs[last] === nowMs) this.#ends[last] = end;
    else {
      if (this.#count === MARKS_MAX) this.#halve();
      const at = (this.#first + this.#count++) & MARKS_MASK;
      this.#ends[at] = end;
      this.#timesMs[at] = nowMs;
    }
    const ring = this.#bytes;
    // Nearly every write is short, and does not reach beyond the ring's end.
    if (ring !== null && bytes.length <= WRITE_BYTES_MAX && this.#at + bytes.length <= BYTES_MAX) {
      ring.set(bytes, this.#at);
    } else if (this.#keepsBytes) this.#keep(bytes);
  }

  /**
   * Takes note of what was written of the bytes that {@link begin} was given.
   *
   * @param count How many bytes.
   */
  end(count: number): void {
    this.#written += count;
    this.#at = (this.#at + count) & BYTES_MASK;
    if (this.#count > 0) this.#ends[(this.#first + this.#count - 1) & MARKS_MASK] = this.#written;
  }

  /**
   * Says when a request was written. Requests are asked for in the order of the stream.
   *
   * @param streamEnd Where it ends in the stream.
   * @returns When the write that holds its last byte began, in milliseconds of the clock; -Infinity if that is not known.
   */
  timeOf(streamEnd: number): number {
    while (this.#count > 0 && this.#ends[this.#first] < streamEnd) {
      this.#first = (this.#first + 1) & MARKS_MASK;
      this.#count--;
    }
    return this.#count > 0 ? this.#timesMs[this.#first] : -Infinity;
  }

  /** Where the write ends that {@link timeOf} found last, in the stream; -1 if it found none. */
  get markEnd(): number {
    return this.#count > 0 ? this.#ends[this.#first] : -1;
  }

  /**
   * Gives the beginning of a request.
   *
   * @param streamEnd Where it ends in the stream.
   * @param length How long it is, in bytes.
   * @returns Up to 1 KiB of it; empty if it is not remembered any more.
   */
  headOf(streamEnd: number, length: number): Uint8Array {
    const bytes = this.#bytes;
    const start = streamEnd - length;
    if (bytes === null || start < this.#written - BYTES_MAX || start >= this.#written) {
      return new Uint8Array(0);
    }
    const end = start + Math.min(length, HEAD_BYTES_MAX, this.#written - start);
    if (start < this.#gapEnd && end > this.#gapStart) return new Uint8Array(0);
    const head = new Uint8Array(end - start);
    for (let i = 0; i < head.length; i++) head[i] = bytes[(start + i) % BYTES_MAX];
    return head;
  }

  #keep(bytes: Uint8Array<ArrayBuffer>): void {
    if (this.#bytes === null) this.#bytes = new Uint8Array(BYTES_MAX);
    const isWhole = bytes.length <= WRITE_BYTES_MAX;
    const kept = isWhole ? bytes : bytes.subarray(0, WRITE_BYTES_MAX);
    if (!isWhole) this.#forget(this.#written + WRITE_BYTES_MAX, this.#written + bytes.length);
    const at = this.#at;
    const room = BYTES_MAX - at;
    if (kept.length <= room) this.#bytes.set(kept, at);
    else {
      this.#bytes.set(kept.subarray(0, room), at);
      this.#bytes.set(kept.subarray(room), 0);
    }
  }

  /** Gaps that are still within reach become one. */
  #forget(start: number, end: number): void {
    if (this.#gapEnd <= start - BYTES_MAX) this.#gapStart = start;
    this.#gapEnd = end;
  }

  #halve(): void {
    for (let i = 0; i < MARKS_MAX / 2; i++) {
      const from = (this.#first + 2 * i + 1) & MARKS_MASK;
      const to = (this.#first + i) & MARKS_MASK;
      this.#ends[to] = this.#ends[from];
      this.#timesMs[to] = this.#timesMs[from];
    }
    this.#count = MARKS_MAX / 2;
  }
}
