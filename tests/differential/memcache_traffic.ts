/**
 * A random stream of memcached requests that the reference takes.
 *
 * Only such requests are here whose reply does not depend on the time: no item expires, and no number gets
 * shorter, because memcached pads it with spaces or not depending on when it last replied with it.
 *
 * @module
 */

import type { Random } from "../support/random.ts";
import { joinBytes } from "../support/wire.ts";
import { drawKeys, drawPlainKey } from "./keys.ts";

const KEY_COUNT = 200;
/** The longest value, in bytes. */
const VALUE_BYTES_MAX = 40_000;
/** The most keys of one retrieval. */
const RETRIEVED_MAX = 40;
/** Unique numbers of items are small, so that some of those that are guessed are right. */
const UNIQUE_END = 3000;

/** A request. */
export interface MemcacheRequest {
  /** Its bytes. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether nothing comes back. */
  readonly silent: boolean;
}

const encoder = new TextEncoder();
const X = encoder.encode("x");

/** A stream of requests. */
export class MemcacheTraffic {
  /** Where all choices come from. */
  readonly random: Random;
  /** All keys of the stream. */
  readonly keys: readonly Uint8Array<ArrayBuffer>[];
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #kinds = [
    () => this.#store(),
    () => this.#store(),
    () => this.#retrieve(),
    () => this.#retrieve(),
    () => this.#change(),
    () => this.#remove(),
    () => line("version"),
  ];

  /**
   * Draws the keys of the stream.
   *
   * @param random Where all choices come from.
   * @param prefix What all keys begin with.
   */
  constructor(random: Random, prefix: string) {
    this.random = random;
    const start = encoder.encode(prefix);
    this.keys = drawKeys(
      random,
      KEY_COUNT,
      (random) => joinBytes([start, drawPlainKey(random)]).slice(0, 250),
    );
    this.#bytes = random.bytes(2 * VALUE_BYTES_MAX);
  }

  /** Draws the next request. */
  next(): MemcacheRequest {
    return this.random.pick(this.#kinds)();
  }

  #key(): Uint8Array<ArrayBuffer> {
    return this.random.pick(this.keys);
  }

  #noreply(): string {
    return this.random.chance(0.2) ? " noreply" : "";
  }

  #value(): Uint8Array<ArrayBuffer> {
    const { random } = this;
    if (random.chance(0.3)) return encoder.encode(`${random.between(100, 999)}`);
    const length = random.int(random.pick([1, 20, 20, 200, 2000, random.chance(0.1) ? VALUE_BYTES_MAX : 20]));
    const start = random.int(VALUE_BYTES_MAX);
    // A digit and a blank at its beginning would make it a number.
    return length === 0 ? new Uint8Array(0) : joinBytes([X, this.#bytes.subarray(start, start + length)]);
  }

  #store(): MemcacheRequest {
    const { random } = this;
    const verb = random.pick(["set", "set", "set", "add", "replace", "append", "prepend", "cas"]);
    const value = this.#value();
    const flags = random.pick(["0", "1", "4294967295", "007"]);
    const time = random.pick(["0", "0", "10000", "00"]);
    const unique = verb === "cas" ? ` ${random.int(UNIQUE_END)}` : "";
    return line(verb, this.#key(), `${flags} ${time} ${value.length}${unique}${this.#noreply()}`, value);
  }

  #retrieve(): MemcacheRequest {
    const { random } = this;
    const count = random.chance() ? 1 : random.between(2, RETRIEVED_MAX);
    const words = Array.from(
      { length: count },
      () => [encoder.encode(random.pick([" ", " ", "  "])), this.#key()],
    );
    const verb = random.pick(["get", "get", "gets", " get", "  gets"]);
    return {
      bytes: joinBytes([encoder.encode(verb), ...words.flat(), encoder.encode("\r\n")]),
      silent: false,
    };
  }

  #change(): MemcacheRequest {
    const verb = this.random.pick(["incr", "decr", "touch"] as const);
    const number = this.random.pick({ incr: ["1", "1000000"], decr: ["0"], touch: ["0", "10000"] }[verb]);
    return line(verb, this.#key(), `${number}${this.#noreply()}`);
  }

  #remove(): MemcacheRequest {
    return line("delete", this.#key(), this.#noreply().trimStart());
  }
}

function line(verb: string, key?: Uint8Array, rest = "", value?: Uint8Array): MemcacheRequest {
  const parts: Uint8Array[] = [encoder.encode(verb)];
  if (key !== undefined) parts.push(encoder.encode(" "), key);
  if (rest !== "") parts.push(encoder.encode(` ${rest}`));
  parts.push(encoder.encode("\r\n"));
  if (value !== undefined) parts.push(value, encoder.encode("\r\n"));
  return { bytes: joinBytes(parts), silent: rest.endsWith("noreply") };
}
