import { createHash } from "node:crypto";
import { assert, assertEquals } from "@std/assert";
import { REPLY_STREAM_BYTES_MIN } from "../../../src/proxy/limits.ts";
import { settle } from "../../support/memory_network.ts";
import { fuzzTest, type Random } from "../../support/random.ts";
import { ScriptedClient, type ScriptedConnection } from "../../support/scripted_redis.ts";
import { bulk, echo, requests, Rig } from "../../support/proxy_rig.ts";

const REQUESTS_MIN = 24_000;
const ROUNDS = 12;
const FAILED =
  /^-ERR (Connection timed out|Connection refused|Connection reset by peer|Broken pipe)( \(server 'server\d'\))?\r\n/;
/** An error of which the end has not come. */
const ERROR_START = /^-(E|ER|ERR|ERR [^\r\n]*\r?)?$/;
const LONG_BYTES = 60_000;

const DATABASES = 4;
const SCRIPT = "return(1)";
const SHA = createHash("sha1").update(SCRIPT).digest("hex");
const NOSCRIPT = "-NOSCRIPT No matching script. Please use EVAL.\r\n";

/** The echo, but long for keys that say so, and from a database; a script says its key. */
function answer(words: readonly string[], db: number): string {
  if (words[0] === "SCRIPT") {
    return words[1] === "LOAD" ? bulk(SHA) : "-NOTBUSY No scripts in execution right now.\r\n";
  }
  if (words[0].startsWith("EVAL")) return bulk(`ran ${db} ${words[3]}`);
  if (words[0] !== "GET") return echo(words);
  return words[1].startsWith("long")
    ? bulk(`${db}${words[1]}`.padEnd(LONG_BYTES, "~"))
    : bulk(`${db} ${words.join(" ")}`);
}

/** A client, and the replies that it must get. */
class Model {
  readonly client: ScriptedClient;
  readonly #name: string;
  /** Replies to come, if nothing fails. */
  readonly #expected: string[] = [];
  readonly #ownDb: number;
  #db: number;
  #sent = 0;
  /** How many requests failed. */
  failed = 0;

  constructor(client: ScriptedClient, name: string, db: number) {
    this.client = client;
    this.#name = name;
    this.#ownDb = this.#db = db;
  }

  /** Whether its connection ended before it left. */
  get isGone(): boolean {
    return this.client.ended;
  }

  get outstanding(): number {
    return this.#expected.length;
  }

  /** Sends some requests; their keys are nobody else's. */
  send(random: Random): number {
    const lines = Array.from(
      { length: random.between(1, random.pick([2, 20, 60])) },
      () => this.#line(random),
    );
    for (const line of lines) this.#expected.push(this.#answer(line.split(" ")));
    const text = requests(...lines);
    const cut = random.int(text.length);
    this.client.send(text.slice(0, cut));
    this.client.send(text.slice(cut));
    return lines.length;
  }

  /** Compares what has come with what had to come. */
  check(): void {
    let got = this.client.take();
    while (got !== "" && this.#expected.length > 0) {
      const [expected] = this.#expected;
      const failure = FAILED.exec(got);
      if (got.startsWith(expected)) got = got.slice(expected.length);
      // A server may have lost a script while other requests wait behind its call.
      else if (got.startsWith(NOSCRIPT) && expected.includes("\r\nran ")) got = got.slice(NOSCRIPT.length);
      else if (failure !== null) {
        got = got.slice(failure[0].length);
        this.failed++;
      } else if (expected.startsWith(got) || ERROR_START.test(got) || NOSCRIPT.startsWith(got)) break;
      else throw new Error(`${this.#name} waits for ${expected.slice(0, 200)} and gets ${got.slice(0, 200)}`);
      this.#expected.shift();
    }
    assert(
      got === "" || this.#expected.length > 0,
      `${this.#name} asked for nothing and gets ${got.slice(0, 200)}`,
    );
    // Only half a reply may end a client's connection, because it cannot be taken back.
    if (this.client.ended && this.#expected.length > 0) {
      assert(this.#expected[0].length > REPLY_STREAM_BYTES_MIN, `${this.#name} was dropped`);
      this.#expected.length = 0;
    } else {
      this.client.received = got + this.client.received;
    }
  }

  #answer(words: readonly string[]): string {
    if (words[0] === "SELECT") this.#db = Number(words[1]);
    else if (words[0] === "RESET") this.#db = this.#ownDb;
    else return answer(words, this.#db);
    return words[0] === "SELECT" ? "+OK\r\n" : "+RESET\r\n";
  }

  #line(random: Random): string {
    const key = () => `${random.chance(0.03) ? "long" : ""}${this.#name}-${this.#sent++}`;
    const keys = () => Array.from({ length: random.between(1, 5) }, key).join(" ");
    if (random.chance(0.03)) return random.chance(0.2) ? "RESET" : `SELECT ${random.int(DATABASES)}`;
    switch (random.int(14)) {
      case 0:
        return "PING";
      case 12:
        return `EVALSHA ${SHA} 1 short${key()}`;
      case 13:
        return random.pick([`EVAL ${SCRIPT} 1 short${key()}`, `SCRIPT LOAD ${SCRIPT}`, "SCRIPT KILL"]);
      case 1:
      case 2:
        return `MGET short${keys()}`;
      case 3:
        return `DEL short${keys()}`;
      case 4:
        return `SET short${key()} ${"v".repeat(random.int(20_000))}`;
      default:
        return `GET ${key()}`;
    }
  }
}

/** One proxy with all that goes on around it. */
class World {
  readonly rig: Rig;
  /** The clients that are connected. */
  readonly models: Model[] = [];
  requestCount = 0;
  failed = 0;
  readonly #random: Random;
  readonly #isCalm: boolean;
  readonly #ownDb: number;
  /** Which database has been selected on each connection; 0 where none has. */
  readonly #selected = new WeakMap<ScriptedConnection, number>();
  #clientCount = 0;

  constructor(random: Random, isCalm: boolean) {
    this.#random = random;
    this.#isCalm = isCalm;
    this.#ownDb = random.int(DATABASES);
    this.rig = new Rig({
      servers: random.between(1, 4),
      mbufBytes: random.pick([512, 4096, 16384]),
      random: () => random.float(),
      pool: {
        timeoutMs: isCalm ? 0 : random.pick([0, 200, 400]),
        serverConnections: random.between(1, 3),
        autoEjectHosts: !isCalm && random.chance(),
        serverFailureLimit: random.between(1, 3),
        preconnect: random.chance(),
        redisDb: this.#ownDb,
        databases: DATABASES,
        distribution: random.pick(["ketama", "modula", "random"]),
      },
    });
    this.rig.network.options = random.chance() ? {} : { readBytesMax: random.pick([50, 1000, 8000]) };
  }

  async step(): Promise<void> {
    const random = this.#random;
    const choice = random.int(100);
    if (this.models.length === 0 || (choice < 4 && this.models.length < 12)) await this.#arrive();
    else if (choice < 50) this.requestCount += random.pick(this.models).send(random);
    else if (choice < 88) this.#reply(random.between(1, 60));
    else if (choice < 91) this.#leave();
    else if (choice < 93) random.pick(this.models).client.reading = random.chance();
    else if (choice < 95) this.#reload();
    else if (!this.#isCalm) await this.#trouble();
    if (random.chance(0.7)) await settle();
    this.#check();
  }

  /** Lets everything come to an end, and looks whether everybody has got what he asked for. */
  async end(): Promise<void> {
    for (const { client } of this.models) client.reading = true;
    for (const server of this.rig.servers) server.listen();
    for (let i = 0; i < 200; i++) {
      await this.rig.advance(20);
      this.#reply(Infinity);
      await settle();
      this.#check();
      // Those who have half-closed and left are still owed theirs.
      const isQuiet = this.rig.proxy.clientCount === this.models.length;
      if (isQuiet && this.models.every(({ outstanding }) => outstanding === 0)) break;
    }
    assertEquals(
      this.models.map(({ outstanding }) => outstanding),
      this.models.map(() => 0),
      "all are answered",
    );
    while (this.models.length > 0) this.#leave();
    await settle();
    await this.rig.advance(1200);
    assertEquals(this.rig.proxy.clientCount, 0, "all are gone");
    await this.rig.stop();
    if (this.#isCalm) assertEquals(this.failed, 0, "nothing fails where there is no trouble");
  }

  #check(): void {
    for (const model of this.models) model.check();
    const stays = this.models.filter((model) => !model.isGone);
    for (const { failed } of this.models.filter((model) => model.isGone)) this.failed += failed;
    this.models.splice(0, Infinity, ...stays);
  }

  async #arrive(): Promise<void> {
    this.models.push(new Model(await this.rig.client(), `c${this.#clientCount++}`, this.#ownDb));
  }

  #leave(): void {
    const [model] = this.models.splice(this.#random.int(this.models.length), 1);
    this.failed += model.failed;
    const { client } = model;
    // One that half-closes has to go on reading, or nothing it is owed could leave.
    client.reading = true;
    client[this.#random.pick(["close", "break", "finish"] as const)]();
  }

  #reply(countMax: number): void {
    for (const server of this.#random.shuffle([...this.rig.servers])) {
      for (const connection of server.connections) {
        let count = this.#random.chance(0.8) ? countMax : 0;
        while (count-- > 0 && connection.requests.length > 0) {
          const isLost = connection.requests[0][0] === "EVALSHA" && this.#random.chance(0.2);
          connection.reply(isLost ? NOSCRIPT : this.#answer(connection));
        }
      }
    }
  }

  #answer(connection: ScriptedConnection): string {
    const [words] = connection.requests;
    if (words[0] === "SELECT") this.#selected.set(connection, Number(words[1]));
    return answer(words, this.#selected.get(connection) ?? 0);
  }

  /** Another configuration, which must not be noticed by any client. */
  #reload(): void {
    const random = this.#random;
    const { config } = this.rig;
    const servers = config.servers.map((server) => ({ ...server, weight: random.between(1, 3) }));
    this.rig.reload({
      servers: random.shuffle(servers).slice(0, random.between(1, servers.length)),
      serverConnections: random.between(1, 3),
      distribution: random.pick(["ketama", "modula", "random"]),
      hash: random.pick(["fnv1a_64", "murmur"]),
      timeoutMs: this.#isCalm ? 0 : random.pick([config.timeoutMs, 300]),
      tcpKeepalive: random.chance(),
      databases: random.pick([DATABASES, DATABASES + 3]),
    });
  }

  async #trouble(): Promise<void> {
    const server = this.#random.pick(this.rig.servers);
    switch (this.#random.int(6)) {
      case 0:
        return server.die();
      case 1:
        return server.listen();
      case 2:
        return server.connection?.close();
      case 3:
        return server.connections.at(-1)?.ended === false ? server.connection.break() : undefined;
      case 4:
        // A reply of which the end never comes.
        if (server.connections.length > 0 && server.connection.requests.length > 0) {
          const { connection } = server;
          connection.send(this.#answer(connection).slice(0, -this.#random.between(1, 30_000)));
          await settle();
          connection.close();
        }
        return;
      default:
        await this.rig.advance(this.#random.between(1, 600));
    }
  }
}

fuzzTest(
  "proxy: every request has exactly one reply, its own and in order, whatever fails",
  async (random) => {
    let [count, failed] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const world = new World(random, round % 4 === 0);
      while (world.requestCount < REQUESTS_MIN / ROUNDS) await world.step();
      await world.end();
      count += world.requestCount;
      failed += world.failed;
    }
    assert(
      count >= REQUESTS_MIN && failed > 100 && failed < count * 0.8,
      `${failed} of ${count} requests failed`,
    );
  },
);
