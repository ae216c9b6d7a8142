/**
 * A table of measurements.
 *
 * @module
 */

/** One measurement. */
export interface Row {
  /** What was measured. */
  readonly what: string;
  /** What came out. */
  readonly measured: string;
  /** What is promised; empty if nothing is. */
  readonly promised: string;
}

const MB = 1_000_000;

/**
 * Formats bytes.
 *
 * @param bytes How many.
 * @returns Megabytes with one digit behind the point.
 */
export function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}

/**
 * Formats a table.
 *
 * @param rows Its rows.
 * @returns Markdown.
 */
export function formatRows(rows: readonly Row[]): string {
  const lines = rows.map(({ what, measured, promised }) => `| ${what} | ${measured} | ${promised} |\n`);
  return `| what | measured | promised |\n|---|---|---|\n${lines.join("")}`;
}

/**
 * The value below which a share of samples lie.
 *
 * @param samples The samples; they are sorted in place.
 * @param share The share, 0 to 1.
 * @returns The value; NaN if there are no samples.
 */
export function quantile(samples: number[], share: number): number {
  samples.sort((a, b) => a - b);
  return samples.length === 0
    ? NaN
    : samples[Math.min(samples.length - 1, Math.floor(samples.length * share))];
}
