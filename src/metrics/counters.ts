/**
 * The numbers behind the metrics of one pool or one server.
 *
 * @module
 */

import { type NumberMemory, privateMemory } from "./memory.ts";
import { type MetricScope, metricsOf } from "./table.ts";

/**
 * One number per metric of a scope.
 *
 * The data plane counts with `counters.values[PoolMetric.clientEof]++`: no call, no look-up by name, no allocation. A
 * double counts exactly to 2^53: ten days of 10 GB a second, or 2.8 years of 100 MB a second.
 */
export class Counters {
  /** What they belong to. */
  readonly scope: MetricScope;
  /** The numbers, at the index of their metric's row. */
  readonly values: Float64Array;

  /**
   * Makes counters that all stand at zero.
   *
   * @param scope What they belong to.
   * @param memory Where they lie.
   */
  constructor(scope: MetricScope, memory: NumberMemory = privateMemory) {
    this.scope = scope;
    this.values = memory(metricsOf(scope).length);
  }

  /** Copies the numbers as they are now. */
  snapshot(): Float64Array {
    return this.values.slice();
  }
}
