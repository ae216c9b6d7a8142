/**
 * Tells people where a key belongs, and why.
 *
 * @module
 */

import type { PoolConfig, ServerConfig } from "../config/config.ts";
import { buildContinuum, type Continuum } from "../distribution/continuum.ts";
import { KeyHasher } from "../distribution/hash_tag.ts";
import { KetamaContinuum } from "../distribution/ketama.ts";
import { hashByName } from "../hashkit/hashkit.ts";
import type { KeyLocation } from "../metrics/snapshot.ts";
import { formatAddress } from "../net/address.ts";

/**
 * Looks a key up.
 *
 * @param servers The servers in the order of the ring.
 * @param continuum What turns hashes into servers.
 * @param hasher What turns keys into hashes.
 * @param key The whole key.
 * @returns Where it belongs.
 */
export function locateKey(
  servers: readonly ServerConfig[],
  continuum: Continuum,
  hasher: KeyHasher,
  key: Uint8Array,
): KeyLocation {
  const hash = hasher.hash(key, 0, key.length);
  const index = continuum.dispatch(hash);
  const server = index < 0 ? null : servers[index];
  const position = continuum instanceof KetamaContinuum ? continuum.position(hash) : -1;
  return {
    hash,
    server: server?.name ?? null,
    address: server === null ? null : formatAddress(server.address),
    position: position < 0 ? null : position,
    point: position < 0 ? null : (continuum as KetamaContinuum).values[position],
  };
}

/**
 * Looks a key up without a running proxy: all servers count as live.
 *
 * @param pool What the file says of the pool.
 * @param key The whole key.
 * @param random Numbers from 0 to below 1, which the distribution `random` draws from.
 * @returns Where it belongs.
 */
export function locateOffline(pool: PoolConfig, key: Uint8Array, random: () => number): KeyLocation {
  const { servers, distribution, hash, hashTag } = pool;
  const continuum = buildContinuum(distribution, servers, servers.map(() => true), random);
  return locateKey(servers, continuum, new KeyHasher(hashByName(hash), hashTag), key);
}
