import { assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { nullLog } from "../../../src/log/log.ts";
import { formatStats } from "../../../src/stats/json.ts";
import {
  CONNECTIONS_MAX,
  FIRST_BYTES_MS,
  IDLE_MS,
  LINGER_MS,
  QUIET_MS,
  REQUEST_MS,
} from "../../../src/stats/limits.ts";
import { startStats } from "../../../src/stats/server.ts";
import { eventually, sleep } from "../../support/process.ts";
import { connect } from "../../support/wire.ts";
import { bodyOf, JSON_LINE, RecordingClock, SNAPSHOT, SOURCES, textOf, withServer } from "./stats_server.ts";
import { makePool, makeSnapshot } from "./snapshots.ts";

Deno.test("a client that goes on sending after its answer is not cut off", () =>
  withServer({ clock: new ManualClock() }, async (server, port) => {
    using client = await connect(port);
    await client.send("stats\r\n");
    await client.expect(JSON_LINE);
    await client.closed();
    for (let i = 0; i < 10; i++) await client.send("x".repeat(1_000_000));
    client.close();
    await eventually(() => server.connections === 0, "the connection is gone");
  }));

Deno.test("a hundred collectors and a hundred requests at once are all answered", () => {
  const clock = new RecordingClock();
  return withServer({ clock }, async (server, port) => {
    const ask = async (request: string): Promise<string> => {
      using client = await connect(port);
      if (request !== "") await client.send(request);
      return await textOf(client);
    };
    const collecting = Array.from({ length: 100 }, () => ask(""));
    const requesting = Array.from({ length: 100 }, () => ask("GET / HTTP/1.0\r\n\r\n"));
    for (const answer of await Promise.all(requesting)) assertEquals(bodyOf(answer), JSON_LINE);
    await clock.until(FIRST_BYTES_MS / 2, 200);
    clock.advance(FIRST_BYTES_MS);
    for (const answer of await Promise.all(collecting)) assertEquals(answer, JSON_LINE);
    await eventually(() => server.connections === 0, "all connections are gone");
  });
});

Deno.test("clients that hold their connections do not keep others from an answer", () => {
  const clock = new ManualClock();
  return withServer({ clock }, async (server, port) => {
    const idle = await Promise.all(Array.from({ length: CONNECTIONS_MAX - 1 }, () => connect(port)));
    for (const client of idle) await client.send("G");
    await eventually(() => server.connections === CONNECTIONS_MAX - 1, "the idle ones are connected");
    const answer = async (): Promise<string> => {
      using client = await connect(port);
      await client.closeWrite();
      return await textOf(client);
    };
    assertEquals(await answer(), JSON_LINE);
    await eventually(() => server.connections === CONNECTIONS_MAX - 1, "the collector is gone");
    using last = await connect(port);
    await last.send("G");
    await eventually(() => server.connections === CONNECTIONS_MAX, "the limit is reached");
    let answered = false;
    const waiting = answer().finally(() => answered = true);
    await sleep(100);
    assertEquals([server.connections, answered], [CONNECTIONS_MAX, false], "nobody has been quiet for long");
    clock.advance(QUIET_MS);
    assertEquals(await waiting, JSON_LINE, "one that has been quiet for long gives its place");
    assertEquals(server.connections < CONNECTIONS_MAX, true);
    for (const client of idle) client.close();
  });
});

Deno.test("a client that resets its connection harms nobody, whatever the server is doing for it", () => {
  const snapshot = makeSnapshot([makePool("large", Array.from({ length: 20_000 }, (_, i) => `server${i}`))]);
  return withServer({ snapshot: () => snapshot }, async (server, port) => {
    for (const request of ["", "stats\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n".repeat(50)]) {
      const client = await connect(port);
      if (request !== "") await client.send(request);
      await client.readBytes(1);
      // A close that leaves bytes unread is a reset; the server is in the middle of writing more.
      client.close();
    }
    for (const request of ["", "G", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"]) {
      const client = await connect(port);
      if (request !== "") await client.send(request);
      client.close();
    }
    await eventually(() => server.connections === 0, "all are gone");
    using client = await connect(port);
    assertEquals((await textOf(client)).length, formatStats(snapshot).length);
  });
});

Deno.test("a client that begins a request and stalls, or drips, is closed after a bound", async (t) => {
  for (const drips of [false, true]) {
    await t.step(drips ? "drips" : "stalls", async () => {
      const clock = new RecordingClock();
      await withServer({ clock }, async (server, port) => {
        using client = await connect(port);
        await client.send("G");
        // Once to connect to the HTTP server, and once for the request.
        await clock.until(REQUEST_MS / 2, 2);
        for (let ms = 0; ms < REQUEST_MS - 1000; ms += 1000) {
          clock.advance(1000);
          if (drips) await client.send("E");
          await sleep(2);
        }
        assertEquals(server.connections, 1);
        clock.advance(1000);
        await client.closed();
        await eventually(() => server.connections === 0, "the connection is gone");
        assertEquals(clock.pending, 1);
      });
    });
  }
});

Deno.test("a connection that stays open after its answer is closed when it has idled", () => {
  const clock = new ManualClock();
  return withServer({ clock }, async (server, port) => {
    using client = await connect(port);
    for (let i = 0; i < 3; i++) {
      await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      while (await client.readLine() !== "");
      await client.expect(JSON_LINE);
      clock.advance(IDLE_MS - 1);
      assertEquals(server.connections, 1);
    }
    clock.advance(1);
    await client.closed();
  });
});

Deno.test("a collector that does not close is let go after a moment", () => {
  const clock = new RecordingClock();
  return withServer({ clock }, async (server, port) => {
    using client = await connect(port);
    await clock.until(FIRST_BYTES_MS / 2);
    clock.advance(FIRST_BYTES_MS);
    await client.expect(JSON_LINE);
    await client.closed();
    await clock.until(LINGER_MS / 2);
    assertEquals(server.connections, 1);
    clock.advance(LINGER_MS);
    await eventually(() => server.connections === 0, "the connection is gone");
  });
});

Deno.test("closing ends connections in every state and frees the port", async () => {
  const clock = new ManualClock();
  const server = await startStats({
    ...SOURCES,
    hostname: "127.0.0.1",
    port: 0,
    snapshot: () => SNAPSHOT,
    clock,
    log: nullLog,
  });
  const { port } = server.address;
  const clients = await Promise.all([connect(port), connect(port), connect(port)]);
  await clients[1].send("G");
  await clients[2].send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  await clients[2].expect("HTTP/1.1 200 OK\r\n");
  await eventually(() => server.connections === 3, "all are connected");
  await Promise.all([server.close(), server.close()]);
  assertEquals([server.connections, clock.pending], [0, 0]);
  await clients[0].closed();
  await clients[1].closed();
  for (const client of clients) client.close();
  Deno.listen({ hostname: "127.0.0.1", port }).close();
});
