/**
 * npm's clients of memcached, each with its default options, running a script. A program of its own with a lock file of its
 * own: `memcache_npm_clients.ts CLIENT PORT` prints the transcript.
 *
 * @module
 */

import { type Entry, printEntries, Transcript } from "./transcript.ts";

/** Runs the script of a client library against a server. */
export type Script = (port: number) => Promise<readonly Entry[]>;

const LONG = "x".repeat(300_000);
/** More keys than one server has. */
const KEYS = Array.from({ length: 30 }, (_, i) => `key:${i}`);

/** What the script uses of memjs, which speaks the binary protocol. */
interface Memjs {
  set(key: string, value: string, options: { expires?: number }): Promise<unknown>;
  add(key: string, value: string, options: object): Promise<unknown>;
  replace(key: string, value: string, options: object): Promise<unknown>;
  get(key: string): Promise<{ value: Uint8Array | null }>;
  delete(key: string): Promise<unknown>;
  increment(key: string, amount: number, options: { initial?: number }): Promise<unknown>;
  decrement(key: string, amount: number, options: { initial?: number }): Promise<unknown>;
  append(key: string, value: string): Promise<unknown>;
  prepend(key: string, value: string): Promise<unknown>;
  touch(key: string, expires: number): Promise<unknown>;
  quit(): void;
}

/** `login` is `user:password@`, or empty. */
function memjsScript(login: string): Script {
  return async (port) => {
    const { Client } = await load("memjs@1.3.2") as { Client: { create(servers: string): Memjs } };
    const client = Client.create(`${login}127.0.0.1:${port}`);
    const transcript = new Transcript();
    const note = (call: string, outcome: Promise<unknown>) => transcript.note(call, outcome);
    const get = async (key: string) => {
      const { value } = await client.get(key);
      return value === null ? null : new TextDecoder().decode(value);
    };
    await note("set", client.set("a", "1", {}));
    await note("get", get("a"));
    await note("get none", get("none"));
    await note("add", client.add("a", "2", {}));
    await note("add new", client.add("b", "2", { expires: 600 }));
    await note("replace", client.replace("a", "3", {}));
    await note("replace none", client.replace("none", "3", {}));
    await note("append", client.append("a", "!"));
    await note("prepend", client.prepend("a", "?"));
    await note("get", get("a"));
    await note("append none", client.append("none", "!"));
    await note("increment", client.increment("n", 5, { initial: 7 }));
    await note("increment", client.increment("n", 5, {}));
    await note("decrement", client.decrement("n", 100, {}));
    await note("increment text", client.increment("a", 1, {}));
    await note("touch", client.touch("a", 100));
    await note("touch none", client.touch("none", 100));
    await note("set long", client.set("long", LONG, {}));
    await note("get long", get("long").then((value) => value === LONG));
    await note("sets", Promise.all(KEYS.map((key) => client.set(key, `value of ${key}`, {}))));
    await note("gets", Promise.all(KEYS.map(get)));
    await note("delete", client.delete("a"));
    await note("delete again", client.delete("a"));
    await note("get deleted", get("a"));
    client.quit();
    return transcript.entries;
  };
}

type Callback = (error: unknown, result: unknown) => void;

/** What the script uses of memcached, which speaks the text protocol. */
interface Memcached {
  set(key: string, value: unknown, expires: number, done: Callback): void;
  add(key: string, value: unknown, expires: number, done: Callback): void;
  replace(key: string, value: unknown, expires: number, done: Callback): void;
  cas(key: string, value: unknown, cas: string, expires: number, done: Callback): void;
  append(key: string, value: string, done: Callback): void;
  prepend(key: string, value: string, done: Callback): void;
  get(key: string, done: Callback): void;
  gets(key: string, done: Callback): void;
  getMulti(keys: readonly string[], done: Callback): void;
  incr(key: string, amount: number, done: Callback): void;
  decr(key: string, amount: number, done: Callback): void;
  touch(key: string, expires: number, done: Callback): void;
  del(key: string, done: Callback): void;
  version(done: Callback): void;
  end(): void;
}

async function memcachedScript(port: number): Promise<readonly Entry[]> {
  const { default: Client } = await load("memcached@2.2.2") as {
    default: new (server: string) => Memcached;
  };
  const client = new Client(`127.0.0.1:${port}`);
  const transcript = new Transcript();
  const ask = (call: (done: Callback) => void) =>
    new Promise<unknown>((resolve, reject) =>
      call((error, result) =>
        error === undefined || error === null ? resolve(result) : reject(new Error(String(error)))
      )
    );
  const note = (name: string, call: (done: Callback) => void) => transcript.note(name, ask(call));
  await note("set", (done) => client.set("a", "1", 0, done));
  await note("get", (done) => client.get("a", done));
  await note("get none", (done) => client.get("none", done));
  await note("set object", (done) => client.set("o", { x: [1, null] }, 10, done));
  await note("get object", (done) => client.get("o", done));
  await note("set number", (done) => client.set("n", 41, 10, done));
  await note("get number", (done) => client.get("n", done));
  await note("add", (done) => client.add("a", "2", 0, done));
  await note("replace", (done) => client.replace("a", "3", 0, done));
  await note("replace none", (done) => client.replace("none", "3", 0, done));
  await note("append", (done) => client.append("a", "!", done));
  await note("prepend", (done) => client.prepend("a", "?", done));
  const found = await ask((done) => client.gets("a", done)) as { a: string; cas: string };
  await transcript.note("gets", Promise.resolve([found.a, typeof found.cas]));
  await note("cas", (done) => client.cas("a", "swapped", found.cas, 0, done));
  await note("cas again", (done) => client.cas("a", "swapped", found.cas, 0, done));
  await note("incr", (done) => client.incr("n", 1, done));
  await note("decr", (done) => client.decr("n", 100, done));
  await note("incr none", (done) => client.incr("none", 1, done));
  await note("incr text", (done) => client.incr("a", 1, done));
  await note("touch", (done) => client.touch("a", 100, done));
  await note("touch none", (done) => client.touch("none", 100, done));
  await note("set long", (done) => client.set("long", LONG, 0, done));
  await transcript.note("get long", ask((done) => client.get("long", done)).then((value) => value === LONG));
  const all = KEYS.map((key) => ask((done) => client.set(key, `value of ${key}`, 0, done)));
  await transcript.note("sets", Promise.all(all));
  await note("getMulti", (done) => client.getMulti([...KEYS, "none"], done));
  await note("del", (done) => client.del("a", done));
  await note("del again", (done) => client.del("a", done));
  const versions = ask((done) => client.version(done)) as Promise<{ version: string }[]>;
  await transcript.note("version", versions.then((list) => list.map(({ version }) => version)));
  client.end();
  return transcript.entries;
}

/** Imports a package by a name that is made at run time, which keeps it out of the project's own modules. */
async function load(specifier: string): Promise<unknown> {
  return await import(`npm:${specifier}`);
}

/** The user that `memjs with a login` is. */
export const LOGIN: { readonly user: string; readonly password: string } = {
  user: "bob",
  password: "hidden",
};

/** All clients by their names. */
export const MEMCACHE_NPM_CLIENTS: Readonly<Record<string, Script>> = {
  "memjs": memjsScript(""),
  "memcached": memcachedScript,
  "memjs with a login": memjsScript(`${LOGIN.user}:${LOGIN.password}@`),
};

if (import.meta.main) {
  const [name, port] = Deno.args;
  await printEntries(await MEMCACHE_NPM_CLIENTS[name](Number(port)));
}
