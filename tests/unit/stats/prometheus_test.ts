import { assert, assertEquals, assertMatch } from "@std/assert";
import { HISTOGRAM_LENGTH, record } from "../../../src/metrics/histogram.ts";
import { Latency } from "../../../src/metrics/latency.ts";
import type { ProcessSnapshot } from "../../../src/metrics/snapshot.ts";
import { poolMetrics, processMetrics, serverMetrics, workerMetrics } from "../../../src/metrics/table.ts";
import { formatHistogram, metricName, prometheusPieces } from "../../../src/stats/prometheus.ts";
import { makePool, makeSnapshot, makeWorker } from "./snapshots.ts";

const formatPrometheus = (snapshot: ProcessSnapshot) => [...prometheusPieces(snapshot)].join("");
const linesOf = (text: string) => text.trimEnd().split("\n");

Deno.test("names follow Prometheus' rules", () => {
  const names = new Map(
    [...processMetrics, ...poolMetrics, ...serverMetrics, ...workerMetrics].map((
      row,
    ) => [row, metricName(row)]),
  );
  for (const [{ kind, unit, name, scope }, full] of names) {
    assertMatch(full, /^nutcracker_[a-z]+(_[a-z]+)*$/);
    assertEquals(full.endsWith("_total"), kind === "counter", full);
    if (unit === "bytes") assertMatch(full, /_bytes(_total)?$/);
    assert(!full.includes(`${scope}_${scope}_`), name);
  }
  const find = (name: string) => [...names].find(([row]) => row.name === name)?.[1];
  assertEquals(find("client_eof"), "nutcracker_pool_client_eof_total");
  assertEquals(find("request_bytes"), "nutcracker_server_request_bytes_total");
  assertEquals(find("server_ejected_at"), "nutcracker_server_ejected_at_timestamp_seconds");
  assertEquals(find("requests_read"), "nutcracker_pool_requests_total");
  assertEquals(find("mbuf_used"), "nutcracker_process_mbuf_used_bytes");
});

Deno.test("every name has one HELP and one TYPE, and all its lines follow them", () => {
  const pools = [makePool("a", ["s", "t"]), makePool("b", ["s"])];
  const lines = linesOf(
    formatPrometheus(makeSnapshot(pools, { workers: [makeWorker(0, 1), makeWorker(1, 9)] })),
  );
  const seen = new Set<string>();
  let name = "";
  for (const [i, line] of lines.entries()) {
    const help = /^# HELP (\S+) ./.exec(line);
    if (help !== null) {
      name = help[1];
      assert(!seen.has(name), name);
      seen.add(name);
      assertMatch(lines[i + 1], new RegExp(`^# TYPE ${name} (counter|gauge|histogram)$`));
    } else {assert(
        line.startsWith("# TYPE ") || line.replace(/_(bucket|sum|count)\b/, "").startsWith(name),
        line,
      );}
  }
  const samples = lines.filter((line) => !line.startsWith("#")).map((line) =>
    line.slice(0, line.lastIndexOf(" "))
  );
  assertEquals(new Set(samples).size, samples.length, "no sample is there twice");
});

Deno.test("a number is found under its labels, times in seconds", () => {
  const pool = makePool("alpha", ["s1"]);
  pool.servers[0].values[4] = 1_795_162_324_500_000;
  const lines = linesOf(formatPrometheus(makeSnapshot([pool])));
  const labels = 'pool="alpha",server="s1",address="10.0.0.1:6379"';
  assert(lines.includes('nutcracker_pool_fragments_total{pool="alpha"} 5'));
  assert(lines.includes('nutcracker_pool_requests_total{pool="alpha",class="read"} 7'));
  assert(lines.includes(`nutcracker_server_requests_total{${labels}} 105`));
  assert(lines.includes(`nutcracker_server_ejected_at_timestamp_seconds{${labels}} 1795162324.5`));
});

Deno.test("workers are told apart where there are several", () => {
  const slow = makeWorker(1, 100);
  record(slow.eventLoopLag, 0, 1000, 3);
  const text = formatPrometheus(makeSnapshot([], { workers: [makeWorker(0, 1), slow] }));
  const lines = linesOf(text);
  assert(lines.includes('nutcracker_worker_up{worker="0"} 1'));
  assert(lines.includes('nutcracker_worker_requests_total{worker="1"} 106'));
  assert(lines.includes('nutcracker_worker_event_loop_lag_seconds_count{worker="0"} 0'));
  assert(lines.includes('nutcracker_worker_event_loop_lag_seconds_count{worker="1"} 3'));
  assert(!formatPrometheus(makeSnapshot([])).includes("nutcracker_worker_"), "one event loop is the process");
});

Deno.test("labels are escaped", () => {
  const text = formatPrometheus(makeSnapshot([makePool('a"b\\c\nd', [])]));
  assert(text.includes('nutcracker_pool_fragments_total{pool="a\\"b\\\\c\\nd"} 5\n'));
});

Deno.test("a histogram's buckets add up to its count", () => {
  const histogram = new Float64Array(HISTOGRAM_LENGTH);
  for (const us of [10, 64, 100, 1000, 5_000_000, 200_000_000]) record(histogram, 0, us, 1);
  const lines = linesOf(formatHistogram("n", { a: "b" }, histogram));
  assertEquals(lines[0], 'n_bucket{a="b",le="0.000064"} 1');
  assertEquals(lines[1], 'n_bucket{a="b",le="0.000128"} 3');
  assertEquals(lines.slice(-4), [
    'n_bucket{a="b",le="67.108864"} 5',
    'n_bucket{a="b",le="+Inf"} 6',
    'n_sum{a="b"} 205.001174',
    'n_count{a="b"} 6',
  ]);
  const counts = lines.filter((line) => line.includes("_bucket")).map((line) =>
    Number(line.split(" ").at(-1))
  );
  assertEquals(counts, [...counts].sort((a, b) => a - b));
});

Deno.test("only classes that a server has had requests of have histograms", () => {
  const latency = new Latency();
  const pool = makePool("alpha", ["s1", "s2"]);
  const [s1, s2] = pool.servers;
  latency.record(1, 10, 100, 3);
  const lines = linesOf(
    formatPrometheus(makeSnapshot([{ ...pool, servers: [{ ...s1, latency: latency.view() }, s2] }])),
  );
  const counts = lines.filter((line) => /^nutcracker_server_\w+_duration_seconds_count/.test(line));
  const labels = 'pool="alpha",server="s1",address="10.0.0.1:6379",class="read"';
  assertEquals(
    counts,
    ["queue", "response", "request"].map((stage) =>
      `nutcracker_server_${stage}_duration_seconds_count{${labels}} 3`
    ),
  );
});

Deno.test("no piece is long, and each is whole lines", () => {
  const latency = new Latency();
  for (const commandClass of [0, 1, 2]) latency.record(commandClass, 10, 100, 3);
  const pool = makePool("alpha", Array.from({ length: 200 }, (_, i) => `server${i}`));
  const servers = pool.servers.map((server) => ({ ...server, latency: latency.view() }));
  const pieces = [...prometheusPieces(makeSnapshot([{ ...pool, servers }]))];
  assert(pieces.every((piece) => piece.endsWith("\n") && piece.length < 64 * 1024));
  assertEquals(pieces.join("").match(/_count\{/g)!.length, 200 * 9);
});
