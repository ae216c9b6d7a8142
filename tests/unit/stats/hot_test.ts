import { assertEquals } from "@std/assert";
import { ServerMetric } from "../../../src/metrics/table.ts";
import { hotShare, judgeLoads, type Load } from "../../../src/stats/history/hot.ts";
import { makePool } from "./snapshots.ts";

/** Loads of servers by requests per second; bytes are ten times as many. */
function loads(requests: readonly number[], changes: Partial<Load["server"]>[] = []): Load[] {
  const { servers } = makePool("p", requests.map((_, i) => `s${i}`));
  return servers.map((server, i) => ({
    server: {
      ...server,
      ...changes[i],
      values: changes[i]?.values ?? new Float64Array(server.values.length),
    },
    requests: requests[i],
    bytes: requests[i] * 10,
  }));
}

const hotOf = (list: Load[]) => judgeLoads(list).map(({ hot }) => hot.join(" "));

Deno.test("hot: twice the fair share; of two servers three quarters", () => {
  assertEquals([2, 3, 4, 10, 50].map((count) => Math.round(hotShare(1 / count) * 100)), [75, 67, 50, 20, 7]);
  assertEquals(hotOf(loads([740, 260])), ["", ""]);
  assertEquals(hotOf(loads([750, 250])), ["requests bytes", ""]);
  assertEquals(hotOf(loads([499, 167, 167, 167])), ["", "", "", ""]);
  assertEquals(hotOf(loads([600, 100, 150, 150])), ["requests bytes", "", "", ""]);
});

Deno.test("hot: weights make shares fair, and bytes count by themselves", () => {
  assertEquals(hotOf(loads([600, 100, 100, 200], [{ weight: 4 }])), ["", "", "", ""]);
  const skewed = loads([250, 250, 250, 250]);
  skewed[2] = { ...skewed[2], bytes: 50_000 };
  assertEquals(hotOf(skewed), ["", "", "bytes", ""]);
});

Deno.test("hot: a quiet pool, a single server and one that is not live are never hot", () => {
  assertEquals(hotOf(loads([40, 0, 0])), ["", "", ""]);
  assertEquals(hotOf(loads([4000])), [""]);
  assertEquals(hotOf(loads([4000, 10], [{}, { state: "ejected" }])), ["", ""]);
  const [ejected, live] = judgeLoads(loads([0, 100], [{ state: "ejected" }]));
  assertEquals([ejected.fair, live.fair, live.requests], [0, 1, 1]);
  assertEquals(judgeLoads([]), []);
});

Deno.test("hot: so does a server for which many more wait than for the others", () => {
  const queue = (waiting: number) => {
    const { values } = makePool("p", ["s"]).servers[0];
    values.fill(0);
    values[ServerMetric.inQueue] = waiting - 1;
    values[ServerMetric.outQueue] = 1;
    return { values };
  };
  assertEquals(hotOf(loads([10, 10, 10], [queue(64), queue(16), queue(16)])), ["queue", "", ""]);
  assertEquals(hotOf(loads([10, 10, 10], [queue(63), queue(1), queue(1)])), ["", "", ""]);
  assertEquals(hotOf(loads([10, 10, 10], [queue(200), queue(100), queue(100)])), ["", "", ""]);
});
