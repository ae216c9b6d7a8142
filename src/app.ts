/**
 * The composition root: from the command line to a running proxy, and down again.
 *
 * @module
 */

import { systemClock } from "./base/clock.ts";
import { type Options, STATS_INTERVAL_MAX_MS } from "./cli/flags.ts";
import { describeLines, usageLines, versionLines } from "./cli/help.ts";
import { parseCommandLine } from "./cli/parse.ts";
import { testConfiguration } from "./cli/test_configuration.ts";
import type { Config, PoolConfig } from "./config/config.ts";
import { ConfigError } from "./config/error.ts";
import { readConfig } from "./config/load.ts";
import { PidFileError, removePidFile, writePidFile } from "./daemon/pid_file.ts";
import { listenSignals } from "./daemon/signals.ts";
import { clampLevel } from "./log/level.ts";
import { openLog, type ProcessLog } from "./log/process_log.ts";
import type { ProcessSnapshot } from "./metrics/snapshot.ts";
import { poolMetrics, serverMetrics } from "./metrics/table.ts";
import { formatAddress } from "./net/address.ts";
import { denoNetwork } from "./net/deno_network.ts";
import type { Codec } from "./protocol/contract.ts";
import { MemcacheCodec } from "./protocol/memcache/codec.ts";
import type { ReadStatistics, Statistic } from "./protocol/memcache/statistics.ts";
import { RedisCodec } from "./protocol/redis/codec.ts";
import { poolStatistics } from "./proxy/pool_statistics.ts";
import { ListenError, Proxy } from "./proxy/proxy.ts";
import { startStats, StatsListenError, type StatsServer } from "./stats/server.ts";
import { VERSION } from "./version.ts";

/** How long the clients may take what they are owed when the proxy stops, in milliseconds. */
const DRAIN_MS = 2000;
/** How often is looked whether they have, in milliseconds. */
const DRAIN_POLL_MS = 10;

/** What {@link run} may be asked beside its arguments. */
export interface RunHooks {
  /**
   * Is called once everything listens.
   *
   * @param where The pools' names and addresses.
   */
  readonly onReady?: (where: readonly string[]) => void;
}

/**
 * Runs the program.
 *
 * @param args The command line without the program's name.
 * @param hooks What to call on the way.
 * @returns The exit status, when it has ended.
 */
export async function run(args: readonly string[], hooks: RunHooks = {}): Promise<number> {
  const commandLine = parseCommandLine(args);
  switch (commandLine.kind) {
    case "error":
      return tell(commandLine.lines, 1);
    case "help":
    case "version":
    case "describe": {
      const version = versionLines({ nutcracker: VERSION, deno: Deno.version.deno, v8: Deno.version.v8 });
      const usage = commandLine.kind === "help" ? usageLines() : [];
      const describe = commandLine.describe ? [...describeLines(poolMetrics, serverMetrics)] : [];
      return tell([...version, ...usage, ...describe], 0);
    }
    case "test": {
      const { lines, exitCode } = testConfiguration(
        commandLine.options.confPath,
        (path) => Deno.readFileSync(path),
      );
      return tell(lines, exitCode);
    }
    case "run":
      return await serve(commandLine.options, hooks);
  }
}

/** All that the program says goes to the standard error stream, as with the reference. */
function tell(lines: readonly string[], exitCode: number): number {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  return exitCode;
}

async function serve(options: Options, hooks: RunHooks): Promise<number> {
  if (options.daemonize) {
    return tell(["nutcracker: option -d cannot be used yet: run it under a supervisor such as systemd"], 1);
  }
  let log: ProcessLog;
  try {
    log = await openLog({
      path: options.outputPath,
      level: clampLevel(options.verbosity),
      clock: systemClock,
    });
  } catch (error) {
    return tell([`nutcracker: ${(error as Error).message}`], 1);
  }
  try {
    if (options.pidPath !== null) writePidFile(options.pidPath);
    return await serveConfig(options, log, hooks);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    for (const line of linesOf(error)) log.error("nutcracker", line);
    return 1;
  } finally {
    if (options.pidPath !== null) removePidFile(options.pidPath);
    log.always("nutcracker", "done, rabbit done");
    await log.close();
  }
}

/** What the user can mend, and what is therefore told without a stack. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof PidFileError || error instanceof ListenError ||
    error instanceof StatsListenError || error instanceof Deno.errors.NotCapable;
}

function linesOf(error: Error): readonly string[] {
  return error instanceof ConfigError ? error.lines : [error.message];
}

async function serveConfig(options: Options, log: ProcessLog, hooks: RunHooks): Promise<number> {
  log.always(
    "nutcracker",
    `nutcracker-${VERSION} built for ${Deno.build.os} ${Deno.build.arch} started on pid ${Deno.pid}`,
  );
  log.always(
    "nutcracker",
    "run, rabbit run / dig that hole, forget the sun / and when at last the work is done",
  );
  const config = readConfig(options.confPath, (path) => Deno.readFileSync(path));
  const startedMs = systemClock.now();
  const proxy: Proxy = new Proxy(
    {
      clock: systemClock,
      network: denoNetwork,
      random: Math.random,
      log,
      mbufBytes: options.mbufBytes,
      memoryBytesMax: options.memoryBytesMax,
    },
    config.pools,
    (pool) => codecFor(pool, () => statisticsOf(proxy, pool.name, startedMs)),
  );
  const stats = await openStats(options, log, proxy);
  const stop = Promise.withResolvers<void>();
  const stopListening = listenSignals({
    SIGHUP: () => void log.reopen(),
    SIGTTIN: () => log.levelUp(),
    SIGTTOU: () => log.levelDown(),
    SIGINT: () => stop.resolve(),
    SIGTERM: () => stop.resolve(),
  }, log);
  try {
    const where = listen(proxy, config, log);
    hooks.onReady?.(where);
    await stop.promise;
    await drain(proxy);
    return 0;
  } finally {
    stopListening();
    proxy.close();
    await stats.close();
  }
}

function listen(proxy: Proxy, config: Config, log: ProcessLog): string[] {
  return proxy.start().map((address, i) => {
    const { name, protocol, servers } = config.pools[i];
    log.notice(
      "nutcracker",
      `pool '${name}' listens on ${formatAddress(address)}, ${protocol}, ${servers.length} servers`,
    );
    return `${name} ${formatAddress(address)}`;
  });
}

function codecFor(config: PoolConfig, readStatistics: ReadStatistics): Codec {
  const { protocol, redisAuth, redisDb, keyBytesMax, argumentsMax, allowDangerous } = config;
  if (protocol === "memcache") {
    return new MemcacheCodec(keyBytesMax ?? undefined, readStatistics, allowDangerous);
  }
  return new RedisCodec({
    password: redisAuth,
    db: redisDb,
    keyBytesMax: keyBytesMax ?? undefined,
    argumentsMax,
  });
}

/** What a memcached pool's clients are told who ask for statistics. */
function statisticsOf(proxy: Proxy, name: string, startedMs: number): Statistic[] {
  const pool = proxy.pools.find((candidate) => candidate.name === name);
  if (pool === undefined) return [];
  return poolStatistics(pool.snapshot(), {
    pid: Deno.pid,
    version: VERSION,
    uptimeSeconds: Math.floor((systemClock.now() - startedMs) / 1000),
    timestampSeconds: Math.floor(systemClock.wallTime() / 1000),
  });
}

function openStats(options: Options, log: ProcessLog, proxy: Proxy): Promise<StatsServer> {
  const startedMs = systemClock.now();
  const source = hostname();
  const snapshot = (): ProcessSnapshot => ({
    service: "nutcracker",
    source,
    version: VERSION,
    uptimeSeconds: Math.floor((systemClock.now() - startedMs) / 1000),
    timestampSeconds: Math.floor(systemClock.wallTime() / 1000),
    totalConnections: proxy.connections.total,
    currConnections: proxy.connections.current,
    pools: proxy.snapshot(),
  });
  return startStats({
    hostname: options.statsAddress,
    port: options.statsPort,
    snapshot,
    // With -i 0 numbers are gathered only for whoever asks.
    refreshMs: options.statsIntervalMs || STATS_INTERVAL_MAX_MS,
    clock: systemClock,
    log,
  });
}

/** The machine's name; only the statistics show it, so that a program without the permission for it runs all the same. */
function hostname(): string {
  return Deno.permissions.querySync({ name: "sys", kind: "hostname" }).state === "granted"
    ? Deno.hostname()
    : "unknown";
}

/** Waits until the clients have gone; those who do not take what they are owed are left behind. */
async function drain(proxy: Proxy): Promise<void> {
  proxy.drain();
  const deadlineMs = systemClock.now() + DRAIN_MS;
  while (proxy.clientCount > 0 && systemClock.now() < deadlineMs) {
    await new Promise<void>((resolve) => systemClock.after(resolve, DRAIN_POLL_MS));
  }
}
