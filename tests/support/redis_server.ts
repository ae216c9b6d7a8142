/**
 * A real redis-server for a test.
 *
 * @module
 */

import { listens } from "./listening.ts";
import { freePort } from "./ports.ts";
import { TestProcess } from "./process.ts";
import { requireProgram } from "./programs.ts";
import { startOnFreePort } from "./start.ts";
import { connect, type ReplyValue, resp, type WireClient } from "./wire.ts";

/** How a redis-server is started; it does not save its data by itself. */
export interface RedisOptions {
  /** The path of the server's program; the machine's own redis-server unless given. */
  readonly program?: string;
  /** More arguments, such as `["--maxmemory", "2mb"]`. */
  readonly args?: readonly string[];
  /** The port of 127.0.0.1 to listen on; a free one unless given. */
  readonly port?: number;
  /** The path of a Unix socket to listen on, in addition. */
  readonly unixSocket?: string;
  /** The password that clients must give. */
  readonly requirepass?: string;
}

/** A running redis-server; `await using` stops it. */
export class RedisServer implements AsyncDisposable {
  /** The port of 127.0.0.1 that it listens on. */
  readonly port: number;
  /** The process, to send signals to or to read the memory of. */
  readonly process: TestProcess;
  readonly #password: string | null;

  /**
   * Describes a server that runs.
   *
   * @param process The process.
   * @param port Where it listens.
   * @param password What to send with AUTH; null for nothing.
   */
  constructor(process: TestProcess, port: number, password: string | null) {
    this.process = process;
    this.port = port;
    this.#password = password;
  }

  /** `127.0.0.1:PORT`, as configuration files want it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Connects to the server itself, past any proxy, and gives the password if there is one. */
  async connect(): Promise<WireClient> {
    const client = await connect(this.port);
    if (this.#password !== null) await client.exchange(resp("AUTH", this.#password), "+OK\r\n");
    return client;
  }

  /**
   * Sends one command to the server itself, over a connection of its own.
   *
   * @param words The command and its arguments.
   * @returns The reply.
   */
  async command(...words: readonly (string | number | Uint8Array)[]): Promise<ReplyValue> {
    using client = await this.connect();
    return await client.command(...words);
  }

  /** Stops it; harmless if it has ended. */
  async stop(): Promise<void> {
    await this.process.stop();
  }

  /** See {@link RedisServer.stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/**
 * Starts a redis-server and waits until it listens.
 *
 * @param options How.
 * @returns The running server.
 */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const password = options.requirepass ?? null;
  const command = options.program ?? requireProgram("redis-server");
  const start = async (port: number): Promise<RedisServer> => {
    const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    // A replica writes a dump, and so does a test that asks for one; what an earlier server left is not to be loaded.
    const [folder, dump] = [Deno.env.get("TMPDIR") ?? "/tmp", `nutcracker-test-${port}.rdb`];
    args.push("--dir", folder, "--dbfilename", dump);
    if (options.port === undefined) await removeFile(`${folder}/${dump}`);
    if (options.unixSocket !== undefined) args.push("--unixsocket", options.unixSocket);
    if (password !== null) args.push("--requirepass", password);
    args.push(...(options.args ?? []));
    const addresses = options.unixSocket === undefined ? [port] : [port, options.unixSocket];
    const process = await TestProcess.start({
      name: `redis-server ${port}`,
      command,
      args,
      ready: ({ pid }) => listens(pid, ...addresses),
    });
    return new RedisServer(process, port, password);
  };
  return options.port === undefined ? await startOnFreePort(freePort, start) : await start(options.port);
}

async function removeFile(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
