/**
 * A proxy in front of four real servers, one of which is made to fail while clients ask for keys of all of them.
 *
 * ```text
 *   clients ──▶ proxy ──▶ s0           the one whose process is tampered with
 *                 ├──▶ relay ──▶ s1    the one whose network is tampered with
 *                 ├──▶ s2, s3          innocent
 * ```
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { FaultRelay } from "../support/fault_relay.ts";
import { type MemcachedServer, startMemcached } from "../support/memcached_server.ts";
import type { PoolValue } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { eventually, sleep } from "../support/process.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";
import { connect, ReplyError, type WireClient } from "../support/wire.ts";
import type { Dialect } from "./dialect.ts";
import { scaled } from "./scale.ts";
import { Traffic, valueOf } from "./traffic.ts";

/** How many keys each server has. */
const KEYS_PER_SERVER = 40;
/** How many clients ask for keys of all servers. */
const CLIENTS = 8;
/** How long the traffic runs before anything goes wrong, so that the runtime has warmed up, in milliseconds. */
const WARM_UP_MS = 1500;
/** By how much memory may have grown in the end, as a factor. */
const RSS_GROWTH_MAX = 1.2;

/**
 * How much more of the runtime's heap may be young when a burst is over, in bytes: V8 gives its two semispaces of 16 MB
 * back only after half a minute of idleness, which is waited for when the promised numbers are asked for.
 */
const HEAP_SLACK_BYTES = scaled(32 * 1024 * 1024, 0);

/** A server, whichever protocol it speaks. */
export type CacheServer = RedisServer | MemcachedServer;

/** `timeout`, in milliseconds: short, but longer than a busy machine lets a process wait for its turn. */
export const TIMEOUT_MS = 1000;
/** What the pools of the suite have in common: a server's keys stay its own, and what is dead is known quickly. */
const DIRECTIVES = {
  hash: "murmur",
  timeout: TIMEOUT_MS,
  auto_eject_hosts: true,
  eject_policy: "error",
  server_failure_limit: 2,
  server_retry_timeout: 100,
} as const;

/** See the module; `await using` stops all. */
export class FaultPool implements AsyncDisposable {
  /** The proxy. */
  readonly proxy: Proxy;
  /** The servers. */
  readonly servers: CacheServer[];
  /** What stands before the second one. */
  readonly relay: FaultRelay;
  /** What is spoken. */
  readonly dialect: Dialect;
  /** The keys of each server. */
  keys: string[][] = [];

  private constructor(proxy: Proxy, servers: CacheServer[], relay: FaultRelay, dialect: Dialect) {
    this.proxy = proxy;
    this.servers = servers;
    this.relay = relay;
    this.dialect = dialect;
  }

  /**
   * Starts everything and stores the keys.
   *
   * @param dialect What is spoken.
   * @param directives More directives of the pool.
   * @param relayed Whether the relay is used at all; it shares a process with the test, so that a test which floods the
   *   proxy would slow its own relay down.
   * @returns The pool, which serves.
   */
  static async start(
    dialect: Dialect,
    directives: Readonly<Record<string, PoolValue>> = {},
    relayed = true,
  ): Promise<FaultPool> {
    const servers = await Promise.all(Array.from({ length: 4 }, () => startServer(dialect)));
    const relay = await FaultRelay.start(servers[1].port);
    try {
      const addresses = servers.map((server, i) =>
        `${relayed && i === 1 ? relay.address : server.address}:1 s${i}`
      );
      const listen = `127.0.0.1:${freePort()}`;
      const options = {
        listen,
        redis: dialect.name === "redis",
        ...DIRECTIVES,
        ...directives,
        servers: addresses,
      };
      const proxy = await startProxy({ pools: { pool: options } });
      const pool = new FaultPool(proxy, servers, relay, dialect);
      await pool.#findKeys();
      return pool;
    } catch (error) {
      await relay[Symbol.asyncDispose]();
      for (const server of servers) await server.stop();
      throw error;
    }
  }

  /** Connects to the proxy. */
  connect(): Promise<WireClient> {
    return this.proxy.connect();
  }

  /**
   * Starts clients that ask for keys of all servers.
   *
   * @param failing The server whose keys may fail; none unless given.
   * @returns The traffic.
   */
  traffic(failing?: number): Traffic {
    // Neighbours in a pipeline belong to different servers.
    const keys = this.keys[0].flatMap((_, i) => this.keys.map((own) => own[i]));
    const mayFail = new Set(failing === undefined ? [] : this.keys[failing]);
    return new Traffic(this.dialect, () => this.connect(), CLIENTS, keys, mayFail);
  }

  /**
   * Starts clients that ask for keys of all servers but one.
   *
   * @param server The one that is left alone.
   * @returns The traffic, of which nothing may fail.
   */
  bystanders(server: number): Traffic {
    const keys = this.keys.filter((_, i) => i !== server).flat();
    return new Traffic(this.dialect, () => this.connect(), CLIENTS, keys);
  }

  /** Lets traffic run until the runtime has warmed up; returns the proxy's resident memory in bytes. */
  async warmUp(): Promise<number> {
    const traffic = this.traffic();
    await sleep(WARM_UP_MS);
    await traffic.stop();
    return this.proxy.rss();
  }

  /**
   * Makes a server fail while there is traffic, and waits until all is well again: requests for other servers' keys must
   * not fail, nobody may get another's reply, and the proxy has to recover by itself.
   *
   * @param failing Which server fails.
   * @param fault What happens; when it returns, the server can serve again.
   * @returns What the traffic saw.
   */
  async endure(failing: number, fault: () => Promise<void>): Promise<Traffic> {
    const traffic = this.traffic(failing);
    try {
      await fault();
      await this.recovered(failing);
    } finally {
      await traffic.stop();
    }
    assert(traffic.served > 0, "there was traffic");
    await this.store(failing);
    const after = this.traffic();
    await sleep(50);
    await after.stop();
    assertEquals(after.unserved, 0);
    return traffic;
  }

  /**
   * Waits until a server's keys are served again.
   *
   * @param server Which server.
   */
  async recovered(server: number): Promise<void> {
    await eventually(async () => {
      using client = await this.connect();
      await client.send(this.dialect.get(this.keys[server][0]));
      return !((await this.dialect.read(client)) instanceof ReplyError);
    }, `server s${server} serves again`);
  }

  /**
   * Waits until the proxy needs no more memory than it did, but for a fifth and what the runtime keeps for a while.
   *
   * @param beforeBytes What it needed.
   */
  async memoryReturned(beforeBytes: number): Promise<void> {
    const mostBytes = beforeBytes * RSS_GROWTH_MAX + HEAP_SLACK_BYTES;
    const isBack = (): boolean => this.proxy.rss() <= mostBytes;
    await eventually(isBack, "memory is back").catch(() => {
      throw new Error(`the proxy keeps ${this.proxy.rss()} bytes; there were ${beforeBytes} before`);
    });
  }

  /**
   * Stores a server's keys; it may have lost them.
   *
   * @param server Which server.
   */
  async store(server: number): Promise<void> {
    using client = await this.connect();
    for (const key of this.keys[server]) {
      await client.send(this.dialect.set(key, valueOf(key)));
      assertEquals(await this.dialect.read(client), this.dialect.stored);
    }
  }

  /**
   * Starts a server that has died on its old port, empty.
   *
   * @param server Which server.
   */
  async restart(server: number): Promise<void> {
    this.servers[server] = await startServer(this.dialect, this.servers[server].port);
  }

  /** See {@link FaultPool}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.proxy.stop();
    await this.relay[Symbol.asyncDispose]();
    for (const server of this.servers) await server.stop();
  }

  /** Stores keys until every server has enough; where each one is, the servers themselves say. */
  async #findKeys(): Promise<void> {
    const { dialect } = this;
    const found: string[][] = this.servers.map(() => []);
    using client = await this.connect();
    const directs = await Promise.all(this.servers.map(({ port }) => connect(port)));
    try {
      for (let next = 0; found.some((own) => own.length < KEYS_PER_SERVER); next++) {
        const key = `key:${next}`;
        await client.send(dialect.set(key, valueOf(key)));
        assertEquals(await dialect.read(client), dialect.stored);
        for (const [i, direct] of directs.entries()) {
          await direct.send(dialect.get(key));
          if (await dialect.read(direct) !== null) found[i].push(key);
        }
      }
    } finally {
      for (const direct of directs) direct.close();
    }
    this.keys = found.map((own) => own.slice(0, KEYS_PER_SERVER));
  }
}

async function startServer(dialect: Dialect, port?: number): Promise<CacheServer> {
  return dialect.name === "redis" ? await startRedis({ port }) : await startMemcached({ port });
}
