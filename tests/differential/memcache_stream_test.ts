/**
 * The same random memcached requests through the reference and through this proxy, with every hash and
 * distribution: the replies are the same, byte for byte, and so is what the servers hold in the end.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type MemcachedServer, startMemcached } from "../support/memcached_server.ts";
import { realTest } from "../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import { joinBytes } from "../support/wire.ts";
import { COMBINATIONS, NODES, ODD_COMBINATIONS } from "./combinations.ts";
import { assertSameAnswers, isSame } from "./lockstep.ts";
import { MEMCACHE_DIFFERENCES, type MemcacheDifference } from "./memcache_differences.ts";
import { askMemcache, splitReplies } from "./memcache_replies.ts";
import { type MemcacheRequest, MemcacheTraffic } from "./memcache_traffic.ts";
import { type Side, type Sides, withSides } from "./sides.ts";

const REQUESTS_MIN = 100_000;
const REQUESTS_PER_POOL = 4250;
const REQUESTS_PER_CONNECTION_MAX = 600;
const PIECES_MAX = 20;
const QUIT = new TextEncoder().encode("quit\r\n");

Deno.test("memcache replies: a stream is taken apart", () => {
  const replies = ["STORED\r\n", "VALUE a 0 5\r\nEND\r\n\r\nEND\r\n", "END\r\n", "VERSION 1\r\n", "tail"];
  const encoder = new TextEncoder();
  const parts = splitReplies(encoder.encode(replies.join("")));
  assertEquals(parts.map((part) => new TextDecoder().decode(part)), replies);
});

function latin1Text(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

async function compareStream(
  { there, here }: Sides<MemcachedServer>,
  pool: number,
  traffic: MemcacheTraffic,
  met: Set<MemcacheDifference>,
): Promise<number> {
  const { random } = traffic;
  let sent = 0;
  while (sent < REQUESTS_PER_POOL) {
    const count = random.between(1, REQUESTS_PER_CONNECTION_MAX);
    const requests: MemcacheRequest[] = Array.from({ length: count }, () => traffic.next());
    const pieces = random.split(joinBytes([...requests.map(({ bytes }) => bytes), QUIT]), PIECES_MAX);
    const ask = async ({ proxy }: Side<MemcachedServer>) => {
      using client = await proxy.connect(pool);
      return await askMemcache(client, pieces);
    };
    const [answersThere, answersHere] = await Promise.all([ask(there), ask(here)]);
    const answered = requests.filter(({ silent }) => !silent).map(({ bytes }) => bytes);
    assertSameAnswers({ there: answersThere, here: answersHere }, answered, (i, there, here) => {
      const [request, theirs, ours] = [answered[i], there, here].map(latin1Text);
      const meant = MEMCACHE_DIFFERENCES.find(({ matches }) => matches?.(request, theirs, ours));
      if (meant !== undefined) met.add(meant);
      return meant !== undefined;
    });
    assertEquals(answersHere.replies.length, answered.length, "no reply without a request");
    sent += count;
  }
  return sent;
}

/** Asks one server for all keys. */
async function contentOf(server: MemcachedServer, keys: readonly Uint8Array[]): Promise<Uint8Array> {
  using client = await server.connect();
  const words = keys.flatMap((key) => [new TextEncoder().encode(" "), key]);
  await client.send(
    joinBytes([new TextEncoder().encode("gets"), ...words, new TextEncoder().encode("\r\n"), QUIT]),
  );
  return await client.readToEnd();
}

async function compareContents(
  { there, here }: Sides<MemcachedServer>,
  keys: readonly Uint8Array[],
): Promise<void> {
  for (const [i, { name }] of NODES.entries()) {
    const contents = await Promise.all([contentOf(there.servers[i], keys), contentOf(here.servers[i], keys)]);
    assert(
      isSame(contents[0], contents[1]),
      `server "${name}" differs: ${contents.map(({ length }) => length)} bytes`,
    );
  }
}

async function compareAll(
  sides: Sides<MemcachedServer>,
  names: readonly string[],
  random: Random,
): Promise<void> {
  const met = new Set<MemcacheDifference>();
  let sent = 0;
  for (const [pool, name] of names.entries()) {
    try {
      const traffic = new MemcacheTraffic(random, `${pool}:`);
      sent += await compareStream(sides, pool, traffic, met);
      await compareContents(sides, traffic.keys);
    } catch (error) {
      throw new Error(`pool ${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  assert(sent >= REQUESTS_MIN, `${sent} requests`);
  for (const row of MEMCACHE_DIFFERENCES) {
    assert(row.matches === undefined || met.has(row), `nothing differs any more because ${row.reason}`);
  }
}

realTest(["memcached", "nutcracker"], "memcache stream: the same replies, the same placement", async () => {
  const combinations = [...COMBINATIONS, ...ODD_COMBINATIONS];
  // Room enough, so that nothing is thrown out.
  const start = () => startMemcached({ args: ["-m", "512"] });
  await runSeeded(
    chooseSeed(),
    (random) =>
      withSides(combinations, false, start, (sides) =>
        compareAll(
          sides,
          combinations.map(({ name }) => name),
          random,
        )),
  );
});
