/**
 * One cache server of a pool: its shared connections, its health, its numbers.
 *
 * @module
 */

import { assert } from "../base/assert.ts";
import type { ServerConfig } from "../config/config.ts";
import { ServerHealth } from "../liveness/server_health.ts";
import type { SharedVerdict } from "../liveness/shared_verdict.ts";
import { Level, type LogLevel } from "../log/level.ts";
import type { Latency } from "../metrics/latency.ts";
import type { ServerSnapshot } from "../metrics/snapshot.ts";
import { PoolMetric, ServerMetric } from "../metrics/table.ts";
import { formatAddress } from "../net/address.ts";
import type { Transport } from "../net/transport.ts";
import type { Codec } from "../protocol/contract.ts";
import type { ServerFacts, ServerRelease } from "../protocol/facts.ts";
import { type Cause, DONE_WITH, endMetricOf, lacksDescriptor, RETIRED, SHUTDOWN } from "./cause.ts";
import { ConnectionSet } from "./connection_set.ts";
import { NameWatch } from "./name_watch.ts";
import type { Observer } from "./observer.ts";
import { Opener, type OpenerOwner, type Opening } from "./opener.ts";
import { Reachability } from "./reachability.ts";
import type { Runtime } from "./runtime.ts";
import { ServerConnection } from "./server_connection.ts";
import type { ServerConnectionOwner } from "./server_connection_owner.ts";
import type { ServerOwner } from "./server_owner.ts";
import { greetsAlike, isSamePlace } from "./server_change.ts";
import { OwnServerNumbers } from "./server_numbers.ts";
import type { ServerOptions } from "./server_options.ts";
import { timeOut } from "./time_out.ts";

/** See the module. */
export class Server implements ServerConnectionOwner, OpenerOwner, ServerFacts {
  /** See {@link ServerConnectionOwner.counters}. */
  readonly counters: Float64Array;
  /** See {@link TimingOwner.latency}. */
  readonly latency: Latency;
  /** Whether it is on the ring. */
  readonly health: ServerHealth;
  /** Its numbers as other workers see them; {@link measure} brings the derived ones up to date. */
  readonly numbers: OwnServerNumbers;
  /** What all workers agree on; null if this one judges alone. */
  readonly verdict: SharedVerdict | null;
  readonly #owner: ServerOwner;
  readonly #runtime: Runtime;
  #config: ServerConfig;
  #codec: Codec;
  #options: ServerOptions;
  readonly #reach: Reachability;
  readonly #connections: ConnectionSet;
  #release: ServerRelease | null = null;
  /** Whether it has answered joined requests in another order. */
  #isDisordered = false;
  #nameWatch: NameWatch;
  readonly #opener: Opener;
  /** Whether something went wrong since the last good reply. */
  #troubled = false;
  /** Whether its pool has no requests for it any more. */
  #isRetired = false;

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
    this.#config = config;
    this.numbers = new OwnServerNumbers(config, owner.name, runtime.shares);
    this.counters = this.numbers.values;
    this.latency = this.numbers.times;
    this.health = new ServerHealth(options.liveness, runtime.random);
    this.verdict = runtime.shares.verdict(owner.name, config);
    this.#reach = new Reachability(this.health, codec.dialects.length, runtime.random);
    this.#nameWatch = this.#watchName();
    this.#opener = new Opener(runtime, this);
    this.#connections = new ConnectionSet(codec.dialects.length, options.connections);
  }

  /** Its name, address and weight. */
  get config(): ServerConfig {
    return this.#config;
  }

  /** Whether it was retired, and all that it still had to do is done. */
  get isGone(): boolean {
    return this.#isRetired && this.#connections.isEmpty;
  }

  /** What clients are told when {@link connectionFor} or {@link lease} has no connection for them. */
  get refusal(): string {
    return this.#reach.refusal;
  }

  /** Which number of the pool counts what is refused so. */
  get refusalMetric(): number {
    return this.#reach.refusalMetric;
  }

  /**
   * Goes on with other settings. Connections stay unless they were opened in another way than the new settings ask
   * for; then new ones take the further requests.
   *
   * @param codec The same protocol, perhaps with another greeting.
   * @param config The same name and address, perhaps with another weight.
   * @param options What its pool tells it from now on.
   */
  reconfigure(codec: Codec, config: ServerConfig, options: ServerOptions): void {
    const { nowMs } = this.#runtime.turn;
    const [codecBefore, before] = [this.#codec, this.#options];
    assert(codec.name === codecBefore.name, "a server keeps its protocol");
    assert(isSamePlace(config, this.#config), "a server keeps its name and its address");
    this.#config = config;
    this.#codec = codec;
    this.#options = options;
    this.health.setPolicy(options.liveness);
    if (options.dnsRefreshMs !== before.dnsRefreshMs) this.#nameWatch = this.#watchName();
    if (options.connections !== before.connections) {
      this.#connections.resize(options.connections, nowMs);
      this.#owner.connectionsReplaced();
    }
    if (codec.dialects.length !== codecBefore.dialects.length) {
      this.#connections.setDialects(codec.dialects.length, nowMs);
      this.#reach.forgetDialects(codec.dialects.length);
    }
    if (greetsAlike(codec, codecBefore) && options.keepAlive === before.keepAlive) return;
    this.#endProbe();
    this.#replaceConnections();
    this.#reach.answered();
  }

  /** See {@link ServerFacts.address}. */
  get address(): string {
    return formatAddress(this.config.address);
  }

  /** See {@link ServerFacts.isLive}. */
  get isLive(): boolean {
    return this.health.live;
  }

  /** See {@link ServerFacts.release}. */
  get release(): ServerRelease | null {
    return this.#release;
  }

  /** See {@link ServerFacts.requests}. */
  get requests(): number {
    return this.numbers.total(ServerMetric.requests);
  }

  /** See {@link ServerFacts.requestBytes}. */
  get requestBytes(): number {
    return this.numbers.total(ServerMetric.requestBytes);
  }

  /** See {@link ServerFacts.responseBytes}. */
  get responseBytes(): number {
    return this.numbers.total(ServerMetric.responseBytes);
  }

  /**
   * Whether it speaks a dialect, as far as is known.
   *
   * @param dialect A place in the codec's list.
   * @returns False once it has said that it does not; true again when it may have become another.
   */
  speaks(dialect: number): boolean {
    return this.#reach.speaks(dialect);
  }

  /** Takes note that no requests come any more: it is done with when those under way are. */
  retire(): void {
    this.#isRetired = true;
    this.#endProbe();
    this.#connections.retireAll(this.#runtime.turn.nowMs);
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
    const { shared, perDialect } = this.#connections;
    const slot = dialect * perDialect + (perDialect === 1 ? 0 : clientId % perDialect);
    const connection = shared[slot];
    if (connection === null) {
      return this.#mayConnect(dialect) ? shared[slot] = this.#open(dialect) : null;
    }
    if (!this.health.live) return this.#reach.refuseEjected();
    if (connection.unsentBytes > this.#options.queueBytesMax) {
      return this.#reach.refuse("the server's queue is full", PoolMetric.errorQueueFull);
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
    if (!this.#mayConnect(dialect)) return null;
    const connection = this.#open(dialect);
    this.#connections.leased.add(connection);
    return connection;
  }

  /**
   * A connection for one client alone, which is given back when it is as if nobody had used it; else whoever has it closes it.
   *
   * @param dialect How the server is spoken to.
   * @returns An open or opening connection; null while the server is ejected or known to be unreachable.
   */
  borrow(dialect: number): ServerConnection | null {
    if (!this.health.live) return this.#reach.refuseEjected();
    return this.#connections.takeIdle(dialect) ?? this.lease(dialect);
  }

  /**
   * Takes a connection back for others.
   *
   * @param connection What {@link borrow} gave; nothing is under way on it.
   * @param dialect What that was given.
   */
  giveBack(connection: ServerConnection, dialect: number): void {
    const { nowMs } = this.#runtime.turn;
    if (!this.#connections.giveBack(connection, dialect, nowMs)) connection.close(DONE_WITH);
  }

  /**
   * A connection for the request that is sent next, past all that is under way; it ends by itself when that is answered.
   *
   * @param dialect How the server is spoken to: a place in the codec's list.
   * @returns An opening connection; null while the server is ejected or known to be unreachable.
   */
  once(dialect: number): ServerConnection | null {
    if (!this.#mayConnect(dialect)) return null;
    const connection = this.#open(dialect);
    this.#connections.retireOne(connection, this.#runtime.turn.nowMs);
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
    for (const connection of this.#connections.all()) {
      if (timeOut(connection, nowMs, this.#options, this.counters)) this.#failed("it did not answer in time");
      connection.dropStalling(nowMs);
    }
    this.#connections.endIdle(nowMs);
    this.#connections.endRetired(nowMs);
    if (this.#isRetired) return;
    this.#nameWatch.tick(nowMs);
    if (this.verdict !== null) this.#follow(this.verdict, nowMs);
    if (nowMs < this.health.probeDueMs) return;
    this.health.probeStarted(nowMs);
    this.#opener.openProbe(this.#newConnection(0), this.#openingOf(0));
  }

  /** Ends all connections; requests under way fail. */
  close(): void {
    this.#opener.probe?.close(SHUTDOWN);
    this.#connections.close(SHUTDOWN);
  }

  /** Writes the numbers that are derived from the connections into the counters. Costs as much as what is queued. */
  measure(): void {
    this.#connections.measure(this.counters);
    const { clock, turn } = this.#runtime;
    this.numbers.measure(this.health, turn.nowMs, clock.wallTime());
  }

  /** See {@link TimingOwner.name}. */
  get name(): string {
    return this.#config.name;
  }

  /** See {@link TimingOwner.observer}. */
  get observer(): Observer {
    return this.#owner.observer;
  }

  /** All its numbers at this moment. */
  snapshot(): ServerSnapshot {
    this.measure();
    return this.numbers.snapshot(this.#config.weight, this.health, this.#runtime.turn.nowMs);
  }

  /** See {@link OpenerOwner.opened}. The connection of a probe is as good as any, if one is missing. */
  opened(
    connection: ServerConnection,
    transport: Transport,
    { dialect }: Opening,
    release: ServerRelease | null,
  ): void {
    this.#runtime.opened();
    this.counters[ServerMetric.serverConnections]++;
    this.#release = release ?? this.#release;
    if (this.#runtime.log.enabled(Level.INFO)) this.#log(Level.INFO, `is connected, ${dialect.name}`);
    connection.start(transport);
    if (connection !== this.#opener.probe) return;
    this.#opener.takeProbe();
    if (!this.#connections.fill(connection)) connection.close(SHUTDOWN);
    this.#reach.answered();
    if (!this.health.probeSucceeded(this.#runtime.turn.nowMs)) return;
    this.verdict?.restore();
    this.#log(Level.WARN, "is back: it answered a probe");
    this.#owner.livenessChanged(this);
  }

  /** See {@link OpenerOwner.unspoken}. */
  unspoken({ dialect: asked, dialectIndex: dialect }: Opening, { detail }: Cause): void {
    // With another configuration the place may be another dialect's; that is seen with the next connection.
    if (this.#codec.dialects[dialect] !== asked) return;
    if (this.#reach.doesNotSpeak(dialect)) this.#log(Level.WARN, `does not speak ${asked.name}: ${detail}`);
    this.#owner.dialectUnspoken(dialect);
  }

  /** See {@link ServerConnectionOwner.served}. */
  served(): void {
    if (!this.#troubled) return;
    this.#troubled = false;
    this.health.succeeded();
    this.#reach.answered();
  }

  /** Whether requests to it may be joined. */
  get joins(): boolean {
    return this.#options.joins && !this.#isDisordered;
  }

  /** See {@link ServerConnectionOwner.disordered}. */
  disordered(): void {
    if (this.#isDisordered) return;
    this.#isDisordered = true;
    this.#log(
      Level.WARN,
      "gives items in another order than it is asked for: its gets are not joined any more, see join_gets",
    );
  }

  /** See {@link ServerConnectionOwner.unable}. */
  unable(): void {
    this.#failed("it is not ready to serve");
  }

  /** See {@link ServerConnectionOwner.ended}. */
  ended(connection: ServerConnection, cause: Cause, pending: number, wasReady: boolean): void {
    this.#opener.ended(connection);
    this.#connections.remove(connection);
    if (wasReady) {
      this.counters[ServerMetric.serverConnections]--;
      this.#runtime.closed();
    }
    if (this.#runtime.log.enabled(Level.INFO)) {
      this.#log(Level.INFO, `lost a connection with ${pending} requests under way: ${cause.detail}`);
    }
    if (cause.kind === "local") return;
    // Behind the next connection there may be another version of the server.
    if (wasReady) this.#reach.forgetDialects();
    this.counters[endMetricOf(cause)]++;
    if (connection === this.#opener.probe) {
      this.#opener.takeProbe();
      this.health.probeFailed(this.#runtime.turn.nowMs);
      return;
    }
    // A server may close a connection that nobody uses, as redis does with its `timeout`; that is no failure.
    if (wasReady && pending === 0 && cause.kind !== "protocol") return;
    this.#reach.failed(cause, this.#runtime.turn.nowMs);
    if (!lacksDescriptor(cause)) return this.#failed(cause.detail);
    this.#log(Level.ERR, `cannot be connected to: ${cause.text}`);
    this.#runtime.admission.ranShort(this.#runtime.turn.nowMs);
  }

  /** Goes by what another worker has found out. */
  #follow(verdict: SharedVerdict, nowMs: number): void {
    if (!verdict.bringInLine(this.health, nowMs)) return;
    this.#reach.answered();
    const { live } = this.health;
    this.#log(Level.INFO, live ? "is back, as another worker has found" : "is ejected by another worker");
    this.#owner.livenessFollowed(this);
  }

  #mayConnect(dialect: number): boolean {
    return this.#reach.mayConnect(dialect, this.#codec.dialects, this.#runtime.turn.nowMs);
  }

  #open(dialect: number): ServerConnection {
    const connection = this.#newConnection(dialect);
    this.#opener.open(connection, this.#openingOf(dialect));
    return connection;
  }

  #newConnection(dialect: number): ServerConnection {
    return new ServerConnection(this.#runtime, this, this.#codec.dialects[dialect].newReplyDecoder());
  }

  #openingOf(dialectIndex: number): Opening {
    const { keepAlive, connectTimeoutMs } = this.#options;
    const dialect = this.#codec.dialects[dialectIndex];
    return { address: this.#config.address, dialect, dialectIndex, keepAlive, timeoutMs: connectTimeoutMs };
  }

  /** The server's name leads somewhere else: new requests go there, what is under way is answered where it is. */
  #moved(addresses: readonly string[]): void {
    this.#log(Level.WARN, `has another address now: ${addresses.join(", ")}`);
    this.#replaceConnections();
  }

  #replaceConnections(): void {
    this.#connections.retireAll(this.#runtime.turn.nowMs);
    this.#owner.connectionsReplaced();
  }

  #watchName(): NameWatch {
    const [{ network }, { address }, { dnsRefreshMs }] = [this.#runtime, this.#config, this.#options];
    return new NameWatch(network, address, dnsRefreshMs, (addresses) => this.#moved(addresses));
  }

  /** Gives a probe up that is under way; the next one follows in its time. */
  #endProbe(): void {
    const probe = this.#opener.takeProbe();
    if (probe === null) return;
    this.health.probeFailed(this.#runtime.turn.nowMs);
    probe.close(RETIRED);
  }

  #failed(reason: string): void {
    const isNews = !this.#troubled;
    this.#troubled = true;
    if (isNews) this.#log(Level.WARN, `failed: ${reason}`);
    if (!this.health.failed(this.#runtime.turn.nowMs, this.#owner.mayEject(this))) return;
    // Another worker was faster, and has said and counted it.
    if (this.verdict?.eject() === false) return this.#owner.livenessFollowed(this);
    this.counters[ServerMetric.serverEjectedAt] = this.#runtime.clock.wallTime() * 1000;
    const { failureLimit } = this.#options.liveness;
    this.#log(Level.WARN, `is ejected after ${failureLimit} failures in a row, the last: ${reason}`);
    this.#owner.livenessChanged(this);
  }

  #log(level: LogLevel, what: string): void {
    const { name, address } = this.#config;
    const who = `'${name}' (${formatAddress(address)}) of pool '${this.#owner.name}'`;
    this.#runtime.log.write(level, "server", `${who} ${what}`);
  }
}
