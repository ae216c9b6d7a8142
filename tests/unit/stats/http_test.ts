import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { formatStats } from "../../../src/stats/json.ts";
import { sleep } from "../../support/process.ts";
import { connect } from "../../support/wire.ts";
import { bodyOf, JSON_LINE, patientClock, textOf, withServer } from "./stats_server.ts";
import { makePool, makeSnapshot } from "./snapshots.ts";

const NOT_FOUND =
  "404 Not Found: there is / /stats.json /metrics /healthz /readyz /config /locate /history.json /slowlog /log-level /reload\n";

Deno.test("fetch gets JSON, HEAD its length, a wrong path 404, a wrong method 405", () =>
  withServer({ clock: patientClock }, async (_, port) => {
    const url = `http://127.0.0.1:${port}`;
    const client = Deno.createHttpClient({});
    const response = await fetch(url, { client });
    assertEquals([response.status, await response.text()], [200, JSON_LINE]);
    assertEquals(response.headers.get("content-type"), "application/json");
    const head = await fetch(url, { client, method: "HEAD" });
    assertEquals([head.headers.get("content-length"), await head.text()], [`${JSON_LINE.length}`, ""]);
    const none = await fetch(`${url}/none`, { client });
    assertEquals([none.status, await none.text()], [404, NOT_FOUND]);
    const post = await fetch(url, { client, method: "POST", body: "x".repeat(100_000) });
    assertEquals([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
    await post.body?.cancel();
    client.close();
  }));

Deno.test("a request in two pieces, and one byte at a time, is one request", () =>
  withServer({ clock: patientClock }, async (_, port) => {
    const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
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
  withServer({ clock: patientClock }, async (server, port) => {
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
    assert(rest.endsWith(NOT_FOUND));
  }));

Deno.test("a client that ends its side after the request gets the whole answer, however large and slowly read", () => {
  const pools = Array.from(
    { length: 30 },
    (_, i) => makePool(`pool${i}`, Array.from({ length: 500 }, (_, j) => `s${j}`)),
  );
  const snapshot = makeSnapshot(pools);
  const expected = formatStats(snapshot);
  assert(expected.length > 4 * 1024 * 1024, "more than what sockets hold");
  return withServer({ clock: patientClock, snapshot: () => snapshot }, async (_, port) => {
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

Deno.test("broken HTTP is refused, and nothing reaches the log", () =>
  withServer({ clock: patientClock }, async (_, port) => {
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
    await client.closeWrite();
    assertEquals(await textOf(client), JSON_LINE);
  }));
