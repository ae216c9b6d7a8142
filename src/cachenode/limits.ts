/**
 * How much a cache node keeps and takes: it runs inside a demo, beside the proxy.
 *
 * @module
 */

/** What a node's items may take together, in bytes: memcached's default (`-m 64`). */
export const STORE_BYTES_MAX = 64 * 1024 * 1024;

/** How many items a node keeps: small ones cost more than their bytes, and a Map of so many is still quick. */
export const STORE_ENTRIES_MAX = 500_000;

/** What an item costs beside its key and value, in bytes: about what V8 needs for the entry and its slot in the map. */
export const ENTRY_OVERHEAD_BYTES = 200;

/** The longest redis value, in bytes: a quarter of the store, so that a write never empties it. */
export const REDIS_VALUE_BYTES_MAX = 16 * 1024 * 1024;

/** The longest redis request, in bytes: two of the longest values, such as an MSET has them. */
export const REDIS_REQUEST_BYTES_MAX = 2 * REDIS_VALUE_BYTES_MAX;

/** The longest memcached value, in bytes: memcached's default (`-I 1m`) less what it needs for its own item header. */
export const MEMCACHE_VALUE_BYTES_MAX = 1024 * 1024 - 512;

/** Clients of a node at once: the proxy needs a few, people who look inside a few more. */
export const CLIENTS_MAX = 256;

/** The size of a client's read buffer, in bytes: small while it is idle, large while it is busy. */
export const READ_WINDOW_BYTES = { bytesMin: 1024, bytesMax: 64 * 1024 } as const;

/** The size of a client's output buffer, in bytes: the proxy's own default. */
export const OUTPUT_MBUF_BYTES = 16 * 1024;

/** How much output may wait before no more requests of that client are handled, in bytes: a few writes' worth. */
export const OUTPUT_BYTES_MAX = 256 * 1024;

/** How often expired items are looked for, in milliseconds: ten times a second, like redis. */
export const SWEEP_PERIOD_MS = 100;

/** How many items each look visits: below a millisecond's work. */
export const SWEEP_ENTRIES_MAX = 1000;

/** How long a node waits after a failed accept, in milliseconds, so that a lack of descriptors costs no CPU. */
export const ACCEPT_RETRY_MS = 100;
