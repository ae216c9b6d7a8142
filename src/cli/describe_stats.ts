/**
 * `-D`: what every statistic means, from the one table.
 *
 * @module
 */

import {
  eventLoopLagMetric,
  histogramMetrics,
  type MetricRow,
  poolMetrics,
  processMetrics,
  serverMetrics,
  workerMetrics,
} from "../metrics/table.ts";
import { describeGroups, describeLines } from "./help.ts";

/**
 * Writes what the statistics mean: the reference's in its own layout, then ours.
 *
 * @returns The lines.
 */
export function describeStatistics(): string[] {
  const isOwn = ({ own }: MetricRow): boolean => own;
  const isTheirs = ({ own }: MetricRow): boolean => !own;
  return [
    ...describeLines(poolMetrics.filter(isTheirs), serverMetrics.filter(isTheirs)),
    ...describeGroups({
      "more process stats": processMetrics,
      "worker stats (with -w)": workerMetrics,
      "more pool stats": poolMetrics.filter(isOwn),
      "more server stats": serverMetrics.filter(isOwn),
      "process histograms": [eventLoopLagMetric],
      "server histograms": histogramMetrics,
    }),
  ];
}
