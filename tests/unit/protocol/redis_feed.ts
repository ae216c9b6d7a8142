/**
 * Feeds bytes to a decoder the way a read buffer does: in pieces, with the unread part moved between two calls,
 * and with other bytes before and behind it.
 *
 * @module
 */

/** What a text's characters are as bytes, one each. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/**
 * Reads bytes as characters, one each.
 *
 * @param bytes The array that holds them.
 * @param start Offset of the first byte.
 * @param end Offset after the last byte.
 * @returns A text without loss.
 */
export function fromLatin1(bytes: Uint8Array, start = 0, end: number = bytes.length): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

/** What lies around the bytes; a decoder that looks at it is misled, each time to something else. */
const SURROUNDINGS = ["\n", "\r\n", "$1\r\n", "0", "*-+:", "\0"].map(latin1);

/** Bytes at some place in an array. */
export interface Placed {
  /** The array. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Offset of the first byte. */
  readonly start: number;
  /** Offset after the last byte. */
  readonly end: number;
}

/**
 * Puts bytes somewhere into an array.
 *
 * @param bytes The bytes.
 * @param place Chooses the offset and what is around them; any number from 0.
 * @returns Where they are.
 */
export function placed(bytes: Uint8Array, place: number): Placed {
  const start = (place * 7) % 13;
  const whole = new Uint8Array(start + bytes.length + 24);
  const around = SURROUNDINGS[place % SURROUNDINGS.length];
  for (let i = 0; i < whole.length; i++) whole[i] = around[i % around.length];
  whole.set(bytes, start);
  return { bytes: whole, start, end: start + bytes.length };
}

/**
 * The ways in which a message is cut into pieces: whole, byte by byte, at every place, and for short ones at
 * every two places.
 *
 * @param length How many bytes it has.
 * @param pairsMax Up to which length every two places are tried.
 * @returns For each way the offsets after each piece; the last is the length.
 */
export function* waysToCut(length: number, pairsMax = 48): Generator<readonly number[]> {
  yield [length];
  yield Array.from({ length }, (_, i) => i + 1);
  for (let cut = 1; cut < length; cut++) yield [cut, length];
  if (length > pairsMax) return;
  for (let a = 1; a < length; a++) for (let b = a + 1; b < length; b++) yield [a, b, length];
}
