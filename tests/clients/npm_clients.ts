/**
 * The clients of npm, each with its default options, running one script. A program of its own with a lock file of its own,
 * so that who runs the proxy need not download them: `npm_clients.ts CLIENT PORT` prints the transcript.
 *
 * @module
 */

import { COMMANDS, type Entry, printEntries, Transcript } from "./transcript.ts";

/** Runs the script of a client library against a server. */
export type Script = (port: number) => Promise<readonly Entry[]>;

/** What the script uses of ioredis. */
interface Ioredis {
  on(event: "error", listener: (error: unknown) => void): unknown;
  on(event: "message", listener: (channel: string, message: string) => void): unknown;
  on(event: "pmessage", listener: (pattern: string, channel: string, message: string) => void): unknown;
  call(command: string, ...args: string[]): Promise<unknown>;
  get(key: string): Promise<unknown>;
  mget(...keys: string[]): Promise<unknown>;
  hset(key: string, values: Record<string, string>): Promise<unknown>;
  hgetall(key: string): Promise<unknown>;
  zadd(key: string, ...members: (string | number)[]): Promise<unknown>;
  zrange(key: string, start: number, stop: number, option: "WITHSCORES"): Promise<unknown>;
  zscore(key: string, member: string): Promise<unknown>;
  client(command: "ID"): Promise<unknown>;
  info(): Promise<unknown>;
  time(): Promise<unknown>;
  dbsize(): Promise<unknown>;
  scanStream(options: { count: number }): AsyncIterable<string[]>;
  defineCommand(name: string, definition: { numberOfKeys: number; lua: string }): void;
  /** Defined by the script. */
  double?(key: string): Promise<unknown>;
  pipeline(commands: string[][]): { exec(): Promise<unknown> };
  multi(commands: string[][]): { exec(): Promise<unknown> };
  watch(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  blpop(key: string, seconds: number): Promise<unknown>;
  rpush(key: string, item: string): Promise<unknown>;
  subscribe(...channels: string[]): Promise<unknown>;
  psubscribe(...patterns: string[]): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  duplicate(): Ioredis;
  quit(): Promise<unknown>;
}

/** For ioredis and its fork for valkey. */
function ioredisScript(specifier: string): Script {
  return async (port) => {
    const { Redis } = await load(specifier) as {
      Redis: new (port: number, host: string) => Ioredis;
    };
    const client = new Redis(port, "127.0.0.1");
    const { entries, note, noteType } = bound(new Transcript());
    client.on("error", (error) => void entries.push(["connection", String(error)]));
    for (const [command, ...args] of COMMANDS) {
      await note(`${command} ${args.join(" ")}`, client.call(command, ...args));
    }
    await note("hset", client.hset("h", { x: "1", y: "2" }));
    await note("hgetall", client.hgetall("h"));
    await note("hgetall none", client.hgetall("none"));
    await note("zadd", client.zadd("z", 1.5, "a", 2, "b"));
    await note("zrange", client.zrange("z", 0, -1, "WITHSCORES"));
    await note("zscore", client.zscore("z", "a"));
    await note("mget", client.mget("h1", "h2", "h3", "h4"));
    const commands = [["set", "p1", "1"], ["incr", "p1"], ["get", "p2"], ["hget", "p1", "x"], [
      "hgetall",
      "h",
    ]];
    await note("pipeline", client.pipeline(commands).exec());
    await ioredisSessions(client, specifier, note);
    await note("dbsize", client.dbsize());
    await note("scan", allKeys(client.scanStream({ count: 2 })));
    client.defineCommand("double", { numberOfKeys: 1, lua: DOUBLE });
    for (const key of SCRIPT_KEYS) await note(`double ${key}`, client.double!(key));
    await note("double all", Promise.all(SCRIPT_KEYS.map((key) => client.double!(key))));
    await note("protocol", client.call("CLIENT", "INFO").then(protocolOf));
    await noteType("client id", client.client("ID"));
    await noteType("info", client.info());
    await note("time", client.time().then((reply) => (reply as unknown[]).map((part) => typeof part)));
    await note("quit", client.quit());
    return entries;
  };
}

type Note = Transcript["note"];

/** What needs a server connection of its own: transactions, waiting, subscriptions; others may do the same meanwhile. */
async function ioredisSessions(client: Ioredis, tag: string, note: Note): Promise<void> {
  const [key, queue] = [`m${tag}`, `queue${tag}`];
  const counting = [["set", key, "1"], ["incr", key], ["hget", key, "f"], ["get", key]];
  await note("multi", client.multi(counting).exec());
  await note("watch", client.watch(key));
  await note("set", client.set(key, "5"));
  await note("multi after a change", client.multi([["incr", key]]).exec());
  const other = client.duplicate();
  const waiting = other.blpop(queue, 0);
  await note("rpush", client.rpush(queue, "item"));
  await note("blpop", waiting);
  await note("blpop in vain", other.blpop(queue, 0.01));
  const heard: string[] = [];
  const done = new Promise<string[]>((resolve) => {
    const hear = (...words: string[]): void => {
      if (heard.push(words.join(" ")) === 6) resolve(heard.sort());
    };
    other.on("message", hear);
    other.on("pmessage", hear);
  });
  await note("subscribe", other.subscribe(`${tag}:a`, `${tag}:b`, `other ${tag}`));
  await note("psubscribe", other.psubscribe(`${tag}:*`));
  for (const channel of [`${tag}:a`, `${tag}:b`, `other ${tag}`, `${tag}:c`]) {
    await note(`publish ${channel}`, client.publish(channel, "text"));
  }
  await note("messages", done);
  await other.quit();
}

/** What the script uses of node-redis. */
interface NodeRedis {
  on(event: "error", listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  sendCommand(args: string[]): Promise<unknown>;
  get(key: string): Promise<unknown>;
  mGet(keys: string[]): Promise<unknown>;
  hSet(key: string, values: Record<string, string>): Promise<unknown>;
  hGetAll(key: string): Promise<unknown>;
  sAdd(key: string, member: string): Promise<unknown>;
  sMembers(key: string): Promise<unknown>;
  zAdd(key: string, members: { score: number; value: string }[]): Promise<unknown>;
  zRangeWithScores(key: string, start: number, stop: number): Promise<unknown>;
  zScore(key: string, member: string): Promise<unknown>;
  configGet(name: string): Promise<unknown>;
  clientId(): Promise<unknown>;
  info(): Promise<unknown>;
  dbSize(): Promise<unknown>;
  rPush(key: string, item: string): Promise<unknown>;
  blPop(key: string, seconds: number): Promise<unknown>;
  multi(): NodeRedisMulti;
  subscribe(channels: string[], listener: (message: string, channel: string) => void): Promise<unknown>;
  pSubscribe(pattern: string, listener: (message: string, channel: string) => void): Promise<unknown>;
  publish(channel: string, message: string): Promise<unknown>;
  duplicate(): NodeRedis;
  /** Since version 5 of arrays. */
  scanIterator(options: { COUNT: number }): AsyncIterable<string | string[]>;
  scriptLoad(text: string): Promise<string>;
  evalSha(sha: string, options: { keys: string[] }): Promise<unknown>;
  /** Since version 5. */
  close?(): Promise<unknown>;
  quit(): Promise<unknown>;
}

/** A transaction that is being put together. */
interface NodeRedisMulti {
  set(key: string, value: string): NodeRedisMulti;
  incr(key: string): NodeRedisMulti;
  get(key: string): NodeRedisMulti;
  hGet(key: string, field: string): NodeRedisMulti;
  exec(): Promise<unknown>;
}

/** What needs a server connection of its own: transactions, waiting, subscriptions; others may do the same meanwhile. */
async function nodeRedisSessions(client: NodeRedis, tag: string, note: Note): Promise<void> {
  const [key, queue] = [`m${tag}`, `queue${tag}`];
  await note("multi", client.multi().set(key, "1").incr(key).get(key).exec());
  await note("multi with an error", client.multi().incr(key).hGet(key, "f").exec());
  const other = client.duplicate();
  other.on("error", () => {});
  await other.connect();
  const waiting = other.blPop(queue, 0);
  await note("rPush", client.rPush(queue, "item"));
  await note("blPop", waiting);
  await note("blPop in vain", other.blPop(queue, 0.01));
  const heard: string[] = [];
  let resolve: (heard: string[]) => void;
  const done = new Promise<string[]>((resolver) => resolve = resolver);
  const hear = (message: string, channel: string): void => {
    if (heard.push(`${channel} ${message}`) === 6) resolve(heard.sort());
  };
  await note("subscribe", other.subscribe([`${tag}:a`, `${tag}:b`, `other ${tag}`], hear));
  await note("pSubscribe", other.pSubscribe(`${tag}:*`, hear));
  for (const channel of [`${tag}:a`, `${tag}:b`, `other ${tag}`, `${tag}:c`]) {
    await note(`publish ${channel}`, client.publish(channel, "text"));
  }
  await note("messages", done);
  await (other.close?.() ?? other.quit());
}

function nodeRedisScript(version: string): Script {
  return async (port) => {
    const { createClient } = await load(`redis@${version}`) as {
      createClient: (options: { url: string }) => NodeRedis;
    };
    const client = createClient({ url: `redis://127.0.0.1:${port}` });
    const { entries, note, noteType } = bound(new Transcript());
    client.on("error", (error) => void entries.push(["connection", String(error)]));
    await client.connect();
    for (const command of COMMANDS) await note(command.join(" "), client.sendCommand([...command]));
    await note("hSet", client.hSet("h", { x: "1", y: "2" }));
    await note("hGetAll", client.hGetAll("h"));
    await note("hGetAll none", client.hGetAll("none"));
    await note("sAdd", client.sAdd("s", "m"));
    await note("sMembers", client.sMembers("s"));
    await note("zAdd", client.zAdd("z", [{ score: 1.5, value: "a" }, { score: 2, value: "b" }]));
    await note("zRangeWithScores", client.zRangeWithScores("z", 0, -1));
    await note("zScore", client.zScore("z", "a"));
    await note("zScore none", client.zScore("z", "none"));
    await note(
      "pipelined",
      Promise.all([client.get("p1"), client.mGet(["p1", "h1", "h2"]), client.get("p2")]),
    );
    await nodeRedisSessions(client, `n${version}`, note);
    await note("configGet", client.configGet("appendonly"));
    await note("dbSize", client.dbSize());
    await note("scan", allKeys(client.scanIterator({ COUNT: 2 })));
    const sha = await client.scriptLoad(DOUBLE);
    for (const key of SCRIPT_KEYS) await note(`evalSha ${key}`, client.evalSha(sha, { keys: [key] }));
    await note("protocol", client.sendCommand(["CLIENT", "INFO"]).then(protocolOf));
    await noteType("clientId", client.clientId());
    await noteType("info", client.info());
    await (client.close?.() ?? client.quit());
    return entries;
  };
}

/** A script, and keys on several servers to call it with. */
const DOUBLE = "return redis.call('INCRBY', KEYS[1], 2 * (tonumber(redis.call('GET', KEYS[1])) or 1))";
const SCRIPT_KEYS = ["d1", "d2", "d3", "d4", "d5"];

/** All keys of a scan, in an order that does not depend on the server. */
async function allKeys(found: AsyncIterable<string | string[]>): Promise<string[]> {
  const keys = new Set<string>();
  for await (const some of found) for (const key of [some].flat()) keys.add(key);
  return [...keys].sort();
}

/** The version of RESP that the server has for a client, from its line. */
function protocolOf(line: unknown): string | undefined {
  return /resp=(\d)/.exec(String(line))?.[1];
}

function bound(transcript: Transcript): Pick<Transcript, "entries" | "note" | "noteType"> {
  return {
    entries: transcript.entries,
    note: (call, outcome) => transcript.note(call, outcome),
    noteType: (call, outcome) => transcript.noteType(call, outcome),
  };
}

/** Imports a package by a name that is made at run time, which keeps it out of the project's own modules. */
async function load(specifier: string): Promise<unknown> {
  return await import(`npm:${specifier}`);
}

/** All clients by their names. */
export const NPM_CLIENTS: Readonly<Record<string, Script>> = {
  "ioredis 5": ioredisScript("ioredis@5.11.1"),
  "ioredis 6": ioredisScript("ioredis@6.0.0"),
  "iovalkey": ioredisScript("iovalkey@0.4.0"),
  "node-redis 4": nodeRedisScript("4.7.1"),
  "node-redis 5": nodeRedisScript("5.12.1"),
  "node-redis 6": nodeRedisScript("6.3.1"),
};

if (import.meta.main) {
  const [name, port] = Deno.args;
  await printEntries(await NPM_CLIENTS[name](Number(port)));
}
