/**
 * A proxy for one pool between scripted clients and servers, with a clock that the test moves.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { encode } from "../../src/base/ascii.ts";
import { ManualClock } from "../../src/base/clock.ts";
import type { PoolConfig } from "../../src/config/config.ts";
import { type Log, nullLog } from "../../src/log/log.ts";
import { PoolMetric, ServerMetric } from "../../src/metrics/table.ts";
import type { Address } from "../../src/net/address.ts";
import type { Codec } from "../../src/protocol/contract.ts";
import { MemcacheCodec } from "../../src/protocol/memcache/codec.ts";
import { RedisCodec } from "../../src/protocol/redis/codec.ts";
import { TICK_MS } from "../../src/proxy/limits.ts";
import type { Pool } from "../../src/proxy/pool.ts";
import type { PoolChange } from "../../src/proxy/pool_change.ts";
import { Proxy } from "../../src/proxy/proxy.ts";
import { MemoryNetwork, settle } from "./memory_network.ts";
import { type Latin1, ScriptedClient, ScriptedServer } from "./scripted_redis.ts";

/** What a test wants to be unusual. */
export interface RigOptions {
  /** Settings of the pool. */
  readonly pool?: Partial<PoolConfig>;
  /** How many servers there are; one unless given. */
  readonly servers?: number;
  /** How every server answers; by default it leaves that to the test. */
  readonly answer?: ScriptedServer["answer"];
  /** `-m`, in bytes. */
  readonly mbufBytes?: number;
  /** Numbers from 0 to below 1. */
  readonly random?: () => number;
  /** `--log-sample`; no sample unless given. */
  readonly logSamplePeriod?: number;
  /** `-v`; 7 unless given. */
  readonly logLevel?: number;
  /** `-M`, in bytes; no limit unless given. */
  readonly memoryBytesMax?: number;
}

function poolConfig(options: RigOptions, addresses: readonly Address[]): PoolConfig {
  return {
    name: "rig",
    protocol: "redis",
    listen: {
      text: "127.0.0.1:0",
      address: { transport: "tcp", hostname: "127.0.0.1", port: 0 },
      mode: null,
    },
    hash: "fnv1a_32",
    hashTag: null,
    distribution: "modula",
    timeoutMs: 0,
    connectTimeoutMs: 0,
    backlog: 512,
    clientConnections: 0,
    clientIdleTimeoutMs: 0,
    clientTimeoutMs: 60000,
    clientOutputBytesMax: 1048576,
    clientRequestsMax: 16384,
    redisAuth: null,
    redisDb: 0,
    databases: null,
    clientAuth: null,
    clientAuthFile: null,
    serverAuth: null,
    tcpKeepalive: false,
    reusePort: false,
    preconnect: false,
    autoEjectHosts: false,
    serverConnections: 1,
    privateConnections: 1024,
    serverRetryTimeoutMs: 1000,
    serverFailureLimit: 2,
    serverQueueBytesMax: 67108864,
    ejectPolicy: "rehash",
    ejectLast: true,
    allowDangerous: false,
    commands: null,
    partialFailure: "error",
    joinsGets: true,
    dnsRefreshMs: 30000,
    requestBytesMax: 1073741824,
    keyBytesMax: null,
    argumentsMax: 1048576,
    readyServersMin: 1,
    slowlogThresholdMs: 10,
    maskKeys: false,
    servers: addresses.map((address, i) => ({ name: `server${i}`, address, weight: 1 })),
    ...options.pool,
  };
}

/** The protocol of a pool; servers of memcached are scripted by the test itself. */
function codecFor(config: PoolConfig): Codec {
  const {
    protocol,
    redisAuth,
    redisDb,
    databases,
    clientAuth,
    serverAuth,
    argumentsMax,
    allowDangerous,
    commands,
  } = config;
  const keyBytesMax = config.keyBytesMax ?? undefined;
  if (protocol === "memcache") return new MemcacheCodec(keyBytesMax, undefined, allowDangerous);
  return new RedisCodec({
    password: redisAuth,
    db: redisDb,
    databases,
    users: clientAuth,
    serverAuth,
    keyBytesMax,
    argumentsMax,
    allowDangerous,
    commands,
  });
}

/** See the module. */
export class Rig {
  /** Time. */
  readonly clock = new ManualClock(1000);
  /** All connections. */
  readonly network = new MemoryNetwork();
  /** The servers, in the pool's order. */
  readonly servers: readonly ScriptedServer[];
  /** What is tested. */
  readonly proxy: Proxy;
  /** All lines of the log. */
  readonly log: string[] = [];
  /** Where the proxy listens. */
  readonly address: Address;
  /** What the pool is like at the start. */
  readonly config: PoolConfig;

  /**
   * Starts a proxy.
   *
   * @param options What is unusual.
   */
  constructor(options: RigOptions = {}) {
    const addresses = Array.from({ length: options.servers ?? 1 }, (_, i): Address => ({
      transport: "tcp",
      hostname: "10.0.0.1",
      port: 6000 + i,
    }));
    this.servers = addresses.map((address) => new ScriptedServer(this.network, address, options.answer));
    const note = (_: string, text: string) => void this.log.push(text);
    const log: Log = {
      ...nullLog,
      enabled: (level) => level <= (options.logLevel ?? 7),
      write: (level, module, text) => level <= (options.logLevel ?? 7) && note(module, text),
      error: note,
      warn: note,
      info: note,
    };
    const environment = {
      clock: this.clock,
      network: this.network,
      random: options.random ?? (() => 0.5),
      log,
      memoryBytesMax: options.memoryBytesMax ?? Infinity,
      mbufBytes: options.mbufBytes ?? 16384,
      collectGarbage: null,
      logSamplePeriod: options.logSamplePeriod ?? 0,
    };
    this.config = poolConfig(options, addresses);
    this.proxy = new Proxy(environment, [this.config], codecFor);
    this.address = this.proxy.start()[0];
  }

  /** The pool. */
  get pool(): Pool {
    return this.proxy.pools[0];
  }

  /** Bytes of buffers that are in use. */
  get usedBytes(): number {
    return this.pool.runtime.mbufs.usage.usedBytes;
  }

  /** The first server. */
  get server(): ScriptedServer {
    return this.servers[0];
  }

  /**
   * Gives the proxy another configuration.
   *
   * @param pools How each pool differs from the one at the start.
   * @returns What has changed.
   */
  reload(...pools: readonly Partial<PoolConfig>[]): PoolChange[] {
    return this.proxy.reload(pools.map((pool) => ({ ...this.config, ...pool })));
  }

  /** Connects a client, after the proxy has noticed all earlier ones. */
  async client(): Promise<ScriptedClient> {
    const client = new ScriptedClient(this.network.dial(this.address));
    await settle();
    return client;
  }

  /**
   * Moves time, no further than a tick of the proxy at once, and lets everything run after each step.
   *
   * @param ms How far, in milliseconds.
   */
  async advance(ms: number): Promise<void> {
    await settle();
    for (let left = ms; left > 0; left -= TICK_MS) {
      this.clock.advance(Math.min(left, TICK_MS));
      await settle();
    }
  }

  /**
   * Which server a key belongs to.
   *
   * @param key The key.
   * @returns The server's index.
   */
  serverOf(key: Latin1): number {
    const bytes = encode(key);
    return this.pool.servers.indexOf(this.pool.router.route(bytes, 0, bytes.length)!);
  }

  /**
   * Finds keys of a server.
   *
   * @param server The server's index.
   * @param count How many.
   * @returns Keys that belong to it, all different.
   */
  keysOf(server: number, count: number): Latin1[] {
    const keys: Latin1[] = [];
    for (let i = 0; keys.length < count; i++) if (this.serverOf(`k${i}`) === server) keys.push(`k${i}`);
    return keys;
  }

  /** The pool's number of a metric. */
  count(metric: keyof typeof PoolMetric): number {
    return this.proxy.snapshot()[0].values[PoolMetric[metric]];
  }

  /** A server's number of a metric; of the first server unless its index is given. */
  serverCount(metric: keyof typeof ServerMetric, server = 0): number {
    return this.proxy.snapshot()[0].servers[server].values[ServerMetric[metric]];
  }

  /** Ends everything, and checks that nothing is left behind. */
  async stop(): Promise<void> {
    this.proxy.close();
    await settle();
    for (const server of this.servers) server.die();
    await settle();
    assertEquals(this.usedBytes, 0, "every buffer came back");
    assertEquals(this.clock.pending, 0, "no timer waits");
    assertEquals(this.proxy.connections.current, 0, "every connection was counted out");
  }
}

/**
 * Runs a test with a proxy, and checks at its end that nothing is left behind.
 *
 * @param name The test's name.
 * @param options What is unusual about the proxy.
 * @param fn The test.
 */
export function rigTest(name: string, options: RigOptions, fn: (rig: Rig) => Promise<void>): void {
  Deno.test(name, async () => {
    const rig = new Rig(options);
    await fn(rig);
    await rig.stop();
  });
}

/**
 * Writes requests.
 *
 * @param lines Requests, their words parted by spaces.
 * @returns All as arrays of bulk strings.
 */
export function requests(...lines: readonly Latin1[]): Latin1 {
  return lines.map((line) => {
    const words = line.split(" ");
    return `*${words.length}\r\n${words.map(bulk).join("")}`;
  }).join("");
}

/**
 * Writes a bulk string.
 *
 * @param text What is in it.
 * @returns The reply.
 */
export function bulk(text: Latin1): Latin1 {
  return `$${text.length}\r\n${text}\r\n`;
}

/**
 * Answers every request with its words, so that a reply which goes astray is seen.
 *
 * @param words The request.
 * @returns For MGET an array, for DEL a number, for MSET a status, else the words.
 */
export function echo(words: readonly Latin1[]): Latin1 {
  const [name, ...keys] = words;
  switch (name) {
    case "MGET":
      return `*${keys.length}\r\n${keys.map((key) => bulk(`value of ${key}`)).join("")}`;
    case "DEL":
      return `:${keys.length}\r\n`;
    case "MSET":
      return "+OK\r\n";
    case "PING":
      return "+PONG\r\n";
    default:
      return bulk(words.join(" "));
  }
}
