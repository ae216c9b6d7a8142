/**
 * A random stream of redis requests for one pool, drawn from the templates.
 *
 * @module
 */

import type { Random } from "../support/random.ts";
import { drawKey, drawKeys } from "./keys.ts";
import { TEMPLATES } from "./redis_templates.ts";

/** One argument of a request. */
export type Word = string | number | Uint8Array<ArrayBuffer>;

/** A request. */
export interface RedisRequest {
  /** The command and its arguments. */
  readonly words: readonly Word[];
  /** The command in upper case. */
  readonly command: string;
  /** Whether its keys may be on several servers. */
  readonly spread: boolean;
}

const FAMILIES = ["string", "number", "bits", "hll", "hash", "list", "set", "zset", "geo"];
/** Their keys never get another type, because replies would come to depend on the time or on chance. */
const STRICT_FAMILIES = ["volatile", "oneset", "onehash", "onezset"];
const KEYS_PER_FAMILY = 24;
/** How often a request is about a key of another type. */
const STRAY_PROBABILITY = 0.03;
/** Keys that stay together come in so many groups, each with so many keys of a family. */
const GROUPS = 6;
const KEYS_PER_GROUP = 3;
/** The longest value, in bytes. */
const VALUE_BYTES_MAX = 40_000;
/** What one and two buffers of the reference hold, in bytes. */
const BUFFER_BYTES = [16_336, 32_672];

interface Token {
  readonly text: string;
  readonly family: string | null;
  readonly together: boolean;
  readonly keysMax: number;
  readonly withValues: boolean;
  readonly draw: ((traffic: RedisTraffic) => Word) | null;
}

interface Template {
  readonly command: string;
  readonly tokens: readonly Token[];
  readonly spread: boolean;
}

/** What `%name` in a template draws. */
const DRAWS: Readonly<Record<string, (traffic: RedisTraffic) => Word>> = {
  short: ({ random }) => random.chance() ? random.text(random.int(20)) : random.bytes(random.int(20)),
  value: ({ random }) => random.chance() ? random.text(random.int(50)) : random.bytes(random.int(50)),
  bytes: (traffic) => traffic.value(),
  payload: ({ payload }) => payload,
  int: ({ random }) => random.between(-100, 100),
  index: ({ random }) => random.between(-5, 20),
  offset: ({ random }) => random.int(1000),
  count: ({ random }) => random.between(1, 5),
  id: ({ random }) => random.int(100),
  member: ({ random }) => `m${random.int(40)}`,
  field: ({ random }) => `f${random.int(40)}`,
  score: ({ random }) => random.pick([random.int(10), -1.5, 0.1, 1e17, "3.0e2", random.int(1000) / 8]),
  min: ({ random }) => random.pick(["-inf", "0", "(1", "-10.5"]),
  max: ({ random }) => random.pick(["+inf", "7", "(3", "100"]),
  lexmin: ({ random }) => random.pick(["-", "[m1", "(m2"]),
  lexmax: ({ random }) => random.pick(["+", "[m3", "(m9"]),
  lon: ({ random }) => random.between(-1800, 1800) / 10,
  lat: ({ random }) => random.between(-850, 850) / 10,
  seconds: ({ random }) => random.between(10_000, 99_999),
  future: ({ random }) => 4_000_000_000 + random.int(1000),
};

function parseToken(text: string): Token {
  const none = { text, family: null, together: false, keysMax: 0, withValues: false, draw: null };
  const key = /^@([a-z]+)(\+)?(=)?(?:\*(\d+))?$/.exec(text);
  if (key !== null) {
    const [, family, plus, equals, keysMax] = key;
    return { ...none, family, together: !!plus, withValues: !!equals, keysMax: Number(keysMax ?? 0) };
  }
  const value = /^%([a-z]+)(\d*)$/.exec(text);
  if (value === null) return none;
  const draw = DRAWS[value[1]];
  return { ...none, draw: value[2] === "" ? draw : (traffic) => `${draw(traffic)}${value[2]}` };
}

function parseTemplate(text: string): Template {
  const [command, ...rest] = text.split(" ");
  const tokens = rest.map(parseToken);
  const apart = tokens.filter(({ family, together }) => family !== null && !together);
  return { command, tokens, spread: apart.length > 1 || apart.some(({ keysMax }) => keysMax > 1) };
}

const GROUPED_TEMPLATES = Object.values(TEMPLATES).map((group) => group.map(parseTemplate));

/** A stream of requests. */
export class RedisTraffic {
  /** Where all choices come from. */
  readonly random: Random;
  /** What RESTORE takes. */
  readonly payload: Uint8Array<ArrayBuffer>;
  readonly #hashTag: string | null;
  readonly #keys = new Map<string, readonly Word[]>();
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #group = 0;

  /**
   * Draws the keys of the stream; the empty key is one of them.
   *
   * @param random Where all choices come from.
   * @param hashTag The pool's hash tag; null for none.
   * @param payload What a server gave for DUMP.
   */
  constructor(random: Random, hashTag: string | null, payload: Uint8Array<ArrayBuffer>) {
    this.random = random;
    this.payload = payload;
    this.#hashTag = hashTag;
    this.#bytes = random.bytes(2 * VALUE_BYTES_MAX);
    const families = [...FAMILIES, ...STRICT_FAMILIES];
    const keys = drawKeys(random, families.length * KEYS_PER_FAMILY, drawKey);
    keys[0] = new Uint8Array(0);
    families.forEach((family, i) => {
      const own = keys.slice(i * KEYS_PER_FAMILY, (i + 1) * KEYS_PER_FAMILY);
      this.#keys.set(family, [...own, ...this.#groupKeys(family)]);
    });
  }

  /** Draws the next request. */
  next(): RedisRequest {
    const { random } = this;
    const { command, tokens, spread } = random.pick(random.pick(GROUPED_TEMPLATES));
    const words: Word[] = [random.chance(0.2) ? mixCase(random, command) : command];
    this.#group = random.int(GROUPS);
    for (const token of tokens) {
      const { text, family, keysMax, withValues, draw } = token;
      if (draw !== null) words.push(draw(this));
      else if (family === null) words.push(text);
      else if (keysMax === 0) words.push(this.#key(token));
      else {
        for (let left = random.between(1, keysMax); left > 0; left--) {
          words.push(this.#key(token));
          if (withValues) words.push(this.value());
        }
      }
    }
    return { words, command, spread };
  }

  /** Draws a value: mostly short, at times up to 40 kB or about as long as a few buffers of the reference. */
  value(): Uint8Array<ArrayBuffer> {
    const { random } = this;
    const long = random.chance() ? random.int(VALUE_BYTES_MAX) : random.pick(BUFFER_BYTES) - random.int(120);
    const length = random.chance(0.03) ? long : random.int(random.pick([1, 20, 20, 200, 200, 2000]));
    const start = random.int(VALUE_BYTES_MAX);
    return this.#bytes.subarray(start, start + length);
  }

  #key({ family, together }: Token): Word {
    const { random } = this;
    if (together) return this.#groupKey(this.#group, family!, random.int(KEYS_PER_GROUP));
    const strays = family === "any" ||
      (!STRICT_FAMILIES.includes(family!) && random.chance(STRAY_PROBABILITY));
    return random.pick(this.#keys.get(strays ? random.pick(FAMILIES) : family!)!);
  }

  /** The keys of a family that other requests use together. */
  #groupKeys(family: string): Word[] {
    if (STRICT_FAMILIES.includes(family)) return [];
    const keys = new Set<Word>();
    for (let group = 0; group < GROUPS; group++) {
      if (this.#hashTag === null && FAMILIES.indexOf(family) % GROUPS !== group) continue;
      for (let i = 0; i < KEYS_PER_GROUP; i++) keys.add(this.#groupKey(group, family, i));
    }
    return [...keys];
  }

  /** Without a hash tag, only a key itself is sure to be where it is. */
  #groupKey(group: number, family: string, i: number): Word {
    if (this.#hashTag === null) return `group ${group}`;
    const [open, close] = this.#hashTag;
    return `${open}group ${group}${close}${family}${i}`;
  }
}

function mixCase(random: Random, text: string): string {
  return [...text].map((char) => random.chance() ? char.toLowerCase() : char).join("");
}
