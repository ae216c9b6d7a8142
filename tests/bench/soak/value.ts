/**
 * Values that say where they belong, so that a reply which went to the wrong request is seen.
 *
 * ```text
 *   r3:17|42|1000|ktz…     the key, the number of the write, the length in bytes, and a filling of the key's own
 * ```
 *
 * @module
 */

import { Random } from "../../support/random.ts";

/** The longest value, in bytes. */
export const VALUE_BYTES_MAX = 4 * 1024 * 1024;

/** The filling of all values; each key begins elsewhere in it. Its period is no power of two, as buffers' sizes are. */
const FILLING_PERIOD = 99_991;
const filling = new Random(1).text(FILLING_PERIOD).repeat(VALUE_BYTES_MAX / FILLING_PERIOD + 3);

/**
 * Makes a value.
 *
 * @param key Its key, without `|`.
 * @param write The number of the write.
 * @param length How long it is to be, in bytes; it is longer where its beginning does not fit in.
 * @returns ASCII text.
 */
export function makeValue(key: string, write: number, length: number): string {
  const head = `${key}|${write}|${length}|`;
  const start = fillingStart(key, write);
  return head + filling.slice(start, start + Math.max(0, length - head.length));
}

/**
 * Checks a value.
 *
 * @param key The key that was asked for.
 * @param value What came.
 * @returns The number of the write that it is from; null if it is not a value of this key, or not all of it.
 */
export function readValue(key: string, value: string): number | null {
  const [ownKey, write, length] = value.split("|", 3);
  if (ownKey !== key || makeValue(key, Number(write), Number(length)) !== value) return null;
  return Number(write);
}

/**
 * Draws the length of a value: most are short, some have up to 200 KB.
 *
 * @param random Where it comes from.
 * @returns Bytes.
 */
export function drawLength(random: Random): number {
  const fate = random.float();
  if (fate < 0.7) return random.between(10, 200);
  if (fate < 0.9) return random.between(200, 4_000);
  if (fate < 0.99) return random.between(4_000, 34_000);
  return random.between(34_000, 200_000);
}

function fillingStart(key: string, write: number): number {
  let sum = write;
  for (let i = 0; i < key.length; i++) sum = (sum * 31 + key.charCodeAt(i)) % FILLING_PERIOD;
  return sum;
}
