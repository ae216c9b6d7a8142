/**
 * Memcached clients that stay: pipelines of random requests on keys of their own, every reply checked.
 *
 * @module
 */

import type { WireClient } from "../../support/wire.ts";
import { Model } from "./model.ts";
import { connectTo, keepDoing, type Soak, takeError, wrongReply } from "./soak.ts";
import { drawLength, makeValue } from "./value.ts";

const KEYS_PER_CLIENT = 32;
const BATCHES_MIN = 20;
const BATCHES_MAX = 2000;
const PIPELINE_MAX = 50;
const SERVER_ERROR = "SERVER_ERROR ";

const decoder = new TextDecoder();

/** A request, and how its reply is read; it does nothing for a request that is not answered. */
interface Operation {
  readonly request: string;
  /** Reads the reply and throws if it is wrong. */
  read(client: WireClient): Promise<void>;
}

/**
 * Runs one client until the end.
 *
 * @param soak The soak.
 * @param id The client's number.
 * @param ratePerSecond How many requests it sends per second.
 */
export async function runMemcacheClient(soak: Soak, id: number, ratePerSecond: number): Promise<void> {
  const model = new Model(soak, `m${id}`, KEYS_PER_CLIENT, false);
  const { random } = soak;
  const pipelineMax = id % 2 === 0 ? PIPELINE_MAX : 1;
  let client: WireClient | null = null;
  let batches = 0;
  await keepDoing(soak, "a memcached client", ratePerSecond, async () => {
    if (client === null) {
      client = await connectTo(soak, soak.memcachePort);
      batches = random.between(BATCHES_MIN, BATCHES_MAX);
    }
    const operations = Array.from(
      { length: random.between(1, pipelineMax) },
      () => drawOperation(soak, model),
    );
    let isFine = false;
    try {
      await runBatch(soak, client, operations);
      isFine = true;
    } finally {
      if (!isFine || --batches === 0) {
        client.close();
        client = null;
      }
    }
    return operations.length;
  });
  (client as WireClient | null)?.close();
}

async function runBatch(soak: Soak, client: WireClient, operations: readonly Operation[]): Promise<void> {
  const sent = client.send(operations.map(({ request }) => request).join(""));
  soak.tally.requests += operations.length;
  try {
    for (const operation of operations) await operation.read(client);
  } finally {
    await sent.catch(() => {});
  }
}

function drawOperation(soak: Soak, model: Model): Operation {
  const { random } = soak;
  const fate = random.float();
  const [key] = model.draw(1);
  if (fate < 0.45) return get(soak, model, [key]);
  if (fate < 0.6) return get(soak, model, model.draw(random.between(2, 30)));
  if (fate < 0.8) return set(soak, model, key);
  if (fate < 0.88) {
    const { request } = set(soak, model, key, " noreply");
    return { request, read: async () => {} };
  }
  if (fate < 0.92) return oneLine(soak, `delete ${key}\r\n`, ["DELETED", "NOT_FOUND"]);
  if (fate < 0.96) return oneLine(soak, `touch ${key} 1000\r\n`, ["TOUCHED", "NOT_FOUND"]);
  if (fate < 0.98) {
    return oneLine(soak, `incr ${key} 1\r\n`, [
      "NOT_FOUND",
      "CLIENT_ERROR cannot increment or decrement non-numeric value",
    ]);
  }
  return oneLine(soak, "verbosity 1\r\n", ["OK"]);
}

function set(soak: Soak, model: Model, key: string, noreply = ""): Operation {
  const value = makeValue(key, model.nextWrite(), drawLength(soak.random));
  return oneLine(soak, `set ${key} 0 0 ${value.length}${noreply}\r\n${value}\r\n`, ["STORED"]);
}

function oneLine(soak: Soak, request: string, replies: readonly string[]): Operation {
  const name = request.slice(0, request.indexOf("\r"));
  const read = async (client: WireClient) => {
    const line = await client.readLine();
    if (line.startsWith(SERVER_ERROR)) takeError(soak, line.slice(SERVER_ERROR.length), name);
    else if (!replies.includes(line)) throw wrongReply(soak, `${name} was answered with "${line}"`);
  };
  return { request, read };
}

function get(soak: Soak, model: Model, keys: readonly string[]): Operation {
  const name = `get ${keys.join(" ")}`;
  const read = async (client: WireClient) => {
    // Items come in the order of the keys; those that are missing are left out.
    let next = 0;
    for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) {
      if (line.startsWith(SERVER_ERROR)) return takeError(soak, line.slice(SERVER_ERROR.length), name);
      const [word, key, , size] = line.split(" ");
      next = keys.indexOf(key, next) + 1;
      if (word !== "VALUE" || next === 0) throw wrongReply(soak, `${name} was answered with "${line}"`);
      const value = decoder.decode(await client.readBytes(Number(size)));
      await client.expect("\r\n");
      const complaint = model.check(key, value);
      if (complaint !== null) throw wrongReply(soak, `${name}: ${complaint}`);
    }
  };
  return { request: `${name}\r\n`, read };
}
