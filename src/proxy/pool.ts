/**
 * A pool: the clients of a port, and the servers behind it.
 *
 * ```text
 *   serving ──leave──▶ leaving: clients take what they are owed ──the last is gone──▶ its servers end ──▶ gone
 *      ↺ reconfigure
 * ```
 *
 * What can change while requests are under way: `config`, `codec`, `servers`, `router`. They change together, between
 * two requests, so that a request sees one state of them. A client keeps the decoder that it came with. A server that
 * is in the old and the new list stays the same object, with its connections, its health and its numbers; one that is
 * only in the old list gets no further requests, and ends when those under way are settled.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { PoolConfig } from "../config/config.ts";
import { Level } from "../log/level.ts";
import { Counters } from "../metrics/counters.ts";
import { mergePool, type PoolNumbers } from "../metrics/pool_numbers.ts";
import type { PoolSnapshot } from "../metrics/snapshot.ts";
import { PoolMetric } from "../metrics/table.ts";
import { formatAddress } from "../net/address.ts";
import type { Transport } from "../net/transport.ts";
import type { Codec } from "../protocol/contract.ts";
import type { ClientFacts, PoolFacts, ServerFacts } from "../protocol/facts.ts";
import { ClientConnection } from "./client_connection.ts";
import { Consents } from "./consents.ts";
import type { Feed } from "./feed.ts";
import { POOL_DRAIN_MAX_MS, REFUSED_PERIOD_MS } from "./limits.ts";
import type { ListenerOwner } from "./listener.ts";
import { Observer } from "./observer.ts";
import { shapeOf } from "./pool_shape.ts";
import { ContinuumRouter, type Router } from "./router.ts";
import type { Runtime } from "./runtime.ts";
import { Server } from "./server.ts";
import type { ClientLedger, Places, PoolPeers } from "./shares.ts";
import { isSamePlace } from "./server_change.ts";
import type { ServerOwner } from "./server_owner.ts";
import { serverOptionsOf } from "./server_options.ts";

/** See the module. */
export class Pool implements ServerOwner, ListenerOwner, PoolFacts {
  /** What all share. */
  readonly runtime: Runtime;
  /** Goes up whenever clients may get other connections to a server than before. */
  epoch = 0;
  /** Its numbers. */
  readonly counters: Float64Array;
  /** What its servers owe to subscribers. */
  readonly consents: Consents<Feed>;
  /** See {@link PoolFacts.peers}. */
  readonly peers: PoolPeers | null;
  /** The places for connections to its servers that clients have to themselves. */
  readonly privatePlaces: Places;
  #config: PoolConfig;
  #codec: Codec;
  #servers: readonly Server[] = [];
  #router: Router;
  /** Servers that are not in the list any more and still have something to do. */
  readonly #leavingServers = new Set<Server>();
  #observer: Observer;
  readonly #clients = new Set<ClientConnection>();
  #full: Uint8Array<ArrayBuffer>;
  /** Numbers its clients, and knows how many more may come. */
  readonly #ledger: ClientLedger;
  /** When it was last told that there are too many private connections, in milliseconds of the clock. */
  #privateRefusedMs = -Infinity;
  /** When it was last told that clients are turned away, in milliseconds of the clock. */
  #clientRefusedMs = -Infinity;
  /** Until when its clients may take what they are owed; Infinity while it serves. */
  #leaveByMs = Infinity;

  /**
   * Makes a pool without clients.
   *
   * @param runtime What all share.
   * @param config What the file says of it.
   * @param codec Its protocol.
   */
  constructor(runtime: Runtime, config: PoolConfig, codec: Codec) {
    this.runtime = runtime;
    this.consents = new Consents(runtime.turn);
    this.counters = new Counters("pool", runtime.shares.memory).values;
    this.#ledger = runtime.shares.ledger(config);
    this.privatePlaces = runtime.shares.privatePlaces(config);
    this.peers = runtime.shares.peers(config.name);
    this.#config = config;
    this.#codec = codec;
    this.#full = fullReply(codec);
    this.#observer = new Observer(runtime, config, codec, this.counters);
    this.#router = this.#place();
  }

  /** What the file says of it. */
  get config(): PoolConfig {
    return this.#config;
  }

  /** Its protocol. */
  get codec(): Codec {
    return this.#codec;
  }

  /** Tells people of single requests. */
  get observer(): Observer {
    return this.#observer;
  }

  /** Its servers in the order of the ring. */
  get servers(): readonly Server[] {
    return this.#servers;
  }

  /** From keys to servers. */
  get router(): Router {
    return this.#router;
  }

  /** Its name in the file. */
  get name(): string {
    return this.#config.name;
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
    return this.#ledger.issued;
  }

  /** See {@link PoolFacts.clientsConnected}. */
  get clientsConnected(): number {
    const others = this.runtime.shares.others(this.name)?.running ?? [];
    return others.reduce((sum, { values }) => sum + values[PoolMetric.clientConnections], this.#clients.size);
  }

  /** See {@link PoolFacts.hashTag}. */
  get hashTag(): readonly [number, number] | null {
    return this.config.hashTag;
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

  /** See {@link PoolFacts.mustWait}. Nobody asks but its own clients. */
  mustWait(client: ClientFacts, bytes: Uint8Array, start: number, end: number): boolean {
    const { consents } = this;
    return !consents.isIdle &&
      consents.holdsBack(this.#router.route(bytes, start, end), client as ClientConnection);
  }

  /** See {@link PoolFacts.loginRefused}. Without the port, lines about one host are alike, of which the log takes a few. */
  loginRefused({ peer }: ClientFacts): void {
    const host = peer.replace(/:\d+$/, "");
    const text = `a client at ${host} of pool '${this.name}' gave a wrong user or password`;
    this.runtime.log.write(Level.NOTICE, "client", text);
  }

  /** Whether it has left, and nothing of it is left. */
  get isGone(): boolean {
    return this.#leaveByMs !== Infinity && this.#clients.size === 0 && this.#servers.length === 0 &&
      this.#leavingServers.size === 0;
  }

  /**
   * Goes on with another configuration, for all requests that come from now on.
   *
   * @param config What the file says of it now; the name and the protocol are the same.
   * @param codec Its protocol with the new settings.
   */
  reconfigure(config: PoolConfig, codec: Codec): void {
    const { name, protocol } = this.#config;
    assert(config.name === name && config.protocol === protocol, "a pool keeps its name and its protocol");
    assert(this.#leaveByMs === Infinity, "a pool that leaves stays as it is");
    codec.succeed?.(this.#codec, this);
    this.#config = config;
    this.#codec = codec;
    this.#full = fullReply(codec);
    this.#observer = new Observer(this.runtime, config, codec, this.counters);
    this.#router = this.#place();
    this.#checkSubscriptions();
    this.preconnect();
  }

  /** Opens all connections to its servers if the file asks for that. */
  preconnect(): void {
    if (this.#config.preconnect) { for (const server of this.#servers) server.preconnect(); }
  }

  /**
   * Takes in a client, or turns it away if there are too many.
   *
   * @param transport Its stream.
   * @param peer Where it comes from.
   * @returns See {@link ListenerOwner.accepted}.
   */
  accepted(transport: Transport, peer: string): Promise<void> | null {
    const { admission, log } = this.runtime;
    const admitted = admission.hasRoom && this.#ledger.admit(this.#config.clientConnections);
    if (log.enabled(Level.INFO)) {
      log.info("client", `${peer} of pool '${this.name}' ${admitted ? "connected" : "is one too many"}`);
    }
    this.counters[PoolMetric.clientAccepted]++;
    this.runtime.opened();
    if (!admitted) {
      this.#clientRefused(admission.hasRoom);
      if (!admission.mayLinger) return this.#turnAway(transport);
    }
    admission.entered(admitted);
    const client = new ClientConnection(this, this.#ledger.nextId(), transport, peer, admitted);
    this.#clients.add(client);
    this.counters[PoolMetric.clientConnections]++;
    if (!admitted) {
      client.replies.answer(this.#full);
      client.drain();
    }
    void client.serve();
    return null;
  }

  /** Takes note that a client is turned away; tells so, but not of every one of many. */
  #clientRefused(hasRoom: boolean): void {
    this.counters[PoolMetric.errorClientLimit]++;
    const { log, turn } = this.runtime;
    if (turn.nowMs - this.#clientRefusedMs < REFUSED_PERIOD_MS) return;
    this.#clientRefusedMs = turn.nowMs;
    const reason = hasRoom
      ? `has all ${this.#config.clientConnections} client_connections in use`
      : "gets no more file descriptors";
    log.warn("pool", `'${this.name}' ${reason}, and turns clients away`);
  }

  /** Tells a client that there are too many, and does not wait until it has read that. */
  async #turnAway(transport: Transport): Promise<void> {
    try {
      await transport.write(this.#full);
    } catch {
      // It has gone already; it would not have been served.
    }
    this.counters[PoolMetric.clientErr]++;
    this.runtime.closed();
    transport.close();
  }

  /**
   * Takes note that a client is gone.
   *
   * @param client The client.
   * @param reason Why; null if it went in good order.
   */
  left(client: ClientConnection, reason: string | null): void {
    this.#clients.delete(client);
    this.runtime.admission.left(client.admitted);
    if (client.admitted) this.#ledger.release();
    this.counters[PoolMetric.clientConnections]--;
    this.counters[reason === null ? PoolMetric.clientEof : PoolMetric.clientErr]++;
    this.runtime.closed();
    const { log } = this.runtime;
    if (log.enabled(Level.INFO)) {
      log.info("client", `${client.peer} of pool '${this.name}' left: ${reason ?? "end of stream"}`);
    }
  }

  /** Takes note that a client could not have a connection to itself; tells so, but not of every one of many. */
  privateRefused(): void {
    this.counters[PoolMetric.errorPrivateLimit]++;
    const { nowMs } = this.runtime.turn;
    if (nowMs - this.#privateRefusedMs < REFUSED_PERIOD_MS) return;
    this.#privateRefusedMs = nowMs;
    const { privateConnections } = this.#config;
    this.runtime.log.warn("pool", `'${this.name}' has all ${privateConnections} private_connections in use`);
  }

  /** See {@link ServerOwner.mayEject}. A server that is leaving is on no ring that it could be taken off. */
  mayEject(server: Server): boolean {
    if (this.#leavingServers.has(server)) return false;
    return this.#config.ejectLast ||
      this.#servers.some((other) => other !== server && other.health.live && other.verdict?.isLive !== false);
  }

  /** See {@link ServerOwner.livenessChanged}. */
  livenessChanged(server: Server): void {
    if (!server.health.live) this.counters[PoolMetric.serverEjects]++;
    this.livenessFollowed();
  }

  /** See {@link ServerOwner.livenessFollowed}. Only with `rehash` do keys go elsewhere. */
  livenessFollowed(): void {
    if (this.#config.ejectPolicy === "rehash") this.#router.rebuild();
    this.#checkSubscriptions();
  }

  /** See {@link ServerOwner.connectionsReplaced}. */
  connectionsReplaced(): void {
    this.epoch++;
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
    for (const server of this.#servers) server.tick(nowMs);
    for (const server of this.#leavingServers) {
      server.tick(nowMs);
      if (server.isGone) this.#leavingServers.delete(server);
    }
    if (this.#leaveByMs === Infinity) return;
    if (nowMs >= this.#leaveByMs) this.close();
    if (this.#clients.size === 0) this.#dismiss(this.#servers);
  }

  /**
   * Closes clients that have done nothing for too long, and gives back what a burst made them need.
   *
   * @param nowMs The time, in milliseconds of the clock.
   */
  sweep(nowMs: number): void {
    for (const client of this.#clients) client.sweep(nowMs);
  }

  /** Lets every client take what it is owed and then go, and then the servers. */
  leave(): void {
    this.#leaveByMs = this.runtime.turn.nowMs + POOL_DRAIN_MAX_MS;
    for (const client of this.#clients) client.finish();
  }

  /** Ends everything at once. */
  close(): void {
    for (const client of this.#clients) client.close(null);
    for (const server of this.#servers) server.close();
    for (const server of this.#leavingServers) server.close();
  }

  /** Its numbers as other workers see them; {@link measure} brings the derived ones up to date. */
  get numbers(): PoolNumbers {
    return { name: this.name, values: this.counters, servers: this.#servers.map(({ numbers }) => numbers) };
  }

  /** Writes the numbers that are derived into the counters. Costs as much as what is queued. */
  measure(): void {
    for (const server of this.#servers) server.measure();
  }

  /** All its numbers at this moment, those of other workers included. */
  snapshotOfAll(): PoolSnapshot {
    const others = this.runtime.shares.others(this.name);
    if (others === null) return this.snapshot();
    this.measure();
    const { numbers } = this;
    return mergePool(
      shapeOf(this.config),
      [numbers, ...others.running],
      others.ended,
      this.runtime.clock.wallTime(),
    );
  }

  /** All its numbers at this moment. */
  snapshot(): PoolSnapshot {
    return {
      name: this.name,
      protocol: this.config.protocol,
      address: this.address,
      readyServersMin: this.config.readyServersMin,
      values: this.counters.slice(),
      servers: this.#servers.map((server) => server.snapshot()),
    };
  }

  /** Brings the servers in line with the configuration; returns the router for them. */
  #place(): Router {
    const { runtime } = this;
    const [config, codec] = [this.#config, this.#codec];
    const options = serverOptionsOf(config);
    const before = this.#servers;
    this.#servers = config.servers.map((wanted) => {
      const staying = before.find((server) => isSamePlace(server.config, wanted));
      if (staying === undefined) return new Server(runtime, this, codec, wanted, options);
      staying.reconfigure(codec, wanted, options);
      return staying;
    });
    this.#dismiss(before.filter((server) => !this.#servers.includes(server)));
    return new ContinuumRouter(this.#servers, config, runtime.random);
  }

  /** Whoever listens to a server that does not get the messages any more has to know. */
  #checkSubscriptions(): void {
    if (this.counters[PoolMetric.subscribers] === 0) return;
    for (const client of this.#clients) {
      if (!client.isPlaced) client.dismiss("what it listens to is told by other servers now");
    }
  }

  #dismiss(servers: readonly Server[]): void {
    for (const server of servers) {
      server.retire();
      this.#leavingServers.add(server);
    }
    this.#servers = this.#servers.filter((server) => !servers.includes(server));
  }
}

function fullReply(codec: Codec): Uint8Array<ArrayBuffer> {
  return codec.errorReply("max number of clients reached", 0);
}
