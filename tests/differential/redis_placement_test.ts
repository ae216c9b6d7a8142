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

realTest(
  ["redis-server", "nutcracker"],
  "redis placement: servers without a name are called by their address, as the reference does",
  async () => {
    await runSeeded(chooseSeed(), async (random) => {
      await using stack = new AsyncDisposableStack();
      const folder = await makeScratchFolder();
      stack.defer(() => removeFolder(folder));
      // Another address of this machine, so that a memcached on its usual port is not in the way.
      const hostname = `127.0.${random.between(1, 254)}.${random.between(1, 254)}`;
      const debug = ["--enable-debug-command", "yes"];
      const usual = stack.use(
        await startRedis({ port: NAMELESS_PORT, args: ["--bind", hostname, ...debug] }),
      );
      const socket = `${folder}/r.sock`;
      const unix = stack.use(await startRedis({ unixSocket: socket, args: debug }));
      const others = [stack.use(await startComparedRedis()), stack.use(await startComparedRedis())];
      const addresses = [...others.map(({ address }) => address), `${hostname}:${usual.port}`, socket];
      const servers = addresses.map((address, i) => `${address}:${i + 1}`);
      const pools = (): Pools => {
        const [one, two] = freePorts(2);
        const common = { redis: true, servers };
        return {
          ring: { listen: `127.0.0.1:${one}`, ...common },
          table: { listen: `127.0.0.1:${two}`, distribution: "modula", ...common },
        };
      };
      const there = stack.use(await startNutcracker(pools()));
      const here = stack.use(await startProxy({ pools: pools() }));
      using spaces = new RedisKeyspaces(
        await Promise.all(
          [...others, null, unix].map((server) =>
            server === null ? connect({ hostname, port: NAMELESS_PORT }) : server.connect()
          ),
        ),
      );
      const requests = drawWrites(random);
      for (const pool of [0, 1]) {
        const digests: string[][] = [];
        for (const proxy of [there, here]) {
          await write(proxy, pool, requests);
          assert((await spaces.sizes()).every((size) => size > 0), "every server is used");
          digests.push(await spaces.digests());
          await spaces.clear();
        }
        assertEquals(digests[1], digests[0], `pool ${pool}`);
        // Every server has an order of its own in its reply to COMMAND.
        using clientThere = await there.connect(pool);
        using clientHere = await here.connect(pool);
        await clientThere.send(resp("COMMAND"));
        await clientHere.exchange(resp("COMMAND"), (await clientThere.readReply()).bytes);
      }
    });
  },
);
