/**
 * Limits of what the redis protocol keeps or makes beyond a single request, with their reasons.
 *
 * @module
 */

/**
 * `KEYS` over several servers is answered with at most this many keys: the replies of all servers are in memory at the
 * same time, about 50 bytes a key. Who has more keys wants `SCAN`.
 */
export const KEYS_REPLY_MAX = 100_000;

/** How many scripts of a pool are kept, those used last, for servers that do not have them. Programs use a few dozen. */
export const SCRIPTS_MAX = 512;
/** A longer script is not kept, in bytes: with {@link SCRIPTS_MAX} a pool's scripts take 32 MiB at the most. */
export const SCRIPT_BYTES_MAX = 64 * 1024;

/**
 * The commands that a transaction keeps until its first key tells the server may have so many bytes: enough for a
 * script or two, and little beside what a client may have under way.
 */
export const KEPT_BYTES_MAX = 256 * 1024;

/** How many channels, patterns and sharded channels one client may listen to: more than any known library asks for. */
export const SUBSCRIPTIONS_MAX = 65_536;
/** How many bytes their names may have together: the proxy keeps each twice, and servers keep them, too. */
export const SUBSCRIPTION_BYTES_MAX = 4 * 1024 * 1024;
