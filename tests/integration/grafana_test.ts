/**
 * The dashboard for Grafana asks for metrics that there are, in Prometheus' language.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import {
  eventLoopLagMetric,
  histogramMetrics,
  poolMetrics,
  processMetrics,
  serverMetrics,
} from "../../src/metrics/table.ts";
import { metricName } from "../../src/stats/prometheus.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";

const DASHBOARD = new URL("../../conf/grafana.json", import.meta.url);

/** What there is to ask for. */
const NAMES: ReadonlySet<string> = new Set([
  "nutcracker_build_info",
  ...[...processMetrics, ...poolMetrics, ...serverMetrics].map(metricName),
  ...[...histogramMetrics.map(({ name }) => `server_${name}`), `process_${eventLoopLagMetric.name}`]
    .flatMap((name) => ["bucket", "sum", "count"].map((part) => `nutcracker_${name}_seconds_${part}`)),
]);

/** Finds the values of a key, however deep. */
function valuesOf(key: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === key && typeof inner === "string" ? [inner] : valuesOf(key, inner)
  );
}

const dashboard = JSON.parse(Deno.readTextFileSync(DASHBOARD));
const expressions = valuesOf("expr", dashboard);

Deno.test("grafana: every query names metrics that there are, and no panel is without a query", () => {
  assert(expressions.length > 20);
  for (const text of [...expressions, ...valuesOf("query", dashboard)]) {
    for (const [name] of text.matchAll(/nutcracker_\w+/g)) assert(NAMES.has(name), `${name} in ${text}`);
  }
  for (const expression of expressions) assert(expression.includes("nutcracker_"), expression);
  for (const { title, targets, description } of dashboard.panels) {
    assert(targets.length > 0 && description.length > 0, title);
  }
});

Deno.test("grafana: panels do not lie on one another, and no two have one number", () => {
  const taken = new Set<string>();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert(x + w <= 24, title);
    for (let i = 0; i < w * h; i++) {
      const place = `${x + i % w},${y + Math.floor(i / w)}`;
      assert(!taken.has(place), `${title} lies on another panel`);
      taken.add(place);
    }
  }
  const ids = dashboard.panels.map(({ id }: { id: number }) => id);
  assertEquals(new Set(ids).size, ids.length);
});

/** Has Prometheus' own tool check the text of a file with rules. */
async function checkRules(text: string): Promise<void> {
  const folder = await makeScratchFolder();
  await Deno.writeTextFile(`${folder}/rules.yml`, text);
  const { code, stderr } = await new Deno.Command(requireProgram("promtool"), {
    args: ["check", "rules", `${folder}/rules.yml`],
  }).output();
  await removeFolder(folder);
  assertEquals([code, new TextDecoder().decode(stderr)], [0, ""]);
}

realTest("promtool", "grafana: Prometheus understands every query", async () => {
  const rules = expressions.map((expression, i) => {
    const expr = expression.replaceAll("$__rate_interval", "1m").replaceAll("$__range", "1h");
    return { record: `query_${i}`, expr };
  });
  // JSON is YAML.
  await checkRules(JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
});

realTest("promtool", "the alerts are rules of Prometheus, about metrics that there are", async () => {
  const rules = Deno.readTextFileSync(new URL("../../conf/prometheus.rules.yml", import.meta.url));
  const names = [...rules.matchAll(/nutcracker_\w+/g)].map(([name]) => name);
  assertEquals(names.filter((name) => !NAMES.has(name)), []);
  assertEquals(names.length, 3);
  await checkRules(rules);
});
