/**
 * The hash functions by name.
 *
 * @module
 */

import { crc16 } from "./crc16.ts";
import { crc32 } from "./crc32.ts";
import { crc32a } from "./crc32a.ts";
import { fnv1_32 } from "./fnv1_32.ts";
import { fnv1_64 } from "./fnv1_64.ts";
import { fnv1a32 } from "./fnv1a_32.ts";
import { fnv1a64 } from "./fnv1a_64.ts";
import { hsieh } from "./hsieh.ts";
import { jenkins } from "./jenkins.ts";
import { md5 } from "./md5.ts";
import { murmur } from "./murmur.ts";
import type { HashName } from "./names.ts";
import { oneAtATime } from "./one_at_a_time.ts";

/**
 * A hash function: the bytes from `start` to before `end` in, a uint32 out. It neither throws nor keeps the
 * bytes.
 */
export type Hash = (bytes: Uint8Array, start: number, end: number) => number;

const hashes: Readonly<Record<HashName, Hash>> = {
  one_at_a_time: oneAtATime,
  md5,
  crc16,
  crc32,
  crc32a,
  fnv1_64,
  fnv1a_64: fnv1a64,
  fnv1_32,
  fnv1a_32: fnv1a32,
  hsieh,
  murmur,
  jenkins,
};

/**
 * Finds a hash function by its name in the configuration file.
 *
 * @param name The name.
 * @returns The function, always the same one for a name.
 */
export function hashByName(name: HashName): Hash {
  return hashes[name];
}
