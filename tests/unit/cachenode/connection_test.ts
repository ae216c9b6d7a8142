import { assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { MbufPool } from "../../../src/buffer/mbuf_pool.ts";
import { serveClient } from "../../../src/cachenode/connection.ts";
import { OUTPUT_BYTES_MAX } from "../../../src/cachenode/limits.ts";
import { RedisSession } from "../../../src/cachenode/redis/session.ts";
import { CacheStore } from "../../../src/cachenode/store.ts";
import { memoryPair } from "../../support/memory_transport.ts";
import { eventually } from "../../support/process.ts";
import { joinBytes, resp } from "../../support/resp.ts";

const VALUE_BYTES = OUTPUT_BYTES_MAX / 2;

Deno.test("connection: answers that nobody reads take a bounded amount of memory", async () => {
  const store = new CacheStore(new ManualClock());
  store.set("k", new Uint8Array(VALUE_BYTES));
  const mbufs = new MbufPool(1024);
  const [client, server] = memoryPair({ capacityBytes: 100_000 });
  const serving = serveClient(server, new RedisSession(store), mbufs);
  const count = 200;
  await client.write(joinBytes(Array.from({ length: count }, () => resp("GET", "k"))));
  await eventually(() => client.queuedBytes === 100_000, "the client's queue is full");
  const { usedBytes } = mbufs.usage;
  assertEquals(usedBytes < 3 * OUTPUT_BYTES_MAX, true, `${usedBytes} bytes are in use`);

  const expected = count * (`$${VALUE_BYTES}\r\n`.length + VALUE_BYTES + 2);
  const buffer = new Uint8Array(64 * 1024);
  for (let got = 0; got < expected;) got += await client.read(buffer) ?? 0;
  client.close();
  await serving;
  server.close();
  assertEquals(mbufs.usage.usedBytes, 0);
});

Deno.test("connection: a reset ends it and gives its buffers back", async () => {
  const mbufs = new MbufPool(1024);
  const [client, server] = memoryPair();
  const serving = serveClient(server, new RedisSession(new CacheStore(new ManualClock())), mbufs);
  const failure = serving.then(() => null, (error) => error.name);
  client.break();
  assertEquals([await failure, mbufs.usage.usedBytes], ["ConnectionReset", 0]);
  client.close();
  server.close();
});
