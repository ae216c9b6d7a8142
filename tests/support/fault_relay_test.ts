import { assertEquals, assertRejects } from "@std/assert";
import { FaultRelay } from "./fault_relay.ts";
import { sleep } from "./process.ts";
import { connect } from "./wire.ts";

/** A server that sends back what it gets. */
class Echo implements AsyncDisposable {
  readonly listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #done = this.#run();

  get port(): number {
    return this.listener.addr.port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.listener.close();
    await this.#done;
  }

  async #run(): Promise<void> {
    const tasks: Promise<void>[] = [];
    for await (const conn of this.listener) {
      // A connection that breaks has ended.
      tasks.push(conn.readable.pipeTo(conn.writable).catch(() => {}));
    }
    await Promise.all(tasks);
  }
}

Deno.test("the relay passes everything on, in both directions and to the end", async () => {
  await using echo = new Echo();
  await using relay = await FaultRelay.start(echo.port);
  using client = await connect(relay.port);
  const text = "0123456789".repeat(100_000);
  const sending = client.send(text).then(() => client.closeWrite());
  await client.expect(text);
  await sending;
  await client.closed();
  assertEquals(relay.accepted, 1);
});

Deno.test("a delay keeps bytes back, a trickle parts them, and their order stays", async () => {
  await using echo = new Echo();
  await using relay = await FaultRelay.start(echo.port);
  using client = await connect(relay.port);
  relay.toServer.delayMs = 100;
  const startMs = performance.now();
  await client.exchange("hello", "hello");
  assertEquals(performance.now() - startMs >= 99, true);
  relay.clear();
  relay.toClient.trickles = true;
  await client.exchange("one by one", "one by one");
});

Deno.test("what a black hole held follows when it has gone", async () => {
  await using echo = new Echo();
  await using relay = await FaultRelay.start(echo.port);
  using client = await connect(relay.port);
  relay.toClient.blackHole = true;
  await client.send("held");
  const reading = client.expect("held").then(() => "came");
  assertEquals(await Promise.race([reading, sleep(100).then(() => "held")]), "held");
  relay.clear();
  assertEquals(await reading, "came");
});

Deno.test("a cut lets a number of bytes through and then ends or resets the connection", async () => {
  await using echo = new Echo();
  await using relay = await FaultRelay.start(echo.port);
  using cut = await connect(relay.port);
  await cut.exchange("warm", "warm");
  relay.toClient.cutAfterBytes = 3;
  await cut.exchange("hello", "hel");
  await cut.closed();
  using reset = await connect(relay.port);
  await reset.exchange("warm", "warm");
  relay.toClient.cutAfterBytes = 0;
  relay.toClient.cutResets = true;
  await reset.send("hello");
  await assertRejects(() => reset.readBytes(1), Deno.errors.ConnectionReset);
});

Deno.test("connections can be reset or ended at any time", async () => {
  await using echo = new Echo();
  await using relay = await FaultRelay.start(echo.port);
  using reset = await connect(relay.port);
  await reset.exchange("warm", "warm");
  relay.reset();
  await assertRejects(() => reset.readBytes(1), Deno.errors.ConnectionReset);
  using ended = await connect(relay.port);
  await ended.exchange("warm", "warm");
  relay.hangUp();
  await ended.closed();
});

Deno.test("bytes can be lost, and others can be put in their place", async () => {
  await using echo = new Echo();
  await using relay = await FaultRelay.start(echo.port);
  using client = await connect(relay.port);
  await client.exchange("warm", "warm");
  assertEquals(relay.open, 1);
  relay.toServer.discards = true;
  await client.send("lost");
  await sleep(50);
  relay.clear();
  relay.inject("found");
  await client.exchange("after", "foundafter");
});
