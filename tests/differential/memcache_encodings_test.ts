import { assertEquals } from "@std/assert";
import { startMemcachePool } from "../integration/memcache_pool.ts";
import { startMemcached } from "../support/memcached_server.ts";
import { realTest } from "../support/programs.ts";
import { chooseSeed, runSeeded } from "../support/random.ts";
import { showBytes } from "../support/show_bytes.ts";
import type { WireClient } from "../support/wire.ts";
import { binaryStream, lineStream } from "./memcache_encodings.ts";

/** How many requests each encoding gets; more with the variable set. */
const REQUESTS = Number(Deno.env.get("NUTCRACKER_FUZZ_REQUESTS") ?? 6000);

for (const [name, makeStream] of [["meta and text", lineStream], ["binary", binaryStream]] as const) {
  realTest("memcached", `${name}: random streams through the proxy as from a memcached itself`, async () => {
    await using server = await startMemcached();
    await using pool = await startMemcachePool();
    await runSeeded(chooseSeed(), async (random) => {
      for (let left = REQUESTS; left > 0;) {
        const count = random.between(1, 60);
        const stream = makeStream(random, count);
        left -= count;
        const pieces = [random.split(stream, 4), random.split(stream, 4)];
        const [there, here] = await Promise.all([
          server.connect().then((client) => answers(client, pieces[0])),
          pool.connect().then((client) => answers(client, pieces[1])),
        ]);
        compare(here, there, stream);
      }
    });
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
