/**
 * A real memcached for a test.
 *
 * @module
 */

import { listens } from "./listening.ts";
import { freePort } from "./ports.ts";
import { TestProcess } from "./process.ts";
import { requireProgram } from "./programs.ts";
import { startOnFreePort } from "./start.ts";
import { connect, type WireClient } from "./wire.ts";

/** How a memcached is started; it listens on no UDP port. */
export interface MemcachedOptions {
  /** The path of the server's program; the machine's own memcached unless given. */
  readonly program?: string;
  /** More arguments, such as `["-I", "2m"]`. */
  readonly args?: readonly string[];
  /** The port of 127.0.0.1 to listen on; a free one unless given, none with a Unix socket. */
  readonly port?: number;
  /** The path of a Unix socket to listen on instead of a port. */
  readonly unixSocket?: string;
  /** Variables in addition to those of the test's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A running memcached; `await using` stops it. */
export class MemcachedServer implements AsyncDisposable {
  /** The port of 127.0.0.1 that it listens on; 0 with a Unix socket. */
  readonly port: number;
  /** The process, to send signals to or to read the memory of. */
  readonly process: TestProcess;
  readonly #unixSocket: string | null;

  /**
   * Describes a server that runs.
   *
   * @param process The process.
   * @param port Where it listens; 0 for nowhere.
   * @param unixSocket Where it listens instead; null for nowhere.
   */
  constructor(process: TestProcess, port: number, unixSocket: string | null) {
    this.process = process;
    this.port = port;
    this.#unixSocket = unixSocket;
  }

  /** `127.0.0.1:PORT` or the path of the socket, as configuration files want it. */
  get address(): string {
    return this.#unixSocket ?? `127.0.0.1:${this.port}`;
  }

  /** Connects to the server itself, past any proxy. */
  async connect(): Promise<WireClient> {
    return await connect(this.#unixSocket ?? this.port);
  }

  /**
   * Reads one item from the server itself, over a connection of its own.
   *
   * @param key The item's key.
   * @returns Its value as text; null if there is none.
   */
  async get(key: string): Promise<string | null> {
    using client = await this.connect();
    await client.send(`get ${key}\r\n`);
    const line = await client.readLine();
    if (line === "END") return null;
    const value = await client.readBytes(Number(line.split(" ")[3]));
    await client.expect("\r\nEND\r\n");
    return new TextDecoder().decode(value);
  }

  /** Reads what the command `stats` tells, by name. */
  async stats(): Promise<Map<string, string>> {
    using client = await this.connect();
    await client.send("stats\r\n");
    const stats = new Map<string, string>();
    for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) {
      const [, name, value] = line.split(" ");
      stats.set(name, value);
    }
    return stats;
  }

  /** Stops it; harmless if it has ended. */
  async stop(): Promise<void> {
    await this.process.stop();
  }

  /** See {@link MemcachedServer.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts a memcached and waits until it listens.
 *
 * @param options How.
 * @returns The running server.
 */
export async function startMemcached(options: MemcachedOptions = {}): Promise<MemcachedServer> {
  const command = options.program ?? requireProgram("memcached");
  const { unixSocket } = options;
  const start = async (port: number): Promise<MemcachedServer> => {
    const args = unixSocket === undefined
      ? ["-l", "127.0.0.1", "-p", `${port}`, "-U", "0"]
      : ["-s", unixSocket];
    args.push("-t", "1", "-m", "64");
    // It refuses to run as root unless it is told to; anyone else stays who they are.
    if (Deno.uid() === 0) args.push("-u", "root");
    args.push(...(options.args ?? []));
    const process = await TestProcess.start({
      name: `memcached ${unixSocket ?? port}`,
      command,
      args,
      env: options.env,
      ready: ({ pid }) => listens(pid, unixSocket ?? port),
      // It has nothing to lose, and takes up to a second to obey SIGTERM.
      stopSignal: "SIGKILL",
    });
    return new MemcachedServer(process, port, unixSocket ?? null);
  };
  if (unixSocket !== undefined) return await start(0);
  return options.port === undefined ? await startOnFreePort(freePort, start) : await start(options.port);
}
