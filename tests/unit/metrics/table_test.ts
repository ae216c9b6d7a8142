import { assert, assertEquals, assertMatch } from "@std/assert";
import { COMMAND_CLASSES } from "../../../src/metrics/latency.ts";
import { Counters } from "../../../src/metrics/counters.ts";
import {
  metricsOf,
  PoolMetric,
  poolMetrics,
  ProcessMetric,
  processMetrics,
  ServerMetric,
  serverMetrics,
  WorkerMetric,
  workerMetrics,
} from "../../../src/metrics/table.ts";
import { realTest, requireProgram } from "../../support/programs.ts";

function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

Deno.test("every metric has an index of its own name, and every index a metric", () => {
  assertEquals(Object.entries(PoolMetric), poolMetrics.map((row, i) => [camelCase(row.name), i]));
  assertEquals(Object.entries(ServerMetric), serverMetrics.map((row, i) => [camelCase(row.name), i]));
  assertEquals(Object.entries(ProcessMetric), processMetrics.map((row, i) => [camelCase(row.name), i]));
  assertEquals(Object.entries(WorkerMetric), workerMetrics.map((row, i) => [camelCase(row.name), i]));
});

Deno.test("metrics are unique, in their scope, and complete", () => {
  for (const scope of ["process", "pool", "server", "worker"] as const) {
    const rows = metricsOf(scope);
    assertEquals(new Set(rows.map((row) => row.name)).size, rows.length);
    for (const row of rows) {
      assertEquals(row.scope, scope);
      assertMatch(row.name, /^[a-z]+(_[a-z]+)*$/);
      assert(row.sentence.length > 0 && (row.own || row.unit.length > 0), row.name);
      assert(row.own || row.name.length <= 19, `${row.name} fits its column of 20 with --describe-stats`);
    }
  }
});

Deno.test("the reference's metrics come first, so that their places never change", () => {
  for (const [rows, count] of [[poolMetrics, 6], [serverMetrics, 13]] as const) {
    assertEquals(rows.map(({ own }) => own), rows.map((_, i) => i >= count));
  }
});

Deno.test("every class of commands and every cause of errors is one row of its family", () => {
  const values = (name: string) =>
    poolMetrics.flatMap(({ family }) => family?.name === name ? [family.value] : []);
  assertEquals(values("requests"), [...COMMAND_CLASSES]);
  assertEquals(new Set(values("errors")).size, values("errors").length);
});

Deno.test("gauges and timestamps are told from counters", () => {
  const others = [...poolMetrics, ...serverMetrics].filter(({ kind, own }) => !own && kind !== "counter");
  assertEquals(others.map((row) => `${row.name} ${row.kind}`), [
    "client_connections gauge",
    "server_connections gauge",
    "server_ejected_at timestamp",
    "in_queue gauge",
    "in_queue_bytes gauge",
    "out_queue gauge",
    "out_queue_bytes gauge",
  ]);
});

Deno.test("counters start at zero, one per metric, and are copied by a snapshot", () => {
  const counters = new Counters("server");
  assertEquals(counters.values, new Float64Array(serverMetrics.length));
  counters.values[ServerMetric.requestBytes] += 2 ** 40;
  const before = counters.snapshot();
  counters.values[ServerMetric.requestBytes]++;
  assertEquals(before[ServerMetric.requestBytes], 2 ** 40);
  assertEquals(counters.values[ServerMetric.requestBytes], 2 ** 40 + 1);
  assertEquals(new Counters("pool").values.length, poolMetrics.length);
});

realTest("nutcracker", "the reference describes the same metrics in the same words and order", async () => {
  const command = new Deno.Command(requireProgram("nutcracker"), { args: ["-D"], stdin: "null" });
  const text = new TextDecoder().decode((await command.output()).stderr);
  const describe = (rows: typeof poolMetrics) =>
    rows.filter(({ own }) => !own).map((row) => `  ${row.name.padEnd(20)}"${row.sentence}"\n`).join("");
  const ours = `pool stats:\n${describe(poolMetrics)}\nserver stats:\n${describe(serverMetrics)}`;
  assertEquals(text.slice(text.indexOf("pool stats:")), ours);
});
