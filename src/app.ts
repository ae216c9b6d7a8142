/**
 * The composition root: from the command line to a running proxy, and down again.
 *
 * @module
 */

import { encode } from "./base/ascii.ts";
import { systemClock } from "./base/clock.ts";
import { readBuildInfo } from "./build/build_info.ts";
import { completionScript } from "./cli/completions.ts";
import { describeStatistics } from "./cli/describe_stats.ts";
import type { Options } from "./cli/flags.ts";
import { usageLines, versionLines } from "./cli/help.ts";
import { manPage } from "./cli/man_page.ts";
import { parseCommandLine } from "./cli/parse.ts";
import { testConfiguration } from "./cli/test_configuration.ts";
import type { ClientUser, Config, PoolConfig } from "./config/config.ts";
import { describeConfig, describePool } from "./config/describe.ts";
import { ConfigError } from "./config/error.ts";
import { readConfig } from "./config/load.ts";
import { FileWatch } from "./daemon/file_watch.ts";
import { DAEMON_ARGUMENT, DaemonError, startDaemon, tellDaemonReady } from "./daemon/daemonize.ts";
import { PermissionError } from "./daemon/permissions.ts";
import { PidFile, PidFileError } from "./daemon/pid_file.ts";
import { Reloader } from "./daemon/reloader.ts";
import { listenSignals } from "./daemon/signals.ts";
import { clampLevel } from "./log/level.ts";
import { openLog, type ProcessLog } from "./log/process_log.ts";
import type { ProcessSnapshot, ReloadState } from "./metrics/snapshot.ts";
import { ProcessMetric, processMetrics } from "./metrics/table.ts";
import { formatAddress } from "./net/address.ts";
import { strerror } from "./net/strerror.ts";
import { denoNetwork } from "./net/deno_network.ts";
import type { Codec } from "./protocol/contract.ts";
import { MemcacheCodec } from "./protocol/memcache/codec.ts";
import type { ReadStatistics, Statistic } from "./protocol/memcache/statistics.ts";
import { RedisCodec } from "./protocol/redis/codec.ts";
import { OUTSIDE, requireFiles, requireNetwork } from "./outside.ts";
import { ListenError } from "./proxy/listeners.ts";
import { locateOffline } from "./proxy/locate.ts";
import type { PoolChange } from "./proxy/pool_change.ts";
import { poolStatistics } from "./proxy/pool_statistics.ts";
import { Proxy } from "./proxy/proxy.ts";
import type { Environment } from "./proxy/runtime.ts";
import { startStats, StatsListenError, type StatsServer } from "./stats/server.ts";
import { VERSION } from "./version.ts";

/** How often is looked whether the clients have taken what they are owed when the proxy stops, in milliseconds. */
const DRAIN_POLL_MS = 10;

/** The file of the token cannot be used. */
class TokenFileError extends Error {
  constructor(path: string, cause?: unknown) {
    super(`Cannot read token file "${path}": ${cause === undefined ? "empty" : strerror(cause)}`, { cause });
  }
}

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
  const isDaemon = args[0] === DAEMON_ARGUMENT;
  const commandLine = parseCommandLine(isDaemon ? args.slice(1) : args);
  switch (commandLine.kind) {
    case "error":
      return tell(commandLine.lines, 1);
    case "help":
    case "version":
    case "describe": {
      const version = versionLines({
        nutcracker: VERSION,
        deno: Deno.version.deno,
        v8: Deno.version.v8,
        commit: readBuildInfo()?.commit ?? null,
        target: Deno.build.target,
      });
      const usage = commandLine.kind === "help" ? usageLines() : [];
      const describe = commandLine.describe ? describeStatistics() : [];
      return tell([...version, ...usage, ...describe], 0);
    }
    case "man":
      return print(manPage(VERSION));
    case "completions":
      return print(completionScript(commandLine.shell));
    case "test": {
      const { lines, exitCode } = testConfiguration(commandLine.options.confPath, OUTSIDE);
      return tell(lines, exitCode);
    }
    case "run":
      if (commandLine.options.locate !== null) {
        return tellLocation(commandLine.options.confPath, commandLine.options.locate);
      }
      if (commandLine.options.daemonize && !isDaemon) return await daemonize(args);
      return await serve(commandLine.options, isDaemon, hooks);
  }
}

/** What is meant for a file goes to the standard output stream. */
function print(text: string): number {
  const bytes = encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  return 0;
}

/** All else that the program says goes to the standard error stream, as with the reference. */
function tell(lines: readonly string[], exitCode: number): number {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
  return exitCode;
}

/** `--locate`: says where a key belongs while all servers are live. */
function tellLocation(confPath: string, poolAndKey: string): number {
  const [poolName, key] = splitOnce(poolAndKey, ":");
  try {
    const pool = readConfig(confPath, OUTSIDE).pools.find(({ name }) => name === poolName);
    if (pool === undefined) return tell([`nutcracker: Cannot locate "${key}": no pool "${poolName}"`], 1);
    const location = locateOffline(pool, encode(key), Math.random);
    return print(`${JSON.stringify({ pool: poolName, key, ...location })}\n`);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return tell(linesOf(error), 1);
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

async function daemonize(args: readonly string[]): Promise<number> {
  try {
    return await startDaemon(args, (bytes) => void Deno.stderr.writeSync(bytes));
  } catch (error) {
    if (!isRefusal(error)) throw error;
    return tell([`nutcracker: ${error.message}`], 1);
  }
}

async function serve(options: Options, isDaemon: boolean, hooks: RunHooks): Promise<number> {
  let log: ProcessLog;
  try {
    requireFiles(options);
    log = await openLog({
      path: options.outputPath,
      level: clampLevel(options.verbosity),
      clock: systemClock,
      format: options.logFormat,
    });
  } catch (error) {
    return tell([`nutcracker: ${(error as Error).message}`], 1);
  }
  let isReady = false;
  const onReady = (where: readonly string[]): void => {
    isReady = true;
    hooks.onReady?.(where);
    if (!isDaemon) return;
    tellDaemonReady();
    void log.silence();
  };
  let pidFile: PidFile | null = null;
  try {
    if (options.pidPath !== null) pidFile = await PidFile.write(options.pidPath, systemClock);
    return await serveConfig(options, log, { onReady });
  } catch (error) {
    if (!isRefusal(error)) throw error;
    for (const line of linesOf(error)) log.error("nutcracker", line);
    // Whoever starts a daemon is told at the terminal too.
    if (isDaemon && !isReady && options.outputPath !== null) tell(linesOf(error), 1);
    return 1;
  } finally {
    pidFile?.remove();
    log.always("nutcracker", "done, rabbit done");
    await log.close();
  }
}

/** What the user can mend, and what is therefore told without a stack. */
function isRefusal(error: unknown): error is Error {
  return error instanceof ConfigError || error instanceof PidFileError || error instanceof ListenError ||
    error instanceof StatsListenError || error instanceof TokenFileError ||
    error instanceof PermissionError ||
    error instanceof DaemonError || error instanceof Deno.errors.NotCapable;
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
  const load = (): Config => {
    const config = readConfig(options.confPath, OUTSIDE);
    requireNetwork(options, config);
    return config;
  };
  const watch = new FileWatch(options.confPath, () => void reloader.reload());
  await watch.begin();
  let config = load();
  const startedMs = systemClock.now();
  const proxy: Proxy = new Proxy(
    environmentOf(options, log),
    config.pools,
    (pool) => codecFor(pool, () => statisticsOf(proxy, pool.name, startedMs)),
  );
  const reloader = new Reloader<Config>({
    clock: systemClock,
    log,
    load,
    apply(next) {
      const changes = proxy.reload(next.pools).flatMap(changeLines);
      config = next;
      return changes;
    },
    explain: (error) => isRefusal(error) ? linesOf(error) : [String((error as Error).stack ?? error)],
  });
  const stats = await openStats(options, log, proxy, reloader, () => config);
  const [stop, hurry] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let stopCount = 0;
  const onStop = (): void => (stopCount++ === 0 ? stop : hurry).resolve();
  const stopListening = listenSignals({
    SIGHUP() {
      void log.reopen();
      if (stopCount === 0) reloader.reload();
    },
    SIGTTIN: () => log.levelUp(),
    SIGTTOU: () => log.levelDown(),
    SIGINT: onStop,
    SIGTERM: onStop,
  }, log);
  try {
    const where = listen(proxy, config, log);
    if (options.watchesConf) watch.start(systemClock);
    hooks.onReady?.(where);
    await stop.promise;
    watch.stop();
    return await drain(proxy, options.shutdownTimeoutMs, hurry.promise, log);
  } finally {
    watch.stop();
    stopListening();
    proxy.close();
    await stats.close();
  }
}

/** What `--v8-flags=--expose-gc` puts into the global scope. */
function garbageCollector(): (() => void) | null {
  const { gc } = globalThis as { gc?: () => void };
  return gc === undefined ? null : () => gc();
}

function environmentOf(options: Options, log: ProcessLog): Environment {
  return {
    clock: systemClock,
    network: denoNetwork,
    random: Math.random,
    log,
    mbufBytes: options.mbufBytes,
    memoryBytesMax: options.memoryBytesMax,
    collectGarbage: garbageCollector(),
    logSamplePeriod: options.logSamplePeriod,
  };
}

function changeLines({ kind, pool, ignored }: PoolChange): string[] {
  const later = ignored.map((directive) =>
    `pool '${pool}' listens as before: '${directive}' takes effect with the next start`
  );
  return [`pool '${pool}' ${kind}`, ...later];
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
  const {
    protocol,
    redisAuth,
    redisDb,
    databases,
    serverAuth,
    keyBytesMax,
    argumentsMax,
    allowDangerous,
    commands,
  } = config;
  if (protocol === "memcache") {
    return new MemcacheCodec(keyBytesMax ?? undefined, readStatistics, allowDangerous, {
      users: usersOf(config),
      // Without a name the configuration would have been refused.
      serverAuth: serverAuth === null ? null : { ...serverAuth, user: serverAuth.user ?? "" },
    });
  }
  return new RedisCodec({
    password: redisAuth,
    db: redisDb,
    databases,
    users: usersOf(config),
    serverAuth,
    keyBytesMax: keyBytesMax ?? undefined,
    argumentsMax,
    allowDangerous,
    commands,
    directives: directivesOf(config),
  }, Math.random);
}

/** A pool's directives with their values as one would write them, secrets masked. */
function directivesOf(config: PoolConfig): readonly (readonly [string, string])[] {
  return Object.entries(describePool(config)).map(([name, value]) => {
    if (value === null) return [name, ""];
    return [name, typeof value === "object" ? JSON.stringify(value) : `${value}`];
  });
}

/** Everybody who may use a pool; null if anybody may who knows its `redis_auth`. */
function usersOf({ clientAuth, clientAuthFile }: PoolConfig): readonly ClientUser[] | null {
  return clientAuth === null && clientAuthFile === null
    ? null
    : [...clientAuth ?? [], ...clientAuthFile?.users ?? []];
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

/** The numbers of the process itself, in the order of the table. */
function processValues(
  proxy: Proxy,
  uptimeSeconds: number,
  { generation, sinceMs }: ReloadState,
): Float64Array {
  const { usedBytes, freeBytes } = proxy.mbufUsage;
  const { total, current } = proxy.connections;
  const values = new Float64Array(processMetrics.length);
  values[ProcessMetric.uptime] = uptimeSeconds;
  values[ProcessMetric.connectionsOpened] = total;
  values[ProcessMetric.connections] = current;
  values[ProcessMetric.mbufUsed] = usedBytes;
  values[ProcessMetric.mbufFree] = freeBytes;
  values[ProcessMetric.residentMemory] = Deno.memoryUsage().rss;
  values[ProcessMetric.configGeneration] = generation;
  values[ProcessMetric.configAge] = (systemClock.wallTime() - sinceMs) / 1000;
  return values;
}

/** The token for changes, without the line feed at its end; null if there is none. */
function readToken(path: string | null): string | null {
  if (path === null) return null;
  let token: string;
  try {
    token = Deno.readTextFileSync(path).trimEnd();
  } catch (error) {
    throw new TokenFileError(path, error);
  }
  if (token === "") throw new TokenFileError(path);
  return token;
}

function openStats(
  options: Options,
  log: ProcessLog,
  proxy: Proxy,
  reloader: Reloader<Config>,
  currentConfig: () => Config,
): Promise<StatsServer> {
  const startedMs = systemClock.now();
  const source = hostname();
  const adminToken = readToken(options.adminTokenPath);
  const snapshot = (): ProcessSnapshot => ({
    service: "nutcracker",
    source,
    version: VERSION,
    uptimeSeconds: Math.floor((systemClock.now() - startedMs) / 1000),
    timestampSeconds: Math.floor(systemClock.wallTime() / 1000),
    totalConnections: proxy.connections.total,
    currConnections: proxy.connections.current,
    values: processValues(proxy, (systemClock.now() - startedMs) / 1000, reloader.state),
    eventLoopLag: proxy.eventLoopLag(),
    reload: reloader.state,
    pools: proxy.snapshot(),
  });
  return startStats({
    hostname: options.statsAddress,
    port: options.statsPort,
    snapshot,
    clock: systemClock,
    log,
    config() {
      const config = currentConfig();
      return { path: config.path, ...reloader.state, pools: describeConfig(config) };
    },
    slowRequests: () => proxy.slowRequests(),
    locate: (pool, key) => proxy.locate(pool, key),
    reload: () => reloader.reload(),
    setLogLevel: (level) => log.setLevel(clampLevel(level)),
    adminToken,
  });
}

/** The machine's name; only the statistics show it, so that a program without the permission for it runs all the same. */
function hostname(): string {
  return Deno.permissions.querySync({ name: "sys", kind: "hostname" }).state === "granted"
    ? Deno.hostname()
    : "unknown";
}

/**
 * Waits until everybody has what is owed, or the time is up, which leaves the others behind.
 *
 * @returns The exit status: 1 if a second signal cut it short.
 */
async function drain(
  proxy: Proxy,
  timeoutMs: number,
  hurry: Promise<void>,
  log: ProcessLog,
): Promise<number> {
  let hurried = false;
  void hurry.then(() => hurried = true);
  proxy.drain();
  const deadlineMs = systemClock.now() + timeoutMs;
  while (!proxy.isDrained && !hurried && systemClock.now() < deadlineMs) {
    await new Promise<void>((resolve) => systemClock.after(resolve, DRAIN_POLL_MS));
  }
  if (!proxy.isDrained) {
    const reason = hurried ? "a second signal came" : `${timeoutMs} msec are over`;
    log.warn("nutcracker", `clients left behind: ${proxy.clientCount}, because ${reason}`);
  }
  return hurried ? 1 : 0;
}
