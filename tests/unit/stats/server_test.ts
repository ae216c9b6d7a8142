import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Clock, ManualClock, systemClock } from "../../../src/base/clock.ts";
import { type Log, nullLog } from "../../../src/log/log.ts";
import type { ProcessSnapshot } from "../../../src/metrics/snapshot.ts";
import { formatStats } from "../../../src/stats/json.ts";
import {
  CONNECTIONS_MAX,
  FIRST_BYTES_MS,
  IDLE_MS,
  LINGER_MS,
  REQUEST_MS,
} from "../../../src/stats/limits.ts";
import { startStats, StatsListenError, type StatsServer } from "../../../src/stats/server.ts";
import { eventually, sleep } from "../../support/process.ts";
import { connect, type WireClient } from "../../support/wire.ts";
import { makePool, makeSnapshot } from "./snapshots.ts";

const SNAPSHOT = makeSnapshot([makePool("alpha", ["s1", "s2"])]);
const JSON_LINE = formatStats(SNAPSHOT);

interface Setup {
  readonly snapshot?: () => ProcessSnapshot;
  readonly clock?: Clock;
  readonly log?: Log;
}

/** Runs a test against a server on a free port; afterwards nothing of the server is left, or Deno fails the test. */
async function withServer(
  setup: Setup,
  fn: (server: StatsServer, port: number) => Promise<void>,
): Promise<void> {
  const server = await startStats({
    hostname: "127.0.0.1",
    port: 0,
    refreshMs: 30_000,
    snapshot: setup.snapshot ?? (() => SNAPSHOT),
    clock: setup.clock ?? systemClock,
    log: setup.log ?? {
      ...nullLog,
      error: (module, text) => {
        throw new Error(`unexpected error in the log: ${module} ${text}`);
      },
    },
  });
  try {
    await fn(server, server.address.port);
  } finally {
    await server.close();
  }
  assertEquals(server.connections, 0);
}

/** A clock that stands still and tells which deadlines were set. */
class RecordingClock extends ManualClock {
  readonly delays: number[] = [];

  override after(callback: () => void, delayMs: number): () => void {
    this.delays.push(delayMs);
    return super.after(callback, delayMs);
  }

  /** Waits until a deadline was set that many times. */
  until(delayMs: number, count = 1): Promise<void> {
    const reached = () => this.delays.filter((delay) => delay === delayMs).length >= count;
    return eventually(reached, `a deadline of ${delayMs} ms is set`);
  }
}

async function textOf(client: WireClient): Promise<string> {
  return new TextDecoder().decode(await client.readToEnd());
}

const bodyOf = (response: string): string => response.slice(response.indexOf("\r\n\r\n") + 4);

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

Deno.test("fetch gets JSON, HEAD its length, a wrong path 404, a wrong method 405", () =>
  withServer({}, async (_, port) => {
    const url = `http://127.0.0.1:${port}`;
    const client = Deno.createHttpClient({});
    for (const path of ["/", "/stats.json"]) {
      const response = await fetch(`${url}${path}`, { client });
      assertEquals([response.status, await response.text()], [200, JSON_LINE]);
      assertEquals(response.headers.get("content-type"), "application/json");
    }
    const head = await fetch(url, { client, method: "HEAD" });
    assertEquals([head.headers.get("content-length"), await head.text()], [`${JSON_LINE.length}`, ""]);
    const none = await fetch(`${url}/none`, { client });
    assertEquals([none.status, await none.text()], [404, "404 Not Found: there is / and /stats.json\n"]);
    const post = await fetch(url, { client, method: "POST", body: "x".repeat(100_000) });
    assertEquals([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
    await post.body?.cancel();
    client.close();
  }));

Deno.test("a request in two pieces, and one byte at a time, is one request", () =>
  withServer({}, async (_, port) => {
    const request = "GET /stats.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    for (const size of [1, 10]) {
      using client = await connect(port);
      for (let start = 0; start < request.length; start += size) {
        await client.send(request.slice(start, start + size));
        await sleep(1);
      }
      const response = await textOf(client);
      assertStringIncludes(response, "HTTP/1.1 200 OK\r\n");
      assertEquals(bodyOf(response), JSON_LINE);
    }
  }));

Deno.test("many requests on one connection are answered one after the other", () =>
  withServer({}, async (server, port) => {
    using client = await connect(port);
    for (let i = 0; i < 20; i++) {
      await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
      await client.expect("HTTP/1.1 200 OK\r\n");
      while (await client.readLine() !== "");
      await client.expect(JSON_LINE);
      assertEquals(server.connections, 1);
    }
    await client.send(
      "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    const rest = await textOf(client);
    assertStringIncludes(rest, JSON_LINE);
    assert(rest.endsWith("404 Not Found: there is / and /stats.json\n"));
  }));

Deno.test("a client that ends its side after the request gets the whole answer, however large and slowly read", () => {
  const pools = Array.from(
    { length: 30 },
    (_, i) => makePool(`pool${i}`, Array.from({ length: 500 }, (_, j) => `s${j}`)),
  );
  const snapshot = makeSnapshot(pools);
  const expected = formatStats(snapshot);
  assert(expected.length > 4 * 1024 * 1024, "more than what sockets hold");
  return withServer({ snapshot: () => snapshot }, async (_, port) => {
    for (const request of ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.0\r\n\r\n", ""]) {
      using client = await connect(port);
      await client.send(request);
      await client.closeWrite();
      await sleep(100);
      const answer = await textOf(client);
      assertEquals(
        (request === "" ? answer : bodyOf(answer)) === expected,
        true,
        `${request} ${answer.length}`,
      );
    }
  });
});

Deno.test("every collector and every request gets numbers that are current", () => {
  let totalConnections = 0;
  const snapshot = () => makeSnapshot([], { totalConnections: ++totalConnections });
  return withServer({ snapshot }, async (_, port) => {
    for (let i = 1; i <= 4; i++) {
      using client = await connect(port);
      if (i % 2 === 0) await client.send("GET / HTTP/1.0\r\n\r\n");
      assertStringIncludes(await textOf(client), `"total_connections":${i},`);
    }
  });
});

Deno.test("a snapshot is taken every refreshMs without anybody asking", () => {
  const clock = new ManualClock();
  let snapshots = 0;
  const snapshot = () => {
    snapshots++;
    return SNAPSHOT;
  };
  return withServer({ snapshot, clock }, async (server) => {
    clock.advance(29_999);
    assertEquals(snapshots, 0);
    clock.advance(1);
    assertEquals(snapshots, 1);
    clock.advance(90_000);
    assertEquals(snapshots, 4);
    await server.close();
    assertEquals(clock.pending, 0);
  });
});

Deno.test("a hundred collectors and a hundred requests at once are all answered", () =>
  withServer({}, async (server, port) => {
    const ask = async (request: string): Promise<string> => {
      using client = await connect(port);
      if (request !== "") await client.send(request);
      return await textOf(client);
    };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, i) => ask(i % 2 ? "GET / HTTP/1.0\r\n\r\n" : "")),
    );
    answers.forEach((answer, i) => assertEquals(i % 2 ? bodyOf(answer) : answer, JSON_LINE, `answer ${i}`));
    await eventually(() => server.connections === 0, "all connections are gone");
  }));

Deno.test("clients that hold their connections do not keep others from an answer, up to the limit", () =>
  withServer({}, async (server, port) => {
    const idle = await Promise.all(Array.from({ length: CONNECTIONS_MAX - 1 }, () => connect(port)));
    for (const client of idle) await client.send("G");
    await eventually(() => server.connections === CONNECTIONS_MAX - 1, "the idle ones are connected");
    const answer = async (): Promise<string> => {
      using client = await connect(port);
      return await textOf(client);
    };
    assertEquals(await answer(), JSON_LINE);
    await eventually(() => server.connections === CONNECTIONS_MAX - 1, "the collector is gone");
    using last = await connect(port);
    await last.send("G");
    await eventually(() => server.connections === CONNECTIONS_MAX, "the limit is reached");
    let answered = false;
    const waiting = answer().finally(() => answered = true);
    await sleep(4 * FIRST_BYTES_MS);
    assertEquals([server.connections, answered], [CONNECTIONS_MAX, false]);
    idle[0].close();
    assertEquals(await waiting, JSON_LINE, "whoever waits is served once another has gone");
    for (const client of idle) client.close();
  }));

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

Deno.test("broken HTTP is refused, and nothing reaches the log", () =>
  withServer({}, async (_, port) => {
    const requests = [
      "GET / HTTP/9.9\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b[\r\n\r\n",
      "GET http://[/ HTTP/1.1\r\nHost: x\r\n\r\n",
      "GET * HTTP/1.1\r\nHost: x\r\n\r\n",
      "CONNECT a:1 HTTP/1.1\r\nHost: x\r\n\r\n",
      `GET /${"a".repeat(1_000_000)} HTTP/1.1\r\n\r\n`,
      "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ];
    for (const request of requests) {
      using client = await connect(port);
      try {
        await client.send(request);
        await client.closeWrite();
        assertStringIncludes(await textOf(client), "HTTP/1.1 ", request.slice(0, 40));
      } catch (error) {
        // It is refused before all of it was read.
        if (
          !(error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe)
        ) throw error;
      }
    }
    using client = await connect(port);
    assertEquals(await textOf(client), JSON_LINE);
  }));

Deno.test("a client that begins a request and stalls, or drips, is closed after a bound", async (t) => {
  for (const drips of [false, true]) {
    await t.step(drips ? "drips" : "stalls", async () => {
      const clock = new RecordingClock();
      await withServer({ clock }, async (server, port) => {
        using client = await connect(port);
        await client.send("G");
        // Once to connect to the HTTP server, and once for the request.
        await clock.until(REQUEST_MS, 2);
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
    await clock.until(LINGER_MS);
    assertEquals(server.connections, 1);
    clock.advance(LINGER_MS);
    await eventually(() => server.connections === 0, "the connection is gone");
  });
});

Deno.test("closing ends connections in every state and frees the port", async () => {
  const clock = new ManualClock();
  const server = await startStats({
    hostname: "127.0.0.1",
    port: 0,
    refreshMs: 1000,
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

Deno.test("the HTTP server behind the port answers nobody but the front door", () =>
  withServer({}, async (_, port) => {
    using client = await connect(port);
    await client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await client.expect("HTTP/1.1 200 OK\r\n");
    const backend = backendPort(port);
    using stranger = await connect(backend);
    await stranger.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertStringIncludes(await textOf(stranger), "HTTP/1.1 403 Forbidden\r\n");
  }));

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
    clock.advance(30_000);
    assertEquals(errors, [
      "stats: serving statistics failed: Error: broken",
      "stats: answering a request failed: Error: broken",
      "stats: taking a snapshot failed: Error: broken",
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
      hostname,
      port,
      refreshMs: 1000,
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

/** Finds the only other port that this process listens on: that of the HTTP server behind `port`. */
function backendPort(port: number): number {
  const inodes = new Set(
    [...Deno.readDirSync("/proc/self/fd")].map(({ name }) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(Deno.readLinkSync(`/proc/self/fd/${name}`))?.[1];
      } catch {
        return undefined;
      }
    }),
  );
  const rows = Deno.readTextFileSync("/proc/net/tcp").split("\n").map((line) => line.trim().split(/\s+/));
  const ports = rows.filter((row) => row[3] === "0A" && inodes.has(row[9])).map((row) =>
    parseInt(row[1].slice(-4), 16)
  );
  const others = ports.filter((other) => other !== port);
  assertEquals(others.length, 1, `listening on ${ports}`);
  return others[0];
}
