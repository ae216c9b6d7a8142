/**
 * The names that `distribution:` may have.
 *
 * @module
 */

/** Every way to spread keys over servers, by the name that the configuration file uses. */
export const DISTRIBUTION_NAMES = ["ketama", "modula", "random"] as const;

/** One of {@link DISTRIBUTION_NAMES}. */
export type DistributionName = (typeof DISTRIBUTION_NAMES)[number];
