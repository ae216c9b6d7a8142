/**
 * The proxy's own numbers for clients that ask for `stats`, as monitors of memcached do.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";

/** One number: its name and its value, both without spaces and control bytes. */
export type Statistic = readonly [name: string, value: string];

/** Reads the numbers at this moment. */
export type ReadStatistics = () => readonly Statistic[];

/**
 * The reply to `stats` in the text protocol.
 *
 * @param statistics The numbers.
 * @returns A `STAT` line for each, and `END`.
 */
export function textStatistics(statistics: readonly Statistic[]): Uint8Array<ArrayBuffer> {
  return encode(statistics.map(([name, value]) => `STAT ${name} ${value}\r\n`).join("") + "END\r\n");
}
