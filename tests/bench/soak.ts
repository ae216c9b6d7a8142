/**
 * A soak: real servers, the proxy, and mixed load for minutes, with every reply checked.
 *
 * ```sh
 * deno run -A tests/bench/soak.ts [--minutes 10] [--rate 4000] [--proxy "COMMAND"]
 * ```
 *
 * Redis and memcached clients with pipelines and without, values from 10 bytes to 2 MB, errors, clients that
 * come and go by the hundred per second, that leave with requests in flight, that read slowly; servers that
 * restart. Every value says which key it belongs to. Prints a line every 15 s, at the end a table and a
 * verdict; exits with 1 if any reply was wrong or missing. SIGINT ends it early, in good order.
 *
 * @module
 */

import { parseArgs } from "node:util";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { chooseSeed, Random, SEED_VARIABLE } from "../support/random.ts";
import { sleep } from "../support/process.ts";
import { Journal } from "./soak/journal.ts";
import { runLargeValues, runLeavers, runSlowReader } from "./soak/large.ts";
import { runMemcacheClient } from "./soak/memcache_clients.ts";
import { runPassersBy } from "./soak/passers_by.ts";
import { runRedisClient } from "./soak/redis_clients.ts";
import { Servers, startSoakProxy } from "./soak/servers.ts";
import type { Soak } from "./soak/soak.ts";
import { Tally } from "./soak/tally.ts";

const SAMPLE_PERIOD_MS = 15_000;
/** How often the memory is looked at, for its maximum. */
const MEMORY_PERIOD_MS = 1_000;
/** How long the proxy is left alone before the last sample. */
const IDLE_MS = 5_000;
/** Clients of each protocol that stay. */
const CLIENTS = 24;
const PASSERS_BY_PER_S = 250;
const PASSERS_BY_LOOPS = 16;
const LEAVERS_PER_S = 40;
const LEAVERS_LOOPS = 4;
const LARGE_VALUES_PER_S = 0.5;
const SLOW_READERS = 2;
const SLOW_READERS_PER_S = 0.2;

/** What the command line says. */
interface Options {
  readonly minutes: number;
  /** Requests per second of the clients that stay. */
  readonly rate: number;
  readonly proxy: string | null;
}

async function main(options: Options): Promise<number> {
  const end = new AbortController();
  const random = new Random(chooseSeed());
  say(`${SEED_VARIABLE}=${random.seed}`);
  await using servers = new Servers();
  await servers.start();
  await using proxy = await startSoakProxy(servers, options.proxy);
  const [redisPort, memcachePort] = proxy.listens.map(Number);
  const tally = new Tally();
  const soak: Soak = {
    random,
    tally,
    redisPort,
    memcachePort,
    end: end.signal,
    epoch: 0,
    isInterrupted: false,
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      soak.isInterrupted = true;
      end.abort();
    });
  }
  const journal = new Journal(proxy, tally);
  const timer = setTimeout(() => end.abort(), options.minutes * 60_000);
  const load = startLoad(soak, servers, options.rate);
  await watch(soak, proxy, journal);
  await load;
  clearTimeout(timer);
  if (proxy.process.running) {
    await sleep(IDLE_MS);
    say(await journal.sample());
  } else if (!soak.isInterrupted) {
    say(proxy.log().slice(-10_000));
    tally.fault("the proxy has ended");
  }
  say(`\n${journal.table()}\n\nErrors: ${tally.errorLine()}`);
  for (const sample of tally.samples) say(`WRONG: ${sample}`);
  say(journal.verdict(servers.restarts));
  return tally.wrong === 0 ? 0 : 1;
}

/** Starts all clients; resolves when the last one has stopped. */
async function startLoad(soak: Soak, servers: Servers, rate: number): Promise<void> {
  const tasks = [servers.keepRestarting(soak), runLargeValues(soak, LARGE_VALUES_PER_S)];
  for (let i = 0; i < CLIENTS; i++) {
    tasks.push(runRedisClient(soak, i, rate / CLIENTS / 2), runMemcacheClient(soak, i, rate / CLIENTS / 2));
  }
  for (let i = 0; i < PASSERS_BY_LOOPS; i++) {
    tasks.push(runPassersBy(soak, PASSERS_BY_PER_S / PASSERS_BY_LOOPS));
  }
  for (let i = 0; i < LEAVERS_LOOPS; i++) tasks.push(runLeavers(soak, LEAVERS_PER_S / LEAVERS_LOOPS));
  for (let i = 0; i < SLOW_READERS; i++) tasks.push(runSlowReader(soak, SLOW_READERS_PER_S));
  await Promise.all(tasks);
}

/** Takes samples until the end; brings the end about if the proxy dies. */
async function watch(soak: Soak, proxy: ProxyProcess, journal: Journal): Promise<void> {
  const ended = new Promise<void>((resolve) => soak.end.addEventListener("abort", () => resolve()));
  const died = proxy.process.exited.then(() => {});
  for (let dueMs = performance.now() + SAMPLE_PERIOD_MS; !soak.end.aborted && proxy.process.running;) {
    const restMs = Math.max(0, Math.min(MEMORY_PERIOD_MS, dueMs - performance.now()));
    await Promise.race([sleep(restMs), ended, died]);
    if (!proxy.process.running) break;
    journal.noteMemory();
    if (performance.now() < dueMs) continue;
    dueMs += SAMPLE_PERIOD_MS;
    say(await journal.sample());
  }
  if (proxy.process.running && !soak.isInterrupted) say(await journal.sample());
}

function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "10" },
      rate: { type: "string", default: "4000" },
      proxy: { type: "string" },
    },
  });
  const [minutes, rate] = [Number(values.minutes), Number(values.rate)];
  if (!(minutes > 0) || !(rate > 0)) {
    throw new RangeError("Cannot soak: --minutes and --rate are to be above 0");
  }
  return { minutes, rate, proxy: values.proxy ?? null };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) Deno.exit(await main(readOptions(Deno.args)));
