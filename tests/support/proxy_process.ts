/**
 * A running proxy, ours or the reference: both have the same command line, files and statistics.
 *
 * @module
 */

import { listens } from "./listening.ts";
import { freePort } from "./ports.ts";
import { TestProcess } from "./process.ts";
import { listenAddresses, poolFile, type Pools } from "./pool_file.ts";
import { makeScratchFolder, removeFolder } from "./start.ts";
import { connect, type WireClient } from "./wire.ts";

/** How a proxy is started. */
export interface ProxyOptions {
  /** Its configuration: the text of the file, or the pools. */
  readonly pools: string | Pools;
  /** More flags; one that is given here replaces the usual one, as the last one counts. */
  readonly flags?: readonly string[];
  /** The port of the statistics; a free one unless given. */
  readonly statsPort?: number;
}

/** Which program a proxy is. */
export interface ProxyProgram {
  /** What messages call it. */
  readonly name: string;
  /** The executable's path. */
  readonly command: string;
  /** The arguments before the proxy's own. */
  readonly args: readonly string[];
  /** The log level to run with. */
  readonly verbosity: number;
}

/** A running proxy; `await using` stops it and removes its files. */
export class ProxyProcess implements AsyncDisposable {
  /** The process, to read the memory of, for example. */
  readonly process: TestProcess;
  /** The port of 127.0.0.1 that the statistics are served on. */
  readonly statsPort: number;
  /** Where the pools listen, in the order of the file: ports, or paths of Unix sockets. */
  readonly listens: readonly (number | string)[];
  /** The folder that holds its configuration and its log, removed when it stops. */
  readonly folder: string;
  #finalLog: string | null = null;

  /**
   * Describes a proxy that runs.
   *
   * @param process The process.
   * @param statsPort Where its statistics are.
   * @param listens Where its pools listen.
   * @param folder Where its files are.
   */
  constructor(
    process: TestProcess,
    statsPort: number,
    listens: readonly (number | string)[],
    folder: string,
  ) {
    this.process = process;
    this.statsPort = statsPort;
    this.listens = listens;
    this.folder = folder;
  }

  /** The process id. */
  get pid(): number {
    return this.process.pid;
  }

  /** The path of its configuration file. */
  get configPath(): string {
    return `${this.folder}/nutcracker.yml`;
  }

  /**
   * Connects to a pool.
   *
   * @param pool Its place in the file, from 0.
   * @returns The connection.
   */
  async connect(pool = 0): Promise<WireClient> {
    return await connect(this.listens[pool]);
  }

  /** Reads the statistics as a collector does: connect, read to the end, parse the JSON. It ends its side, so as not to wait. */
  // deno-lint-ignore no-explicit-any
  async stats(): Promise<any> {
    using client = await connect(this.statsPort);
    await client.closeWrite();
    return JSON.parse(new TextDecoder().decode(await client.readToEnd()));
  }

  /** What it has logged so far, the log file and standard error together; all of it once it was stopped. */
  log(): string {
    if (this.#finalLog !== null) return this.#finalLog;
    let file = "";
    try {
      file = Deno.readTextFileSync(logPath(this.folder));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    return file + this.process.output;
  }

  /**
   * Sends a signal.
   *
   * @param signal Which one.
   */
  signal(signal: Deno.Signal): void {
    this.process.signal(signal);
  }

  /** Its resident memory in bytes. */
  rss(): number {
    return this.process.rssBytes();
  }

  /** Stops it and removes its files (`process.stop()` leaves them); returns its exit status. */
  async stop(): Promise<Deno.CommandStatus> {
    const status = await this.process.stop();
    this.#finalLog = this.log();
    await removeFolder(this.folder);
    return status;
  }

  /** See {@link ProxyProcess.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts a proxy and waits until all its pools and its statistics listen.
 *
 * @param program Which one.
 * @param options How.
 * @returns The running proxy.
 */
export async function startProxyProcess(program: ProxyProgram, options: ProxyOptions): Promise<ProxyProcess> {
  const text = poolFile(options.pools);
  const pools = listenAddresses(text);
  const statsPort = options.statsPort ?? freePort();
  const folder = await makeScratchFolder();
  const flags = ["-c", `${folder}/nutcracker.yml`, "-s", `${statsPort}`, "-a", "127.0.0.1"];
  flags.push("-o", logPath(folder), "-v", `${program.verbosity}`, ...(options.flags ?? []));
  try {
    await Deno.writeTextFile(`${folder}/nutcracker.yml`, text);
    const process = await TestProcess.start({
      name: program.name,
      command: program.command,
      args: [...program.args, ...flags],
      ready: ({ pid }) => listens(pid, ...pools, statsPort),
    });
    return new ProxyProcess(process, statsPort, pools, folder);
  } catch (error) {
    const log = await Deno.readTextFile(logPath(folder)).catch(() => "");
    await removeFolder(folder);
    if (error instanceof Error) error.message += log;
    throw error;
  }
}

function logPath(folder: string): string {
  return `${folder}/nutcracker.log`;
}
