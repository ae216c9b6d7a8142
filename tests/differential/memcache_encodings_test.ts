import { assertEquals } from "@std/assert";
import { startMemcachePool } from "../integration/memcache_pool.ts";
import { startMemcached } from "../support/memcached_server.ts";
import { newerTest } from "../support/newer_programs.ts";
import { realTest } from "../support/programs.ts";
import { chooseSeed, type Random, runSeeded } from "../support/random.ts";
import { showBytes } from "../support/show_bytes.ts";
import type { WireClient } from "../support/wire.ts";
import { binaryStream, binaryWithoutCas, lineStream, linesWithoutCas } from "./memcache_encodings.ts";

/** How many requests each encoding gets; more with the variable set. */
const REQUESTS = Number(Deno.env.get("NUTCRACKER_FUZZ_REQUESTS") ?? 6000);

/** An encoding, and how to leave out of it what depends on the number of servers. */
interface Encoding {
  readonly name: string;
  readonly makeStream: (random: Random, count: number, newer: boolean) => Uint8Array;
  readonly requestsWithoutCas: (stream: Uint8Array) => Uint8Array;
  readonly repliesWithoutCas: (replies: Uint8Array) => Uint8Array;
}

const ENCODINGS: readonly Encoding[] = [
  {
    name: "meta and text",
    makeStream: lineStream,
    requestsWithoutCas: linesWithoutCas,
    repliesWithoutCas: (replies) => replies,
  },
  {
    name: "binary",
    makeStream: binaryStream,
    requestsWithoutCas: binaryWithoutCas,
    repliesWithoutCas: binaryWithoutCas,
  },
];

for (const encoding of ENCODINGS) {
  for (const servers of [1, 4]) {
    const name = `${encoding.name}: random streams, servers: ${servers}, as to a memcached itself`;
    realTest("memcached", name, () => compareStreams(encoding, servers, REQUESTS));
    newerTest(["memcached"], `${name}, 1.6.38`, async ([program]) => {
      await compareStreams(encoding, servers, Math.ceil(REQUESTS / 2), program);
    });
  }
}

/** Sends the same streams to a memcached and through a pool; `program` is one that has the newer flags. */
async function compareStreams(
  { makeStream, requestsWithoutCas, repliesWithoutCas }: Encoding,
  servers: number,
  requests: number,
  program?: string,
): Promise<void> {
  await using server = await startMemcached({ program });
  await using pool = await startMemcachePool({ servers, memcached: { program } });
  await runSeeded(chooseSeed(), async (random) => {
    for (let left = requests; left > 0;) {
      const count = random.between(1, 60);
      const made = makeStream(random, count, program !== undefined);
      const stream = servers === 1 ? made : requestsWithoutCas(made);
      left -= count;
      const pieces = [random.split(stream, 4), random.split(stream, 4)];
      const [there, here] = await Promise.all([
        server.connect().then((client) => answers(client, pieces[0])),
        pool.connect().then((client) => answers(client, pieces[1])),
      ]);
      if (servers === 1) compare(here, there, stream);
      else compare(repliesWithoutCas(here), repliesWithoutCas(there), stream);
    }
  });
}

/** Sends a stream in pieces and reads all that comes for it. */
async function answers(client: WireClient, pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  using _ = client;
  for (const piece of pieces) await client.send(piece);
  await client.closeWrite();
  return await client.readToEnd();
}

/** Fails if two sides said different things, and shows where that begins. */
function compare(here: Uint8Array, there: Uint8Array, stream: Uint8Array): void {
  let at = 0;
  while (at < here.length && here[at] === there[at]) at++;
  if (at === here.length && at === there.length) return;
  const part = (bytes: Uint8Array) => showBytes(bytes.subarray(Math.max(0, at - 60), at + 60));
  assertEquals(part(here), part(there), `to ${showBytes(stream)}`);
}
