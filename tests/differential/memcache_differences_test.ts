/**
 * Every row of the table of memcached differences, shown on both proxies.
 *
 * @module
 */

import { assert } from "@std/assert";
import { type MemcachedServer, startMemcached } from "../support/memcached_server.ts";
import { startNutcracker } from "../support/nutcracker.ts";
import type { Pools } from "../support/pool_file.ts";
import { freePort, freePorts } from "../support/ports.ts";
import { realTest } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import { connect } from "../support/wire.ts";
import { MEMCACHE_DIFFERENCES, type MemcachePool } from "./memcache_differences.ts";
import { assertOutcome, type Probe } from "./named_differences.ts";

const POOL_NAMES: readonly MemcachePool[] = ["plain", "half-dead"];
const PROBE: Probe = { request: "version\r\n", reply: /^VERSION / };

/** Keys with an odd hash are on the second server. */
function poolsOf(servers: readonly MemcachedServer[]): Pools {
  const addresses: Record<MemcachePool, string[]> = {
    "plain": servers.map(({ address }) => address),
    "half-dead": [servers[0].address, `127.0.0.1:${freePort()}`],
  };
  const ports = freePorts(POOL_NAMES.length);
  return Object.fromEntries(POOL_NAMES.map((name, i) => [name, {
    listen: `127.0.0.1:${ports[i]}`,
    hash: "fnv1a_64",
    distribution: "modula",
    servers: addresses[name].map((address, i) => `${address}:1 server${i}`),
  }]));
}

async function prepare(
  servers: readonly MemcachedServer[],
  address: number | string,
  given = "",
): Promise<void> {
  for (const server of servers) {
    using client = await server.connect();
    await client.exchange("flush_all\r\n", "OK\r\n");
  }
  using client = await connect(address);
  await client.send(`${given}quit\r\n`);
  await client.readToEnd();
}

realTest(["memcached", "nutcracker"], "memcache differences: both sides of every row", async (t) => {
  await using stack = new AsyncDisposableStack();
  const servers = [stack.use(await startMemcached()), stack.use(await startMemcached())];
  const there = stack.use(await startNutcracker(poolsOf(servers)));
  const here = stack.use(await startProxy({ pools: poolsOf(servers) }));
  for (const { reason, examples } of MEMCACHE_DIFFERENCES) {
    assert(examples.length > 0, `${reason}: has an example`);
    await t.step(reason, async () => {
      for (const { pool = "plain", given, request, ...outcomes } of examples) {
        for (const [side, proxy] of Object.entries({ there, here })) {
          const address = proxy.listens[POOL_NAMES.indexOf(pool as MemcachePool)];
          await prepare(servers, address, given);
          try {
            await assertOutcome(address, request, outcomes[side as "there" | "here"], PROBE);
          } catch (error) {
            throw new Error(`${side}, ${JSON.stringify(request)}: ${(error as Error).message}`, {
              cause: error,
            });
          }
        }
      }
    });
  }
});
