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
import type { Config } from "./config/config.ts";
import { ConfigError } from "./config/error.ts";
import { readConfig } from "./config/load.ts";
import { FileWatch } from "./daemon/file_watch.ts";
import { DescriptorBudget, type DescriptorNeeds } from "./daemon/descriptor_budget.ts";
import { DescriptorProbe, NULL_FILE, openNull } from "./daemon/descriptor_probe.ts";
import { DAEMON_ARGUMENT, DaemonError, startDaemon, tellDaemonReady } from "./daemon/daemonize.ts";
import { isPermitted, PermissionError } from "./daemon/permissions.ts";
import { PidFile, PidFileError } from "./daemon/pid_file.ts";
import { Reloader } from "./daemon/reloader.ts";
import { listenSignals } from "./daemon/signals.ts";
import { StopRequest } from "./daemon/stop_request.ts";
import { clampLevel } from "./log/level.ts";
import { openLog, type ProcessLog } from "./log/process_log.ts";
import { formatAddress } from "./net/address.ts";
import { denoNetwork } from "./net/deno_network.ts";
import { OUTSIDE, requireFiles, requireNetwork, TokenFileError } from "./outside.ts";
import { descriptorNeeds } from "./proxy/descriptor_needs.ts";
import { ListenError } from "./proxy/listeners.ts";
import { locateOffline } from "./proxy/locate.ts";
import { openStatistics } from "./process_statistics.ts";
import type { PoolChange } from "./proxy/pool_change.ts";
import type { Environment } from "./proxy/runtime.ts";
import { StatsListenError } from "./stats/server.ts";
import { VERSION } from "./version.ts";
import { type DataPlane, PlaneError } from "./workers/data_plane.ts";
import { Fleet } from "./workers/fleet.ts";
import { garbageCollector } from "./workers/garbage_collector.ts";
import { DRAIN_LOOK_MS } from "./workers/limits.ts";
import { SinglePlane } from "./workers/single_plane.ts";

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
      return tell(
        [...commandLine.ignored.map((text) => `nutcracker: ${ignoredText(text)}`), ...lines],
        exitCode,
      );
    }
    case "run":
      if (commandLine.options.locate !== null) {
        return tellLocation(commandLine.options.confPath, commandLine.options.locate);
      }
      if (commandLine.options.daemonize && !isDaemon) return await daemonize(args);
      return await serve(commandLine, isDaemon, hooks);
  }
}

/** The reference says nothing of such an argument, and takes its usual file. */
function ignoredText(argument: string): string {
  return `argument '${argument}' is ignored; the configuration file is named with -c`;
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

async function serve(
  { options, ignored }: { readonly options: Options; readonly ignored: readonly string[] },
  isDaemon: boolean,
  hooks: RunHooks,
): Promise<number> {
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
  for (const argument of ignored) log.warn("nutcracker", ignoredText(argument));
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
    error instanceof PlaneError || error instanceof StatsListenError || error instanceof TokenFileError ||
    error instanceof PermissionError ||
    error instanceof DaemonError || error instanceof Deno.errors.NotCapable;
}

function linesOf(error: Error): readonly string[] {
  return error instanceof ConfigError ? error.lines : [error.message];
}

async function serveConfig(options: Options, log: ProcessLog, hooks: RunHooks): Promise<number> {
  greet(log);
  const load = (): Config => {
    const config = readConfig(options.confPath, OUTSIDE);
    requireNetwork(options, config);
    return config;
  };
  const watch = new FileWatch(options.confPath, () => void reloader.reload());
  await watch.begin();
  let config = load();
  const workers = options.workers === "auto" ? navigator.hardwareConcurrency : options.workers;
  const plane = openPlane(options, workers, config, log);
  const descriptors = descriptorBudget(plane, descriptorNeeds(config.pools, workers), log);
  const reloader = new Reloader<Config>({
    clock: systemClock,
    log,
    load,
    async apply(next) {
      const changes = await plane.reload(next.pools);
      config = next;
      descriptors.adopt(descriptorNeeds(next.pools, workers));
      return changes.flatMap(changeLines);
    },
    explain: (error) => isRefusal(error) ? linesOf(error) : [String((error as Error).stack ?? error)],
  });
  const stop = new StopRequest(systemClock);
  const stats = await openStatistics({
    options,
    log,
    plane,
    reloader,
    config: () => config,
    isLeaving: () => stop.isMade,
  });
  const stopListening = listenSignals({
    SIGHUP() {
      void log.reopen();
      if (!stop.isMade) void reloader.reload();
    },
    SIGTTIN() {
      log.levelUp();
      plane.logLevelChanged(log.level);
    },
    SIGTTOU() {
      log.levelDown();
      plane.logLevelChanged(log.level);
    },
    SIGINT: () => stop.signal("SIGINT"),
    SIGTERM: () => stop.signal("SIGTERM"),
  }, log);
  try {
    const where = await listen(plane, config, log);
    if (options.watchesConf) watch.start(systemClock);
    if (isPermitted({ name: "read", path: NULL_FILE })) descriptors.start();
    hooks.onReady?.(where);
    await stop.requested;
    watch.stop();
    return await drain(plane, options.shutdownTimeoutMs, stop.hurried, log);
  } finally {
    watch.stop();
    descriptors.stop();
    stopListening();
    await plane.close();
    await stats.close();
  }
}

/** The reference's first lines. */
function greet(log: ProcessLog): void {
  const { os, arch } = Deno.build;
  log.always("nutcracker", `nutcracker-${VERSION} built for ${os} ${arch} started on pid ${Deno.pid}`);
  log.always(
    "nutcracker",
    "run, rabbit run / dig that hole, forget the sun / and when at last the work is done",
  );
}

/** One event loop is served by this isolate; several have one each, and this one keeps them together. */
function openPlane(options: Options, workers: number, config: Config, log: ProcessLog): DataPlane {
  const startedMs = systemClock.now();
  if (workers === 1) {
    return new SinglePlane(environmentOf(options, log), config.pools, () => ({
      pid: Deno.pid,
      version: VERSION,
      uptimeSeconds: Math.floor((systemClock.now() - startedMs) / 1000),
      timestampSeconds: Math.floor(systemClock.wallTime() / 1000),
      threads: 1,
    }));
  }
  return new Fleet({
    ...environmentOf(options, log),
    workers,
    spawn: (name) => new Worker(new URL("./workers/worker.ts", import.meta.url), { type: "module", name }),
    logLevel: log.level,
    kernelSpreads: Deno.build.os === "linux",
    leaveTimeoutMs: options.shutdownTimeoutMs,
  }, config.pools);
}

function descriptorBudget(plane: DataPlane, needs: DescriptorNeeds, log: ProcessLog): DescriptorBudget {
  const probe = new DescriptorProbe({ clock: systemClock, open: openNull });
  const sockets = (): number => plane.numbers().currConnections;
  const limitClients = (max: number): void => plane.limitClients(max);
  return new DescriptorBudget({ probe, log, sockets, limitClients }, needs);
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

async function listen(plane: DataPlane, config: Config, log: ProcessLog): Promise<string[]> {
  const addresses = await plane.start();
  return addresses.map((address, i) => {
    const { name, protocol, servers } = config.pools[i];
    log.notice(
      "nutcracker",
      `pool '${name}' listens on ${formatAddress(address)}, ${protocol}, ${servers.length} servers`,
    );
    return `${name} ${formatAddress(address)}`;
  });
}

/**
 * Waits until everybody has what is owed, or the time is up, which leaves the others behind.
 *
 * @returns The exit status: 1 if a second signal cut it short.
 */
async function drain(
  plane: DataPlane,
  timeoutMs: number,
  hurry: Promise<void>,
  log: ProcessLog,
): Promise<number> {
  let hurried = false;
  void hurry.then(() => hurried = true);
  plane.drain();
  const deadlineMs = systemClock.now() + timeoutMs;
  while (!plane.isDrained && !hurried && systemClock.now() < deadlineMs) {
    await new Promise<void>((resolve) => systemClock.after(resolve, DRAIN_LOOK_MS));
  }
  if (plane.clientCount > 0) {
    const reason = hurried ? "a second signal came" : `${timeoutMs} msec are over`;
    log.warn("nutcracker", `clients left behind: ${plane.clientCount}, because ${reason}`);
  }
  return hurried ? 1 : 0;
}
