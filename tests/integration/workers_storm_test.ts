/**
 * Workers that are killed, restarted, reloaded, looked at and ended, all at the same time.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { poolFile, type Pools } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { eventually, sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { type Proxy, startProxy } from "../support/proxy.ts";
import { chooseSeed, runSeeded } from "../support/random.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { connect, ReplyError, type WireClient, WireError } from "../support/wire.ts";
import { allServe, fullStats, logged, post, workersOf } from "./worker_pool.ts";

const WORKERS = 4;
const FLAGS = ["-w", `${WORKERS}`];

/** A client that asks on and on, and connects again at once whenever it is disconnected. */
class Stubborn {
  /** How many requests were answered. */
  answered = 0;
  /** How often it was disconnected, or could not connect. */
  losses = 0;
  /** Errors that it was told. */
  readonly errors: string[] = [];
  readonly #where: number | string;
  readonly #words: readonly string[];
  #stops = false;
  readonly #done: Promise<void>;

  constructor(where: number | string, ...words: readonly string[]) {
    this.#where = where;
    this.#words = words;
    this.#done = this.#live();
  }

  async stop(): Promise<void> {
    this.#stops = true;
    await this.#done;
  }

  async #live(): Promise<void> {
    while (!this.#stops) {
      let client: WireClient | null = null;
      try {
        client = await connect(this.#where);
        while (!this.#stops) {
          const reply = await client.command(...this.#words);
          if (reply instanceof ReplyError) this.errors.push(reply.text);
          else this.answered++;
        }
      } catch (error) {
        if (!(error instanceof WireError) && !isNetworkError(error)) throw error;
        this.losses++;
        await sleep(1);
      }
      client?.close();
    }
  }
}

function isNetworkError(error: unknown): boolean {
  const { ConnectionReset, ConnectionRefused, BrokenPipe, NotFound, ConnectionAborted } = Deno.errors;
  return [ConnectionReset, ConnectionRefused, BrokenPipe, NotFound, ConnectionAborted]
    .some((kind) => error instanceof kind);
}

/** A proxy with four workers, a pool on a port and one on a Unix socket. */
async function withStorm(
  test: (proxy: Proxy, pools: Pools, server: RedisServer, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await makeScratchFolder();
  await using server = await startRedis();
  const servers = [`${server.address}:1 s0`];
  const pools: Pools = {
    pool: { listen: `127.0.0.1:${freePort()}`, redis: true, servers },
    sock: { listen: `${folder}/socket`, redis: true, servers },
  };
  try {
    await using proxy = await startProxy({ pools, flags: FLAGS });
    await allServe(proxy);
    await test(proxy, pools, server, folder);
  } finally {
    await removeFolder(folder);
  }
}

async function allRun(proxy: Proxy): Promise<void> {
  await eventually(
    async () => (await workersOf(proxy)).every(({ state }) => state === "running"),
    "all workers run",
  );
}

/** Until it is stopped, reads the statistics in every form, which have to make sense. */
async function scrape(proxy: Proxy, isOver: () => boolean): Promise<number> {
  let count = 0;
  for (; !isOver(); count++) {
    const { workers, pools } = await fullStats(proxy);
    assertEquals(workers.length, WORKERS);
    assert(pools.length >= 2);
    const text = await (await fetch(`http://127.0.0.1:${proxy.statsPort}/metrics`)).text();
    assert(text.includes("nutcracker_worker_up{"));
    assert((await proxy.stats()).pool.client_connections >= 0);
    await sleep(5);
  }
  return count;
}

realTest(
  "redis-server",
  "workers: a storm of reloads, kills and restarts leaves everything in order",
  async () => {
    await withStorm(async (proxy, pools, server) => {
      const [port, socket] = proxy.listens;
      const extra = { ...pools.pool, listen: `127.0.0.1:${freePort()}` };
      const files: Pools[] = [
        { ...pools, extra },
        { ...pools, pool: { ...pools.pool, server_connections: 6, timeout: 30_000 } },
        { ...pools, extra: { ...extra, listen: `127.0.0.1:${freePort()}` } },
        pools,
      ];
      const clients = Array.from({ length: 16 }, (_, i) => new Stubborn(port, "INCR", `port:${i}`));
      const local = Array.from({ length: 4 }, (_, i) => new Stubborn(socket, "INCR", `local:${i}`));
      let isOver = false;
      const scraping = scrape(proxy, () => isOver);
      await runSeeded(chooseSeed(), async (random) => {
        for (let round = 0; round < 12; round++) {
          await Deno.writeTextFile(proxy.configPath, poolFile(files[round % files.length]));
          const acts = [post(proxy, "/reload")];
          const worker = random.int(WORKERS);
          acts.push(post(proxy, `/workers/${worker}/${random.pick(["kill", "restart"])}`));
          if (random.int(2) === 0) acts.push(post(proxy, `/workers/${(worker + 1) % WORKERS}/kill`));
          acts.push(post(proxy, "/reload"));
          const statuses = await Promise.all(acts);
          assert(statuses.every((status) => status === 200 || status === 409), `${statuses}`);
          if (random.int(2) === 0) await allRun(proxy);
        }
      });
      await allRun(proxy);
      await Deno.writeTextFile(proxy.configPath, poolFile(files[0]));
      assertEquals(await post(proxy, "/reload"), 200);
      const before = [...clients, ...local].map(({ answered }) => answered);
      await eventually(
        () => [...clients, ...local].every(({ answered }, i) => answered > before[i] + 20),
        "everybody is served again",
      );
      isOver = true;
      assert(await scraping > 0);
      for (const client of [...clients, ...local]) await client.stop();
      for (const { errors } of [...clients, ...local]) assertEquals(errors, []);
      await allServeThePool(extra.listen as string);
      await eventually(async () => {
        const { pools: [pool, sock], workers } = await fullStats(proxy);
        const sum = workers.reduce(
          (total: number, { metrics }: { metrics: Record<string, number> }) =>
            total + metrics.client_connections,
          0,
        );
        return pool.metrics.client_connections + sock.metrics.client_connections + sum === 0;
      }, "nobody is counted who has gone");
      const answered = [...clients, ...local].reduce((sum, client) => sum + client.answered, 0);
      const [, calls] = /cmdstat_incr:calls=(\d+)/.exec(`${await server.command("INFO", "commandstats")}`)!;
      const losses = [...clients, ...local].reduce((sum, client) => sum + client.losses, 0);
      assert(
        Number(calls) >= answered && Number(calls) <= answered + losses,
        `${answered} of ${calls} answered`,
      );
    });
  },
);

/** Connects so often that every worker would have been met, and asks each. */
async function allServeThePool(listen: string): Promise<void> {
  const port = Number(listen.split(":")[1]);
  const clients = await Promise.all(Array.from({ length: 40 }, () => connect(port)));
  for (const client of clients) assertEquals(await client.command("PING"), "PONG");
  const list = `${await clients[0].command("CLIENT", "LIST")}`;
  assertEquals(list.trim().split("\n").length, clients.length);
  for (const client of clients) client.close();
}

realTest(
  "redis-server",
  "workers: a pool that comes or goes while a worker is started again is the same for all",
  async () => {
    await withStorm(async (proxy, pools) => {
      const extra = { ...pools.pool, listen: `127.0.0.1:${freePort()}` };
      for (let round = 0; round < 6; round++) {
        const isThere = round % 2 === 0;
        await Deno.writeTextFile(proxy.configPath, poolFile(isThere ? { ...pools, extra } : pools));
        const act = round % 3 === 0 ? "restart" : "kill";
        const statuses = await Promise.all([
          post(proxy, `/workers/${round % WORKERS}/${act}`),
          post(proxy, "/reload"),
        ]);
        assertEquals(statuses, [200, 200]);
        await allRun(proxy);
        if (isThere) await allServeThePool(extra.listen);
        else {
          const port = Number(extra.listen.split(":")[1]);
          const refused = await Promise.all(
            Array.from({ length: 20 }, () => connect(port).then((client) => client.close(), () => "refused")),
          );
          assert(refused.every((outcome) => outcome === "refused"), "nobody listens any more");
        }
      }
    });
  },
);

for (const act of ["kill", "restart"]) {
  realTest(
    "redis-server",
    `workers: SIGTERM while one is started again after a ${act} ends all in order`,
    async () => {
      for (const pauseMs of [0, 40]) {
        await withStorm(async (proxy, _, __, folder) => {
          const clients = await Promise.all(Array.from({ length: 20 }, () => proxy.connect()));
          const asked = post(proxy, `/workers/1/${act}`).catch(() => 0);
          await sleep(pauseMs);
          proxy.signal("SIGTERM");
          assertEquals((await proxy.process.exited).code, 0);
          await asked;
          for (const client of clients) client.close();
          assertEquals([...Deno.readDirSync(folder)], [], "the socket is removed");
        });
      }
    },
  );
}

realTest(
  "redis-server",
  "workers: who is sent away by a restart and comes back at once is spread over all",
  async () => {
    await withStorm(async (proxy) => {
      const clients = Array.from({ length: 64 }, (_, i) => new Stubborn(proxy.listens[0], "INCR", `k:${i}`));
      await eventually(() => clients.every(({ answered }) => answered > 0), "all are served");
      assertEquals(await post(proxy, "/workers/2/restart"), 200);
      await logged(proxy, "the former worker 2 has ended, and 0 clients with it");
      await eventually(async () => {
        const workers = await workersOf(proxy);
        const counts = workers.map(({ metrics }) => metrics.client_connections);
        return counts.reduce((a, b) => a + b) === clients.length && counts.every((count) => count > 0);
      }, "its successor has clients, too");
      for (const client of clients) await client.stop();
      for (const { errors } of clients) assertEquals(errors, []);
    });
  },
);
