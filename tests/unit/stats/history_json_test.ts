import { assertEquals } from "@std/assert";
import type { PoolSnapshot } from "../../../src/metrics/snapshot.ts";
import { PoolMetric, ServerMetric } from "../../../src/metrics/table.ts";
import { History } from "../../../src/stats/history/history.ts";
import { historyAnswer, parseHistoryQuery } from "../../../src/stats/history_json.ts";
import { makePool, makeSnapshot } from "./snapshots.ts";

function sampled(pools: () => readonly PoolSnapshot[], samples = 3): History {
  const history = new History();
  for (let i = 1; i <= samples; i++) history.sample(makeSnapshot(pools()), i * 1000);
  return history;
}

const ask = (pools: readonly PoolSnapshot[], history: History, query: string) =>
  historyAnswer(makeSnapshot(pools), history, parseHistoryQuery(new URLSearchParams(query)));

Deno.test("/history.json: a query is read, and what is no number means everything", () => {
  const parse = (text: string) => parseHistoryQuery(new URLSearchParams(text));
  assertEquals(parse(""), { sinceMs: 0, pools: new Set<string>(), find: "" });
  assertEquals(parse("since=x&find=CaChe"), { sinceMs: 0, pools: new Set<string>(), find: "cache" });
  assertEquals(parse("since=5000&pool=a&pool=b%20c").pools, new Set(["a", "b c"]));
});

Deno.test("/history.json: whoever has the samples up to a moment gets the later ones only", () => {
  let first = 0;
  const pools = () => [makePool("alpha", ["s1"], first += 10)];
  const history = sampled(pools, 7);
  const all = ask(pools(), history, "pool=alpha");
  assertEquals([all.time_ms, all.times_ms.length, all.server_times_ms], [7000, 7, [1000, 6000]]);
  assertEquals(all.total.requests_read, [0, 10, 10, 10, 10, 10, 10]);
  assertEquals(all.pools[0].series.p50_us, Array(7).fill(null));
  assertEquals(all.pools[0].servers[0].requests, [0, 10]);
  const later = ask(pools(), history, "pool=alpha&since=5000");
  assertEquals([later.times_ms, later.server_times_ms], [[6000, 7000], [6000]]);
  assertEquals(later.pools[0].series.requests_read, [10, 10]);
  assertEquals(later.pools[0].servers[0].requests, [10]);
  const nothing = ask(pools(), history, "since=7000");
  assertEquals([nothing.times_ms, nothing.total.requests_read, nothing.pools[0].latest.requests_read], [
    [],
    [],
    10,
  ]);
});

Deno.test("/history.json: of pools that nobody asked for come state, requests, and servers to look at", () => {
  const alpha = makePool("alpha", ["s1", "s2", "s3"]);
  const servers = [
    { ...alpha.servers[0], state: "ejected" as const, stateAgeMs: 1234.5 },
    ...alpha.servers.slice(1),
  ];
  const pools = [{ ...alpha, servers }, makePool("beta", ["t1", "t2"])];
  const history = sampled(() => pools);
  const namesOf = (query: string) =>
    ask(pools, history, query).pools.map(({ servers }) => servers.map(({ name }) => name));
  assertEquals(namesOf(""), [["s1"], []]);
  assertEquals(namesOf("pool=beta"), [["s1"], ["t1", "t2"]]);
  assertEquals(namesOf("find=0.0.2"), [["s1", "s2"], ["t2"]]);
  const [closed, open] = ask(pools, history, "pool=beta").pools;
  assertEquals(Object.keys(closed.series), ["requests_other", "requests_read", "requests_write"]);
  assertEquals(Object.keys(open.series), Object.keys(open.latest));
  assertEquals([closed.ready, closed.live_servers, closed.servers_total], [true, 2, 3]);
  assertEquals([closed.servers[0].state, closed.servers[0].state_age_ms], ["ejected", 1235]);
  assertEquals(ask(pools, history, "").slow_requests, 2 * PoolMetric.slowRequests);
});

Deno.test("/history.json: a configuration file that could not be used is told", () => {
  const last = { ok: false, atMs: 5, lines: ["x.yml:1:2: wrong"] };
  const snapshot = makeSnapshot([], { reload: { generation: 1, sinceMs: 0, last } });
  const query = parseHistoryQuery(new URLSearchParams());
  assertEquals(historyAnswer(snapshot, new History(), query).refused_config, { at_ms: 5, lines: last.lines });
  assertEquals(ask([], new History(), "").refused_config, null);
});

Deno.test("/history.json: before the first sample there is nothing but states", () => {
  const answer = ask([makePool("alpha", ["s1"])], new History(), "pool=alpha");
  assertEquals([answer.time_ms, answer.times_ms, answer.pools[0].latest], [0, [], {}]);
  assertEquals([answer.pools[0].servers[0].requests, answer.pools[0].servers[0].state], [[], "live"]);
  assertEquals(JSON.parse(JSON.stringify(answer)), answer);
});

Deno.test("/history.json: a server that is live and failing is not up, and comes unasked", () => {
  const pool = makePool("alpha", ["s1", "s2"]);
  pool.servers[1].values[ServerMetric.failing] = 1;
  const [{ servers, live_servers, ready }] = ask([pool], sampled(() => [pool]), "").pools;
  assertEquals(servers.map(({ name, state }) => [name, state]), [["s2", "failing"]]);
  assertEquals([live_servers, ready], [1, true]);
});
