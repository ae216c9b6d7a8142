import { assertEquals } from "@std/assert";
import { countOf, HISTOGRAM_LENGTH, quantile, record } from "../../../src/metrics/histogram.ts";
import { COMMAND_CLASSES, Latency, LatencyView, STAGES } from "../../../src/metrics/latency.ts";

const TIMES_US = [0, 0.4, 1, 15, 16, 17.5, 100, 1234.5, 70_000, 3e8];

Deno.test("latency: every stage of every class counts what was recorded, and nothing else does", () => {
  const latency = new Latency();
  const expected = COMMAND_CLASSES.map(() => STAGES.map(() => new Float64Array(HISTOGRAM_LENGTH)));
  let times = 1;
  for (const commandClass of COMMAND_CLASSES.keys()) {
    for (const queueUs of TIMES_US) {
      for (const serverUs of TIMES_US) {
        latency.record(commandClass, queueUs, serverUs, times);
        for (const [stage, us] of [queueUs, serverUs, queueUs + serverUs].entries()) {
          record(expected[commandClass][stage], 0, us, times);
        }
        times = times % 7 + 1;
      }
    }
  }
  const view = latency.view();
  for (const [i, commandClass] of COMMAND_CLASSES.entries()) {
    for (const [j, stage] of STAGES.entries()) {
      assertEquals(view.histogram(commandClass, stage), expected[i][j], `${commandClass} ${stage}`);
    }
  }
});

Deno.test("latency: classes and servers add up", () => {
  const [a, b] = [new Latency(), new Latency()];
  a.record(1, 0, 100, 3);
  a.record(2, 10, 5000, 1);
  b.record(0, 0, 100, 6);
  const all = LatencyView.merge([a.view(), b.view()]).histogram(null, "total");
  assertEquals(countOf(all), 10);
  assertEquals([quantile(all, 0.9), quantile(all, 1) > 4800], [
    quantile(a.view().histogram("read", "total"), 1),
    true,
  ]);
});
