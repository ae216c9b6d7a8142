/**
 * What one client listens to: channels, patterns and sharded channels.
 *
 * ```text
 *   SUBSCRIBE a b ──▶ the sets, and the words for the client ──▶ the servers of a and of b ──each consents──▶ the words
 * ```
 *
 * The client is told what one server would tell it, with the numbers of all that it listens to; it is told when the servers
 * do listen. A channel belongs to the server that a key of its name belongs to. Patterns, and the channels in which each server
 * tells of its own keys, are listened to on all servers.
 *
 * @module
 */

import { concat, encode, MINUS } from "../../base/ascii.ts";
import { type Heard, HEARD_CONSENT, HEARD_MESSAGE, HEARD_REFUSAL, type Listening } from "../private.ts";
import type { Command } from "./command.ts";
import { namedCommand } from "./command_lookup.ts";
import { SUBSCRIPTION_BYTES_MAX, SUBSCRIPTIONS_MAX } from "./limits.ts";
import { fromBinary, type RespVersion, RespWriter, toBinary } from "./local/resp_writer.ts";
import { NOTHING } from "./replies.ts";

/** What a command does, and to which of the sets. */
interface Effect {
  readonly begins: boolean;
  readonly kind: number;
  readonly word: string;
}

const CHANNELS = 0;
const PATTERNS = 1;
const SHARDS = 2;

const EFFECTS: ReadonlyMap<Command, Effect> = new Map(
  ([
    ["SUBSCRIBE", true, CHANNELS],
    ["UNSUBSCRIBE", false, CHANNELS],
    ["PSUBSCRIBE", true, PATTERNS],
    ["PUNSUBSCRIBE", false, PATTERNS],
    ["SSUBSCRIBE", true, SHARDS],
    ["SUNSUBSCRIBE", false, SHARDS],
  ] as const).map(([name, begins, kind]) => [
    namedCommand(name),
    { begins, kind, word: name.toLowerCase() },
  ]),
);

/** Servers tell of changes of their own keys in channels that begin so. */
const EVERYWHERE = /^__key(space|event)@/;

/** What servers are asked for. */
export interface Question {
  /** The names, each as a bulk string, one behind the other; empty if nothing changes. */
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Start and end of each name in it; below 0 if it is for all servers. */
  readonly keys: Int32Array;
  /** Start and end of each bulk string in it. */
  readonly units: Int32Array;
  /** What the client is told. */
  readonly answer: Uint8Array<ArrayBuffer>;
}

/** See the module. */
export class RedisListening implements Listening {
  /** See {@link Listening.begins}. */
  begins = false;
  /** See {@link Listening.kind}. */
  kind: number = CHANNELS;
  /** Names by kind, one character per byte. */
  readonly #names: readonly Set<string>[] = [new Set(), new Set(), new Set()];
  /** The names that the request at hand has added or taken away. */
  #changed: string[] = [];
  /** How many bytes all names have. */
  #bytes = 0;
  readonly #onRefused: () => void;

  /**
   * Listens to nothing at first.
   *
   * @param onRefused Is called when a request had no effect after all.
   */
  constructor(onRefused: () => void) {
    this.#onRefused = onRefused;
  }

  /** How many channels, patterns and sharded channels there are. */
  get counts(): readonly number[] {
    return this.#names.map((names) => names.size);
  }

  /** See {@link Listening.isActive}. */
  get isActive(): boolean {
    return this.#names.some((names) => names.size > 0);
  }

  /**
   * Whether a command begins to listen.
   *
   * @param command One of the commands that subscribe and unsubscribe.
   * @returns False if it ends that.
   */
  beginsBy(command: Command): boolean {
    return EFFECTS.get(command)!.begins;
  }

  /**
   * Whether a client may listen to so much more.
   *
   * @param names What it asks for.
   * @returns False if it would be too much, even if it listens to some of that already.
   */
  mayAdd(names: readonly string[]): boolean {
    const count = this.counts.reduce((sum, size) => sum + size, names.length);
    const bytes = names.reduce((sum, name) => sum + name.length, this.#bytes);
    return count <= SUBSCRIPTIONS_MAX && bytes <= SUBSCRIPTION_BYTES_MAX;
  }

  /**
   * Takes note of a request.
   *
   * @param command One of the commands that subscribe and unsubscribe.
   * @param given The names in the request, one character per byte.
   * @param version The client's protocol.
   * @returns What the servers are asked.
   */
  ask(command: Command, given: readonly string[], version: RespVersion): Question {
    const { begins, kind, word } = EFFECTS.get(command)!;
    const names = this.#names[kind];
    const reply = new RespWriter(version);
    const wanted = begins || given.length > 0 ? given : [...names];
    this.begins = begins;
    this.kind = kind;
    this.#changed = [];
    if (wanted.length === 0) reply.push(3).bulk(word).nil().integer(this.#countOf(kind));
    for (const name of wanted) {
      if (names.has(name) !== begins) this.#changed.push(name);
      this.#change(names, name, begins);
      reply.push(3).bulk(word).bulk(name).integer(this.#countOf(kind));
    }
    return { ...layOut(this.#changed, kind), answer: reply.take() };
  }

  /** See {@link Listening.refused}. */
  refused(): void {
    const names = this.#names[this.kind];
    for (const name of this.#changed) {
      this.#change(names, name, !this.begins);
    }
    this.#changed = [];
    this.#onRefused();
  }

  /** Listens to nothing any more. */
  end(): void {
    for (const names of this.#names) names.clear();
    this.#bytes = 0;
  }

  /** See {@link Listening.judge}. The first word tells: `message` and its kin are shorter than `subscribe` and its. */
  judge(bytes: Uint8Array, start: number, end: number): Heard {
    if (bytes[start] === MINUS) return HEARD_REFUSAL;
    const word = bytes.indexOf(0x24, start);
    const lengthEnd = bytes.indexOf(0x0d, word);
    if (word < 0 || lengthEnd < 0 || lengthEnd >= end) return HEARD_REFUSAL;
    return Number(toBinary(bytes, word + 1, lengthEnd)) <= "pmessage".length ? HEARD_MESSAGE : HEARD_CONSENT;
  }

  #change(names: Set<string>, name: string, isAdded: boolean): void {
    if (names.has(name) === isAdded) return;
    this.#bytes += isAdded ? name.length : -name.length;
    if (isAdded) names.add(name);
    else names.delete(name);
  }

  /** Channels and patterns are counted together, sharded channels by themselves. */
  #countOf(kind: number): number {
    const [channels, patterns, shards] = this.counts;
    return kind === SHARDS ? shards : channels + patterns;
  }
}

const NO_PLACES = new Int32Array(0);

function layOut(names: readonly string[], kind: number): Omit<Question, "answer"> {
  if (names.length === 0) return { frame: NOTHING, keys: NO_PLACES, units: NO_PLACES };
  const parts: Uint8Array[] = [];
  const keys: number[] = [];
  const units: number[] = [];
  let at = 0;
  for (const name of names) {
    const head = encode(`$${name.length}\r\n`);
    parts.push(head, fromBinary(name), encode("\r\n"));
    const isForAll = kind === PATTERNS || (kind === CHANNELS && EVERYWHERE.test(name));
    if (isForAll) keys.push(-1, -1);
    else keys.push(at + head.length, at + head.length + name.length);
    units.push(at, at + head.length + name.length + 2);
    at += head.length + name.length + 2;
  }
  return { frame: concat(parts), keys: Int32Array.from(keys), units: Int32Array.from(units) };
}
