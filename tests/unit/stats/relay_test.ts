import { assert, assertEquals } from "@std/assert";
import { decode, encode } from "../../../src/base/ascii.ts";
import { ManualClock } from "../../../src/base/clock.ts";
import { Deadline } from "../../../src/stats/deadline.ts";
import { CHUNK_BYTES, IDLE_MS, LAST_RESPONSE_MS, LINGER_MS } from "../../../src/stats/limits.ts";
import { relay, writeAll } from "../../../src/stats/relay.ts";
import { memoryPair } from "../../support/memory_transport.ts";
import { sleep } from "../../support/process.ts";

Deno.test("a client that has ended its side gets an answer that takes a while", async () => {
  await using http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
    await sleep(50);
    return new Response("late");
  });
  const server = await Deno.connect({ hostname: "127.0.0.1", port: http.addr.port });
  const [client, accepted] = memoryPair();
  const ended = relay(
    accepted,
    server,
    encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    new Deadline(new ManualClock(), () => {}),
  );
  await client.closeWrite();
  let text = "";
  const chunk = new Uint8Array(1000);
  while (!text.endsWith("late")) {
    const length = await client.read(chunk);
    assert(length !== null, `ended after ${JSON.stringify(text)}`);
    text += decode(chunk, 0, length);
  }
  assert(text.startsWith("HTTP/1.1 200 OK\r\n"), text);
  server.close();
  await ended.catch(() => {});
});

/** A relay between two ends in memory, of which each takes ten bytes, on a clock that stands still. */
function makeRelay(first: string) {
  const clock = new ManualClock();
  const [client, accepted] = memoryPair({ capacityBytes: 10 });
  const [server, http] = memoryPair({ capacityBytes: 10 });
  const deadline = new Deadline(clock, () => {
    accepted.close();
    server.close();
  });
  const ended = relay(accepted, server, encode(first), deadline).catch(() => {});
  return { clock, client, accepted, http, ended };
}

/** Lets all that can go on without time go on. */
const settle = (): Promise<void> => sleep(0);

Deno.test("a client that ends its side in the middle of an answer may take its time to read it", async () => {
  const { clock, client, accepted, http, ended } = makeRelay("ask");
  const sending = writeAll(http, encode("0123456789".repeat(4)));
  await settle();
  await client.closeWrite();
  await settle();
  clock.advance(IDLE_MS - 1);
  assertEquals(accepted.closed, false, "a write is waiting for the client");
  let text = "";
  const chunk = new Uint8Array(10);
  while (text.length < 40) text += decode(chunk, 0, await client.read(chunk) ?? 0);
  await sending;
  assertEquals(text, "0123456789".repeat(4));
  await settle();
  clock.advance(LINGER_MS - 1);
  assertEquals(accepted.closed, false);
  clock.advance(1);
  assertEquals(accepted.closed, true);
  await ended;
});

Deno.test("a client that has left in the middle of its request is soon given up", async () => {
  const { clock, client, accepted, ended } = makeRelay("GET / HT");
  await client.closeWrite();
  await settle();
  clock.advance(LAST_RESPONSE_MS - 1);
  assertEquals(accepted.closed, false);
  clock.advance(1);
  assertEquals(accepted.closed, true);
  await ended;
});

Deno.test("a side that does not read stops the other, and is closed when it has not moved for long", async () => {
  const { clock, accepted, http, ended } = makeRelay("ask");
  let sent = false;
  const sending = writeAll(http, new Uint8Array(CHUNK_BYTES + 100)).then(() => sent = true, () => {});
  await settle();
  assertEquals(sent, false);
  clock.advance(IDLE_MS);
  assertEquals(accepted.closed, true);
  await ended;
  http.close();
  await sending;
  assertEquals(sent, false);
});

Deno.test("a server that ends is passed on, and what the client still sends is taken", async () => {
  const { clock, client, accepted, http, ended } = makeRelay("ask");
  await writeAll(http, encode("answer"));
  assertEquals(await client.read(new Uint8Array(10)), 6);
  await http.closeWrite();
  http.close();
  assertEquals(await client.read(new Uint8Array(1)), null);
  await writeAll(client, new Uint8Array(1000));
  clock.advance(LINGER_MS - 1);
  assertEquals(accepted.closed, false);
  clock.advance(1);
  assertEquals(accepted.closed, true);
  await ended;
});
