/**
 * Compares latency with twemproxy's at a load that both can take, and prints Markdown.
 *
 *     deno run -A tests/bench/paced.ts [--rounds 5] [--seconds 2] [--share 0.8]
 *
 * What the slower one of the two can take is measured with redis-benchmark. Then each gets that share of it from clients
 * that send on time, whether or not earlier requests were answered, so that a delay is not hidden by a client that waits.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { startNutcracker } from "../support/nutcracker.ts";
import type { Pools } from "../support/pool_file.ts";
import { freePort } from "../support/ports.ts";
import { sleep } from "../support/process.ts";
import { requireProgram } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { startRedis } from "../support/redis_server.ts";
import { resp } from "../support/resp.ts";
import { quantile } from "./faults/row.ts";

const CLIENTS = 50;
const VALUE = "x".repeat(32);
const REPLY_BYTES = `$32\r\n${VALUE}\r\n`.length;
const TICK_MS = 1;

/** Requests per second that a proxy can take without pipelining. */
async function capacity(port: string): Promise<number> {
  const { stdout } = await new Deno.Command(requireProgram("redis-benchmark"), {
    args: ["-p", port, "-t", "get", "-c", `${CLIENTS}`, "-n", "100000", "--csv"],
  }).output();
  const row = new TextDecoder().decode(stdout).split("\n").find((line) => line.startsWith('"GET"'));
  return Number(row?.split(",")[1].replaceAll('"', ""));
}

/** One client; its latencies go into a list, in milliseconds. */
class PacedClient {
  readonly #conn: Deno.Conn;
  readonly #sentMs: number[] = [];
  readonly #latenciesMs: number[];
  readonly #request = resp("GET", "k");

  constructor(conn: Deno.Conn, latenciesMs: number[]) {
    this.#conn = conn;
    this.#latenciesMs = latenciesMs;
  }

  send(): void {
    this.#sentMs.push(performance.now());
    void this.#conn.write(this.#request);
  }

  async read(): Promise<void> {
    const buffer = new Uint8Array(4096);
    let unread = 0;
    for (let count = await this.#conn.read(buffer); count !== null; count = await this.#conn.read(buffer)) {
      const nowMs = performance.now();
      for (unread += count; unread >= REPLY_BYTES; unread -= REPLY_BYTES) {
        this.#latenciesMs.push(nowMs - this.#sentMs.shift()!);
      }
    }
  }
}

/** Sends at a rate; gives the 50th and 99th percentile in milliseconds. */
async function paced(port: number, perSecond: number, seconds: number): Promise<[number, number]> {
  const latenciesMs: number[] = [];
  const conns = await Promise.all(
    Array.from({ length: CLIENTS }, () => Deno.connect({ hostname: "127.0.0.1", port })),
  );
  const clients = conns.map((conn) => {
    conn.setNoDelay(true);
    return new PacedClient(conn, latenciesMs);
  });
  const reading = clients.map((client) => client.read().catch(() => {}));
  const startMs = performance.now();
  for (let sent = 0; performance.now() - startMs < seconds * 1000;) {
    const due = Math.floor((performance.now() - startMs) / 1000 * perSecond);
    for (; sent < due; sent++) clients[sent % CLIENTS].send();
    await sleep(TICK_MS);
  }
  await sleep(200);
  for (const conn of conns) conn.close();
  await Promise.all(reading);
  return [quantile(latenciesMs, 0.5), quantile(latenciesMs, 0.99)];
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      seconds: { type: "string", default: "2" },
      share: { type: "string", default: "0.8" },
    },
  });
  await using first = await startRedis();
  await using second = await startRedis();
  const pools = (): Pools => ({
    pool: {
      listen: `127.0.0.1:${freePort()}`,
      redis: true,
      servers: [`${first.address}:1`, `${second.address}:1`],
    },
  });
  await using here = await startProxy({ pools: pools() });
  await using twemproxy = await startNutcracker(pools());
  const proxies: Readonly<Record<string, ProxyProcess>> = { here, twemproxy };
  using client = await here.connect();
  await client.command("SET", "k", VALUE);
  const capacities: number[] = [];
  for (const { listens } of Object.values(proxies)) {
    await capacity(String(listens[0]));
    capacities.push(await capacity(String(listens[0])));
  }
  const perSecond = Math.min(...capacities) * Number(values.share);
  const found: Record<string, { p50Ms: number[]; p99Ms: number[] }> = {};
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const [name, { listens }] of Object.entries(proxies)) {
      const [p50Ms, p99Ms] = await paced(Number(listens[0]), perSecond, Number(values.seconds));
      const list = found[name] ??= { p50Ms: [], p99Ms: [] };
      list.p50Ms.push(p50Ms);
      list.p99Ms.push(p99Ms);
    }
  }
  const rows = Object.entries(found).map(([name, { p50Ms, p99Ms }]) =>
    `| ${name} | ${median(p50Ms).toFixed(2)} | ${median(p99Ms).toFixed(2)} |\n`
  );
  const head = `| ${Math.round(perSecond)} requests/s | p50 ms | p99 ms |\n|---|---:|---:|\n`;
  await Deno.stdout.write(new TextEncoder().encode(head + rows.join("")));
}
