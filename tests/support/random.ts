/**
 * Randomness that can be repeated: every value follows from a seed that a failing test tells.
 *
 * @module
 */

/** The variable that repeats a run with the seed that it holds. */
export const SEED_VARIABLE = "NUTCRACKER_SEED";

/**
 * Chooses the seed of a run.
 *
 * @returns The number in `NUTCRACKER_SEED`, or a fresh one; 32 bits, unsigned.
 */
export function chooseSeed(): number {
  const given = Deno.env.get(SEED_VARIABLE);
  if (given === undefined || given === "") return crypto.getRandomValues(new Uint32Array(1))[0];
  const seed = Number(given);
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff) {
    throw new RangeError(`Cannot use the seed "${given}": not an integer of 32 bits`);
  }
  return seed;
}

/** A small generator of random values; the algorithm is mulberry32 by Tommy Ettinger (public domain). */
export class Random {
  /** The seed that it was made with. */
  readonly seed: number;
  #state: number;

  /**
   * Makes a generator.
   *
   * @param seed Where its sequence starts; 32 bits, unsigned.
   */
  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** The next 32 random bits, unsigned. */
  uint32(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  }

  /** The next fraction, at least 0 and less than 1. */
  float(): number {
    return this.uint32() / 0x1_0000_0000;
  }

  /**
   * Draws an integer.
   *
   * @param end How many different values there are, from 1.
   * @returns At least 0 and less than `end`.
   */
  int(end: number): number {
    return Math.floor(this.float() * end);
  }

  /**
   * Draws an integer from a range.
   *
   * @param first The smallest value.
   * @param last The largest value.
   * @returns One of them or one between.
   */
  between(first: number, last: number): number {
    return first + this.int(last - first + 1);
  }

  /**
   * Tosses a coin.
   *
   * @param probability How likely true is, 0 to 1.
   * @returns True or false.
   */
  chance(probability = 0.5): boolean {
    return this.float() < probability;
  }

  /**
   * Draws one item.
   *
   * @param items At least one.
   * @returns One of them.
   */
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)];
  }

  /**
   * Draws bytes of any value.
   *
   * @param length How many.
   * @returns A fresh array.
   */
  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) bytes[i] = this.uint32();
    return bytes;
  }

  /**
   * Draws text.
   *
   * @param length How many characters.
   * @param alphabet Which ones, each a single UTF-16 unit.
   * @returns The text.
   */
  text(length: number, alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"): string {
    let text = "";
    for (let i = 0; i < length; i++) text += alphabet[this.int(alphabet.length)];
    return text;
  }

  /**
   * Brings items into a random order (Fisher–Yates), in place.
   *
   * @param items The items.
   * @returns The same array.
   */
  shuffle<T>(items: T[]): T[] {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
    return items;
  }

  /**
   * Cuts bytes into pieces at random places, as a network may deliver them.
   *
   * @param bytes What to cut.
   * @param piecesMax How many pieces at most, from 1.
   * @returns Views of the pieces in order, none of them empty; together they are all of the bytes.
   */
  split(bytes: Uint8Array, piecesMax: number): Uint8Array[] {
    const cuts = new Set<number>();
    for (let i = this.int(piecesMax); i > 0; i--) cuts.add(this.int(bytes.length));
    const ends = [...cuts, bytes.length].filter((end) => end > 0).sort((a, b) => a - b);
    return ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
  }
}

/**
 * Declares a test that draws random values; it prints its seed, and a failure names it.
 *
 * @param name The test's name.
 * @param fn The test; all its randomness comes from the generator that it is given.
 */
export function fuzzTest(
  name: string,
  fn: (random: Random, t: Deno.TestContext) => void | Promise<void>,
): void {
  Deno.test(name, (t) => runSeeded(chooseSeed(), (random) => fn(random, t)));
}

/**
 * Runs a function with a seeded generator; it prints the seed, and an error's message names it.
 *
 * @param seed The seed.
 * @param fn The function.
 */
export async function runSeeded(seed: number, fn: (random: Random) => void | Promise<void>): Promise<void> {
  Deno.stderr.writeSync(new TextEncoder().encode(`${SEED_VARIABLE}=${seed}\n`));
  try {
    await fn(new Random(seed));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`${SEED_VARIABLE}=${seed} repeats this: ${message}`, { cause: error });
  }
}
