/**
 * Random keys of every shape that a proxy may treat in its own way.
 *
 * @module
 */

import type { Random } from "../support/random.ts";
import { joinBytes } from "../support/wire.ts";

/** The longest key that is drawn, in bytes. */
const KEY_BYTES_MAX = 400;

/** Beginnings that are hash tags, or nearly. */
const TAG_STARTS = ["{user}", "{a}{b}", "$user$", "{}", "{", "}{", "a{b", "$$", "$", "$a$b$", "{$}$"];

const encoder = new TextEncoder();

/**
 * Draws a redis key: 1 to 400 bytes of any value.
 *
 * @param random Where the choice comes from.
 * @returns The key.
 */
export function drawKey(random: Random): Uint8Array<ArrayBuffer> {
  switch (random.int(8)) {
    case 0:
      return encoder.encode(random.text(random.between(1, 3)));
    case 1:
      return encoder.encode(`user:${random.int(1_000_000)}`);
    case 2:
      return random.bytes(random.between(1, 40));
    case 3:
      return random.bytes(random.between(1, KEY_BYTES_MAX));
    case 4:
      return encoder.encode(random.text(random.between(1, 40), "äöüßéñ你好мир-🙂 "));
    case 5:
      return encoder.encode(random.text(random.between(200, KEY_BYTES_MAX)));
    case 6:
      return encoder.encode(random.pick(TAG_STARTS) + random.text(random.between(1, 12)));
    default:
      return joinBytes([random.bytes(random.int(9)), encoder.encode(`{${random.text(3)}}tail`)]);
  }
}

/** What a memcached key may not hold: blanks and control bytes. */
function isPlain(byte: number): boolean {
  return byte > 0x20 && byte !== 0x7f;
}

/**
 * Draws a memcached key: 1 to 250 bytes without blanks and control bytes.
 *
 * @param random Where the choice comes from.
 * @returns The key.
 */
export function drawPlainKey(random: Random): Uint8Array<ArrayBuffer> {
  for (;;) {
    const key = drawKey(random).filter(isPlain).slice(0, 250);
    if (key.length > 0) return key;
  }
}

/**
 * Draws keys that are all different.
 *
 * @param random Where the choice comes from.
 * @param count How many.
 * @param draw Draws one.
 * @returns The keys.
 */
export function drawKeys(
  random: Random,
  count: number,
  draw: (random: Random) => Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer>[] {
  const keys = new Map<string, Uint8Array<ArrayBuffer>>();
  while (keys.size < count) {
    const key = draw(random);
    keys.set(String.fromCharCode(...key), key);
  }
  return [...keys.values()];
}
