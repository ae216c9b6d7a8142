/**
 * The protocol of each pool, by what the file says of it.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
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
  const { protocol, redisAuth, redisDb, keyBytesMax, argumentsMax, allowDangerous } = config;
  if (protocol === "memcache") {
    return new MemcacheCodec(keyBytesMax ?? undefined, readStatistics, allowDangerous);
  }
  return new RedisCodec({
    password: redisAuth,
    db: redisDb,
    keyBytesMax: keyBytesMax ?? undefined,
    argumentsMax,
  });
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
