/**
 * A proxy in front of real redis-servers, as most tests of the redis protocol need it.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { Pools, PoolValue } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { type RedisOptions, type RedisServer, startRedis } from "../support/redis_server.ts";
import { WireClient } from "../support/wire.ts";

/** How a pool is started. */
export interface RedisPoolOptions {
  /** How many servers it has; one unless given. */
  readonly servers?: number;
  /** More directives of the pool, such as `{ timeout: 400 }`. */
  readonly directives?: Readonly<Record<string, PoolValue>>;
  /** More flags of the proxy. */
  readonly flags?: readonly string[];
  /** How the servers are started. */
  readonly redis?: RedisOptions;
}

/** A proxy with one pool, and its servers; `await using` stops them all. */
export class RedisPool implements AsyncDisposable {
  /** The proxy. */
  readonly proxy: Proxy;
  /** Its servers; they are called `s0`, `s1` … in the pool. */
  readonly servers: RedisServer[];
  readonly #redis: RedisOptions;

  /**
   * Describes a pool that runs.
   *
   * @param proxy The proxy.
   * @param servers Its servers.
   * @param redis How they were started.
   */
  constructor(proxy: Proxy, servers: RedisServer[], redis: RedisOptions) {
    this.proxy = proxy;
    this.servers = servers;
    this.#redis = redis;
  }

  /** Connects to the proxy; what is sent leaves at once, so that two pieces can be two packets. */
  async connect(): Promise<WireClient> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: Number(this.proxy.listens[0]) });
    conn.setNoDelay();
    return new WireClient(conn);
  }

  /** The pool's part of the statistics. */
  // deno-lint-ignore no-explicit-any
  async stats(): Promise<any> {
    return (await this.proxy.stats()).pool;
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
    for (let next = 0; found.some((keys) => keys.length < count);) {
      const batch = Array.from({ length: 20 * this.servers.length }, () => `${prefix}${next++}`);
      assertEquals(await client.command("MSET", ...batch.flatMap((key) => [key, ""])), "OK");
      for (const [i, server] of this.servers.entries()) {
        for (const key of batch) if (await server.command("DEL", key) === 1) found[i].push(key);
      }
    }
    return found.map((keys) => keys.slice(0, count));
  }

  /**
   * Starts a server that was stopped, empty, on its old port.
   *
   * @param index Which one.
   */
  async restart(index: number): Promise<void> {
    this.servers[index] = await startRedis({ ...this.#redis, port: this.servers[index].port });
  }

  /** See {@link RedisPool}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.stop();
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}

/**
 * Starts redis-servers and a proxy with one pool, called `pool`, in front of them.
 *
 * @param options How.
 * @returns The running pool.
 */
export async function startRedisPool(options: RedisPoolOptions = {}): Promise<RedisPool> {
  const { servers: count = 1, directives, flags, redis = {} } = options;
  const servers = await Promise.all(Array.from({ length: count }, () => startRedis(redis)));
  try {
    const addresses = servers.map(({ address }, i) => `${address}:1 s${i}`);
    const proxy = await startProxy({ pools: redisPoolFile(addresses, directives), flags });
    return new RedisPool(proxy, servers, redis);
  } catch (error) {
    await Promise.all(servers.map((server) => server.stop()));
    throw error;
  }
}

/**
 * Starts a proxy with one redis pool, called `pool`.
 *
 * @param servers The pool's servers, as the file has them.
 * @param directives More directives of the pool.
 * @param flags More flags of the proxy.
 * @returns The running proxy.
 */
export async function startRedisProxy(
  servers: readonly string[],
  directives: Readonly<Record<string, PoolValue>> = {},
  flags: readonly string[] = [],
): Promise<Proxy> {
  return await startProxy({ pools: redisPoolFile(servers, directives), flags });
}

/**
 * Describes a redis pool on a free port. Its hash is murmur, because fnv1a_64 puts keys that differ only at
 * their end next to each other, and tests want a few such keys to be on all servers.
 *
 * @param servers The pool's servers, as the file has them.
 * @param directives More directives of the pool.
 * @returns The one pool of a configuration.
 */
export function redisPoolFile(
  servers: readonly string[],
  directives: Readonly<Record<string, PoolValue>> = {},
): Pools {
  return { pool: { listen: `127.0.0.1:${freePort()}`, redis: true, hash: "murmur", ...directives, servers } };
}
