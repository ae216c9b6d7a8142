/**
 * What is where: the whole content of redis servers compared.
 *
 * @module
 */

import { assert } from "@std/assert";
import type { RedisServer } from "../support/redis_server.ts";
import { startRedis } from "../support/redis_server.ts";
import type { WireClient } from "../support/wire.ts";
import { NODES } from "./combinations.ts";

/** Starts a server that tells a digest of its content. */
export async function startComparedRedis(): Promise<RedisServer> {
  return await startRedis({ args: ["--enable-debug-command", "yes"] });
}

/** Servers that are looked into past the proxies. */
export class RedisKeyspaces implements Disposable {
  readonly #clients: readonly WireClient[];

  /**
   * Takes connections to the servers.
   *
   * @param clients One for each, in the order of the nodes; they are closed with this.
   */
  constructor(clients: readonly WireClient[]) {
    this.#clients = clients;
  }

  /**
   * Connects to servers.
   *
   * @param servers The servers, in the order of the nodes.
   * @returns Their keyspaces.
   */
  static async open(servers: readonly RedisServer[]): Promise<RedisKeyspaces> {
    return new RedisKeyspaces(await Promise.all(servers.map((server) => server.connect())));
  }

  /** Sends a command to every server and returns the replies as text. */
  async ask(...words: readonly string[]): Promise<string[]> {
    return (await Promise.all(this.#clients.map((client) => client.command(...words)))).map(String);
  }

  /** How many keys each server has. */
  async sizes(): Promise<number[]> {
    return (await this.ask("DBSIZE")).map(Number);
  }

  /** The digest of each server's keys, values and of which keys expire. */
  async digests(): Promise<string[]> {
    return await this.ask("DEBUG", "DIGEST");
  }

  /** The keys of one server, sorted; bytes beyond UTF-8 are lost. */
  async keys(node: number): Promise<string[]> {
    return (await this.#clients[node].command("KEYS", "*") as string[]).sort();
  }

  /** Empties all servers. */
  async clear(): Promise<void> {
    await this.ask("FLUSHALL");
  }

  /** See {@link Disposable}. */
  [Symbol.dispose](): void {
    for (const client of this.#clients) client.close();
  }
}

/**
 * Compares the content of servers one by one.
 *
 * @param there The servers behind the reference.
 * @param here The servers behind this proxy.
 * @returns How many keys there are on each.
 */
export async function assertSameKeyspaces(there: RedisKeyspaces, here: RedisKeyspaces): Promise<number[]> {
  const [theirs, ours] = [await there.digests(), await here.digests()];
  for (const [i, { name }] of NODES.entries()) {
    if (theirs[i] === ours[i]) continue;
    const [keysThere, keysHere] = [await there.keys(i), await here.keys(i)];
    const missing = keysThere.filter((key) => !keysHere.includes(key));
    const extra = keysHere.filter((key) => !keysThere.includes(key));
    const show = (keys: readonly string[]) => `${keys.length} ${JSON.stringify(keys.slice(0, 5))}`;
    assert(
      false,
      `server "${name}" differs: only there ${show(missing)}, only here ${show(extra)} ` +
        `(with none of them, values differ)`,
    );
  }
  return await here.sizes();
}
