/**
 * Redis clients that stay: pipelines of random commands on keys of their own, every reply checked.
 *
 * @module
 */

import { joinBytes, ReplyError, type ReplyValue, resp, type WireClient } from "../../support/wire.ts";
import { Model } from "./model.ts";
import { connectTo, keepDoing, type Soak, takeError, wrongReply } from "./soak.ts";
import { drawLength, makeValue } from "./value.ts";

const KEYS_PER_CLIENT = 32;
/** Batches per connection: they come and go too, only more slowly. */
const BATCHES_MIN = 20;
const BATCHES_MAX = 2000;
const PIPELINE_MAX = 50;

/** A request and what its reply means. */
interface Operation {
  readonly request: Uint8Array;
  /** In words. */
  readonly name: string;
  /** Checks a reply that is no error; returns what is wrong with it, or null. */
  take(value: ReplyValue): string | null;
  /** Takes note that a server failed. */
  failed(): void;
}

/**
 * Runs one client until the end.
 *
 * @param soak The soak.
 * @param id The client's number.
 * @param ratePerSecond How many requests it sends per second.
 */
export async function runRedisClient(soak: Soak, id: number, ratePerSecond: number): Promise<void> {
  const model = new Model(soak, `r${id}`, KEYS_PER_CLIENT, true);
  const { random } = soak;
  // Every other client waits for each reply.
  const pipelineMax = id % 2 === 0 ? PIPELINE_MAX : 1;
  let client: WireClient | null = null;
  let batches = 0;
  await keepDoing(soak, "a redis client", ratePerSecond, async () => {
    if (client === null) {
      client = await connectTo(soak, soak.redisPort);
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
      if (!isFine) { for (const operation of operations) operation.failed(); }
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
  const sent = client.send(joinBytes(operations.map(({ request }) => request)));
  soak.tally.requests += operations.length;
  try {
    for (const operation of operations) {
      const { value } = await client.readReply();
      if (value instanceof ReplyError) {
        takeError(soak, value.text.replace(/^ERR /, ""), operation.name);
        operation.failed();
        continue;
      }
      const complaint = operation.take(value);
      if (complaint !== null) throw wrongReply(soak, `${operation.name}: ${complaint}`);
    }
  } finally {
    await sent.catch(() => {});
  }
}

function drawOperation(soak: Soak, model: Model): Operation {
  const { random } = soak;
  const fate = random.float();
  if (fate < 0.45) return get(model, model.draw(1)[0]);
  if (fate < 0.75) return write(soak, model, "SET", 1);
  if (fate < 0.83) return mget(model, model.draw(random.between(2, 20)));
  if (fate < 0.88) return write(soak, model, "MSET", random.between(2, 8));
  if (fate < 0.94) return del(model, model.draw(random.between(1, 5)));
  const word = random.text(random.between(1, 20));
  return random.chance()
    ? fixed(resp("ECHO", word), "ECHO", (value) => value === word)
    : fixed(resp("PING"), "PING", (value) => value === "PONG");
}

function get(model: Model, key: string): Operation {
  const take = (value: ReplyValue) =>
    value === null || typeof value === "string" ? model.check(key, value) : `no value: ${typeof value}`;
  return { request: resp("GET", key), name: `GET ${key}`, take, failed: () => {} };
}

function mget(model: Model, keys: readonly string[]): Operation {
  const take = (value: ReplyValue) => {
    if (!Array.isArray(value) || value.length !== keys.length) return "not a list of as many values";
    for (const [i, key] of keys.entries()) {
      const item = value[i];
      if (item !== null && typeof item !== "string") return "an item is no value";
      const complaint = model.check(key, item);
      if (complaint !== null) return complaint;
    }
    return null;
  };
  return { request: resp("MGET", ...keys), name: `MGET ${keys.join(" ")}`, take, failed: () => {} };
}

function write(soak: Soak, model: Model, command: string, count: number): Operation {
  const keys = model.draw(count);
  const number = model.nextWrite();
  const pairs = keys.flatMap((key) => [key, makeValue(key, number, drawLength(soak.random))]);
  // The last value of a key that is named twice stays; all have the same number.
  const take = (value: ReplyValue) => {
    for (const key of keys) model.wrote(key, number);
    return value === "OK" ? null : `not OK but ${Deno.inspect(value)}`;
  };
  const failed = () => keys.forEach((key) => model.unsure(key));
  return { request: resp(command, ...pairs), name: `${command} ${keys.join(" ")}`, take, failed };
}

function del(model: Model, keys: readonly string[]): Operation {
  const take = (value: ReplyValue) => {
    for (const key of keys) model.wrote(key, null);
    const isCount = typeof value === "number" && value >= 0 && value <= new Set(keys).size;
    return isCount ? null : `no count: ${Deno.inspect(value)}`;
  };
  const failed = () => keys.forEach((key) => model.unsure(key));
  return { request: resp("DEL", ...keys), name: `DEL ${keys.join(" ")}`, take, failed };
}

function fixed(request: Uint8Array, name: string, isRight: (value: ReplyValue) => boolean): Operation {
  const take = (value: ReplyValue) => isRight(value) ? null : Deno.inspect(value);
  return { request, name, take, failed: () => {} };
}
