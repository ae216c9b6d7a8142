/**
 * What was measured side by side with twemproxy, as README and the chart show it.
 *
 * @module
 */

/** One of the two proxies, medians over the rounds. */
export interface Side {
  /** Requests per second. */
  readonly rps: number;
  /** User and system time of the proxy per request, in microseconds. */
  readonly cpuUs: number;
  /** The 99th percentile of a request's time, in milliseconds. */
  readonly p99Ms: number;
}

/** One workload. */
export interface WorkloadResult {
  /** `redis` or `memcache`. */
  readonly protocol: string;
  /** Its name, such as `get16`. */
  readonly name: string;
  /** This proxy. */
  readonly here: Side;
  /** Twemproxy. */
  readonly twemproxy: Side;
  /** The median of the rounds' ratios of requests per second, here divided by twemproxy's. */
  readonly rpsRatio: number;
  /** The same of CPU per request. */
  readonly cpuRatio: number;
}

/** Some runs on one machine. */
export interface Measured {
  /** The day, as 2026-11-20. */
  readonly date: string;
  /** What it ran on. */
  readonly machine: string;
  /** Programs and their versions. */
  readonly versions: string;
  /** Rounds of each workload. */
  readonly rounds: number;
  /** How long a round took for the slower proxy, in seconds. */
  readonly seconds: number;
  /** All workloads in the order in which they ran. */
  readonly workloads: readonly WorkloadResult[];
}

const PATH = new URL("measured.json", import.meta.url);

/** Reads what was measured last. */
export function readMeasured(): Measured {
  return JSON.parse(Deno.readTextFileSync(PATH)) as Measured;
}

/**
 * Keeps what was measured.
 *
 * @param measured The runs.
 */
export function writeMeasured(measured: Measured): void {
  Deno.writeTextFileSync(PATH, `${JSON.stringify(measured, null, 2)}\n`);
}

/**
 * Makes README's tables.
 *
 * @param measured The runs.
 * @returns Markdown.
 */
export function speedTables(measured: Measured): string {
  const { date, machine, versions, rounds, seconds, workloads } = measured;
  const lines = [
    `Measured on ${date}: ${machine}; ${versions}; medians of ${rounds} rounds of ${seconds} s.`,
  ];
  for (const protocol of new Set(workloads.map((workload) => workload.protocol))) {
    lines.push("", protocol === "redis" ? "redis:" : "memcached:", "");
    lines.push("| workload | requests/s, here / twemproxy | ratio | CPU µs per request | ratio | p99 ms |");
    lines.push("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (const workload of workloads.filter((one) => one.protocol === protocol)) lines.push(rowOf(workload));
  }
  return `${lines.join("\n")}\n`;
}

function rowOf({ name, here, twemproxy, rpsRatio, cpuRatio }: WorkloadResult): string {
  const rps = `${whole(here.rps)} / ${whole(twemproxy.rps)}`;
  const cpu = `${here.cpuUs.toFixed(2)} / ${twemproxy.cpuUs.toFixed(2)}`;
  const p99 = `${here.p99Ms.toFixed(2)} / ${twemproxy.p99Ms.toFixed(2)}`;
  return `| ${name} | ${rps} | ${rpsRatio.toFixed(2)} | ${cpu} | ${cpuRatio.toFixed(2)} | ${p99} |`;
}

function whole(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}
