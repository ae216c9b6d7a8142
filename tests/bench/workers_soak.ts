/**
 * A soak of several workers: load for minutes, while workers are killed and restarted, configurations are loaded and a
 * server is ejected; after each of these the counters of the proxy are compared with those of the servers.
 *
 * ```sh
 * deno run -A tests/bench/workers_soak.ts [--minutes 10] [--rate 4000] [--workers 2]
 * ```
 *
 * What has to hold after each round:
 *
 * - after a reload or a restart, the proxy has counted exactly as many requests as the servers;
 * - after a kill it may have counted more: requests of the worker's own clients that were never sent; after an ejection
 *   also: requests that were answered with an error;
 * - only clients of a worker that was killed or restarted are disconnected, and no others get an error.
 *
 * Prints a line per round and a verdict; exits with 1 if anything did not hold.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { callsOf, fullStats, logged, post, workersOf } from "../integration/worker_pool.ts";
import { type RedisPool, startRedisPool } from "../integration/redis_pool.ts";
import { poolFile } from "../support/pool_file.ts";
import { eventually, sleep } from "../support/process.ts";
import { SoakClients } from "./workers_soak/clients.ts";

const CLIENTS = 40;
const SERVERS = 3;
/** How long clients go on before what happens in a round. */
const CALM_MS = 1500;
/** How long a server is stopped that is to be ejected. */
const STOPPED_MS = 4000;
/** The timeout is long enough for a busy machine, and short enough for a server that is stopped. */
const TIMEOUT_MS = 1500;
const DIRECTIVES = {
  auto_eject_hosts: true,
  timeout: TIMEOUT_MS,
  server_failure_limit: 1,
  server_retry_timeout: 500,
};

/** What is compared. */
interface Totals {
  /** Requests that the proxy has sent to servers, as it counts. */
  readonly counted: number;
  /** Requests that the servers have done. */
  readonly done: number;
  readonly good: number;
  readonly errors: number;
  readonly unanswered: number;
  readonly ends: number;
}

class WorkersSoak {
  readonly faults: string[] = [];
  lost = 0;
  readonly #pool: RedisPool;
  readonly #clients: SoakClients;
  #generation = 0;

  constructor(pool: RedisPool, clients: SoakClients) {
    this.#pool = pool;
    this.#clients = clients;
  }

  async reload(): Promise<void> {
    const { proxy, servers } = this.#pool;
    const timeout = TIMEOUT_MS + ++this.#generation % 2;
    const server_connections = 1 + this.#generation % 3;
    const listen = `127.0.0.1:${proxy.listens[0]}`;
    const names = servers.map(({ address }, i) => `${address}:1 s${i}`);
    const pool = {
      listen,
      redis: true,
      hash: "murmur",
      ...DIRECTIVES,
      timeout,
      server_connections,
      servers: names,
    };
    await Deno.writeTextFile(proxy.configPath, poolFile({ pool }));
    if (await post(proxy, "/reload") !== 200) this.faults.push("a reload was refused");
  }

  async kill(worker: number): Promise<void> {
    await this.#again(worker, () => post(this.#pool.proxy, `/workers/${worker}/kill`));
  }

  async restart(worker: number): Promise<void> {
    await this.#again(worker, () => post(this.#pool.proxy, `/workers/${worker}/restart`));
  }

  /** Stops a server until it is ejected everywhere, and lets it go on until it is back everywhere. */
  async eject(): Promise<void> {
    const { proxy, servers: [server] } = this.#pool;
    const before = (await fullStats(proxy)).pools[0].metrics.server_ejects;
    server.process.signal("SIGSTOP");
    await sleep(STOPPED_MS);
    const { metrics, servers: [s0] } = (await fullStats(proxy)).pools[0];
    server.process.signal("SIGCONT");
    if (metrics.server_ejects !== before + 1 || s0.metrics.live !== 0) {
      this.faults.push(`${metrics.server_ejects - before} ejections, live is ${s0.metrics.live}`);
    }
    await eventually(
      async () => (await fullStats(proxy)).pools[0].servers[0].metrics.live === 1,
      "the server is back",
    );
  }

  /** Compares everything before and after something, with clients that go on all the time. */
  async round(name: string, act: () => Promise<void>): Promise<void> {
    const before = await this.#totals();
    const clientsOf = (await workersOf(this.#pool.proxy)).map(({ metrics }) => metrics.client_connections);
    this.#clients.resume();
    await sleep(CALM_MS);
    await act();
    await sleep(this.#clients.backMs);
    await this.#clients.pause();
    const after = await this.#totals();
    const d = (key: keyof Totals) => after[key] - before[key];
    const lost = d("counted") - d("done");
    this.lost += lost;
    const most = (name.startsWith("kill") ? d("unanswered") : 0) + (name === "eject" ? d("errors") : 0);
    const worker = /\d$/.exec(name);
    const ends = worker === null ? 0 : clientsOf[Number(worker[0])];
    this.#check(lost >= 0 && lost <= most, `${name}: ${d("counted")} counted, ${d("done")} done`);
    this.#check(d("ends") <= ends, `${name}: ${d("ends")} clients were disconnected, not ${ends}`);
    this.#check(name === "eject" || d("errors") === 0, `${name}: ${d("errors")} errors`);
    say(
      `${name}: ${d("counted")} counted, ${d("done")} done, ${d("good")} answered, ${d("errors")} errors, ` +
        `${d("unanswered")} unanswered, ${d("ends")} of ${CLIENTS} clients disconnected`,
    );
  }

  #check(holds: boolean, text: string): void {
    if (!holds) this.faults.push(text);
  }

  async #again(worker: number, act: () => Promise<number>): Promise<void> {
    const { proxy } = this.#pool;
    const told = async () => (await workersOf(proxy))[worker];
    const before = (await told()).metrics.restarts;
    if (await act() !== 200) this.faults.push(`worker ${worker} could not be ended`);
    await eventually(async () => {
      const { state, metrics } = await told();
      return state === "running" && metrics.restarts === before + 1;
    }, `worker ${worker} is back`);
  }

  async #totals(): Promise<Totals> {
    const { servers, proxy } = this.#pool;
    const { good, unanswered, ends } = this.#clients.outcomes;
    const { pool } = await proxy.stats();
    const counted = servers.reduce((sum, _, i) => sum + pool[`s${i}`].requests, 0);
    const done = await callsOf(servers, "incr");
    return { counted, done, good, errors: this.#clients.errorCount, unanswered, ends };
  }
}

async function main(minutes: number, rate: number, workers: number): Promise<number> {
  const flags = ["-w", `${workers}`, "-v", "5"];
  await using pool = await startRedisPool({ servers: SERVERS, directives: DIRECTIVES, flags });
  const { proxy } = pool;
  await logged(proxy, "workers serve clients");
  const clients = new SoakClients(Number(proxy.listens[0]), CLIENTS, rate);
  const soak = new WorkersSoak(pool, clients);
  await sleep(CALM_MS);
  await clients.pause();
  const endMs = performance.now() + minutes * 60_000;
  for (let turn = 0; performance.now() < endMs; turn++) {
    const worker = turn % workers;
    await soak.round("reload", () => soak.reload());
    await soak.round(`kill ${worker}`, () => soak.kill(worker));
    await soak.round(`restart ${worker}`, () => soak.restart(worker));
    await soak.round("eject", () => soak.eject());
  }
  clients.resume();
  await clients.stop();
  const { outcomes } = clients;
  const faults = [...soak.faults, ...outcomes.faults];
  for (const fault of faults) say(`WRONG: ${fault}`);
  for (const [error, count] of outcomes.errors) say(`${count} times ${error}`);
  say(
    `${outcomes.good} requests answered, ${soak.lost} were counted and not sent before their worker or their ` +
      `connection ended, ${faults.length} faults, ${Math.round(proxy.rss() / 1024 / 1024)} MB`,
  );
  return faults.length === 0 ? 0 : 1;
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

if (import.meta.main) {
  const { values } = parseArgs({
    args: [...Deno.args],
    options: {
      minutes: { type: "string", default: "10" },
      rate: { type: "string", default: "4000" },
      workers: { type: "string", default: "2" },
    },
  });
  Deno.exit(await main(Number(values.minutes), Number(values.rate), Number(values.workers)));
}
