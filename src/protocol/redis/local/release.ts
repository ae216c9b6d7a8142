/**
 * Which server the proxy says it is: no more than what each of its servers can do.
 *
 * @module
 */

import type { PoolFacts, ServerModule, ServerRelease } from "../../facts.ts";
import { RESP3_DIALECT } from "../dialects.ts";

/** What a pool says it is. */
export interface PoolRelease extends ServerRelease {
  /** The redis that all servers are compatible with: numbers parted by dots. */
  readonly redisVersion: string;
}

/** What is said while no server has told its version: the first redis that knows `HELLO`. */
const UNTIL_KNOWN: PoolRelease = { product: "redis", version: "6.0.0", redisVersion: "6.0.0", modules: [] };

/** Valkey was made from this redis, and every valkey so far says in `INFO` that it is compatible with it. */
const REDIS_OF_VALKEY = "7.2.4";

/**
 * What all servers are. Connections in RESP3 tell it as they are opened, so if it is not known some are.
 *
 * @param pool The pool.
 * @param answered What servers have just said in their replies to `INFO`.
 * @returns The product, redis if there are several; the lowest version of it; and the modules that all have.
 */
export function poolRelease(pool: PoolFacts, answered: readonly ServerRelease[] = []): PoolRelease {
  const told = pool.serverFacts().map(({ release }) => release);
  if (told.includes(null) && answered.length === 0) pool.prepare(RESP3_DIALECT);
  const releases = [...told.filter((release) => release !== null), ...answered];
  if (releases.length === 0) return UNTIL_KNOWN;
  const [{ product }] = releases;
  const modules = commonModules(releases);
  const redisVersion = lowest(releases.map(redisVersionOf));
  if (releases.some((release) => release.product !== product)) {
    return { product: "redis", version: redisVersion, redisVersion, modules };
  }
  return { product, version: lowest(releases.map(({ version }) => version)), redisVersion, modules };
}

/**
 * Whether it is known what each server is.
 *
 * @param pool The pool.
 * @returns False until all have told it.
 */
export function isReleaseKnown(pool: PoolFacts): boolean {
  return pool.serverFacts().every(({ release }) => release !== null);
}

function redisVersionOf({ product, version }: ServerRelease): string {
  return product === "valkey" ? REDIS_OF_VALKEY : version;
}

function lowest(versions: readonly string[]): string {
  return versions.toSorted(compareVersions)[0];
}

function commonModules([first, ...others]: readonly ServerRelease[]): ServerModule[] {
  return first.modules.flatMap(({ name, version }) => {
    const found = others.map(({ modules }) => modules.find((module) => module.name === name));
    if (found.includes(undefined)) return [];
    return [{ name, version: Math.min(version, ...found.map((module) => module!.version)) }];
  });
}

/**
 * Compares versions number by number.
 *
 * @param a Numbers parted by dots.
 * @param b Numbers parted by dots.
 * @returns Below 0 if `a` is lower, above 0 if it is higher.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
