/**
 * What tests of a proxy with several workers ask of it.
 *
 * @module
 */

import { eventually } from "../support/process.ts";
import type { Proxy } from "../support/proxy.ts";
import type { RedisServer } from "../support/redis_server.ts";
import { PipeliningClient } from "./pipelining.ts";

/** The flags of a proxy with two workers. */
export const TWO_WORKERS: readonly string[] = ["-w", "2"];

/**
 * Waits until all workers serve: a proxy counts as started when the first of them listens.
 *
 * @param proxy The proxy.
 */
export async function allServe(proxy: Proxy): Promise<void> {
  await logged(proxy, "workers serve clients");
}

/**
 * Waits until the log says something.
 *
 * @param proxy The proxy.
 * @param text What.
 */
export async function logged(proxy: Proxy, text: string): Promise<void> {
  await eventually(() => proxy.log().includes(text), `the log says "${text}"`);
}

/** What `/stats.json` tells of one worker. */
export interface WorkerTold {
  /** Its number. */
  readonly worker: number;
  /** What it does. */
  readonly state: string;
  /** Its numbers by name. */
  readonly metrics: Readonly<Record<string, number>>;
}

/**
 * Reads all statistics.
 *
 * @param proxy The proxy.
 * @returns What `/stats.json` tells.
 */
// deno-lint-ignore no-explicit-any
export async function fullStats(proxy: Proxy): Promise<any> {
  return await (await fetch(`http://127.0.0.1:${proxy.statsPort}/stats.json`)).json();
}

/**
 * Reads what is told of the workers.
 *
 * @param proxy The proxy.
 * @returns Them, in the order of their numbers.
 */
export async function workersOf(proxy: Proxy): Promise<readonly WorkerTold[]> {
  return (await fullStats(proxy)).workers;
}

/**
 * Asks the proxy for a change.
 *
 * @param proxy The proxy.
 * @param path The resource, such as `/workers/1/kill`.
 * @returns The answer's status.
 */
export async function post(proxy: Proxy, path: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${proxy.statsPort}${path}`, { method: "POST" });
  await response.body?.cancel();
  return response.status;
}

/**
 * Starts clients until every worker has some: the kernel spreads them as it likes.
 *
 * @param proxy The proxy.
 * @param count How many clients.
 * @returns The clients, which have requests under way all the time.
 */
export async function startSpreadClients(proxy: Proxy, count: number): Promise<PipeliningClient[]> {
  const port = Number(proxy.listens[0]);
  await allServe(proxy);
  const before = (await workersOf(proxy)).reduce((sum, { metrics }) => sum + metrics.client_connections, 0);
  const clients = await Promise.all(
    Array.from({ length: count }, (_, i) => PipeliningClient.start(port, `counter:${i}`)),
  );
  const isSpread = async (): Promise<boolean> => {
    const workers = await workersOf(proxy);
    const connected = workers.map(({ metrics }) => metrics.client_connections);
    return connected.every((clients) => clients > 0) && connected.reduce((a, b) => a + b) === before + count;
  };
  await eventually(isSpread, "every worker has clients");
  return clients;
}

/**
 * Adds up what clients have had answered.
 *
 * @param clients The clients.
 * @returns How many requests.
 */
export function answeredBy(clients: readonly PipeliningClient[]): number {
  return clients.reduce((sum, { answered }) => sum + answered, 0);
}

/**
 * Asks redis-servers how often they have done a command.
 *
 * @param servers The servers.
 * @param command Its name in lower case.
 * @returns All of them together.
 */
export async function callsOf(servers: readonly RedisServer[], command: string): Promise<number> {
  const infos = await Promise.all(servers.map((server) => server.command("INFO", "commandstats")));
  const counts = infos.map((info) =>
    Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(`${info}`)?.[1] ?? 0)
  );
  return counts.reduce((a, b) => a + b, 0);
}
