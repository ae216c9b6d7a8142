/**
 * Configuration files of proxies, as tests write them: text, or an object per pool.
 *
 * @module
 */

/** One value of a pool: a scalar, or the list of its servers. */
export type PoolValue = string | number | boolean | readonly string[];

/** Pools by name; each is the pool's options by theirs. */
export type Pools = Readonly<Record<string, Readonly<Record<string, PoolValue>>>>;

/**
 * Formats a configuration file.
 *
 * @param pools Its text as it is, or its pools.
 * @returns The text.
 */
export function poolFile(pools: string | Pools): string {
  if (typeof pools === "string") return pools;
  const lines: string[] = [];
  for (const [name, options] of Object.entries(pools)) {
    lines.push(`${name}:`);
    for (const [key, value] of Object.entries(options)) {
      if (typeof value !== "object") lines.push(`  ${key}: ${value}`);
      else lines.push(`  ${key}:`, ...value.map((item) => `   - ${item}`));
    }
  }
  return lines.join("\n") + "\n";
}

/**
 * Finds where a proxy with this file will listen.
 *
 * @param text The file's text; its `listen` values stand on one line each.
 * @returns Ports of TCP addresses and paths of Unix sockets, in the order of the pools.
 */
export function listenAddresses(text: string): (number | string)[] {
  const addresses: (number | string)[] = [];
  for (const [, value] of text.matchAll(/^\s+["']?listen["']?\s*:\s*["']?([^\s"'#]+)/gm)) {
    // The mode of a Unix socket stands on the same line, after a space.
    addresses.push(value.startsWith("/") ? value : Number(value.slice(value.lastIndexOf(":") + 1)));
  }
  return addresses;
}
