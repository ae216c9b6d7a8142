/**
 * One cache server of a pool: its shared connections, its health, its numbers.
 *
 * @module
 */

import type { ServerConfig } from "../config/config.ts";
import { ReconnectBackoff } from "../liveness/reconnect_backoff.ts";
import { type LivenessPolicy, ServerHealth } from "../liveness/server_health.ts";
import { Counters } from "../metrics/counters.ts";
import { ServerMetric } from "../metrics/table.ts";
import { formatAddress } from "../net/address.ts";
import type { Codec, Dialect } from "../protocol/contract.ts";
import {
  type Cause,
  causeOf,
  CONNECT_TIMED_OUT,
  NO_SERVER_TEXT,
  RETIRED,
  SHUTDOWN,
  TIMED_OUT,
} from "./cause.ts";
import { GreetingError, greetingOf, openTransport } from "./greeting.ts";
import { RECONNECT_MAX_MS, RECONNECT_MIN_MS } from "./limits.ts";
import { NameWatch } from "./name_watch.ts";
import type { Runtime } from "./runtime.ts";
import { ServerConnection, type ServerConnectionOwner } from "./server_connection.ts";

/** What a server is told by its pool. */
export interface ServerOptions {
  /** How many shared connections of each dialect it has. */
  readonly connections: number;
  /** How long connecting may take, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How often a host name is looked up again, in milliseconds; 0 for never. */
  readonly dnsRefreshMs: number;
  /** How many bytes may wait to be written to one connection; Infinity for no limit. */
  readonly queueBytesMax: number;
  /** How long a request may take in milliseconds; 0 for ever. */
  readonly timeoutMs: number;
  /** Whether to ask the kernel to probe idle connections. */
  readonly keepAlive: boolean;
  /** When it is ejected and probed. */
  readonly liveness: LivenessPolicy;
}

/** What a server tells its pool. */
export interface ServerOwner {
  /** The pool's name, for the log. */
  readonly name: string;
  /**
   * Asks whether a server may be ejected.
   *
   * @param server The server, which is live.
   * @returns False if it has to stay.
   */
  mayEject(server: Server): boolean;
  /** It was ejected, or has come back: the ring is not right any more. */
  livenessChanged(server: Server): void;
}

/** See the module. */
export class Server implements ServerConnectionOwner {
  /** Its name, address and weight. */
  readonly config: ServerConfig;
  /** See {@link ServerConnectionOwner.counters}. */
  readonly counters: Float64Array = new Counters("server").values;
  /** Whether it is on the ring. */
  readonly health: ServerHealth;
  /** What clients are told when {@link connectionFor} or {@link lease} has no connection for them. */
  refusal: string = NO_SERVER_TEXT;
  /** What clients are told while it cannot be reached. */
  #lastFailure: string = NO_SERVER_TEXT;
  readonly #owner: ServerOwner;
  readonly #runtime: Runtime;
  readonly #codec: Codec;
  readonly #options: ServerOptions;
  readonly #backoff: ReconnectBackoff;
  readonly #connections: (ServerConnection | null)[];
  /** Connections that serve one client each. */
  readonly #leased = new Set<ServerConnection>();
  /** Connections to an address that the server's name no longer leads to; they end when they are answered. */
  readonly #retired = new Set<ServerConnection>();
  readonly #nameWatch: NameWatch;
  readonly #opening = new Map<ServerConnection, AbortController>();
  /** The connection that a probe is being sent on. */
  #probe: ServerConnection | null = null;
  /** Whether something went wrong since the last good reply. */
  #troubled = false;

  /**
   * Makes a server without connections.
   *
   * @param runtime What all share.
   * @param owner Its pool.
   * @param codec Its protocol.
   * @param config Its name, address and weight.
   * @param options What its pool tells it.
   */
  constructor(
    runtime: Runtime,
    owner: ServerOwner,
    codec: Codec,
    config: ServerConfig,
    options: ServerOptions,
  ) {
    this.#runtime = runtime;
    this.#owner = owner;
    this.#codec = codec;
    this.#options = options;
    this.config = config;
    this.health = new ServerHealth(options.liveness, runtime.random);
    this.#backoff = new ReconnectBackoff(RECONNECT_MIN_MS, RECONNECT_MAX_MS, runtime.random);
    this.#nameWatch = new NameWatch(
      runtime.network,
      config.address,
      options.dnsRefreshMs,
      (addresses) => this.#moved(addresses),
    );
    this.#connections = new Array<ServerConnection | null>(options.connections * codec.dialects.length)
      .fill(null);
  }

  /**
   * The connection for a client: always the same one, so that its requests stay in order.
   *
   * @param clientId The client's number.
   * @param dialect How the server is spoken to: a place in the codec's list.
   * @returns An open or opening connection; null while the server is ejected, known to be unreachable or has too much
   *   to do, and `refusal` says which.
   */
  connectionFor(clientId: number, dialect: number): ServerConnection | null {
    const connections = this.#connections;
    const perDialect = this.#options.connections;
    const slot = dialect * perDialect + (perDialect === 1 ? 0 : clientId % perDialect);
    const connection = connections[slot];
    if (connection === null) {
      return this.#mayConnect() ? connections[slot] = this.#open(dialect, false) : null;
    }
    if (!this.health.live) return this.#refuse(this.#lastFailure);
    if (connection.unsentBytes > this.#options.queueBytesMax) {
      return this.#refuse("the server's queue is full");
    }
    return connection;
  }

  /**
   * A connection for one client alone. Whoever leases it closes it.
   *
   * @param dialect How the server is spoken to: a place in the codec's list.
   * @returns An opening connection; null while the server is ejected or known to be unreachable.
   */
  lease(dialect: number): ServerConnection | null {
    if (!this.#mayConnect()) return null;
    const connection = this.#open(dialect, false);
    this.#leased.add(connection);
    return connection;
  }

  /** Opens every connection of the first dialect that is not open. */
  preconnect(): void {
    for (let slot = 0; slot < this.#options.connections; slot++) this.connectionFor(slot, 0);
  }

  /**
   * Looks at what time it is: fails requests that took too long, sends a probe that is due.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  tick(nowMs: number): void {
    if (this.#options.timeoutMs > 0) {
      for (const connection of this.#connections) if (connection !== null) this.#expire(connection, nowMs);
      for (const connection of this.#leased) this.#expire(connection, nowMs);
      for (const connection of this.#retired) this.#expire(connection, nowMs);
    }
    for (const connection of this.#connections) connection?.dropStalling(nowMs);
    for (const connection of this.#retired) if (connection.inFlight === 0) connection.close(RETIRED);
    this.#nameWatch.tick(nowMs);
    if (nowMs < this.health.probeDueMs) return;
    this.health.probeStarted(nowMs);
    this.#probe = this.#open(0, true);
  }

  /** Ends all connections; requests under way fail. */
  close(): void {
    this.#probe?.close(SHUTDOWN);
    for (const connection of this.#all()) connection.close(SHUTDOWN);
  }

  /** Writes the numbers that are derived from the connections into the counters. Costs as much as what is queued. */
  measure(): void {
    let [inQueue, inQueueBytes, outQueue, outQueueBytes] = [0, 0, 0, 0];
    for (const connection of this.#all()) {
      const unsent = connection.unsentRequests();
      inQueue += unsent;
      inQueueBytes += connection.unsentBytes;
      outQueue += connection.inFlight - unsent;
      outQueueBytes += connection.unansweredBytes();
    }
    this.counters[ServerMetric.inQueue] = inQueue;
    this.counters[ServerMetric.inQueueBytes] = inQueueBytes;
    this.counters[ServerMetric.outQueue] = outQueue;
    this.counters[ServerMetric.outQueueBytes] = outQueueBytes;
  }

  /** See {@link ServerConnectionOwner.name}. */
  get name(): string {
    return this.config.name;
  }

  /** See {@link ServerConnectionOwner.served}. */
  served(): void {
    if (!this.#troubled) return;
    this.#troubled = false;
    this.health.succeeded();
    this.#backoff.connected();
  }

  /** See {@link ServerConnectionOwner.unable}. */
  unable(): void {
    this.#failed("it is not ready to serve");
  }

  /** See {@link ServerConnectionOwner.ended}. */
  ended(connection: ServerConnection, cause: Cause, pending: number, wasReady: boolean): void {
    this.#opening.get(connection)?.abort();
    this.#opening.delete(connection);
    this.#leased.delete(connection);
    this.#retired.delete(connection);
    const slot = this.#connections.indexOf(connection);
    if (slot >= 0) this.#connections[slot] = null;
    if (wasReady) {
      this.counters[ServerMetric.serverConnections]--;
      this.#runtime.closed();
    }
    if (cause.kind === "local") return;
    const metric = cause.kind === "eof"
      ? ServerMetric.serverEof
      : cause.kind === "timeout"
      ? ServerMetric.serverTimedout
      : ServerMetric.serverErr;
    this.counters[metric]++;
    if (connection === this.#probe) {
      this.#probe = null;
      this.health.probeFailed(this.#runtime.turn.nowMs);
      return;
    }
    // A server may close a connection that nobody uses, as redis does with its `timeout`; that is no failure.
    if (wasReady && pending === 0 && cause.kind !== "protocol") return;
    this.#lastFailure = cause.text;
    this.#backoff.failed(this.#runtime.turn.nowMs);
    this.#failed(cause.detail);
  }

  /** A copy, because a connection that ends leaves its place. */
  #all(): ServerConnection[] {
    return [
      ...this.#connections.filter((connection) => connection !== null),
      ...this.#leased,
      ...this.#retired,
    ];
  }

  #mayConnect(): boolean {
    if (this.health.live && this.#backoff.mayConnect(this.#runtime.turn.nowMs)) return true;
    this.refusal = this.#lastFailure;
    return false;
  }

  #refuse(reason: string): null {
    this.refusal = reason;
    return null;
  }

  #open(dialectIndex: number, withProbe: boolean): ServerConnection {
    const dialect = this.#codec.dialects[dialectIndex];
    const connection = new ServerConnection(this.#runtime, this, dialect.newReplyDecoder());
    void this.#establish(connection, dialect, withProbe);
    return connection;
  }

  async #establish(connection: ServerConnection, dialect: Dialect, withProbe: boolean): Promise<void> {
    const { network, clock } = this.#runtime;
    const abort = new AbortController();
    this.#opening.set(connection, abort);
    const timer = clock.after(() => abort.abort(), this.#options.connectTimeoutMs);
    try {
      const greeting = greetingOf(dialect, withProbe);
      const options = { keepAlive: this.#options.keepAlive };
      const transport = await openTransport(
        network,
        this.config.address,
        options,
        dialect,
        greeting,
        abort.signal,
      );
      if (connection.state === "closed") return transport.close();
      this.#runtime.opened();
      this.counters[ServerMetric.serverConnections]++;
      connection.start(transport);
      if (withProbe) this.#restored(connection);
    } catch (error) {
      const reason = error instanceof GreetingError ? error.reason : causeOf(error);
      connection.close(abort.signal.aborted ? CONNECT_TIMED_OUT : reason);
    } finally {
      timer();
      this.#opening.delete(connection);
    }
  }

  /** A probe was answered: its connection is as good as any, if one is missing. */
  #restored(connection: ServerConnection): void {
    this.#probe = null;
    const slot = this.#connections.indexOf(null);
    if (slot >= 0 && slot < this.#options.connections) this.#connections[slot] = connection;
    else connection.close(SHUTDOWN);
    this.#backoff.connected();
    if (!this.health.probeSucceeded(this.#runtime.turn.nowMs)) return;
    this.#log("is back: it answered a probe");
    this.#owner.livenessChanged(this);
  }

  /** The server's name leads somewhere else: new requests go there, what is under way is answered where it is. */
  #moved(addresses: readonly string[]): void {
    this.#log(`has another address now: ${addresses.join(", ")}`);
    for (let slot = 0; slot < this.#connections.length; slot++) {
      const connection = this.#connections[slot];
      if (connection !== null) this.#retired.add(connection);
      this.#connections[slot] = null;
    }
  }

  #expire(connection: ServerConnection, nowMs: number): void {
    // Connecting has the same time limit, which ends before that of any request; it must not count twice.
    if (connection.state === "opening") return;
    const { timeoutMs, liveness } = this.#options;
    if (connection.isStuck(nowMs - timeoutMs)) return connection.close(TIMED_OUT);
    if (connection.expire(nowMs - timeoutMs, TIMED_OUT) > 0) this.counters[ServerMetric.serverTimedout]++;
    else if (!connection.owesLateReplies) return;
    const { lastAnswerMs, lastReadMs, lastStrikeMs } = connection;
    if (lastAnswerMs > lastStrikeMs) connection.strikes = 0;
    if (nowMs - Math.max(lastReadMs, lastStrikeMs) < timeoutMs) return;
    connection.lastStrikeMs = nowMs;
    connection.strikes++;
    if (connection.strikes >= liveness.failureLimit) connection.close(TIMED_OUT);
    else this.#failed("it did not answer in time");
  }

  #failed(reason: string): void {
    const isNews = !this.#troubled;
    this.#troubled = true;
    if (isNews) this.#log(`failed: ${reason}`);
    if (!this.health.failed(this.#runtime.turn.nowMs, this.#owner.mayEject(this))) return;
    this.counters[ServerMetric.serverEjectedAt] = this.#runtime.clock.wallTime() * 1000;
    this.#log(
      `is ejected after ${this.#options.liveness.failureLimit} failures in a row, the last: ${reason}`,
    );
    this.#owner.livenessChanged(this);
  }

  #log(what: string): void {
    const { name, address } = this.config;
    this.#runtime.log.warn(
      "server",
      `'${name}' (${formatAddress(address)}) of pool '${this.#owner.name}' ${what}`,
    );
  }
}
