/**
 * Takes over what `bench.py` has measured: with the files that its `--json` wrote,
 * `deno run -A --lock=tests/bench/speed/speed.lock tests/bench/speed.ts REDIS.json MEMCACHE.json`. Writes `speed/measured.json` and `speed/speed.svg`; `deno task readme` brings README's
 * tables up to date after that.
 *
 * @module
 */

import { drawSpeed } from "./speed/chart.ts";
import { type Measured, type Side, type WorkloadResult, writeMeasured } from "./speed/measured.ts";

/** What the benchmark writes, as far as it is used here. */
interface Report {
  readonly environment: {
    readonly time: string;
    readonly cpus: number;
    readonly cpu: string;
    readonly versions: Readonly<Record<string, string>>;
  };
  readonly protocol: string;
  readonly rounds: number;
  readonly seconds_per_cell: number;
  readonly reference: string;
  readonly workloads: readonly {
    readonly name: string;
    readonly proxies: Readonly<Record<string, { median: Medians | null; error: string | null }>>;
    readonly ratios: Readonly<Record<string, Readonly<Record<"rps" | "cpu_us", { median: number }>>>>;
  }[];
}

interface Medians {
  readonly rps: number;
  readonly cpu_us: number;
  readonly p99_ms: number;
}

function sideOf(workload: string, proxy: { median: Medians | null; error: string | null }): Side {
  if (proxy.median === null) throw new Error(`Cannot take "${workload}": it failed, ${proxy.error}`);
  const { rps, cpu_us, p99_ms } = proxy.median;
  return { rps, cpuUs: cpu_us, p99Ms: p99_ms };
}

function workloadsOf({ protocol, reference, workloads }: Report): WorkloadResult[] {
  return workloads.map(({ name, proxies, ratios }) => ({
    protocol,
    name,
    here: sideOf(name, proxies.candidate),
    twemproxy: sideOf(name, proxies[reference]),
    rpsRatio: ratios.candidate.rps.median,
    cpuRatio: ratios.candidate.cpu_us.median,
  }));
}

function measuredOf(reports: readonly Report[]): Measured {
  const [{ environment, rounds, seconds_per_cell }] = reports;
  const versions = reports.flatMap((report) => Object.entries(report.environment.versions))
    .filter(([name]) => name !== "redis-benchmark")
    .map(([name, version]) => `${name} ${/\d+\.\d+\.\d+/.exec(version)?.[0] ?? version}`);
  return {
    date: environment.time.slice(0, 10),
    machine: `${environment.cpus} cores (${environment.cpu})`,
    versions: [`Deno ${Deno.version.deno}`, ...new Set(versions)].join(", "),
    rounds,
    seconds: seconds_per_cell,
    workloads: reports.flatMap(workloadsOf),
  };
}

const measured = measuredOf(Deno.args.map((path) => JSON.parse(Deno.readTextFileSync(path)) as Report));
writeMeasured(measured);
Deno.writeTextFileSync(new URL("speed/speed.svg", import.meta.url), await drawSpeed(measured));
