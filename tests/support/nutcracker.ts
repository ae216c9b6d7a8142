/**
 * The reference: twemproxy as Debian ships it.
 *
 * @module
 */

import type { Pools } from "./pool_file.ts";
import { requireProgram } from "./programs.ts";
import { type ProxyOptions, type ProxyProcess, startProxyProcess } from "./proxy_process.ts";

/**
 * Starts the reference and waits until all its pools and its statistics listen.
 *
 * @param pools Its configuration: the text of the file, or the pools.
 * @param options How else.
 * @returns The running proxy.
 */
export async function startNutcracker(
  pools: string | Pools,
  options: Omit<ProxyOptions, "pools"> = {},
): Promise<ProxyProcess> {
  const command = requireProgram("nutcracker");
  return await startProxyProcess({ name: "nutcracker", command, args: [], verbosity: 5 }, {
    ...options,
    pools,
  });
}
