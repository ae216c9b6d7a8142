/**
 * Draws what was measured side by side with twemproxy.
 *
 * The library is imported when it is needed and has a lock file of its own, so that it does not get into the program.
 *
 * @module
 */

import type { Measured, WorkloadResult } from "./measured.ts";

interface Vega {
  parse(spec: unknown): unknown;
  readonly View: new (runtime: unknown, options: { renderer: "none" }) => { toSVG(): Promise<string> };
}

interface VegaLite {
  compile(spec: unknown): { spec: unknown };
}

const MORE = "requests/s: more is better";
const LESS = "CPU per request: less is better";

/**
 * Draws both ratios of all workloads as bars beside a line at 1, where both proxies are alike.
 *
 * @param measured The runs.
 * @returns An SVG image.
 */
export async function drawSpeed(measured: Measured): Promise<string> {
  const rows = measured.workloads.flatMap((workload) => [
    { workload: nameOf(workload), what: MORE, ratio: workload.rpsRatio },
    { workload: nameOf(workload), what: LESS, ratio: workload.cpuRatio },
  ]);
  const order = measured.workloads.map(nameOf);
  const spec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: { text: `This proxy ÷ twemproxy, ${measured.date}`, anchor: "start" },
    data: { values: rows },
    facet: { field: "what", type: "nominal", sort: [MORE, LESS], title: null },
    columns: 2,
    resolve: { scale: { x: "independent" } },
    spec: {
      width: 300,
      height: { step: 16 },
      layer: [
        {
          mark: { type: "bar", height: 10 },
          encoding: {
            y: { field: "workload", type: "nominal", sort: order, title: null },
            x: { field: "ratio", type: "quantitative", title: null },
            color: { field: "what", type: "nominal", legend: null },
          },
        },
        { mark: { type: "rule", strokeDash: [4, 3] }, encoding: { x: { datum: 1 } } },
      ],
    },
    background: "white",
  };
  const { parse, View } = await import(`npm:${"vega@6.2.0"}`) as Vega;
  const { compile } = await import(`npm:${"vega-lite@6.4.1"}`) as VegaLite;
  return await new View(parse(compile(spec).spec), { renderer: "none" }).toSVG();
}

function nameOf({ protocol, name }: WorkloadResult): string {
  return protocol === "redis" ? name : `memcached ${name}`;
}
