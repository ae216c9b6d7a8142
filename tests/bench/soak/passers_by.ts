/**
 * Clients that stay for a few requests only: orderly ones, and ones that send what is wrong.
 *
 * @module
 */

import { ReplyError, resp, type WireClient } from "../../support/wire.ts";
import { connectTo, keepDoing, type Soak, takeError, wrongReply } from "./soak.ts";
import { makeValue, readValue } from "./value.ts";

/** Keys that all of them write. */
const KEYS = 500;
const SERVER_ERROR = "SERVER_ERROR ";
/** One in so many sends something wrong. */
const WRONG_SHARE = 0.1;

/** What a wrong request is answered with. */
interface WrongRequest {
  readonly request: string;
  /** The beginning of the reply. */
  readonly reply: string;
  /** Whether the connection is closed after it. */
  readonly closes: boolean;
}

const wrongRedis: readonly WrongRequest[] = [
  { request: "*2\r\n$4\r\nFOOO\r\n$1\r\na\r\n", reply: "-ERR unknown command 'FOOO'", closes: false },
  {
    request: "*1\r\n$3\r\nGET\r\n",
    reply: "-ERR wrong number of arguments for 'get' command",
    closes: false,
  },
  { request: "*2\r\n$3\r\nGET\r\n$x\r\n", reply: "-ERR Protocol error", closes: true },
  { request: "*-1000000000\r\n", reply: "", closes: false },
  { request: "*1000000000\r\n", reply: "-ERR Protocol error", closes: true },
];

const wrongMemcache: readonly WrongRequest[] = [
  { request: "foo\r\n", reply: "ERROR", closes: false },
  { request: `get ${"k".repeat(251)}\r\n`, reply: "CLIENT_ERROR", closes: false },
  { request: "set a b c d\r\n", reply: "CLIENT_ERROR", closes: false },
  { request: "set k 0 0 3\r\n12345", reply: "CLIENT_ERROR bad data chunk", closes: false },
  { request: "x".repeat(1_100_000), reply: "CLIENT_ERROR line too long", closes: true },
];

/**
 * Lets clients come and go until the end.
 *
 * @param soak The soak.
 * @param ratePerSecond How many come per second.
 */
export async function runPassersBy(soak: Soak, ratePerSecond: number): Promise<void> {
  await keepDoing(soak, "a short client", ratePerSecond, async () => {
    const isRedis = soak.random.chance();
    using client = await connectTo(soak, isRedis ? soak.redisPort : soak.memcachePort);
    if (soak.random.chance(WRONG_SHARE)) await sendWrong(soak, client, isRedis ? wrongRedis : wrongMemcache);
    else if (isRedis) await passRedis(soak, client);
    else await passMemcache(soak, client);
    return 1;
  });
}

async function passRedis(soak: Soak, client: WireClient): Promise<void> {
  const { random, tally } = soak;
  for (let i = random.between(1, 3); i > 0; i--) {
    const key = `p:${random.int(KEYS)}`;
    tally.requests++;
    const isWrite = random.chance();
    const value = isWrite
      ? await client.command("SET", key, makeValue(key, random.int(1000), random.int(1000)))
      : await client.command("GET", key);
    if (value instanceof ReplyError) takeError(soak, value.text.replace(/^ERR /, ""), `GET or SET ${key}`);
    else if (isWrite ? value !== "OK" : value !== null && readValue(key, String(value)) === null) {
      throw wrongReply(soak, `${isWrite ? "SET" : "GET"} ${key} was answered with ${Deno.inspect(value)}`);
    }
  }
  if (random.chance()) await client.exchange(resp("QUIT"), "+OK\r\n");
}

async function passMemcache(soak: Soak, client: WireClient): Promise<void> {
  const { random, tally } = soak;
  for (let i = random.between(1, 3); i > 0; i--) {
    const key = `p:${random.int(KEYS)}`;
    tally.requests++;
    if (random.chance()) {
      const value = makeValue(key, random.int(1000), random.int(1000));
      await client.send(`set ${key} 0 0 ${value.length}\r\n${value}\r\n`);
      const line = await client.readLine();
      if (line !== "STORED") takeError(soak, line.replace(SERVER_ERROR, ""), `set ${key}`);
      continue;
    }
    await client.send(`get ${key}\r\n`);
    const line = await client.readLine();
    if (line === "END") continue;
    if (!line.startsWith(`VALUE ${key} `)) {
      takeError(soak, line.replace(SERVER_ERROR, ""), `get ${key}`);
      continue;
    }
    const value = new TextDecoder().decode(await client.readBytes(Number(line.split(" ")[3])));
    if (readValue(key, value) === null) throw wrongReply(soak, `get ${key} was answered with "${value}"`);
    await client.expect("\r\nEND\r\n");
  }
  if (random.chance()) await client.send("quit\r\n");
}

async function sendWrong(soak: Soak, client: WireClient, requests: readonly WrongRequest[]): Promise<void> {
  const { request, reply, closes } = soak.random.pick(requests);
  soak.tally.requests++;
  await client.send(request);
  if (reply !== "") {
    const line = await client.readLine();
    // An unknown command with an argument is the server's to refuse, which may be down.
    if (!line.startsWith(reply)) {
      takeError(soak, line.replace(/^(-ERR|SERVER_ERROR) /, ""), JSON.stringify(request.slice(0, 50)));
    }
  }
  if (closes) await client.readToEnd();
  else if (requests === wrongRedis) await client.exchange(resp("PING"), "+PONG\r\n");
  else await client.exchange("verbosity 1\r\n", "OK\r\n");
}
