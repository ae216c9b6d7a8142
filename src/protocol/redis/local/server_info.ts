/**
 * What servers say of themselves with `INFO`, added up.
 *
 * @module
 */

import type { HeldReply } from "../../contract.ts";
import type { ServerRelease } from "../../facts.ts";
import { isErrorReply } from "../resp_reply.ts";
import { toBinary } from "./resp_writer.ts";

/** The keys of a database, as a line of the section `Keyspace` counts them. */
interface DatabaseKeys {
  keys: number;
  expires: number;
  /** The time to live of all keys that expire together, in milliseconds. */
  ttlMs: number;
}

const DATABASE = /^db(\d+)$/;
/** No number of a server has more digits in front of its point: they have 64 bits. */
const NUMBER = /^\d{1,20}(?:\.\d{1,20})?$/;
/** Only other products than redis tell their name. */
const PRODUCT = /^server_name:([\w.-]{1,32})\r$/m;
const KEYS = /^keys=(\d+),expires=(\d+)(?:,avg_ttl=(\d+))?/;

/** The numbers of all servers that have answered. */
export class ServerNumbers {
  /** How many servers have answered. */
  answered = 0;
  /** What these servers are; their modules are not looked for. */
  readonly releases: ServerRelease[] = [];
  readonly #sums = new Map<string, number>();
  readonly #policies = new Set<string>();
  readonly #databases = new Map<number, DatabaseKeys>();

  /**
   * Adds what a server says.
   *
   * @param reply Its reply to `INFO`, or an error, which adds nothing.
   */
  add({ bytes, start, end }: HeldReply): void {
    if (start === end || isErrorReply(bytes, start)) return;
    this.answered++;
    const text = toBinary(bytes, start, end);
    const release = releaseIn(text);
    if (release !== null) this.releases.push(release);
    for (const line of text.split("\r\n")) {
      const colon = line.indexOf(":");
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1)];
      const database = DATABASE.exec(name);
      if (database !== null) this.#addKeys(Number(database[1]), KEYS.exec(value));
      else if (name === "maxmemory_policy") this.#policies.add(value);
      else if (NUMBER.test(value)) {
        this.#sums.set(name, (this.#sums.get(name) ?? 0) + numberOf(value));
      }
    }
  }

  /**
   * A number of all servers together.
   *
   * @param name Its name in `INFO`.
   * @returns The sum; undefined if no server has said it.
   */
  sum(name: string): number | undefined {
    return this.#sums.get(name);
  }

  /**
   * Lines with the sums of some numbers.
   *
   * @param names Their names in `INFO`; those that no server has said are left out.
   * @param decimals How many digits follow the point.
   * @returns `name:sum` for each.
   */
  lines(names: readonly string[], decimals = 0): string[] {
    return names.flatMap((name) => {
      const sum = this.#sums.get(name);
      return sum === undefined ? [] : [`${name}:${Math.max(0, sum).toFixed(decimals)}`];
    });
  }

  /** What all servers do when their memory is full: libraries of queues want to know that. Null if they do not agree. */
  get maxmemoryPolicy(): string | null {
    const [policy] = this.#policies;
    return this.#policies.size === 1 ? policy : null;
  }

  /** The lines of the section `Keyspace`. */
  keyspace(): string[] {
    return [...this.#databases].sort(([a], [b]) => a - b).map(([db, { keys, expires, ttlMs }]) =>
      `db${db}:keys=${keys},expires=${expires},avg_ttl=${expires === 0 ? 0 : Math.round(ttlMs / expires)}`
    );
  }

  #addKeys(db: number, counts: RegExpExecArray | null): void {
    if (counts === null) return;
    const [keys, expires, ttlMs] = counts.slice(1).map((text) => Number(text ?? 0));
    const before = this.#databases.get(db) ?? { keys: 0, expires: 0, ttlMs: 0 };
    this.#databases.set(db, {
      keys: before.keys + keys,
      expires: before.expires + expires,
      ttlMs: before.ttlMs + ttlMs * expires,
    });
  }
}

/** A server that has nothing stored shows a difference below 0 as an unsigned number of 64 bits. */
function numberOf(digits: string): number {
  const value = Number(digits);
  return value < 2 ** 63 || digits.includes(".") ? value : Number(BigInt.asIntN(64, BigInt(digits)));
}

/** What a server is by its section `Server`; null if that does not tell. */
function releaseIn(text: string): ServerRelease | null {
  const product = PRODUCT.exec(text)?.[1].toLowerCase() ?? "redis";
  const found = text.matchAll(/^(\w+)_version:([0-9.]+)\r$/gm);
  for (const [, name, version] of found) if (name === product) return { product, version, modules: [] };
  return null;
}
