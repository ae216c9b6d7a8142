/**
 * The pools that are compared: every hash with every distribution that is no chance.
 *
 * @module
 */

import type { DistributionName } from "../../src/distribution/names.ts";
import { HASH_NAMES, type HashName } from "../../src/hashkit/names.ts";
import type { Pools } from "../support/pool_file.ts";

/** A server of a pool as the ring sees it. */
export interface Node {
  /** Its name. */
  readonly name: string;
  /** Its weight. */
  readonly weight: number;
}

/** One pool. */
export interface Combination {
  /** The pool's name. */
  readonly name: string;
  /** How keys are hashed. */
  readonly hash: HashName;
  /** How hashes become servers. */
  readonly distribution: DistributionName;
  /** The two characters around what is hashed of a key; null for none. */
  readonly hashTag: string | null;
  /** Its servers, in the order of the file. */
  readonly nodes: readonly Node[];
}

/** Names of several lengths, not in the order that servers are sorted in, and different weights. */
export const NODES: readonly Node[] = [
  { name: "cache-server-with-a-long-name", weight: 1 },
  { name: "b", weight: 2 },
  { name: "Alpha", weight: 3 },
  { name: "a-10.0.0.1:6379", weight: 1 },
];

const HASH_TAGS = [null, "{}", "$$"];

/** All hashes with ketama and modula; a third of the pools has no hash tag, a third has `{}`, a third `$$`. */
export const COMBINATIONS: readonly Combination[] = HASH_NAMES
  .flatMap((hash) => (["ketama", "modula"] as const).map((distribution) => ({ hash, distribution })))
  .map(({ hash, distribution }, i) => ({
    name: `${hash}-${distribution}`,
    hash,
    distribution,
    hashTag: HASH_TAGS[i % HASH_TAGS.length],
    nodes: NODES,
  }));

/** Pools with something odd about their servers. */
export const ODD_COMBINATIONS: readonly Combination[] = [
  { name: "one-server", hash: "murmur", distribution: "ketama", hashTag: "{}", nodes: NODES.slice(0, 1) },
  {
    name: "no-point-for-the-last",
    hash: "fnv1a_64",
    distribution: "ketama",
    hashTag: null,
    nodes: NODES.slice(0, 3).map(({ name }, i) => ({ name, weight: [50_000, 50_000, 1][i] })),
  },
  {
    name: "large-weights",
    hash: "md5",
    distribution: "modula",
    hashTag: null,
    nodes: NODES.map(({ name }, i) => ({ name, weight: 100 + i })),
  },
];

/**
 * Makes the pools of a proxy.
 *
 * @param combinations The pools.
 * @param addresses Where the servers are, in the order of the nodes.
 * @param ports Where the pools listen, one for each.
 * @param redis Whether the servers are redis servers.
 * @returns The pools, in the order of the combinations.
 */
export function poolsOf(
  combinations: readonly Combination[],
  addresses: readonly string[],
  ports: readonly number[],
  redis: boolean,
): Pools {
  return Object.fromEntries(combinations.map(({ name, hash, distribution, hashTag, nodes }, i) => [name, {
    listen: `127.0.0.1:${ports[i]}`,
    redis,
    hash,
    distribution,
    ...(hashTag === null ? {} : { hash_tag: `"${hashTag}"` }),
    servers: nodes.map(({ name, weight }, i) => `${addresses[i]}:${weight} ${name}`),
  }]));
}
