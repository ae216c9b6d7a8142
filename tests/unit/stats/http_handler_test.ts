import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Latency } from "../../../src/metrics/latency.ts";
import { poolMetrics, ServerMetric } from "../../../src/metrics/table.ts";
import type { Caller } from "../../../src/stats/access.ts";
import { beginsHttp } from "../../../src/stats/connection.ts";
import { History } from "../../../src/stats/history/history.ts";
import { httpHandler, type StatsSources } from "../../../src/stats/http_handler.ts";
import { PAGE, PAGE_FILES, PAGE_POLICY } from "../../../src/stats/page/files.ts";
import { makePool, makeSnapshot } from "./snapshots.ts";
import { JSON_LINE, SOURCES } from "./stats_server.ts";

const caller = { isLocal: true };

function makeAsk(sources: Partial<StatsSources> = {}, history = new History()) {
  const handler = httpHandler({ ...SOURCES, ...sources }, history);
  return (path: string, init: RequestInit = {}, from: Caller = caller) =>
    handler(new Request(`http://host${path}`, init), from);
}

Deno.test("the root is the page for a browser", async () => {
  const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
  const response = await makeAsk()("/", { headers: { accept } });
  assertEquals([response.status, response.headers.get("content-type")], [200, "text/html; charset=utf-8"]);
  assertEquals(response.headers.get("vary"), "accept");
  assertEquals(await response.text(), PAGE.text);
  for (const accept of ["*/*", "application/json", "text/plain"]) {
    const other = await makeAsk()("/", { headers: { accept } });
    assertEquals([await other.text(), other.headers.get("vary")], [JSON_LINE, "accept"], accept);
  }
});

Deno.test("every answer for the page forbids it to ask anybody else", async () => {
  const ask = makeAsk();
  const root = await ask("/", { headers: { accept: "text/html" } });
  for (const response of [root, ...await Promise.all([...PAGE_FILES.keys()].map((path) => ask(path)))]) {
    assertEquals([response.status, response.headers.get("content-security-policy")], [200, PAGE_POLICY]);
    assertStringIncludes(PAGE_POLICY, "default-src 'none'");
    assert(!/unsafe|http|\*/.test(PAGE_POLICY), PAGE_POLICY);
    await response.body?.cancel();
  }
});

Deno.test("/history.json has what was sampled", async () => {
  const history = new History();
  const snapshot = () => makeSnapshot([makePool("alpha", ["s1"])]);
  for (const timeMs of [1000, 2000]) history.sample(snapshot(), timeMs);
  const response = await makeAsk({ snapshot }, history)("/history.json?pool=alpha&since=1000");
  assertEquals(response.headers.get("content-type"), "application/json");
  const { times_ms, pools } = await response.json();
  assertEquals([times_ms, pools[0].series.p50_us, pools[0].servers.length], [[2000], [null], 1]);
});

Deno.test("the root is the reference's JSON for everybody else", async () => {
  for (const path of ["/", "/?x=y"]) {
    const response = await makeAsk()(path);
    assertEquals([response.status, await response.text()], [200, JSON_LINE]);
    assertEquals(response.headers.get("content-type"), "application/json");
    assertEquals(response.headers.get("cache-control"), "no-store");
  }
});

Deno.test("/stats.json has every number under its name, and percentiles", async () => {
  const latency = new Latency();
  for (let us = 1; us <= 1000; us++) latency.record(1, 0, us, 1);
  const pool = makePool("alpha", ["s1"]);
  const servers = [{ ...pool.servers[0], latency: latency.view() }];
  const snapshot = () => makeSnapshot([{ ...pool, servers }]);
  const json = await (await makeAsk({ snapshot })("/stats.json")).json();
  assertEquals([json.service, json.metrics.connections, json.pools.length], ["nutcracker", 2, 1]);
  const [alpha] = json.pools;
  assertEquals([alpha.name, alpha.ready, alpha.live_servers], ["alpha", true, 1]);
  assertEquals(Object.keys(alpha.metrics), poolMetrics.map(({ name }) => name));
  assertEquals(alpha.servers[0].metrics.requests, 105);
  for (const { read } of [alpha.latency, alpha.servers[0].latency]) {
    assertEquals(read.server.count, 1000);
    assert(Math.abs(read.server.p50_us - 500) <= 25 && Math.abs(read.total.p99_us - 990) <= 50);
    assert(read.queue.p99_us < 1);
  }
  assertEquals(alpha.latency.write.total.count, 0);
});

Deno.test("other paths are not found, and the answer says what there is", async () => {
  for (const path of ["/stats", "/stats.json/", "//", "/metrics/"]) {
    const response = await makeAsk()(path);
    const text = await response.text();
    assertEquals([response.status, text.slice(0, 36)], [404, "404 Not Found: there is / /stats.jso"]);
  }
});

Deno.test("other methods are refused, and the answer says which are not", async () => {
  const ask = makeAsk();
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "BREW"]) {
    const response = await ask("/", { method });
    assertEquals([response.status, response.headers.get("allow")], [405, "GET, HEAD"]);
    assertEquals(await response.text(), "405 Method Not Allowed: there is GET and HEAD\n");
  }
  assertEquals((await ask("/", { method: "HEAD" })).status, 200);
  assertEquals((await ask("/none", { method: "POST" })).status, 404);
  assertEquals((await ask("/log-level")).headers.get("allow"), "POST");
});

Deno.test("the process is healthy; it is ready if every pool has the live servers that it needs", async () => {
  assertEquals(await (await makeAsk()("/healthz")).text(), "ok\n");
  assertEquals(await (await makeAsk()("/readyz")).text(), "ready\n");
  const good = makePool("good", ["a"]);
  const bad = makePool("bad", ["a", "b"]);
  const servers = bad.servers.map((server) => ({ ...server, state: "ejected" as const }));
  const response = await makeAsk({ snapshot: () => makeSnapshot([good, { ...bad, servers }]) })("/readyz");
  assertEquals([response.status, await response.text()], [
    503,
    "pool 'bad' has 0 of 2 servers live, and needs 1: 'a' is ejected, 'b' is ejected\n",
  ]);
  const failing = makePool("failing", ["a"]);
  failing.servers[0].values[ServerMetric.failing] = 1;
  assertEquals(
    await (await makeAsk({ snapshot: () => makeSnapshot([good, failing]) })("/readyz")).text(),
    "pool 'failing' has 0 of 1 servers live, and needs 1: 'a' is failing\n",
  );
  const leaving = await makeAsk({ isLeaving: () => true })("/readyz");
  assertEquals([leaving.status, await leaving.text()], [503, "the proxy is shutting down\n"]);
});

Deno.test("a key is located, or the answer says what is missing", async () => {
  const location = { hash: 7, server: "s1", address: "10.0.0.1:1", position: 3, point: 9 };
  const ask = makeAsk({
    locate: (pool, key) => pool === "alpha" && new TextDecoder().decode(key) === "ä b" ? location : null,
  });
  assertEquals(await (await ask("/locate?pool=alpha&key=%C3%A4+b")).json(), {
    pool: "alpha",
    key: "ä b",
    ...location,
  });
  assertEquals((await ask("/locate?pool=beta&key=x")).status, 404);
  assertEquals((await ask("/locate?pool=alpha")).status, 400);
});

Deno.test("the log level is changed from this machine or with the token, and by no page in a browser", async () => {
  const levels: number[] = [];
  const setLogLevel = (level: number) => void levels.push(level);
  const open = makeAsk({ setLogLevel });
  const guarded = makeAsk({ setLogLevel, adminToken: "s3cret" });
  const post = (headers: Record<string, string> = {}) => ({ method: "POST", headers });
  const remote = { isLocal: false };
  const path = "/log-level?level=7";
  assertEquals((await open(path, post())).status, 200);
  assertEquals((await guarded(path, post({ authorization: "Bearer s3cret" }), remote)).status, 200);
  assertEquals(levels, [7, 7]);
  for (const token of ["", "s3cre", "s3cretx", "S3cret"]) {
    assertEquals((await guarded(path, post({ authorization: `Bearer ${token}` }))).status, 403, token);
  }
  assertEquals((await open(path, post({ authorization: "Bearer null" }), remote)).status, 403);
  assertEquals((await open(path, post(), remote)).status, 403);
  assertEquals((await open(path, post({ origin: "http://evil.example" }))).status, 403);
  for (const level of ["12", "-1", "x", "", "1e1"]) {
    assertEquals((await open(`/log-level?level=${level}`, post())).status, 400, level);
  }
  assertEquals(levels, [7, 7]);
});

Deno.test("a reload is asked for as a change is, and tells what came of it", async () => {
  const states = [
    { generation: 2, sinceMs: 5, last: { ok: true, atMs: 5, lines: ["pool 'a' changed"] } },
    {
      generation: 2,
      sinceMs: 5,
      last: { ok: false, atMs: 6, lines: ["x.yml:1:2: wrong", "x.yml:3:4: too"] },
    },
  ];
  let reloads = 0;
  const ask = makeAsk({ reload: () => states[reloads++] });
  assertEquals((await ask("/reload")).status, 405);
  assertEquals((await ask("/reload", { method: "POST" }, { isLocal: false })).status, 403);
  assertEquals(reloads, 0);
  assertEquals(await (await ask("/reload", { method: "POST" })).json(), states[0]);
  const refused = await ask("/reload", { method: "POST" });
  assertEquals([refused.status, await refused.text()], [
    409,
    "409 Conflict: x.yml:1:2: wrong\nx.yml:3:4: too\n",
  ]);
});

Deno.test("workers are restarted and killed as changes are made, one by one", async () => {
  const asked: string[] = [];
  const ask = makeAsk({
    workers: {
      restart(worker) {
        asked.push(`restart ${worker}`);
        return Promise.resolve(worker === 7 ? "there is no worker 7" : null);
      },
      kill(worker) {
        asked.push(`kill ${worker}`);
        return null;
      },
    },
  });
  const post = { method: "POST" };
  assertEquals(await (await ask("/workers/1/restart", post)).json(), { worker: 1 });
  assertEquals((await ask("/workers/12/kill", post)).status, 200);
  const refused = await ask("/workers/7/restart", post);
  assertEquals([refused.status, await refused.text()], [409, "409 Conflict: there is no worker 7\n"]);
  assertEquals(asked, ["restart 1", "kill 12", "restart 7"]);
  assertEquals((await ask("/workers/1/kill", post, { isLocal: false })).status, 403);
  assertEquals((await ask("/workers/1/kill")).status, 405);
  for (
    const path of [
      "/workers/x/kill",
      "/workers//kill",
      "/workers/1",
      "/workers/1/kill/",
      "/workers/1000/kill",
    ]
  ) {
    assertEquals((await ask(path, post)).status, 404, path);
  }
  const single = await makeAsk()("/workers/0/kill", post);
  assertEquals([single.status, await single.text()], [409, "409 Conflict: there is only one event loop\n"]);
  assertEquals(asked.length, 3);
});

Deno.test("the first bytes tell HTTP from anything else", () => {
  const begins = (text: string) => beginsHttp(new TextEncoder().encode(text));
  for (
    const text of [
      "G",
      "GET",
      "GET ",
      "GET / HTTP/1.1\r\n",
      "HEAD /",
      "PRI * HTTP/2.0",
      "M-SEARCH * HTTP/1.1",
    ]
  ) {
    assertEquals(begins(text), true, text);
  }
  for (
    const text of [
      "",
      " GET /",
      "get /",
      "stats\r\n",
      "STATS\r\n",
      "\x16\x03\x01",
      "*1\r\n$4\r\nPING\r\n",
      "\0",
    ]
  ) {
    assertEquals(begins(text), false, text);
  }
});

Deno.test("the metrics of many servers leave the event loop to others between their pieces", async () => {
  const latency = new Latency();
  for (const commandClass of [0, 1, 2]) latency.record(commandClass, 10, 100, 3);
  const pool = makePool("alpha", Array.from({ length: 100 }, (_, i) => `server${i}`));
  const servers = pool.servers.map((server) => ({ ...server, latency: latency.view() }));
  const response = await makeAsk({ snapshot: () => makeSnapshot([{ ...pool, servers }]) })("/metrics");
  let turns = 0;
  let reading = true;
  const turn = (): void => {
    turns++;
    if (reading) setImmediate(turn);
  };
  setImmediate(turn);
  let [chunks, bytes] = [0, 0];
  for await (const chunk of response.body!) {
    chunks++;
    bytes += chunk.length;
    assert(chunk.length < 256 * 1024, `${chunk.length} bytes at once`);
  }
  reading = false;
  assert(bytes > 2_000_000, `${bytes}`);
  assert(turns >= chunks - 1, `${turns} turns for ${chunks} chunks`);
});

Deno.test("the metrics of few servers have a length that is known", async () => {
  const response = await makeAsk()("/metrics");
  const text = await response.text();
  assert(text.endsWith("\n"));
  assertStringIncludes(text, "nutcracker_server_live{");
});
