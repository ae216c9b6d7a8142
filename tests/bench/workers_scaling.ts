/**
 * Measures two workers against one, and how much of what the machine allows they reach. Prints Markdown; takes two and a half
 * minutes.
 *
 * ```sh
 * deno run -A tests/bench/workers_scaling.ts [--rounds 3] [--seconds 5] [--only all|pinned|dear]
 * ```
 *
 * Clients, proxy and servers are on one machine, so that two workers cannot be twice as fast on two cores: with one request
 * at a time, generator and servers need nearly half of what a request costs. So each variant tells what a request costs
 * each of them, which throughput follows from that for all cores together, and how close two workers come. One variant makes
 * the proxy so dear that nearly all of the cost is its own: whatever kept workers from working side by side (shared memory, the
 * way clients are spread, listeners) would show there. Rounds of one and of two workers take turns, both proxies run all the time.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { allServe } from "../integration/worker_pool.ts";
import { freePort } from "../support/ports.ts";
import { type Proxy, proxyProgram } from "../support/proxy.ts";
import { type ProxyProcess, startProxyProcess } from "../support/proxy_process.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";
import { ownCores, pin } from "./workers_scaling/cpu.ts";
import { type Cell, type Load, measure } from "./workers_scaling/measure.ts";
import { describe, type Variant } from "./workers_scaling/report.ts";

const CLIENTS = 50;
const WORKERS = 2;
const SERVERS = 2;
const GET = ["-t", "get", "-r", "100000"];
/** Many keys on both servers: much to do for the proxy, little for whoever asks and whoever answers. */
const DEAR = ["-P", "8", "MGET", ...Array.from({ length: 100 }, (_, i) => `key:${i}`)];
const SHOWS = {
  all: "One GET at a time; generator and servers share all cores with the proxy.",
  pinned:
    "The same with generator and servers on one core, and the proxy on all: one worker has a core for itself, and " +
    "two cannot have more than what the others leave of theirs.",
  dear:
    "MGET of 100 keys, and V8 without its compilers: nearly all of the cost is the proxy's, so that two workers can be nearly " +
    "twice as fast as one if nothing keeps one of them waiting for the other. Expected: 1.7 or more.",
};

/** Starts a proxy; `v8Flags` are for the engine. */
async function start(
  servers: readonly RedisServer[],
  workers: number,
  v8Flags: readonly string[] = [],
): Promise<ProxyProcess> {
  const program = proxyProgram();
  const args = program.args.map((arg) => arg.startsWith("--v8-flags=") ? [arg, ...v8Flags].join(",") : arg);
  const names = servers.map(({ address }, i) => `${address}:1 server${i}`);
  const listen = `127.0.0.1:${freePort()}`;
  const pools = { pool: { listen, redis: true, hash: "murmur", servers: names } };
  const flags = ["-w", `${workers}`, "-v", "5"];
  const proxy = await startProxyProcess({ ...program, args }, { pools, flags });
  if (workers > 1) await allServe(proxy);
  return proxy;
}

class Bench {
  readonly #servers: readonly RedisServer[];
  readonly #rounds: number;
  readonly #seconds: number;

  constructor(servers: readonly RedisServer[], rounds: number, seconds: number) {
    this.#servers = servers;
    this.#rounds = rounds;
    this.#seconds = seconds;
  }

  /** Measures one and two workers in turn; with twice the clients, too, if that is asked for. */
  async run(
    one: Proxy,
    two: Proxy,
    load: Load,
    withTwice: boolean,
  ): Promise<Pick<Variant, "one" | "two" | "twice">> {
    const cells: Record<"one" | "two" | "twice", Cell[]> = { one: [], two: [], twice: [] };
    const go = (proxy: Proxy, clients: number) =>
      measure(proxy, this.#servers, { ...load, clients }, this.#seconds);
    for (let round = 0; round < this.#rounds; round++) {
      cells.one.push(await go(one, load.clients));
      cells.two.push(await go(two, load.clients));
      if (withTwice) cells.twice.push(await go(two, WORKERS * load.clients));
    }
    return { ...cells, twice: withTwice ? cells.twice : null };
  }
}

/** What is measured, by the word that chooses it. */
type VariantName = keyof typeof SHOWS;

async function measureAll(
  bench: Bench,
  servers: readonly RedisServer[],
  cores: readonly number[],
  only: string,
) {
  const isWanted = (name: VariantName): boolean => only === "" || only === name;
  const say = (name: VariantName, title: string, cells: Pick<Variant, "one" | "two" | "twice">): void => {
    const variant = { name: title, shows: SHOWS[name], otherCores: name === "pinned" ? 1 : null, ...cells };
    Deno.stdout.writeSync(new TextEncoder().encode(describe(variant, cores.length)));
  };
  const pair = async (v8Flags: readonly string[], load: Load, withTwice: boolean) => {
    await using one = await start(servers, 1, v8Flags);
    await using two = await start(servers, WORKERS, v8Flags);
    return await bench.run(one, two, load, withTwice);
  };
  const load = { args: GET, clients: CLIENTS, cores: null };
  if (isWanted("all")) say("all", "GET, all on all cores", await pair([], load, true));
  if (isWanted("pinned")) {
    const [first] = cores;
    for (const { process } of servers) await pin(process.pid, [first]);
    const cells = await pair([], { ...load, cores: [first] }, false);
    say("pinned", "GET, generator and servers on one core", cells);
    for (const { process } of servers) await pin(process.pid, cores);
  }
  if (isWanted("dear")) say("dear", "A dear proxy", await pair(["--jitless"], { ...load, args: DEAR }, true));
}

async function main(rounds: number, seconds: number, only: string): Promise<void> {
  const cores = ownCores();
  if (cores.length < WORKERS) throw new Error(`Cannot measure ${WORKERS} workers: there is only one core`);
  const servers: RedisServer[] = [];
  try {
    for (let i = 0; i < SERVERS; i++) servers.push(await startRedis());
    await measureAll(new Bench(servers, rounds, seconds), servers, cores, only);
  } finally {
    for (const server of servers) await server.stop();
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: [...Deno.args],
    options: {
      rounds: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      only: { type: "string", default: "" },
    },
  });
  await main(Number(values.rounds), Number(values.seconds), values.only);
}
