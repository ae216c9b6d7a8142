/**
 * The names that `hash:` may have.
 *
 * @module
 */

/** Every hash function by the name that the configuration file uses, in the order of the reference. */
export const HASH_NAMES = [
  "one_at_a_time",
  "md5",
  "crc16",
  "crc32",
  "crc32a",
  "fnv1_64",
  "fnv1a_64",
  "fnv1_32",
  "fnv1a_32",
  "hsieh",
  "murmur",
  "jenkins",
] as const;

/** One of {@link HASH_NAMES}. */
export type HashName = (typeof HASH_NAMES)[number];
