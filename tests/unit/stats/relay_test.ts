import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../../src/base/clock.ts";
import { Deadline } from "../../../src/stats/deadline.ts";
import { relay } from "../../../src/stats/relay.ts";
import { sleep } from "../../support/process.ts";
import { connect } from "../../support/wire.ts";

/** Relays one connection to an HTTP server whose handler takes a while, and gives what the client reads. */
async function readThroughRelay(request: string, handle: () => Promise<Response>): Promise<string> {
  await using http = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, handle);
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept();
  using client = await connect(listener.addr.port);
  const accepted = await accepting;
  const server = await Deno.connect({ hostname: "127.0.0.1", port: http.addr.port });
  const deadline = new Deadline(systemClock, () => {
    accepted.close();
    server.close();
  });
  const relaying = relay(accepted, server, new TextEncoder().encode(request), deadline).catch(() => {});
  await client.closeWrite();
  const text = new TextDecoder().decode(await client.readToEnd());
  await relaying;
  return text;
}

Deno.test("a client that has ended its side gets an answer that takes a while", async () => {
  const text = await readThroughRelay("GET / HTTP/1.1\r\nHost: x\r\n\r\n", async () => {
    await sleep(50);
    return new Response("late");
  });
  assert(text.startsWith("HTTP/1.1 200 OK\r\n"), text);
  assertEquals(text.slice(-4), "late");
});

Deno.test("a relay whose client and server say nothing more ends with its deadline", async () => {
  const text = await readThroughRelay("GET / HT", () => Promise.resolve(new Response("never")));
  assertEquals(text, "");
});
