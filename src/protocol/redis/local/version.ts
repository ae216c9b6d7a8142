/**
 * Which version of redis the proxy says it is: no more than what each of its servers can do.
 *
 * @module
 */

import type { PoolFacts } from "../../facts.ts";
import { RESP3_DIALECT } from "../dialects.ts";

/** What is said while no server has told its version: the first redis that knows `HELLO`. */
const VERSION_UNTIL_KNOWN = "6.0.0";

/**
 * The lowest version among the servers. Only connections in RESP3 tell it, so the first one who asks has some opened.
 *
 * @param pool The pool.
 * @returns Numbers parted by dots.
 */
export function lowestVersion(pool: PoolFacts): string {
  const versions = pool.serverFacts().map(({ version }) => version);
  if (versions.includes(null)) pool.prepare(RESP3_DIALECT);
  const known = versions.filter((version) => version !== null);
  return known.sort(compareVersions)[0] ?? VERSION_UNTIL_KNOWN;
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
