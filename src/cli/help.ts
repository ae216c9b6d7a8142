/**
 * What the program tells about itself. All of it goes to stderr, as the reference's does.
 *
 * @module
 */

import { type FlagRow, FLAGS } from "./flags.ts";

/** Which program this is and what it runs on. */
export interface ProgramVersion {
  /** The program's own version. */
  readonly nutcracker: string;
  /** The version of Deno. */
  readonly deno: string;
  /** The version of V8. */
  readonly v8: string;
  /** The commit that it was compiled from; null if it is run from its sources. */
  readonly commit: string | null;
  /** The platform that it runs on, such as `x86_64-unknown-linux-gnu`. */
  readonly target: string;
}

/** One statistic for people. */
export interface StatisticRow {
  /** Its name. */
  readonly name: string;
  /** What it counts. */
  readonly sentence: string;
}

const LINE_LENGTH_MAX = 79;
const SYNOPSIS = "Usage: nutcracker ";

/**
 * Writes the version block.
 *
 * @param version What to name.
 * @returns Its lines; the last one is empty.
 */
export function versionLines(version: ProgramVersion): string[] {
  return [
    `This is nutcracker-${version.nutcracker}`,
    `async event backend: Deno ${version.deno} (V8 ${version.v8})`,
    `${
      version.commit === null ? "run from its sources" : `built from commit ${version.commit}`
    } for ${version.target}`,
    "",
  ];
}

/**
 * Writes the usage block.
 *
 * @returns Its lines; the last one is empty.
 */
export function usageLines(): string[] {
  const letters = FLAGS.filter((row) => row.argument === "none").map((row) => row.short ?? "").join("");
  const lines: string[] = [];
  let line = `${SYNOPSIS}[-?${letters}]`;
  for (const { short, long, argument, noun } of FLAGS) {
    if (short !== null && argument === "none") continue;
    const name = short === null ? `--${long}` : `-${short}`;
    const part = argument === "none" ? `[${name}]` : `[${name} ${noun}]`;
    if (line.length + 1 + part.length > LINE_LENGTH_MAX) {
      lines.push(line);
      line = " ".repeat(SYNOPSIS.length) + part;
    } else {
      line += ` ${part}`;
    }
  }
  return [...lines, line, "", "Options:", ...FLAGS.map(formatFlag), ""];
}

/** The reference's; flags without a letter, which are none of its, have a column of their own. */
const NAME_WIDTH = 18;
const LONG_NAME_WIDTH = Math.max(
  ...FLAGS.filter(({ short }) => short === null).map((row) => nameOf(row).length),
);

function nameOf({ long, argument }: FlagRow): string {
  return `--${long}${argument === "none" ? "" : argument === "number" ? "=N" : "=S"}`;
}

function formatFlag(row: FlagRow): string {
  const name = nameOf(row).padEnd(row.short === null ? LONG_NAME_WIDTH : NAME_WIDTH);
  const fallback = row.fallback === "" ? "" : ` (default: ${row.fallback})`;
  const letter = row.short === null ? "   " : `-${row.short},`;
  return `  ${letter} ${name} : ${row.sentence}${fallback}`;
}

/**
 * Writes what the statistics mean.
 *
 * @param pool The statistics of a pool.
 * @param server The statistics of a server.
 * @returns The lines, names in one column.
 */
export function describeLines(pool: readonly StatisticRow[], server: readonly StatisticRow[]): string[] {
  // 20 is the reference's; a longer name widens the column.
  const width = Math.max(20, ...[...pool, ...server].map(({ name }) => name.length + 1));
  const format = ({ name, sentence }: StatisticRow): string => `  ${name.padEnd(width)}"${sentence}"`;
  return ["pool stats:", ...pool.map(format), "", "server stats:", ...server.map(format)];
}

/**
 * Writes what other groups of statistics mean.
 *
 * @param groups The statistics of each group, under its title.
 * @returns The lines, names in one column; an empty line in front of each group.
 */
export function describeGroups(groups: Readonly<Record<string, readonly StatisticRow[]>>): string[] {
  const rows = Object.values(groups).flat();
  const width = Math.max(20, ...rows.map(({ name }) => name.length + 1));
  return Object.entries(groups).flatMap(([title, group]) => [
    "",
    `${title}:`,
    ...group.map(({ name, sentence }) => `  ${name.padEnd(width)}"${sentence}"`),
  ]);
}
