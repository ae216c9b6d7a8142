import { assertEquals } from "@std/assert";
import { Latency } from "../../../src/metrics/latency.ts";
import { privateMemory, sharedMemory } from "../../../src/metrics/memory.ts";
import {
  addEnded,
  emptyNumbers,
  mergePool,
  mergeValues,
  type PoolNumbers,
  type PoolShape,
} from "../../../src/metrics/pool_numbers.ts";
import { PoolMetric, poolMetrics, ServerMetric, serverMetrics } from "../../../src/metrics/table.ts";

const shape: PoolShape = {
  name: "alpha",
  protocol: "redis",
  address: "127.0.0.1:1",
  readyServersMin: 1,
  servers: [{ name: "a", address: "h:1", weight: 1 }, { name: "b", address: "h:2", weight: 3 }],
};

/** One worker's numbers, all of which are `value`. */
function filled(value: number, of: PoolShape = shape): PoolNumbers {
  const numbers = emptyNumbers(of, sharedMemory);
  numbers.values.fill(value);
  for (const { values } of numbers.servers) values.fill(value);
  return numbers;
}

Deno.test("numbers of workers are added up, but for points in time and what the worst decides", () => {
  const { values, servers: [a] } = mergePool(shape, [filled(3), filled(5)], null, 0);
  assertEquals(values, new Float64Array(poolMetrics.length).fill(8));
  for (const [i, { kind, name }] of serverMetrics.entries()) {
    assertEquals([name, a.values[i]], [
      name,
      kind === "timestamp" || name === "failing" ? 5 : name === "live" ? 3 : 8,
    ]);
  }
  assertEquals(mergeValues(poolMetrics, []), new Float64Array(poolMetrics.length));
});

Deno.test("a worker that has ended leaves its counters, and takes its gauges with it", () => {
  const total = emptyNumbers(shape, privateMemory);
  addEnded(total, filled(3));
  addEnded(total, filled(4));
  const { values, servers: [a] } = mergePool(shape, [filled(10)], total, 0);
  for (const [i, { kind, name }] of poolMetrics.entries()) {
    assertEquals([name, values[i]], [name, kind === "counter" ? 17 : 10]);
  }
  assertEquals(a.values[ServerMetric.requests], 17);
  assertEquals(a.values[ServerMetric.inQueue], 10);
  assertEquals(a.values[ServerMetric.live], 10, "who has ended judges nobody");
});

Deno.test("servers are found by name and address, wherever they stand", () => {
  const other: PoolShape = {
    ...shape,
    servers: [{ name: "b", address: "h:2", weight: 3 }, { name: "a", address: "h:9", weight: 1 }],
  };
  const { servers } = mergePool(shape, [filled(1), filled(2, other)], filled(4, other), 0);
  assertEquals(servers.map(({ values }) => values[ServerMetric.requests]), [1, 7]);
});

Deno.test("the state is the worst that any worker knows of, and as old as that", () => {
  const states = (...healths: [state: number, sinceMs: number][]) => {
    const running = healths.map((health) => {
      const numbers = emptyNumbers(shape, sharedMemory);
      numbers.servers[0].health.set(health);
      return numbers;
    });
    const { state, stateAgeMs } = mergePool(shape, running, null, 1000).servers[0];
    return [state, stateAgeMs];
  };
  assertEquals(states([0, 0], [0, 0]), ["live", null]);
  assertEquals(states([0, 0], [0, 400]), ["live", 600]);
  assertEquals(states([1, 300], [0, 900]), ["ejected", 700]);
  assertEquals(states([1, 300], [2, 900]), ["probing", 100]);
});

Deno.test("histograms of all workers are one, those of the ended included", () => {
  const numbers = [filled(0), filled(0), emptyNumbers(shape, privateMemory)];
  for (const [i, { servers: [a] }] of numbers.entries()) {
    const latency = new Latency(() => a.latency);
    for (let times = 0; times <= i; times++) latency.record(1, 0, 100, 1);
  }
  const total = emptyNumbers(shape, privateMemory);
  addEnded(total, numbers[2]);
  const { servers: [a, b] } = mergePool(shape, numbers.slice(0, 2), total, 0);
  const count = (histogram: Float64Array) => histogram.slice(0, -1).reduce((x, y) => x + y);
  assertEquals(count(a.latency.histogram("read", "total")), 6);
  assertEquals(count(b.latency.histogram(null, "total")), 0);
});

Deno.test("shared numbers are seen by whoever has the array, and are counted like others", () => {
  const { values } = emptyNumbers(shape, sharedMemory);
  const seen = new Float64Array(values.buffer);
  values[PoolMetric.received] += 2 ** 40;
  assertEquals(seen[PoolMetric.received], 2 ** 40);
});
