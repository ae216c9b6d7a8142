import { assert, assertEquals } from "@std/assert";
import { HISTOGRAM_LENGTH, record } from "../../../src/metrics/histogram.ts";
import { Latency } from "../../../src/metrics/latency.ts";
import type { PoolSnapshot, ServerSnapshot } from "../../../src/metrics/snapshot.ts";
import { PoolMetric, poolMetrics, ServerMetric } from "../../../src/metrics/table.ts";
import { History } from "../../../src/stats/history/history.ts";
import { SAMPLES_MAX, SERVER_SAMPLES_MAX } from "../../../src/stats/history/limits.ts";
import { POOL_SERIES, PROCESS_SERIES, SERVER_SERIES } from "../../../src/stats/history/series.ts";
import { Timeline } from "../../../src/stats/history/timeline.ts";
import { makePool, makeSnapshot } from "./snapshots.ts";

const START_MS = 1_700_000_000_000;

/** A pool whose numbers a test moves. */
class Model {
  readonly latency = new Latency();
  readonly pool = makePool("alpha", ["s1", "s2"]);
  readonly #history = new History();
  #timeMs = START_MS;

  constructor() {
    this.values.fill(0);
    for (const { values } of this.pool.servers) values.fill(0);
  }

  get history(): History {
    return this.#history;
  }

  get values(): Float64Array {
    return this.pool.values;
  }

  server(index: number): Float64Array {
    return this.pool.servers[index].values;
  }

  /** Answers requests of the first server. */
  answer(us: number, times: number): void {
    this.latency.record(1, 0, us, times);
    this.server(0)[ServerMetric.requests] += times;
    this.server(0)[ServerMetric.responses] += times;
  }

  snapshot(): PoolSnapshot {
    const copy = (server: ServerSnapshot, i: number) => ({
      ...server,
      values: server.values.slice(),
      latency: i === 0 ? this.latency.view() : server.latency,
    });
    return { ...this.pool, values: this.values.slice(), servers: this.pool.servers.map(copy) };
  }

  /** Lets time pass and takes a sample. */
  sample(ms = 1000, pools: readonly PoolSnapshot[] = [this.snapshot()]): void {
    this.#timeMs += ms;
    this.#history.sample(makeSnapshot(pools), this.#timeMs);
  }

  latest(name: string, count = 1): number[] {
    return this.#history.pool("alpha")!.tracks.latest(name, count);
  }
}

Deno.test("a timeline keeps the latest samples and says which are later than a moment", () => {
  const timeline = new Timeline(4);
  const column = timeline.column();
  assertEquals([timeline.latestMs, timeline.countAfter(0), timeline.values(column, 9)], [0, 0, []]);
  for (let i = 1; i <= 6; i++) {
    const at = timeline.begin(i * 10);
    if (i !== 4) column[at] = i;
    else column[at] = NaN;
    assertEquals([timeline.latestMs, timeline.countAfter(0)], [i * 10, Math.min(i, 4)]);
    assertEquals([timeline.countAfter(i * 10), timeline.countAfter(i * 10 - 1)], [0, 1]);
  }
  assertEquals(timeline.timesMs(9), [30, 40, 50, 60]);
  assertEquals(timeline.values(column, 9), [3, NaN, 5, 6]);
  assertEquals(timeline.values(column, 2), [5, 6]);
  // A column that begins now has nothing before.
  const late = timeline.column();
  late[timeline.begin(70)] = 7;
  assertEquals(timeline.values(late, 9), [NaN, NaN, NaN, 7]);
});

Deno.test("series: every error and every class has one, and names are unique", () => {
  const names = POOL_SERIES.map(({ name }) => name);
  assertEquals(new Set(names).size, names.length);
  for (const { name, family } of poolMetrics) if (family !== null) assert(names.includes(name), name);
  const kinds = (list: typeof POOL_SERIES) => Object.fromEntries(list.map(({ name, kind }) => [name, kind]));
  assertEquals(kinds(POOL_SERIES).client_connections, "value");
  assertEquals(kinds(POOL_SERIES).error_timed_out, "rate");
  assertEquals(kinds(SERVER_SERIES), {
    requests: "rate",
    bytes: "rate",
    failures: "rate",
    queue: "value",
    p50_us: "percentile",
    p99_us: "percentile",
  });
  assertEquals(Object.values(kinds(PROCESS_SERIES)), ["value", "value", "percentile"]);
});

Deno.test("counters are sampled as rates, gauges as they stand, and what was before the start does not count", () => {
  const model = new Model();
  model.values[PoolMetric.requestsRead] = 1_000_000;
  model.sample();
  assertEquals([model.latest("requests_read"), model.latest("client_connections")], [[0], [0]]);
  model.values[PoolMetric.requestsRead] += 300;
  model.values[PoolMetric.clientConnections] = 7;
  model.server(0)[ServerMetric.inQueue] = 2;
  model.server(1)[ServerMetric.inQueue] = 3;
  model.sample(2000);
  assertEquals([model.latest("requests_read"), model.latest("client_connections")], [[150], [7]]);
  assertEquals(model.latest("in_queue", 9), [0, 5]);
  // It has begun anew.
  model.values[PoolMetric.requestsRead] = 40;
  model.sample();
  assertEquals(model.latest("requests_read", 9), [0, 150, 40]);
  assertEquals(model.history.total.latest("requests_read", 9), [0, 150, 40]);
});

Deno.test("percentiles are those of the latest second; without requests there are none", () => {
  const model = new Model();
  model.answer(50_000, 1000);
  model.sample();
  assertEquals(model.latest("p50_us"), [NaN]);
  model.answer(1000, 99);
  model.answer(8000, 1);
  model.sample();
  const [p50] = model.latest("p50_us");
  const [p99] = model.latest("p99_us");
  assert(Math.abs(p50 - 1000) <= 50 && Math.abs(p99 - 1000) <= 50, `${p50} ${p99}`);
  model.answer(8000, 10);
  model.sample();
  assert(Math.abs(model.latest("p50_us")[0] - 8000) <= 400);
  model.sample();
  assertEquals(model.latest("p50_us"), [NaN]);
  assert(Math.abs(model.history.total.latest("p50_us", 2)[0] - 8000) <= 400);
});

Deno.test("servers are sampled every five seconds, with what all five have brought", () => {
  const model = new Model();
  for (let second = 0; second <= 10; second++) {
    model.sample();
    model.answer(2000, 10);
  }
  const { history } = model;
  assertEquals(history.serverTimeline.timesMs(9).map((ms) => (ms - START_MS) / 1000), [1, 6, 11]);
  const { tracks } = history.pool("alpha")!.server(model.pool.servers[0])!;
  assertEquals(tracks.latest("requests", 9), [0, 10, 10]);
  assert(Math.abs(tracks.latest("p99_us", 1)[0] - 2000) <= 100);
  for (let second = 0; second < 10; second++) model.sample();
  assertEquals([tracks.latest("requests", 2), tracks.latest("p99_us", 1)], [[2, 0], [NaN]]);
  const idle = history.pool("alpha")!.server(model.pool.servers[1])!.tracks;
  assertEquals(idle.latest("p99_us", 9), Array(5).fill(NaN));
});

Deno.test("a pool or a server that is gone is forgotten, and one that comes begins with nothing", () => {
  const model = new Model();
  model.sample();
  const [s1, s2] = model.snapshot().servers;
  const moved = { ...s2, address: "10.0.0.9:6379" };
  const beta = makePool("beta", ["x"], 1000);
  model.sample(1000, [{ ...model.snapshot(), servers: [s1, moved] }, beta]);
  const alpha = model.history.pool("alpha")!;
  assertEquals([alpha.server(s1) !== undefined, alpha.server(s2), alpha.server(moved) !== undefined], [
    true,
    undefined,
    true,
  ]);
  assertEquals(model.history.pool("beta")!.tracks.latest("requests_read", 9), [NaN, 0]);
  model.sample(1000, [beta]);
  assertEquals(model.history.pool("alpha"), undefined);
});

Deno.test("no more than 15 minutes are kept, and time does not go back", () => {
  const model = new Model();
  for (let i = 0; i < SAMPLES_MAX + 10; i++) model.sample();
  assertEquals(model.history.timeline.countAfter(0), SAMPLES_MAX);
  assertEquals(model.latest("requests_read", 10_000).length, SAMPLES_MAX);
  const { latestMs } = model.history.timeline;
  model.history.sample(makeSnapshot([]), latestMs);
  model.history.sample(makeSnapshot([]), latestMs - 5000);
  assertEquals(model.history.timeline.latestMs, latestMs);
});

Deno.test("how late the event loop is, is that of the latest second", () => {
  const history = new History();
  const eventLoopLag = new Float64Array(HISTOGRAM_LENGTH);
  const sample = (timeMs: number) =>
    history.sample(makeSnapshot([], { eventLoopLag: eventLoopLag.slice() }), timeMs);
  record(eventLoopLag, 0, 90_000, 1);
  sample(1000);
  record(eventLoopLag, 0, 1000, 20);
  sample(2000);
  const [first, second] = history.process.latest("event_loop_lag_us", 2);
  assert(Math.abs(first - 90_000) < 5000 && Math.abs(second - 1000) < 50, `${first} ${second}`);
});

Deno.test("the history of a pool and of a server takes no more memory than README says", () => {
  const pool = POOL_SERIES.length * SAMPLES_MAX * Float32Array.BYTES_PER_ELEMENT;
  assert(pool <= 94_000, `${pool}`);
  const histograms = 2 * HISTOGRAM_LENGTH * Float64Array.BYTES_PER_ELEMENT;
  const server = SERVER_SERIES.length * SERVER_SAMPLES_MAX * Float32Array.BYTES_PER_ELEMENT + histograms;
  assert(server <= 10 * 1024 + 512, `${server}`);
});
