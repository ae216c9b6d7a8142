/**
 * A pool: a port for clients, and the servers behind it.
 *
 * @module
 */

import type { PoolConfig } from "../config/config.ts";
import { Counters } from "../metrics/counters.ts";
import type { PoolSnapshot } from "../metrics/snapshot.ts";
import { PoolMetric } from "../metrics/table.ts";
import type { Acceptor, Transport } from "../net/transport.ts";
import { formatAddress } from "../net/address.ts";
import type { Codec } from "../protocol/contract.ts";
import type { ClientFacts, PoolFacts, ServerFacts } from "../protocol/facts.ts";
import { ClientConnection } from "./client_connection.ts";
import { CONNECT_TIMEOUT_MS, PROBE_JITTER, PROBE_MAX_MS } from "./limits.ts";
import { Listener } from "./listener.ts";
import { ContinuumRouter, type Router } from "./router.ts";
import type { Runtime } from "./runtime.ts";
import { Server, type ServerOwner } from "./server.ts";

/** See the module. */
export class Pool implements ServerOwner, PoolFacts {
  /** What the file says of it. */
  readonly config: PoolConfig;
  /** Its protocol. */
  readonly codec: Codec;
  /** What all share. */
  readonly runtime: Runtime;
  /** Its numbers. */
  readonly counters: Float64Array = new Counters("pool").values;
  /** Its servers in the order of the ring. */
  readonly servers: readonly Server[];
  /** From keys to servers. */
  readonly router: Router;
  readonly #clients = new Set<ClientConnection>();
  readonly #full: Uint8Array<ArrayBuffer>;
  #admitted = 0;
  #listener: Listener | null = null;
  #nextId = 0;

  /**
   * Makes a pool that does not listen yet.
   *
   * @param runtime What all share.
   * @param config What the file says of it.
   * @param codec Its protocol.
   */
  constructor(runtime: Runtime, config: PoolConfig, codec: Codec) {
    this.runtime = runtime;
    this.config = config;
    this.codec = codec;
    this.#full = codec.errorReply("max number of clients reached", 0);
    const options = {
      connections: config.serverConnections,
      timeoutMs: config.timeoutMs,
      connectTimeoutMs: config.connectTimeoutMs || config.timeoutMs || CONNECT_TIMEOUT_MS,
      dnsRefreshMs: config.dnsRefreshMs,
      queueBytesMax: config.serverQueueBytesMax || Infinity,
      keepAlive: config.tcpKeepalive,
      liveness: {
        ejects: config.autoEjectHosts,
        failureLimit: config.serverFailureLimit,
        retryTimeoutMs: config.serverRetryTimeoutMs,
        backoffMaxMs: Math.max(PROBE_MAX_MS, config.serverRetryTimeoutMs),
        jitter: PROBE_JITTER,
      },
    };
    this.servers = config.servers.map((server) => new Server(runtime, this, codec, server, options));
    this.router = new ContinuumRouter(this.servers, config, runtime.random);
  }

  /** Its name in the file. */
  get name(): string {
    return this.config.name;
  }

  /** How many clients it has. */
  get clientCount(): number {
    return this.#clients.size;
  }

  /** See {@link PoolFacts.address}. */
  get address(): string {
    return formatAddress(this.config.listen.address);
  }

  /** See {@link PoolFacts.uptimeMs}. */
  get uptimeMs(): number {
    return this.runtime.clock.now() - this.runtime.startedMs;
  }

  /** See {@link PoolFacts.wallTimeMs}. */
  get wallTimeMs(): number {
    return this.runtime.clock.wallTime();
  }

  /** See {@link PoolFacts.clientsTotal}. */
  get clientsTotal(): number {
    return this.#nextId;
  }

  /** See {@link PoolFacts.clientsMax}. */
  get clientsMax(): number {
    return this.config.clientConnections;
  }

  /** See {@link PoolFacts.clientIdleTimeoutMs}. */
  get clientIdleTimeoutMs(): number {
    return this.config.clientIdleTimeoutMs;
  }

  /** See {@link PoolFacts.clients}. */
  clients(): Iterable<ClientFacts> {
    return this.#clients;
  }

  /** See {@link PoolFacts.serverFacts}. */
  serverFacts(): readonly ServerFacts[] {
    return this.servers;
  }

  /** See {@link PoolFacts.speaks}. */
  speaks(dialect: number): boolean {
    return this.servers.every((server) => server.speaks(dialect));
  }

  /** See {@link PoolFacts.prepare}. */
  prepare(dialect: number): void {
    for (const server of this.servers) if (server.speaks(dialect)) server.connectionFor(0, dialect);
  }

  /** Opens all connections to its servers if the file asks for that. */
  preconnect(): void {
    if (this.config.preconnect) { for (const server of this.servers) server.preconnect(); }
  }

  /**
   * Binds its address and begins to accept.
   *
   * @returns The socket.
   * @throws {Error} When the address cannot be bound.
   */
  listen(): Acceptor {
    const { listen, backlog, reusePort, tcpKeepalive } = this.config;
    const options = { backlog, reusePort, keepAlive: tcpKeepalive, mode: listen.mode };
    const acceptor = this.runtime.network.listen(listen.address, options);
    this.#listener = new Listener(this.runtime, acceptor, this);
    void this.#listener.run();
    return acceptor;
  }

  /**
   * Takes in a client, or turns it away if there are too many.
   *
   * @param transport Its stream.
   * @param peer Where it comes from.
   */
  accepted(transport: Transport, peer: string): void {
    const { clientConnections } = this.config;
    const { runtime } = this;
    const admitted = (clientConnections === 0 || this.#admitted < clientConnections) &&
      runtime.clients < runtime.clientsMax;
    const client = new ClientConnection(this, this.#nextId++, transport, peer, admitted);
    this.#clients.add(client);
    this.counters[PoolMetric.clientConnections]++;
    this.runtime.opened();
    runtime.clients++;
    if (admitted) this.#admitted++;
    else {
      client.replies.answer(this.#full);
      client.drain();
    }
    void client.serve();
  }

  /**
   * Takes note that a client is gone.
   *
   * @param client The client.
   * @param reason Why; null if it went in good order.
   */
  left(client: ClientConnection, reason: string | null): void {
    this.#clients.delete(client);
    this.runtime.clients--;
    if (client.admitted) this.#admitted--;
    this.counters[PoolMetric.clientConnections]--;
    this.counters[reason === null ? PoolMetric.clientEof : PoolMetric.clientErr]++;
    this.runtime.closed();
    const { log } = this.runtime;
    if (log.enabled(6)) {
      log.info("client", `${client.peer} of pool '${this.name}' left: ${reason ?? "end of stream"}`);
    }
  }

  /** See {@link ServerOwner.mayEject}. */
  mayEject(server: Server): boolean {
    return this.config.ejectLast || this.servers.some((other) => other !== server && other.health.live);
  }

  /** See {@link ServerOwner.livenessChanged}. Only with `rehash` do keys go elsewhere. */
  livenessChanged(server: Server): void {
    if (!server.health.live) this.counters[PoolMetric.serverEjects]++;
    if (this.config.ejectPolicy === "rehash") this.router.rebuild();
  }

  /**
   * See {@link ServerOwner.dialectUnspoken}. Clients that use the dialect were promised what cannot be kept: they are sent
   * away when they have been answered, and are told the truth when they come back.
   */
  dialectUnspoken(dialect: number): void {
    for (const client of this.#clients) if (client.decoder.dialect === dialect) client.drain();
  }

  /**
   * Looks at what time it is.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  tick(nowMs: number): void {
    for (const server of this.servers) server.tick(nowMs);
  }

  /**
   * Closes clients that have done nothing for too long, and gives back what a burst made them need.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  sweep(nowMs: number): void {
    for (const client of this.#clients) client.sweep(nowMs);
  }

  /** Stops accepting; clients that are connected go on. */
  stopListening(): void {
    this.#listener?.close();
    this.#listener = null;
  }

  /** Lets every client take what it is owed and then go. */
  drain(): void {
    for (const client of this.#clients) client.drain();
  }

  /** Ends everything at once. */
  close(): void {
    this.stopListening();
    for (const client of this.#clients) client.close(null);
    for (const server of this.servers) server.close();
  }

  /** All its numbers at this moment. */
  snapshot(): PoolSnapshot {
    for (const server of this.servers) server.measure();
    return {
      name: this.name,
      values: this.counters.slice(),
      servers: this.servers.map((server) => ({ name: server.config.name, values: server.counters.slice() })),
    };
  }
}
