/**
 * Values of 2 MB, and the clients that are hard on the proxy with them: those that leave while they are owed
 * replies, and those that read slowly.
 *
 * @module
 */

import { joinBytes, ReplyError, resp, type WireClient } from "../../support/wire.ts";
import { connectTo, keepDoing, pause, type Soak, takeError, wrongReply } from "./soak.ts";
import { makeValue, readValue } from "./value.ts";

const LARGE_BYTES = 2 * 1024 * 1024;
const LARGE_KEYS = 4;
/** How a slow reader reads: so much at a time, with pauses between. */
const SLOW_BYTES = 64 * 1024;
const SLOW_PAUSE_MS = 20;
const SLOW_VALUES = 8;
const SERVER_ERROR = "SERVER_ERROR ";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes values of 2 MB and reads them back, on both protocols.
 *
 * @param soak The soak.
 * @param ratePerSecond How often per second.
 */
export async function runLargeValues(soak: Soak, ratePerSecond: number): Promise<void> {
  let write = 0;
  await keepDoing(soak, "a client with large values", ratePerSecond, async () => {
    const key = largeKey(soak);
    const value = makeValue(key, ++write, LARGE_BYTES + soak.random.int(1000));
    soak.tally.requests += 4;
    await writeRedis(soak, key, value);
    await writeMemcache(soak, key, value);
    return 1;
  });
}

async function writeRedis(soak: Soak, key: string, value: string): Promise<void> {
  using client = await connectTo(soak, soak.redisPort);
  const reply = await client.command("SET", key, value);
  if (reply instanceof ReplyError) takeError(soak, reply.text.replace(/^ERR /, ""), `SET ${key}`);
  else if (reply !== "OK") throw wrongReply(soak, `SET ${key} was answered with ${Deno.inspect(reply)}`);
  await client.send(resp("GET", key));
  await readLarge(soak, client, key);
}

async function writeMemcache(soak: Soak, key: string, value: string): Promise<void> {
  using client = await connectTo(soak, soak.memcachePort);
  await client.send(`set ${key} 0 0 ${value.length}\r\n${value}\r\n`);
  const reply = await client.readLine();
  if (reply !== "STORED") takeError(soak, reply.replace(SERVER_ERROR, ""), `set ${key}`);
  await client.send(`get ${key}\r\n`);
  const line = await client.readLine();
  if (line === "END") return;
  if (!line.startsWith(`VALUE ${key} 0 `)) {
    return takeError(soak, line.replace(SERVER_ERROR, ""), `get ${key}`);
  }
  check(soak, key, decoder.decode(await client.readBytes(Number(line.split(" ")[3]))));
  await client.expect("\r\nEND\r\n");
}

/**
 * Lets clients leave while they are owed replies.
 *
 * @param soak The soak.
 * @param ratePerSecond How many leave per second.
 */
export async function runLeavers(soak: Soak, ratePerSecond: number): Promise<void> {
  const { random, tally } = soak;
  await keepDoing(soak, "a client that leaves", ratePerSecond, async () => {
    const isRedis = random.chance();
    using client = await connectTo(soak, isRedis ? soak.redisPort : soak.memcachePort);
    const requests = Array.from({ length: random.between(1, 40) }, () => {
      // One large value is enough to be in the middle of.
      const key = random.chance(0.02) ? largeKey(soak) : `p:${random.int(500)}`;
      return isRedis ? resp("GET", key) : encoder.encode(`get ${key}\r\n`);
    });
    tally.requests += requests.length;
    await client.send(joinBytes(requests));
    const fate = random.int(4);
    if (fate === 0) await client.readBytes(1);
    if (fate === 1) await client.send(isRedis ? "*3\r\n$3\r\nSET\r\n$5\r\nhal" : "set half 0 0 1000\r\nxx");
    if (fate === 2) await client.closeWrite();
    return 1;
  });
}

/**
 * Lets a client read large values slowly, again and again.
 *
 * @param soak The soak.
 * @param ratePerSecond How many of them begin per second, at most.
 */
export async function runSlowReader(soak: Soak, ratePerSecond: number): Promise<void> {
  await keepDoing(soak, "a slow reader", ratePerSecond, async () => {
    using client = await connectTo(soak, soak.redisPort);
    const keys = Array.from({ length: SLOW_VALUES }, () => largeKey(soak));
    soak.tally.requests += keys.length;
    await client.send(joinBytes(keys.map((key) => resp("GET", key))));
    for (const key of keys) {
      if (soak.end.aborted) break;
      await readLarge(soak, client, key, () => pause(soak, SLOW_PAUSE_MS));
    }
    return 1;
  });
}

/** Reads one value of redis piece by piece. */
async function readLarge(
  soak: Soak,
  client: WireClient,
  key: string,
  rest: () => Promise<void> | void = () => {},
): Promise<void> {
  const line = await client.readLine();
  if (line === "$-1") return;
  if (line[0] === "-") return takeError(soak, line.replace(/^-ERR /, ""), `GET ${key}`);
  if (line[0] !== "$") throw wrongReply(soak, `GET ${key} was answered with "${line}"`);
  let value = "";
  for (let left = Number(line.slice(1)); left > 0;) {
    const count = Math.min(left, SLOW_BYTES);
    value += decoder.decode(await client.readBytes(count));
    left -= count;
    await rest();
  }
  await client.expect("\r\n");
  check(soak, key, value);
}

function check(soak: Soak, key: string, value: string): void {
  if (readValue(key, value) !== null) return;
  throw wrongReply(soak, `"${key}" was answered with ${value.length} bytes: "${value.slice(0, 100)}"`);
}

function largeKey(soak: Soak): string {
  return `large:${soak.random.int(LARGE_KEYS)}`;
}
