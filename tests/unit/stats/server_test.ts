import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { ManualClock, systemClock } from "../../../src/base/clock.ts";
import { nullLog } from "../../../src/log/log.ts";
import { startStats, StatsListenError } from "../../../src/stats/server.ts";
import { eventually } from "../../support/process.ts";
import { connect } from "../../support/wire.ts";
import {
  JSON_LINE,
  patientClock,
  type Setup,
  SNAPSHOT,
  SOURCES,
  textOf,
  withServer,
} from "./stats_server.ts";
import { makeSnapshot } from "./snapshots.ts";

Deno.test("a collector that says nothing gets the JSON line and a close", () =>
  withServer({}, async (server, port) => {
    using client = await connect(port);
    assertEquals(await textOf(client), JSON_LINE);
    client.close();
    await eventually(() => server.connections === 0, "the connection is gone");
  }));

Deno.test("a collector that ends its side at once does not wait", () =>
  withServer({ clock: new ManualClock() }, async (_, port) => {
    using client = await connect(port);
    await client.closeWrite();
    assertEquals(await textOf(client), JSON_LINE);
  }));

Deno.test("bytes that are no HTTP are answered as silence is, and none of the answer is lost", () =>
  withServer({}, async (_, port) => {
    for (const text of ["stats\r\n", "STATS\r\n", "\x16\x03\x01\x02\x00", "x".repeat(200_000)]) {
      using client = await connect(port);
      await client.send(text);
      assertEquals(await textOf(client), JSON_LINE, text.slice(0, 20));
    }
  }));

Deno.test("every collector and every request gets numbers that are current", () => {
  let totalConnections = 0;
  const snapshot = () => makeSnapshot([], { totalConnections: ++totalConnections });
  return withServer({ clock: patientClock, snapshot }, async (_, port) => {
    for (let i = 1; i <= 4; i++) {
      using client = await connect(port);
      if (i % 2 === 0) await client.send("GET / HTTP/1.0\r\n\r\n");
      await client.closeWrite();
      assertStringIncludes(await textOf(client), `"total_connections":${i},`);
    }
  });
});

Deno.test("a sample is taken every second without anybody asking", () => {
  const clock = new ManualClock();
  let snapshots = 0;
  const snapshot = () => {
    snapshots++;
    return SNAPSHOT;
  };
  return withServer({ snapshot, clock }, async (server) => {
    clock.advance(999);
    assertEquals(snapshots, 0);
    clock.advance(1);
    assertEquals(snapshots, 1);
    clock.advance(3000);
    assertEquals(snapshots, 4);
    await server.close();
    assertEquals(clock.pending, 0);
  });
});

Deno.test("a failing snapshot is told in the log, and the server goes on", async () => {
  const errors: string[] = [];
  const clock = new ManualClock();
  let broken = true;
  const setup: Setup = {
    clock,
    log: { ...nullLog, error: (module, text) => void errors.push(`${module}: ${text}`) },
    snapshot: () => {
      if (broken) throw new Error("broken");
      return SNAPSHOT;
    },
  };
  await withServer(setup, async (_, port) => {
    using collector = await connect(port);
    await collector.closeWrite();
    assertEquals(await textOf(collector), "");
    using client = await connect(port);
    await client.send("GET / HTTP/1.0\r\n\r\n");
    assertStringIncludes(await textOf(client), "HTTP/1.0 500 Internal Server Error\r\n");
    clock.advance(1000);
    assertEquals(errors, [
      "stats: serving statistics failed: Error: broken",
      "stats: answering a request failed: Error: broken",
      "stats: taking a sample failed: Error: broken",
    ]);
    broken = false;
    using again = await connect(port);
    await again.closeWrite();
    assertEquals(await textOf(again), JSON_LINE);
  });
});

Deno.test("a port that is taken and a name without an address are typed errors", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = taken.addr;
  const start = (hostname: string) => () =>
    startStats({
      ...SOURCES,
      hostname,
      port,
      snapshot: () => SNAPSHOT,
      clock: systemClock,
      log: nullLog,
    });
  const inUse = await assertRejects(start("127.0.0.1"), StatsListenError);
  assertEquals(inUse.message, `bind to stats server addr '127.0.0.1:${port}' failed: Address already in use`);
  const unknown = await assertRejects(start("name.invalid"), StatsListenError);
  assertEquals(
    unknown.message,
    `address resolution of node 'name.invalid' service '${port}' failed: Name or service not known`,
  );
});
