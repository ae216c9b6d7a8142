/**
 * Measures whether a request costs the same however many servers and clients there are, and prints Markdown.
 *
 *     deno run -A tests/bench/scaling.ts [--reference] [--requests 100000]
 *
 * Each cell is a run of redis-benchmark's GET without pipelining against a fresh proxy: CPU time of the proxy per
 * request in microseconds, and requests per second. All servers of a pool are a few redis-servers under many names, which
 * have connections of their own. With `--reference` twemproxy is measured too.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { freePort } from "../support/ports.ts";
import { startNutcracker } from "../support/nutcracker.ts";
import type { Pools } from "../support/pool_file.ts";
import { requireProgram } from "../support/programs.ts";
import { startProxy } from "../support/proxy.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";
import { type RedisServer, startRedis } from "../support/redis_server.ts";

const SERVERS = [1, 4, 16, 64];
const CLIENTS = [10, 100, 1000, 5000];
const USUAL_SERVERS = 4;
const USUAL_CLIENTS = 50;
const PROCESSES = 2;

type Start = (pools: Pools) => Promise<ProxyProcess>;

interface Cell {
  readonly cpuUs: number;
  readonly rps: number;
}

/** Runs a load; gives its requests per second. */
async function load(port: string, clients: number, requests: number): Promise<number> {
  const { code, stdout, stderr } = await new Deno.Command(requireProgram("redis-benchmark"), {
    args: ["-p", port, "-t", "get", "-r", "100000", "-c", `${clients}`, "-n", `${requests}`, "--csv"],
  }).output();
  const text = new TextDecoder();
  if (code !== 0) throw new Error(`Cannot measure ${clients} clients: ${text.decode(stderr)}`);
  const row = text.decode(stdout).split("\n").find((line) => line.startsWith('"GET"'));
  return Number(row?.split(",")[1].replaceAll('"', ""));
}

async function measure(
  start: Start,
  redis: readonly RedisServer[],
  servers: number,
  clients: number,
  requests: number,
): Promise<Cell> {
  const names = Array.from({ length: servers }, (_, i) => `${redis[i % redis.length].address}:1 server${i}`);
  const listen = `127.0.0.1:${freePort()}`;
  await using proxy = await start({ pool: { listen, redis: true, hash: "fnv1a_64", servers: names } });
  const port = String(proxy.listens[0]);
  await load(port, clients, requests);
  const beforeUs = proxy.process.cpuUs();
  const rps = await load(port, clients, requests);
  return { cpuUs: (proxy.process.cpuUs() - beforeUs) / requests, rps };
}

async function table(
  name: string,
  start: Start,
  redis: readonly RedisServer[],
  requests: number,
): Promise<string> {
  const show = ({ cpuUs, rps }: Cell) =>
    `${cpuUs.toFixed(1)} µs, ${Math.round(rps).toLocaleString("en-US")}/s`;
  const cells = async (counts: readonly number[], run: (count: number) => Promise<Cell>) => {
    const shown: string[] = [];
    for (const count of counts) shown.push(show(await run(count)));
    return shown.join(" | ");
  };
  const byServers = await cells(SERVERS, (count) => measure(start, redis, count, USUAL_CLIENTS, requests));
  const byClients = await cells(CLIENTS, (count) => measure(start, redis, USUAL_SERVERS, count, requests));
  return `| ${name} | ${byServers} | ${byClients} |\n`;
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { reference: { type: "boolean" }, requests: { type: "string", default: "100000" } },
  });
  const redis: RedisServer[] = [];
  try {
    for (let i = 0; i < PROCESSES; i++) redis.push(await startRedis());
    const heads = [...SERVERS.map((n) => `${n} servers`), ...CLIENTS.map((n) => `${n} clients`)];
    let text = `| | ${heads.join(" | ")} |\n|---${"|---:".repeat(heads.length)}|\n`;
    const requests = Number(values.requests);
    text += await table("here", (pools) => startProxy({ pools }), redis, requests);
    if (values.reference) text += await table("twemproxy", startNutcracker, redis, requests);
    await Deno.stdout.write(new TextEncoder().encode(text));
  } finally {
    for (const server of redis) await server[Symbol.asyncDispose]();
  }
}
