/**
 * The few requests that the fault suite needs, in both protocols.
 *
 * @module
 */

import { ReplyError, type ReplyValue, type WireClient } from "../support/wire.ts";

/** What came back: a text, an error, or null for a key that is not there. */
export type Outcome = string | ReplyError | null;

/** One of the protocols. */
export interface Dialect {
  /** Its name. */
  readonly name: "redis" | "memcache";
  /** The request for a value. */
  get(key: string): string;
  /** The request that stores a value. */
  set(key: string, value: string): string;
  /** What is said to a request that stored a value. */
  readonly stored: string;
  /** Reads the reply to a request. */
  read(client: WireClient): Promise<Outcome>;
}

/** Redis. */
export const redisDialect: Dialect = {
  name: "redis",
  get: (key) => `*2\r\n$3\r\nGET\r\n$${key.length}\r\n${key}\r\n`,
  set: (key, value) => `*3\r\n$3\r\nSET\r\n$${key.length}\r\n${key}\r\n$${value.length}\r\n${value}\r\n`,
  stored: "OK",
  async read(client) {
    return asOutcome((await client.readReply()).value);
  },
};

function asOutcome(value: ReplyValue): Outcome {
  if (typeof value === "string" || value === null || value instanceof ReplyError) return value;
  throw new Error(`Cannot understand ${JSON.stringify(value)}: neither a text nor an error`);
}

/** Memcached. */
export const memcacheDialect: Dialect = {
  name: "memcache",
  get: (key) => `get ${key}\r\n`,
  set: (key, value) => `set ${key} 0 0 ${value.length}\r\n${value}\r\n`,
  stored: "STORED",
  async read(client) {
    const line = await client.readLine();
    if (line === "END") return null;
    if (/^(SERVER_ERROR|CLIENT_ERROR|ERROR)/.test(line)) return new ReplyError(line);
    if (!line.startsWith("VALUE ")) return line;
    const value = new TextDecoder().decode(await client.readBytes(Number(line.split(" ")[3])));
    await client.expect("\r\nEND\r\n");
    return value;
  },
};
