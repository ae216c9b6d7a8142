/**
 * Every row of the table of redis differences, shown on both proxies.
 *
 * @module
 */

import { assert } from "@std/assert";
import { startNutcracker } from "../support/nutcracker.ts";
import type { Pools, PoolValue } from "../support/pool_file.ts";
import { freePort, freePorts } from "../support/ports.ts";
import { realTest } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";
import { connect } from "../support/wire.ts";
import { assertOutcome, latin1, type Probe } from "./named_differences.ts";
import { REDIS_DIFFERENCES, type RedisPool } from "./redis_differences.ts";

const POOL_NAMES: readonly RedisPool[] = ["plain", "password", "half-dead", "forbidding", "full", "misled"];
const PROBE: Probe = { request: "*1\r\n$4\r\nPING\r\n", reply: /^\+PONG$|^-NOAUTH/ };
const PASSWORD = "secret";

/** The servers of each pool, both proxies'. */
type Servers = Readonly<Record<RedisPool, readonly RedisServer[]>>;

async function startServers(stack: AsyncDisposableStack): Promise<Servers> {
  const start = async (requirepass?: string) => stack.use(await startRedis({ requirepass }));
  const servers: Servers = {
    "plain": [await start(), await start()],
    "password": [await start(PASSWORD)],
    "half-dead": [await start()],
    "forbidding": [await start(), await start()],
    "full": [await start()],
    "misled": [await start()],
  };
  for (const server of servers.forbidding) await server.command("ACL", "SETUSER", "default", "-del");
  for (const server of servers.full) await server.command("CONFIG", "SET", "maxmemory", "1");
  return servers;
}

/** With two servers of this pool, keys with an odd hash are on the second one. */
function poolsOf(servers: Servers): Pools {
  const ports = freePorts(POOL_NAMES.length);
  const extra: Partial<Record<RedisPool, Record<string, PoolValue>>> = { password: { redis_auth: PASSWORD } };
  return Object.fromEntries(POOL_NAMES.map((name, i) => {
    const addresses = servers[name].map(({ address }) => address);
    if (name === "half-dead") addresses.push(`127.0.0.1:${freePort()}`);
    return [name, {
      listen: `127.0.0.1:${ports[i]}`,
      redis: true,
      hash: "fnv1a_64",
      distribution: "modula",
      ...extra[name],
      servers: addresses.map((address, i) => `${address}:1 server${i}`),
    }];
  }));
}

async function prepare(servers: Servers, address: number | string, given: string | undefined): Promise<void> {
  for (const server of Object.values(servers).flat()) await server.command("FLUSHALL");
  if (given === undefined) return;
  using client = await connect(address);
  await client.send(latin1(given));
  for (const _ of given.match(/^\*/gm)!) await client.readReply();
}

realTest(["redis-server", "nutcracker"], "redis differences: both sides of every row", async (t) => {
  await using stack = new AsyncDisposableStack();
  const servers = await startServers(stack);
  const there = stack.use(await startNutcracker(poolsOf(servers)));
  const here = stack.use(await startProxy({ pools: poolsOf(servers) }));
  for (const { reason, examples } of REDIS_DIFFERENCES) {
    assert(examples.length > 0, `${reason}: has an example`);
    await t.step(reason, async () => {
      for (const { pool = "plain", given, request, ...outcomes } of examples) {
        for (const [side, proxy] of Object.entries({ there, here })) {
          const address = proxy.listens[POOL_NAMES.indexOf(pool as RedisPool)];
          await prepare(servers, address, given);
          try {
            await assertOutcome(address, request, outcomes[side as "there" | "here"], PROBE);
          } catch (error) {
            const text = JSON.stringify(request.slice(0, 200));
            throw new Error(`${side}, ${text}: ${(error as Error).message}`, { cause: error });
          }
        }
      }
    });
  }
});
