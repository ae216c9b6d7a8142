/**
 * What the measurements say, as Markdown.
 *
 * @module
 */

import { type Cell, median, medianOf } from "./measure.ts";

/** Threads that take less than this part of the proxy's CPU are not shown. */
const THREAD_PART_MIN = 0.03;
/** If others on the machine have more than so many cores, requests per second say little. */
const OTHERS_CORES_MAX = 0.1;

/** One way to use the machine, measured with one worker and with two. */
export interface Variant {
  /** Its name. */
  readonly name: string;
  /** What it shows, as a sentence. */
  readonly shows: string;
  /** How many cores generator and servers have for themselves and share with the proxy; null for all. */
  readonly otherCores: number | null;
  /** The rounds of one worker. */
  readonly one: readonly Cell[];
  /** The rounds of two workers with as many clients in all. */
  readonly two: readonly Cell[];
  /** The rounds of two workers with as many clients each; null if not measured. */
  readonly twice: readonly Cell[] | null;
}

/** How many requests per second the machine allows at what a request costs. */
function bound(cell: Cell, cores: number, otherCores: number | null): number {
  const othersUs = cell.generatorUs + cell.serversUs;
  const limits = [cores / (cell.proxyUs + othersUs)];
  if (otherCores !== null) limits.push(otherCores / othersUs);
  return Math.min(...limits) * 1e6;
}

/**
 * Describes a variant.
 *
 * @param variant The variant.
 * @param cores How many cores there are.
 * @returns A table and what follows from it.
 */
export function describe(variant: Variant, cores: number): string {
  const { name, shows, one, two, twice, otherCores } = variant;
  const rows: [string, Cell][] = [["1 worker", medianOf(one)], ["2 workers", medianOf(two)]];
  if (twice !== null) rows.push(["2 workers, twice the clients", medianOf(twice)]);
  const [[, first], [, second]] = rows;
  const ratio = median(two.map(({ rps }, i) => rps / one[i].rps));
  const limit = bound(second, cores, otherCores);
  const free = bound(second, cores - second.othersCores, otherCores);
  const lines = [
    `### ${name}`,
    "",
    shows,
    "",
    "| | requests/s | CPU µs per request: proxy | generator | servers | cores: these | others | idle | proxy's threads, µs per request | clients |",
    "|---|---:|---:|---:|---:|---:|---:|---:|---|---:|",
    ...rows.map(([label, cell]) => rowOf(label, cell, cores)),
    "",
    `- Two workers against one: ${ratio.toFixed(2)} × the requests per second (median of the rounds).`,
    `- What a request costs with two workers lets ${cores} cores do ${whole(limit)} requests/s, ${
      (limit / first.rps).toFixed(2)
    } × what one worker did; two workers did ${percent(second.rps / limit)} of it, and ${
      percent(second.rps / free)
    } of what others on the machine left.`,
    `- CPU of the proxy per request, two workers against one: ${
      (second.proxyUs / first.proxyUs).toFixed(2)
    }` +
    (twice === null
      ? "."
      : `; with as many clients per worker ${(medianOf(twice).proxyUs / first.proxyUs).toFixed(2)}.`),
    ...(rows.some(([, { othersCores }]) => othersCores > OTHERS_CORES_MAX)
      ? [
        "- Others on the machine were busy: the ratio of requests per second says little, the shares and CPU per request hold.",
      ]
      : []),
    "",
  ];
  return `${lines.join("\n")}\n`;
}

function rowOf(label: string, cell: Cell, cores: number): string {
  const threads = cell.threads.filter(({ cpuUs }) => cpuUs >= cell.proxyUs * THREAD_PART_MIN)
    .map(({ name, cpuUs }) => `${name} ${cpuUs.toFixed(1)}`).join(", ");
  const numbers = [cell.proxyUs, cell.generatorUs, cell.serversUs].map((us) => us.toFixed(1));
  const idle = Math.max(0, cores - cell.cores - cell.othersCores);
  const shares = [cell.cores, cell.othersCores, idle].map((share) => share.toFixed(2));
  const spread = cell.spread.length === 0 ? "all" : cell.spread.join(" + ");
  return `| ${[label, whole(cell.rps), ...numbers, ...shares, threads, spread].join(" | ")} |`;
}

function whole(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}
