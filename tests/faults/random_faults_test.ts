/**
 * Random requests of many clients while random things go wrong: every request gets exactly one reply, its own and in
 * order, or an error; no reply is swapped, lost or doubled.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { chooseSeed, Random, runSeeded } from "../support/random.ts";
import { ReplyError, type ReplyValue, resp, type WireClient } from "../support/wire.ts";
import { redisDialect } from "./dialect.ts";
import { FaultPool } from "./fault_pool.ts";
import { scaled } from "./scale.ts";
import { valueOf } from "./traffic.ts";

const CLIENTS = 24;
const PIPELINE_MAX = 64;
/** The servers that things happen to. */
const FAULTY = new Set([0, 1]);

/** A request, and what its reply has to be if it is none of the errors that faults explain. */
interface Question {
  readonly bytes: Uint8Array;
  readonly mayFail: boolean;
  readonly isRight: (reply: ReplyValue) => boolean;
  readonly text: string;
}

/** How often each thing was seen. */
interface Tally {
  served: number;
  failed: number;
  closed: number;
}

/** Draws a request; the number in ECHO and PING tells its reply from all others. */
function ask(random: Random, keys: readonly string[][], id: string): Question {
  const own = random.int(keys.length);
  const key = random.pick(keys[own]);
  const make = (words: string[], mayFail: boolean, isRight: Question["isRight"]): Question => ({
    bytes: resp(...words),
    mayFail,
    isRight,
    text: words.join(" "),
  });
  const isFaulty = FAULTY.has(own);
  const isValue = (of: string) => (reply: ReplyValue) =>
    reply === valueOf(of) || (reply === null && isFaulty);
  switch (random.int(8)) {
    case 0:
      return make(["SET", key, valueOf(key)], isFaulty, (reply) => reply === "OK");
    case 1: {
      const some = Array.from({ length: random.between(2, 10) }, () => {
        const server = random.int(keys.length);
        return { server, key: random.pick(keys[server]) };
      });
      const mayFail = some.some(({ server }) => FAULTY.has(server));
      return make(
        ["MGET", ...some.map(({ key }) => key)],
        mayFail,
        (reply) =>
          Array.isArray(reply) && reply.length === some.length &&
          reply.every((item, i) =>
            item === valueOf(some[i].key) || (item === null && FAULTY.has(some[i].server))
          ),
      );
    }
    case 2:
      return make(["PING", id], false, (reply) => reply === id);
    case 3:
      return make(
        ["STRLEN", key],
        isFaulty,
        (reply) => reply === valueOf(key).length || (reply === 0 && isFaulty),
      );
    default:
      return make(["GET", key], isFaulty, isValue(key));
  }
}

/** Is one client until all requests have been sent; leaves and comes back now and then. */
async function runClient(
  pool: FaultPool,
  random: Random,
  count: number,
  tally: Tally,
  name: string,
): Promise<void> {
  let client: WireClient | null = null;
  try {
    for (let sent = 0; sent < count;) {
      client ??= await pool.connect();
      const questions = Array.from(
        { length: Math.min(count - sent, random.between(1, PIPELINE_MAX)) },
        (_, i) => ask(random, pool.keys, `${name}:${sent + i}`),
      );
      sent += questions.length;
      for (const question of questions) await client.send(question.bytes);
      if (random.chance(0.02)) {
        // It does not wait for its replies; they must go to nobody.
        client.close();
        client = null;
        tally.closed += questions.length;
        continue;
      }
      for (const question of questions) check(question, (await client.readReply()).value, tally);
    }
    // Not one byte more than was asked for.
    await client?.closeWrite();
    await client?.closed();
  } finally {
    client?.close();
  }
}

function check(question: Question, reply: ReplyValue, tally: Tally): void {
  if (reply instanceof ReplyError) {
    assert(question.mayFail, `${question.text} failed, though its servers were well: ${reply.text}`);
    assert(
      /^ERR .*(refused|reset|timed out|Broken pipe)/.test(reply.text),
      `${question.text}: ${reply.text}`,
    );
    tally.failed++;
    return;
  }
  assert(question.isRight(reply), `${question.text} was answered ${JSON.stringify(reply)}`);
  tally.served++;
}

/** Does one thing to one of the faulty servers, for a while. */
async function misbehave(pool: FaultPool, random: Random): Promise<void> {
  const { relay } = pool;
  const { process } = pool.servers[0];
  const direction = random.pick([relay.toServer, relay.toClient]);
  const forMs = random.between(5, 150);
  switch (random.int(9)) {
    case 0:
      process.signal("SIGKILL");
      await process.exited;
      await sleep(random.int(2) * forMs);
      return await pool.restart(0);
    case 1:
      process.signal("SIGSTOP");
      await sleep(forMs);
      return process.signal("SIGCONT");
    case 2:
      return relay.reset();
    case 3:
      return relay.hangUp();
    case 4:
      direction.cutResets = random.chance();
      direction.cutAfterBytes = random.int(3000);
      return;
    case 5:
      direction.blackHole = true;
      break;
    case 6:
      direction.trickles = true;
      break;
    default:
      direction.delayMs = random.between(1, 50);
  }
  await sleep(forMs);
  relay.clear();
}

/** A timeout that faults exceed now and then, but the innocent servers of a busy machine do not. */
const RANDOM_TIMEOUT_MS = 1000;

realTest(
  "redis-server",
  "faults: random requests and random faults, and no reply is swapped, lost or doubled",
  async () => {
    await using pool = await FaultPool.start(redisDialect, {
      timeout: RANDOM_TIMEOUT_MS,
      server_connections: 2,
    });
    await runSeeded(chooseSeed(), async (random) => {
      const count = Math.ceil(scaled(30_000, 200_000) / CLIENTS);
      const tally: Tally = { served: 0, failed: 0, closed: 0 };
      let running = true;
      const clients = Promise.all(
        Array.from(
          { length: CLIENTS },
          (_, i) => runClient(pool, new Random(random.uint32()), count, tally, `c${i}`),
        ),
      ).finally(() => running = false);
      // Whichever fails first is told; the other one ends by itself.
      clients.catch(() => {});
      let faults = 0;
      for (; running; faults++) {
        await misbehave(pool, random);
        await sleep(random.int(100));
      }
      pool.relay.clear();
      await clients;
      assertEquals(tally.served + tally.failed + tally.closed, count * CLIENTS);
      assert(faults > 3 && tally.failed > 0, `${faults} faults, ${tally.failed} failures`);
      for (const server of FAULTY) await pool.recovered(server);
      Deno.stderr.writeSync(new TextEncoder().encode(`${JSON.stringify({ ...tally, faults })}\n`));
    });
  },
);
