/**
 * A proxy in front of real memcacheds, as most tests of the memcached protocol need it.
 *
 * @module
 */

import { type MemcachedOptions, type MemcachedServer, startMemcached } from "../support/memcached_server.ts";
import type { Pools, PoolValue } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import type { WireClient } from "../support/wire.ts";

/** How a pool is started. */
export interface MemcachePoolOptions {
  /** How many servers it has; one unless given. */
  readonly servers?: number;
  /** More directives of the pool, such as `{ timeout: 400 }`. */
  readonly directives?: Readonly<Record<string, PoolValue>>;
  /** More flags of the proxy. */
  readonly flags?: readonly string[];
  /** How the servers are started. */
  readonly memcached?: MemcachedOptions;
}

/** A proxy with one pool, and its servers; `await using` stops them all. */
export class MemcachePool implements AsyncDisposable {
  /** The proxy. */
  readonly proxy: Proxy;
  /** Its servers; they are called `s0`, `s1` … in the pool. */
  readonly servers: MemcachedServer[];
  readonly #memcached: MemcachedOptions;

  /**
   * Describes a pool that runs.
   *
   * @param proxy The proxy.
   * @param servers Its servers.
   * @param memcached How they were started.
   */
  constructor(proxy: Proxy, servers: MemcachedServer[], memcached: MemcachedOptions) {
    this.proxy = proxy;
    this.servers = servers;
    this.#memcached = memcached;
  }

  /** Connects to the proxy. */
  connect(): Promise<WireClient> {
    return this.proxy.connect();
  }

  /** The pool's part of the statistics. */
  // deno-lint-ignore no-explicit-any
  async stats(): Promise<any> {
    return (await this.proxy.stats()).pool;
  }

  /**
   * Asks every server itself for a key.
   *
   * @param key The key.
   * @returns Its value on each server, in order; null where it is not.
   */
  async valuesOf(key: string): Promise<(string | null)[]> {
    return await Promise.all(this.servers.map((server) => server.get(key)));
  }

  /**
   * Finds keys of every server, by sending keys through the proxy and looking where they are.
   *
   * @param count How many keys each server is to have.
   * @param prefix What the keys begin with.
   * @returns For each server the keys that belong to it; none of them is stored any more.
   */
  async keysByServer(count: number, prefix = "key:"): Promise<string[][]> {
    const found: string[][] = this.servers.map(() => []);
    using client = await this.connect();
    const directs = await Promise.all(this.servers.map((server) => server.connect()));
    try {
      for (let next = 0; found.some((keys) => keys.length < count); next++) {
        const key = `${prefix}${next}`;
        await client.exchange(`set ${key} 0 0 1\r\nx\r\n`, "STORED\r\n");
        for (const [i, direct] of directs.entries()) {
          await direct.send(`delete ${key}\r\n`);
          if (await direct.readLine() === "DELETED") found[i].push(key);
        }
      }
    } finally {
      for (const direct of directs) direct.close();
    }
    return found.map((keys) => keys.slice(0, count));
  }

  /**
   * Starts a server that was stopped, empty, on its old port.
   *
   * @param index Which one.
   */
  async restart(index: number): Promise<void> {
    this.servers[index] = await startMemcached({ ...this.#memcached, port: this.servers[index].port });
  }

  /** See {@link MemcachePool}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.stop();
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

/**
 * Starts memcacheds and a proxy with one pool, called `pool`, in front of them.
 *
 * @param options How.
 * @returns The running pool.
 */
export async function startMemcachePool(options: MemcachePoolOptions = {}): Promise<MemcachePool> {
  const { servers: count = 1, directives, flags, memcached = {} } = options;
  const servers = await Promise.all(Array.from({ length: count }, () => startMemcached(memcached)));
  try {
    const addresses = servers.map(({ address }, i) => `${address}:1 s${i}`);
    return new MemcachePool(await startMemcacheProxy(addresses, directives, flags), servers, memcached);
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop()));
    throw error;
  }
}

/**
 * Starts a proxy with one memcached pool, called `pool`. Its hash is murmur, because fnv1a_64 puts keys that
 * differ only at their end next to each other, and tests want a few such keys to be on all servers.
 *
 * @param servers The pool's servers, as the file has them.
 * @param directives More directives of the pool.
 * @param flags More flags of the proxy.
 * @returns The running proxy.
 */
export async function startMemcacheProxy(
  servers: readonly string[],
  directives: Readonly<Record<string, PoolValue>> = {},
  flags: readonly string[] = [],
): Promise<Proxy> {
  const pools: Pools = {
    pool: { listen: `127.0.0.1:${freePort()}`, hash: "murmur", ...directives, servers },
  };
  return await startProxy({ pools, flags });
}

/**
 * What a server sends for an item.
 *
 * @param key The key.
 * @param value The value, ASCII.
 * @param flags The flags.
 * @returns The `VALUE` line and the data.
 */
export function item(key: string, value: string, flags = 0): string {
  return `VALUE ${key} ${flags} ${value.length}\r\n${value}\r\n`;
}

/**
 * A request that stores a value.
 *
 * @param key The key.
 * @param value The value, ASCII.
 * @param options What follows the length, such as ` noreply`.
 * @returns The line and the data.
 */
export function set(key: string, value: string, options = ""): string {
  return `set ${key} 0 0 ${value.length}${options}\r\n${value}\r\n`;
}
