/**
 * What a soak has counted.
 *
 * @module
 */

/** How many wrong replies are kept with their texts; all are counted. */
const SAMPLES_MAX = 20;
/** How much of a text is kept. */
const TEXT_CHARS_MAX = 300;

/** The counts of all clients together. */
export class Tally {
  /** Requests that were sent. */
  requests = 0;
  /** Client connections that were opened. */
  connections = 0;
  /** Replies that were wrong, or did not come. */
  wrong = 0;
  /** How often each error came that is no fault of the proxy, by its text. */
  readonly errors = new Map<string, number>();
  /** The first wrong replies, in words. */
  readonly samples: string[] = [];

  /**
   * Counts an error that may happen while servers go down.
   *
   * @param kind Its text.
   */
  error(kind: string): void {
    this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
  }

  /**
   * Counts something that must never happen.
   *
   * @param text What it was.
   */
  fault(text: string): void {
    this.wrong++;
    if (this.samples.length < SAMPLES_MAX) this.samples.push(text.slice(0, TEXT_CHARS_MAX));
  }

  /** The errors in one line, the most frequent first. */
  errorLine(): string {
    if (this.errors.size === 0) return "none";
    const sorted = [...this.errors].sort(([, a], [, b]) => b - a);
    return sorted.map(([kind, count]) => `${count} × ${kind}`).join(", ");
  }
}
