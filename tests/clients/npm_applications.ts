/**
 * Libraries of npm that applications are built with, each with its default options, running a script: sessions, queues, locks,
 * rate limits, caches, messages between web servers. A program of its own with a lock file of its own:
 * `npm_applications.ts APPLICATION PORT` prints the transcript.
 *
 * @module
 */

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { queueScript } from "./npm_queue.ts";
import { type Entry, printEntries, Transcript } from "./transcript.ts";

/** Runs the script of an application against a server. */
export type Script = (port: number) => Promise<readonly Entry[]>;

type Note = Transcript["note"];

/** What the scripts use of ioredis. */
interface Ioredis {
  quit(): Promise<unknown>;
}

/** What the scripts use of node-redis. */
interface NodeRedis {
  on(event: "error", listener: (error: unknown) => void): unknown;
  connect(): Promise<unknown>;
  duplicate(): NodeRedis;
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  destroy(): void;
}

/** Makes a script of calls that are noted. */
function script(run: (port: number, note: Note, transcript: Transcript) => Promise<void>): Script {
  return async (port) => {
    const transcript = new Transcript();
    await run(port, (call, outcome) => transcript.note(call, outcome), transcript);
    return transcript.entries;
  };
}

/** Imports a package by a name that is made at run time, which keeps it out of the project's own modules. */
async function load<T>(specifier: string): Promise<T> {
  return await import(`npm:${specifier}`);
}

async function connectIoredis(port: number): Promise<Ioredis> {
  const { Redis } = await load<{ Redis: new (port: number, host: string) => Ioredis }>("ioredis@5.11.1");
  return new Redis(port, "127.0.0.1");
}

async function makeNodeRedis(port: number, transcript: Transcript, options: object = {}): Promise<NodeRedis> {
  const { createClient } = await load<{ createClient(options: object): NodeRedis }>("redis@6.3.1");
  const client = createClient({ url: `redis://127.0.0.1:${port}`, ...options });
  client.on("error", (error) => void transcript.entries.push(["connection", String(error)]));
  return client;
}

/** What the script uses of a store of sessions. */
interface SessionStore {
  length(): Promise<number>;
  all(): Promise<{ visits: number }[]>;
  clear(): Promise<unknown>;
}

type Visitor = IncomingMessage & { session: { visits?: number; destroy(done: () => void): void } };

/** A web server that counts visits in sessions. */
const sessions = script(async (port, note, transcript) => {
  const { RedisStore } = await load<{ RedisStore: new (options: object) => SessionStore }>(
    "connect-redis@9.0.0",
  );
  const { default: session } = await load<
    { default(options: object): (request: unknown, response: unknown, next: () => void) => void }
  >("express-session@1.19.0");
  const client = await makeNodeRedis(port, transcript);
  await client.connect();
  const store = new RedisStore({ client });
  const withSession = session({ store, secret: "any", resave: false, saveUninitialized: false });
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    withSession(request, response, () => {
      const { session } = request as Visitor;
      if (request.url === "/out") return session.destroy(() => response.end("bye"));
      session.visits = (session.visits ?? 0) + 1;
      response.end(`visit ${session.visits}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const cookies: string[] = [];
  const visit = async (visitor: number, path = "/"): Promise<string> => {
    const headers: HeadersInit = cookies[visitor] ? { cookie: cookies[visitor] } : {};
    const response = await fetch(base + path, { headers });
    cookies[visitor] ??= response.headers.get("set-cookie")!.split(";")[0];
    return await response.text();
  };
  for (const visitor of [0, 1, 2, 3, 0, 1, 0]) await note(`visitor ${visitor}`, visit(visitor));
  await note("length", store.length());
  await note("all", store.all().then((all) => all.map(({ visits }) => visits).sort()));
  await note("logout", visit(0, "/out"));
  await note("length", store.length());
  await note("clear", store.clear());
  await note("length", store.length());
  server.close();
  client.destroy();
});

/** What the script uses of a rate limiter. */
interface RateLimiter {
  consume(key: string): Promise<{ remainingPoints: number }>;
  get(key: string): Promise<{ consumedPoints: number }>;
  block(key: string, seconds: number): Promise<unknown>;
  delete(key: string): Promise<unknown>;
}

const rateLimits = script(async (port, note) => {
  const { RateLimiterRedis } = await load<{ RateLimiterRedis: new (options: object) => RateLimiter }>(
    "rate-limiter-flexible@11.4.0",
  );
  const client = await connectIoredis(port);
  const limiter = new RateLimiterRedis({ storeClient: client, points: 2, duration: 600 });
  const consume = (key: string) =>
    limiter.consume(key).then(
      ({ remainingPoints }) => remainingPoints,
      (refusal: Error | object) => refusal instanceof Error ? refusal.message : "too many",
    );
  for (const key of ["a", "b", "c", "d", "a", "b", "a"]) await note(`consume ${key}`, consume(key));
  await note("get", limiter.get("a").then(({ consumedPoints }) => consumedPoints));
  await note("block", limiter.block("e", 600).then(() => consume("e")));
  await note("delete", limiter.delete("a"));
  await client.quit();
});

/** What the script uses of a lock. */
interface Lock {
  extend(milliseconds: number): Promise<Lock>;
  release(): Promise<unknown>;
}

const locks = script(async (port, note) => {
  const { default: Redlock } = await load<
    {
      default: new (
        clients: Ioredis[],
        options: object,
      ) => { acquire(resources: string[], milliseconds: number): Promise<Lock> };
    }
  >("redlock@5.0.0-beta.2");
  const client = await connectIoredis(port);
  const redlock = new Redlock([client], { retryCount: 0 });
  const lockAll = (resources: string[]) => redlock.acquire(resources, 60_000).then((lock) => lock.release());
  for (const resource of ["a", "b", "c", "d"]) {
    let lock: Lock | null = null;
    await note(`acquire ${resource}`, redlock.acquire([resource], 60_000).then((got) => !!(lock = got)));
    await note("acquire again", redlock.acquire([resource], 60_000));
    await note("extend", lock!.extend(60_000).then((extended) => !!(lock = extended)));
    await note("release", lock!.release().then(() => true));
  }
  await note("several", lockAll(["{tag}1", "{tag}2", "{tag}3"]).then(() => true));
  await client.quit();
});

/** What the scripts use of keyv. */
interface Keyv {
  on(event: "error", listener: (error: Error) => void): unknown;
  set(key: string, value: unknown): Promise<unknown>;
  setMany(entries: { key: string; value: unknown }[]): Promise<unknown>;
  get(key: string | string[]): Promise<unknown>;
  has(key: string): Promise<unknown>;
  delete(key: string | string[]): Promise<unknown>;
  clear(): Promise<unknown>;
  disconnect(): Promise<unknown>;
}

async function makeKeyv(port: number, transcript: Transcript, namespace: string): Promise<Keyv> {
  const { default: KeyvRedis } = await load<{ default: new (url: string) => object }>("@keyv/redis@5.1.6");
  const { Keyv } = await load<{ Keyv: new (options: object) => Keyv }>("keyv@5.6.0");
  const keyv = new Keyv({ store: new KeyvRedis(`redis://127.0.0.1:${port}`), namespace });
  keyv.on("error", ({ message }) => void transcript.entries.push(["error", message]));
  return keyv;
}

const KEYS = ["a", "b", "c", "d", "e"];
const ENTRIES = KEYS.map((key) => ({ key, value: `${key}!` }));

const cache = script(async (port, note, transcript) => {
  const keyv = await makeKeyv(port, transcript, "plain");
  for (const key of KEYS) await note(`set ${key}`, keyv.set(key, { of: key }));
  await note("get", keyv.get("a"));
  await note("get many", keyv.get([...KEYS, "none"]));
  await note("has", keyv.has("none"));
  await note("delete", keyv.delete("a"));
  await note("clear", keyv.clear());
  await note("get many", keyv.get(KEYS));
  const tagged = await makeKeyv(port, transcript, "{together}");
  await note("set many", tagged.setMany(ENTRIES));
  await note("delete many", tagged.delete(["a", "b"]));
  await note("get many", tagged.get(KEYS));
  await Promise.all([keyv.disconnect(), tagged.disconnect()]);
});

/** What the script uses of socket.io. */
interface SocketServer {
  on(event: string, listener: (value: string, acknowledge: (answer: string) => void) => void): unknown;
  serverSideEmit(event: string, value: string): unknown;
  serverSideEmitWithAck(event: string, value: string): Promise<unknown>;
  of(namespace: string): { adapter: { serverCount(): Promise<number> } };
}

/** Three web servers that tell each other. */
function messages(kind: "channels" | "stream"): Script {
  return script(async (port, note, transcript) => {
    const { Server } = await load<{ Server: new (http: object, options: object) => SocketServer }>(
      "socket.io@4.8.4",
    );
    const connect = async (client: NodeRedis): Promise<NodeRedis> => {
      await client.connect();
      return client;
    };
    const makeAdapter = async (): Promise<unknown> => {
      const client = await connect(await makeNodeRedis(port, transcript));
      if (kind === "stream") {
        const { createAdapter } = await load<{ createAdapter(client: NodeRedis): unknown }>(
          "@socket.io/redis-streams-adapter@0.3.1",
        );
        return createAdapter(client);
      }
      const { createAdapter } = await load<{ createAdapter(pub: NodeRedis, sub: NodeRedis): unknown }>(
        "@socket.io/redis-adapter@8.3.0",
      );
      return createAdapter(client, await connect(client.duplicate()));
    };
    const servers = [1, 2, 3].map(async (name) => {
      const server = new Server(createServer().listen(0, "127.0.0.1"), { adapter: await makeAdapter() });
      server.on("ask", (value, acknowledge) => acknowledge(`${name} has ${value}`));
      return server;
    });
    const [first, ...others] = await Promise.all(servers);
    const { adapter } = first.of("/");
    // They hear of each other when all of them listen.
    while (await adapter.serverCount() < 3) await new Promise((resolve) => setTimeout(resolve, 20));
    await note("servers", adapter.serverCount());
    for (const value of ["x", "y"]) {
      const answers = first.serverSideEmitWithAck("ask", value) as Promise<string[]>;
      await note(`ask ${value}`, answers.then((all) => all.sort()));
    }
    const heard = others.map((server) => new Promise((resolve) => server.on("tell", resolve)));
    first.serverSideEmit("tell", "news");
    await note("tell", Promise.all(heard));
  });
}

/** What cannot work when its keys are on several servers, and says so. */
const refusals = script(async (port, note, transcript) => {
  const keyv = await makeKeyv(port, transcript, "plain");
  await note("set many", keyv.setMany(ENTRIES));
  await keyv.disconnect();
  const { BasicClientSideCache } = await load<{ BasicClientSideCache: new () => object }>("redis@6.3.1");
  const client = await makeNodeRedis(port, new Transcript(), {
    RESP: 3,
    clientSideCache: new BasicClientSideCache(),
    socket: { reconnectStrategy: false },
  });
  await note("client-side caching", client.connect());
});

/** All applications by their names. */
export const NPM_APPLICATIONS: Readonly<Record<string, Script>> = {
  "connect-redis": sessions,
  "rate-limiter-flexible": rateLimits,
  "redlock": locks,
  "keyv": cache,
  "socket.io over channels": messages("channels"),
  "socket.io over a stream": messages("stream"),
  "bullmq with a hash tag": script((port, note, transcript) => queueScript(port, note, transcript, "{bull}")),
  "bullmq": script((port, note, transcript) => queueScript(port, note, transcript)),
  "refusals": refusals,
};

if (import.meta.main) {
  const [name, port] = Deno.args;
  await printEntries(await NPM_APPLICATIONS[name](Number(port)));
  // Some keep timers and connections.
  Deno.exit(0);
}
