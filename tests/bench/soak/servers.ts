/**
 * The servers behind the proxy of a soak, which are restarted now and then.
 *
 * @module
 */

import { freePort } from "../../support/ports.ts";
import { proxyProgram } from "../../support/proxy.ts";
import { type ProxyProcess, type ProxyProgram, startProxyProcess } from "../../support/proxy_process.ts";
import { startMemcached } from "../../support/memcached_server.ts";
import { startRedis } from "../../support/redis_server.ts";
import { pause, type Soak } from "./soak.ts";

const SERVERS_PER_POOL = 2;
/** Between two restarts. */
const UPTIME_MS_MIN = 8_000;
const UPTIME_MS_MAX = 20_000;
/** How long a server is away. */
const DOWNTIME_MS_MIN = 50;
const DOWNTIME_MS_MAX = 3_000;
/** Values of 2 MB have to fit, and all keys of all clients. */
const MEMCACHED_ARGS = ["-I", "8m", "-m", "512"];

/** Any of the servers. */
interface CacheServer extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
}

type Starter = (port?: number) => Promise<CacheServer>;

/** The servers of both pools; `await using` stops them. */
export class Servers implements AsyncDisposable {
  /** The servers of the redis pool, then those of the memcached pool. */
  readonly #servers: CacheServer[] = [];
  /** How often one was restarted. */
  restarts = 0;

  /** Starts them all. */
  async start(): Promise<void> {
    for (const starter of starters) this.#servers.push(await starter());
  }

  /** Their addresses for a configuration file: those of the redis pool, then those of the memcached pool. */
  get lines(): [redis: string[], memcache: string[]] {
    const lines = this.#servers.map(({ address }, i) => `${address}:1 s${i}`);
    return [lines.slice(0, SERVERS_PER_POOL), lines.slice(SERVERS_PER_POOL)];
  }

  /**
   * Restarts one after the other until the end.
   *
   * @param soak The soak.
   */
  async keepRestarting(soak: Soak): Promise<void> {
    const { random } = soak;
    for (;;) {
      await pause(soak, random.between(UPTIME_MS_MIN, UPTIME_MS_MAX));
      if (soak.end.aborted) return;
      const index = random.int(this.#servers.length);
      const { port } = this.#servers[index];
      soak.epoch++;
      await this.#servers[index][Symbol.asyncDispose]();
      await pause(soak, random.between(DOWNTIME_MS_MIN, DOWNTIME_MS_MAX));
      this.#servers[index] = await starters[index](port);
      soak.epoch++;
      this.restarts++;
    }
  }

  /** See {@link Servers}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#servers.map((server) => server[Symbol.asyncDispose]()));
  }
}

const starters: readonly Starter[] = [
  ...Array.from({ length: SERVERS_PER_POOL }, () => (port?: number) => startRedis({ port })),
  ...Array.from(
    { length: SERVERS_PER_POOL },
    () => (port?: number) => startMemcached({ port, args: MEMCACHED_ARGS }),
  ),
];

/**
 * Starts the proxy in front of them, with a redis pool and a memcached pool in this order.
 *
 * @param servers The servers.
 * @param command The command that runs the proxy, without its flags; null for the task `start`. Its process has
 *   to be the proxy itself, or the numbers are those of another process.
 * @returns The running proxy.
 */
export async function startSoakProxy(servers: Servers, command: string | null): Promise<ProxyProcess> {
  const [redis, memcache] = servers.lines;
  const common = { hash: "murmur", timeout: 5000 };
  return await startProxyProcess(
    command === null ? { ...proxyProgram(), verbosity: 4 } : programOf(command),
    {
      pools: {
        redis: {
          listen: `127.0.0.1:${freePort()}`,
          redis: true,
          ...common,
          server_connections: 2,
          servers: redis,
        },
        memcache: {
          listen: `127.0.0.1:${freePort()}`,
          ...common,
          auto_eject_hosts: true,
          server_failure_limit: 3,
          server_retry_timeout: 1000,
          servers: memcache,
        },
      },
    },
  );
}

function programOf(command: string): ProxyProgram {
  const [name, ...args] = command.split(" ").filter((word) => word !== "");
  return { name, command: name, args, verbosity: 4 };
}
