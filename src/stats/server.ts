/**
 * The statistics' port: one for collectors that only connect and read, as the reference serves them, and for HTTP.
 *
 * @module
 */

import type { Log } from "../log/log.ts";
import { formatAddress } from "../net/address.ts";
import { isLookupFailure, strerror } from "../net/strerror.ts";
import { StatsConnection } from "./connection.ts";
import { type HttpBackend, startHttpBackend } from "./http_backend.ts";
import { History } from "./history/history.ts";
import { SAMPLE_PERIOD_MS } from "./history/limits.ts";
import { httpHandler, type StatsSources } from "./http_handler.ts";
import { formatStats } from "./json.ts";
import { ACCEPT_RETRY_MS, CONNECTIONS_MAX, QUIET_MS } from "./limits.ts";
import { Patience } from "./patience.ts";

/** What the statistics' port needs. */
export interface StatsOptions extends StatsSources {
  /** Where to listen: a name or an address. */
  readonly hostname: string;
  /** The port; 0 is any free one. */
  readonly port: number;
  /** Where failures are told. */
  readonly log: Log;
}

/** Thrown when the statistics' port cannot be listened on. */
export class StatsListenError extends Error {
  /** The class's name, as it is printed. */
  override readonly name = "StatsListenError";

  /**
   * Makes the error.
   *
   * @param hostname The address.
   * @param port The port.
   * @param cause What listening threw.
   */
  constructor(hostname: string, port: number, cause: unknown) {
    const address = formatAddress({ transport: "tcp", hostname, port });
    const message = isLookupFailure(cause)
      ? `address resolution of node '${hostname}' service '${port}' failed: Name or service not known`
      : `bind to stats server addr '${address}' failed: ${strerror(cause)}`;
    super(message, { cause });
  }
}

/** The running server; made by {@link startStats}. */
export class StatsServer {
  #closed = false;
  #resume: () => void = () => {};
  readonly #listener: Deno.TcpListener;
  readonly #backend: HttpBackend;
  readonly #options: StatsOptions;
  readonly #connections = new Map<StatsConnection, Promise<void>>();
  readonly #history = new History();
  readonly #patience: Patience;
  readonly #stopSampling: () => void;
  readonly #accepting: Promise<void>;

  /**
   * Starts serving.
   *
   * @param listener Accepts the clients.
   * @param options What the server needs.
   */
  constructor(listener: Deno.TcpListener, options: StatsOptions) {
    this.#listener = listener;
    this.#options = options;
    this.#patience = new Patience(options.clock);
    this.#backend = startHttpBackend(httpHandler(options, this.#history), options.log);
    const { clock } = options;
    // The machine's clock may be set back; the history goes on.
    const epochMs = clock.wallTime() - clock.now();
    this.#stopSampling = clock.every(() => this.#sample(Math.round(epochMs + clock.now())), SAMPLE_PERIOD_MS);
    this.#accepting = this.#accept();
  }

  /** Where the server listens, with the port that it was given if it asked for any. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** How many clients are connected. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Stops listening and ends all connections at once. Resolves when nothing of the server is left. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopSampling();
    this.#listener.close();
    this.#resume();
    for (const connection of this.#connections.keys()) connection.close();
    await Promise.all([this.#accepting, ...this.#connections.values()]);
    await this.#backend.close();
  }

  #json(): string {
    return formatStats(this.#options.snapshot());
  }

  #sample(timeMs: number): void {
    try {
      this.#history.sample(this.#options.snapshot(), timeMs);
    } catch (error) {
      this.#options.log.error("stats", `taking a sample failed: ${error}`);
    }
  }

  async #accept(): Promise<void> {
    let failed = false;
    while (!this.#closed) {
      try {
        const client = await this.#listener.accept();
        failed = false;
        await this.#makeRoom();
        if (this.#closed) client.close();
        else this.#serve(client);
      } catch (error) {
        if (this.#closed) return;
        if (!failed) this.#options.log.error("stats", `accept on stats server failed: ${strerror(error)}`);
        failed = true;
        await this.#pause(ACCEPT_RETRY_MS);
      }
    }
  }

  /** Resolves when there is a place for one more client: another has gone, or has been quiet for long enough to go. */
  async #makeRoom(): Promise<void> {
    while (!this.#closed && this.#connections.size >= CONNECTIONS_MAX) {
      const quietest = [...this.#connections.keys()].reduce((a, b) =>
        a.quietSinceMs <= b.quietSinceMs ? a : b
      );
      if (this.#options.clock.now() - quietest.quietSinceMs < QUIET_MS) await this.#pause(ACCEPT_RETRY_MS);
      else {
        quietest.close();
        await this.#connections.get(quietest);
      }
    }
  }

  async #pause(delayMs: number): Promise<void> {
    let cancel = (): void => {};
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      cancel = this.#options.clock.after(resolve, delayMs);
    });
    cancel();
  }

  #serve(client: Deno.Conn): void {
    const { clock, log } = this.#options;
    const connection = new StatsConnection(client, {
      json: () => this.#json(),
      backend: this.#backend,
      patience: this.#patience,
      clock,
      log,
    });
    const served = connection.serve().then(() => {
      this.#connections.delete(connection);
      this.#resume();
    });
    this.#connections.set(connection, served);
  }
}

/**
 * Listens on the statistics' port and serves it until it is closed.
 *
 * @param options What the server needs.
 * @returns The running server.
 * @throws {StatsListenError} If the port cannot be listened on, such as when it is taken.
 */
// deno-lint-ignore require-await
export async function startStats(options: StatsOptions): Promise<StatsServer> {
  const { hostname, port } = options;
  let listener: Deno.TcpListener;
  try {
    listener = Deno.listen({ hostname, port });
  } catch (error) {
    throw new StatsListenError(hostname, port, error);
  }
  try {
    const server = new StatsServer(listener, options);
    options.log.notice("stats", `statistics on ${formatAddress({ ...server.address, transport: "tcp" })}`);
    return server;
  } catch (error) {
    listener.close();
    throw error;
  }
}
