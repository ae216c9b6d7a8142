/**
 * The same random redis requests through the reference and through this proxy, with every hash and distribution:
 * the replies are the same, byte for byte, and so is what the servers hold in the end.
 *
 * @module
 */

import { assert } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import type { RedisServer } from "../support/redis_server.ts";
import { joinBytes, resp } from "../support/wire.ts";
import { type Combination, COMBINATIONS, ODD_COMBINATIONS } from "./combinations.ts";
import { askBoth, assertSameAnswers, type Clients } from "./lockstep.ts";
import { REDIS_DIFFERENCES, type RedisDifference } from "./redis_differences.ts";
import { assertSameKeyspaces, RedisKeyspaces, startComparedRedis } from "./redis_placement.ts";
import { COMMANDS_LEFT_OUT, COMMANDS_THERE, TEMPLATES } from "./redis_templates.ts";
import { RedisTraffic } from "./redis_traffic.ts";
import { type Sides, withSides } from "./sides.ts";

const REQUESTS_MIN = 100_000;
const REQUESTS_PER_POOL = 4250;
const PIPELINE_MAX = 100;

Deno.test("redis stream: every command of the reference is in it", () => {
  const templates = Object.values(TEMPLATES).flat().map((text) => text.split(" ")[0]);
  const missing = COMMANDS_THERE.filter((name) => !templates.includes(name) && !COMMANDS_LEFT_OUT.has(name));
  const unknown = templates.filter((name) => !COMMANDS_THERE.includes(name));
  assert(COMMANDS_THERE.length === 137, `${COMMANDS_THERE.length} commands`);
  assert(missing.length === 0 && unknown.length === 0, `missing ${missing}, unknown ${unknown}`);
});

/** How often each difference was met. */
type Tally = Map<RedisDifference, number>;

async function compareStream(
  clients: Clients,
  traffic: RedisTraffic,
  tally: Tally,
): Promise<number> {
  const { random } = traffic;
  let sent = 0;
  while (sent < REQUESTS_PER_POOL) {
    const requests = Array.from({ length: random.between(1, PIPELINE_MAX) }, () => traffic.next());
    const frames = requests.map(({ words }) => resp(...words));
    const pair = await askBoth(clients, random, joinBytes(frames), frames.length);
    assertSameAnswers(pair, frames, (i, there, here) => {
      const decoder = new TextDecoder();
      const [theirs, ours] = [decoder.decode(there), decoder.decode(here)];
      const meant = REDIS_DIFFERENCES.find(({ matches }) => matches?.(requests[i], theirs, ours));
      if (meant !== undefined) tally.set(meant, (tally.get(meant) ?? 0) + 1);
      return meant !== undefined;
    });
    sent += frames.length;
  }
  return sent;
}

async function dumpOf(server: RedisServer): Promise<Uint8Array<ArrayBuffer>> {
  using client = await server.connect();
  await client.exchange(resp("SET", "k", "restored"), "+OK\r\n");
  await client.send(resp("DUMP", "k"));
  const { bytes } = await client.readReply();
  await client.exchange(resp("DEL", "k"), ":1\r\n");
  return bytes.slice(bytes.indexOf(0x0a) + 1, -2);
}

async function compareAll(
  { there, here }: Sides<RedisServer>,
  combinations: readonly Combination[],
  random: Random,
): Promise<void> {
  using spaceThere = await RedisKeyspaces.open(there.servers);
  using spaceHere = await RedisKeyspaces.open(here.servers);
  const payload = await dumpOf(there.servers[0]);
  const tally: Tally = new Map();
  let sent = 0;
  for (const [pool, { name, hashTag }] of combinations.entries()) {
    using clientThere = await there.proxy.connect(pool);
    using clientHere = await here.proxy.connect(pool);
    try {
      const traffic = new RedisTraffic(random, hashTag, payload);
      sent += await compareStream({ there: clientThere, here: clientHere }, traffic, tally);
      await assertSameKeyspaces(spaceThere, spaceHere);
    } catch (error) {
      throw new Error(`pool ${name}: ${(error as Error).message}`, { cause: error });
    }
    await Promise.all([spaceThere.clear(), spaceHere.clear()]);
  }
  assert(sent >= REQUESTS_MIN, `${sent} requests`);
  for (const row of REDIS_DIFFERENCES) {
    assert(row.matches === undefined || tally.has(row), `nothing differs any more because ${row.reason}`);
  }
}

realTest(["redis-server", "nutcracker"], "redis stream: the same replies, the same placement", async () => {
  const combinations = [...COMBINATIONS, ...ODD_COMBINATIONS];
  await runSeeded(
    chooseSeed(),
    (random) =>
      withSides(combinations, true, startComparedRedis, (sides) => compareAll(sides, combinations, random)),
  );
});
