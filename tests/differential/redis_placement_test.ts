/**
 * Where the reference and this proxy put the same many keys: on the same servers, with every hash and
 * distribution.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { startNutcracker } from "../support/nutcracker.ts";
import type { Pools } from "../support/pool_file.ts";
import { freePorts } from "../support/ports.ts";
import { realTest } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { startRedis } from "../support/redis_server.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect, resp } from "../support/wire.ts";
import { COMBINATIONS, NODES, ODD_COMBINATIONS } from "./combinations.ts";
import { drawKey, drawKeys } from "./keys.ts";
import { askRedis } from "./lockstep.ts";
import { assertSameKeyspaces, RedisKeyspaces, startComparedRedis } from "./redis_placement.ts";
import { withSides } from "./sides.ts";

const KEY_COUNT = 20_000;
const KEYS_PER_REQUEST = 200;

/** Requests that set each of many keys. */
function drawWrites(random: Random): Uint8Array[] {
  const keys = drawKeys(random, KEY_COUNT, drawKey);
  const requests: Uint8Array[] = [];
  for (let start = 0; start < KEY_COUNT; start += KEYS_PER_REQUEST) {
    requests.push(resp("MSET", ...keys.slice(start, start + KEYS_PER_REQUEST).flatMap((key) => [key, "v"])));
  }
  return requests;
}

async function write(proxy: ProxyProcess, pool: number, requests: readonly Uint8Array[]): Promise<void> {
  using client = await proxy.connect(pool);
  const { replies, problem } = await askRedis(client, requests, requests.length);
  if (problem !== null) throw problem;
  const decoder = new TextDecoder();
  for (const reply of replies) assertEquals(decoder.decode(reply), "+OK\r\n");
}

realTest(["redis-server", "nutcracker"], "redis placement: 20,000 keys in every pool", async () => {
  const combinations = [...COMBINATIONS, ...ODD_COMBINATIONS];
  await runSeeded(chooseSeed(), async (random) => {
    const requests = drawWrites(random);
    await withSides(combinations, true, startComparedRedis, async ({ there, here }) => {
      using spaceThere = await RedisKeyspaces.open(there.servers);
      using spaceHere = await RedisKeyspaces.open(here.servers);
      for (const [pool, { name, nodes, hash }] of combinations.entries()) {
        await Promise.all([write(there.proxy, pool, requests), write(here.proxy, pool, requests)]);
        try {
          const sizes = await assertSameKeyspaces(spaceThere, spaceHere);
          assertEquals(sizes.reduce((sum, size) => sum + size), KEY_COUNT, "every key is on one server");
          // The 15 bits of crc32 are nearly always the same server's on a ring.
          const used = sizes.filter((size) => size > 0).length;
          if (nodes === NODES && hash !== "crc32") assertEquals(used, NODES.length, "every server is used");
        } catch (error) {
          throw new Error(`pool ${name}: ${(error as Error).message}`, { cause: error });
        }
        await Promise.all([spaceThere.clear(), spaceHere.clear()]);
      }
    });
  });
});

/** The port that is left out of a server's name. */
const NAMELESS_PORT = 11211;

/** Servers whose names are made of their addresses, in all the ways there are. */
interface NamelessServers {
  /** Where they are, as configuration files want it. */
  readonly addresses: readonly string[];
  /** What they hold. */
  readonly keyspaces: RedisKeyspaces;
}

async function startNamelessServers(stack: AsyncDisposableStack, random: Random): Promise<NamelessServers> {
  const folder = await makeScratchFolder();
  stack.defer(() => removeFolder(folder));
  // Another address of this machine, so that a memcached on its usual port is not in the way.
  const hostname = `127.0.${random.between(1, 254)}.${random.between(1, 254)}`;
  const unixSocket = `${folder}/redis.sock`;
  const args = ["--enable-debug-command", "yes"];
  stack.use(await startRedis({ port: NAMELESS_PORT, args: [...args, "--bind", hostname] }));
  const reachable = [
    stack.use(await startComparedRedis()),
    stack.use(await startComparedRedis()),
    stack.use(await startRedis({ unixSocket, args })),
  ];
  const clients = [
    await connect({ hostname, port: NAMELESS_PORT }),
    ...await Promise.all(reachable.map((server) => server.connect())),
  ];
  const [one, other] = reachable.map(({ address }) => address);
  return {
    addresses: [`${hostname}:${NAMELESS_PORT}`, one, other, unixSocket],
    keyspaces: stack.use(new RedisKeyspaces(clients)),
  };
}

function namelessPools(addresses: readonly string[]): Pools {
  const [ring, table] = freePorts(2);
  const servers = addresses.map((address, i) => `${address}:${i + 1}`);
  return {
    ring: { listen: `127.0.0.1:${ring}`, redis: true, servers },
    table: { listen: `127.0.0.1:${table}`, redis: true, distribution: "modula", servers },
  };
}

/** Writes the keys through a proxy into empty servers and takes them out again. */
async function placementBy(
  proxy: ProxyProcess,
  pool: number,
  requests: readonly Uint8Array[],
  keyspaces: RedisKeyspaces,
): Promise<string[]> {
  await write(proxy, pool, requests);
  assert((await keyspaces.sizes()).every((size) => size > 0), "every server is used");
  const digests = await keyspaces.digests();
  await keyspaces.clear();
  return digests;
}

/** The names in the reply to COMMAND, in its order. */
async function commandOrder(proxy: ProxyProcess, pool: number): Promise<string[]> {
  using client = await proxy.connect(pool);
  await client.send(resp("COMMAND"));
  const text = new TextDecoder().decode((await client.readReply()).bytes);
  return [...text.matchAll(/\*10\r\n\$\d+\r\n([^|\r]+)\r\n/g)].map(([, name]) => name);
}

realTest(
  ["redis-server", "nutcracker"],
  "redis placement: servers without a name are called by their address, as the reference does",
  async () => {
    await runSeeded(chooseSeed(), async (random) => {
      await using stack = new AsyncDisposableStack();
      const { addresses, keyspaces } = await startNamelessServers(stack, random);
      const there = stack.use(await startNutcracker(namelessPools(addresses)));
      const here = stack.use(await startProxy({ pools: namelessPools(addresses) }));
      const requests = drawWrites(random);
      for (const pool of [0, 1]) {
        const expected = await placementBy(there, pool, requests, keyspaces);
        assertEquals(await placementBy(here, pool, requests, keyspaces), expected, `pool ${pool}`);
        // Every server has an order of its own in its reply to COMMAND, so this tells which one was asked. The proxy leaves out
        // what it refuses.
        const [orderThere, orderHere] = [await commandOrder(there, pool), await commandOrder(here, pool)];
        assert(orderHere.length > 150, `${orderHere.length} commands`);
        assertEquals(orderHere, orderThere.filter((name) => orderHere.includes(name)));
      }
    });
  },
);
