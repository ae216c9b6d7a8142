/**
 * Replies that the proxy makes itself, in the shape of the client's protocol.
 *
 * @module
 */

/** Which version of RESP a client speaks. */
export type RespVersion = 2 | 3;

/**
 * Writes one reply, element by element. Texts have one character per byte, because names and the like come from clients,
 * who may send any byte.
 */
export class RespWriter {
  readonly #version: RespVersion;
  #text = "";

  /**
   * Begins a reply.
   *
   * @param version The client's protocol.
   */
  constructor(version: RespVersion) {
    this.#version = version;
  }

  /**
   * Begins an array.
   *
   * @param length How many elements follow.
   */
  array(length: number): this {
    return this.#add(`*${length}\r\n`);
  }

  /**
   * Begins a push; in RESP2 that is an array.
   *
   * @param length How many elements follow.
   */
  push(length: number): this {
    return this.#add(`${this.#version === 3 ? ">" : "*"}${length}\r\n`);
  }

  /** Writes no value. */
  nil(): this {
    return this.#add(this.#version === 3 ? "_\r\n" : "$-1\r\n");
  }

  /**
   * Begins a map; in RESP2 that is an array of keys and values in turn.
   *
   * @param size How many keys, each with its value, follow.
   */
  map(size: number): this {
    return this.#add(this.#version === 3 ? `%${size}\r\n` : `*${2 * size}\r\n`);
  }

  /**
   * Writes a bulk string.
   *
   * @param text One character per byte.
   */
  bulk(text: string): this {
    return this.#add(`$${text.length}\r\n${text}\r\n`);
  }

  /**
   * Writes a simple string.
   *
   * @param text Without line ends.
   */
  simple(text: string): this {
    return this.#add(`+${text}\r\n`);
  }

  /**
   * Writes an integer.
   *
   * @param value The integer.
   */
  integer(value: number): this {
    return this.#add(`:${value}\r\n`);
  }

  /**
   * Writes text for people; in RESP2 that is a bulk string.
   *
   * @param text One character per byte.
   */
  verbatim(text: string): this {
    if (this.#version === 2) return this.bulk(text);
    return this.#add(`=${text.length + 4}\r\ntxt:${text}\r\n`);
  }

  /**
   * Writes what is on the wire already.
   *
   * @param text Whole elements, one character per byte.
   */
  raw(text: string): this {
    return this.#add(text);
  }

  /** Gives the reply. */
  take(): Uint8Array<ArrayBuffer> {
    return fromBinary(this.#text);
  }

  #add(text: string): this {
    this.#text += text;
    return this;
  }
}

/**
 * Makes bytes of a text with one character per byte.
 *
 * @param text Characters below 256.
 * @returns A fresh array.
 */
export function fromBinary(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * Makes a text with one character per byte.
 *
 * @param bytes The array that holds them.
 * @param start Offset of the first byte.
 * @param end Offset after the last byte.
 * @returns The text.
 */
export function toBinary(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

/**
 * Makes an error reply. Redis shows a peer's words up to the first zero byte, and line ends as spaces.
 *
 * @param text The error's code and words.
 * @returns `-`, the text, and the line end.
 */
export function errorLine(text: string): Uint8Array<ArrayBuffer> {
  return fromBinary(`-${text.replace(/[\r\n]/g, " ")}\r\n`);
}
