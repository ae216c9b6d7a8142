/**
 * Measures what the proxy promises about failures, and prints it as a table in Markdown.
 *
 *     deno run -A tests/bench/faults_bench.ts [stopped] [unread] [idle] [churn]
 *
 * Without arguments everything is measured, which takes about two minutes.
 *
 * @module
 */

import { measureChurn } from "./faults/churn.ts";
import { measureIdle } from "./faults/idle.ts";
import { formatRows, type Row } from "./faults/row.ts";
import { measureStopped } from "./faults/stopped.ts";
import { measureUnread } from "./faults/unread.ts";

/** What can be measured, by the name to ask for it. */
const MEASUREMENTS: Readonly<Record<string, () => Promise<Row[]>>> = {
  stopped: measureStopped,
  unread: measureUnread,
  idle: measureIdle,
  churn: measureChurn,
};

if (import.meta.main) {
  const names = Deno.args.length > 0 ? Deno.args : Object.keys(MEASUREMENTS);
  const rows: Row[] = [];
  for (const name of names) {
    const measure = MEASUREMENTS[name];
    if (measure === undefined) {
      throw new Error(`Cannot measure "${name}": not one of ${Object.keys(MEASUREMENTS)}`);
    }
    rows.push(...await measure());
  }
  await Deno.stdout.write(new TextEncoder().encode(formatRows(rows)));
}
