/**
 * The protocol of each pool, by what the file says of it.
 *
 * @module
 */

import type { ClientUser, PoolConfig } from "../config/config.ts";
import { describePool } from "../config/describe.ts";
import type { Codec } from "../protocol/contract.ts";
import { MemcacheCodec } from "../protocol/memcache/codec.ts";
import type { ReadStatistics, Statistic } from "../protocol/memcache/statistics.ts";
import { RedisCodec } from "../protocol/redis/codec.ts";
import type { ProcessFacts } from "../proxy/pool_statistics.ts";
import { poolStatistics } from "../proxy/pool_statistics.ts";
import type { Proxy } from "../proxy/proxy.ts";

/**
 * Makes the protocol of a pool.
 *
 * @param config What the file says of it.
 * @param readStatistics Reads what clients of memcached are told who ask for statistics.
 * @returns The protocol.
 */
export function codecFor(config: PoolConfig, readStatistics: ReadStatistics): Codec {
  const {
    protocol,
    redisAuth,
    redisDb,
    databases,
    serverAuth,
    keyBytesMax,
    argumentsMax,
    allowDangerous,
    commands,
  } = config;
  if (protocol === "memcache") {
    return new MemcacheCodec(keyBytesMax ?? undefined, readStatistics, allowDangerous, {
      users: usersOf(config),
      // Without a name the configuration would have been refused.
      serverAuth: serverAuth === null ? null : { ...serverAuth, user: serverAuth.user ?? "" },
    });
  }
  return new RedisCodec({
    password: redisAuth,
    db: redisDb,
    databases,
    users: usersOf(config),
    serverAuth,
    keyBytesMax: keyBytesMax ?? undefined,
    argumentsMax,
    allowDangerous,
    commands,
    directives: directivesOf(config),
  }, Math.random);
}

/** A pool's directives with their values as one would write them, secrets masked. */
function directivesOf(config: PoolConfig): readonly (readonly [string, string])[] {
  return Object.entries(describePool(config)).map(([name, value]) => {
    if (value === null) return [name, ""];
    return [name, typeof value === "object" ? JSON.stringify(value) : `${value}`];
  });
}

/** Everybody who may use a pool; null if anybody may who knows its `redis_auth`. */
function usersOf({ clientAuth, clientAuthFile }: PoolConfig): readonly ClientUser[] | null {
  return clientAuth === null && clientAuthFile === null
    ? null
    : [...clientAuth ?? [], ...clientAuthFile?.users ?? []];
}

/**
 * Says what a memcached pool's clients are told who ask for statistics.
 *
 * @param proxy Has the pool.
 * @param name The pool's name.
 * @param facts What is true of the process.
 * @returns The numbers of all workers together; none if there is no such pool.
 */
export function statisticsOf(proxy: Proxy, name: string, facts: ProcessFacts): Statistic[] {
  const pool = proxy.pools.find((candidate) => candidate.name === name);
  return pool === undefined ? [] : poolStatistics(pool.snapshotOfAll(), facts);
}
