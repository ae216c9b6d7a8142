import { assertEquals } from "@std/assert";
import { COLLECT_AT_IDLE_SWEEPS, SWEEP_MS } from "../../../src/proxy/limits.ts";
import { PoolMetric } from "../../../src/metrics/table.ts";
import { rigTest } from "../../support/proxy_rig.ts";

rigTest("garbage is not collected while clients are sent something, as subscribers are", {}, async (rig) => {
  const looks: number[] = [];
  const { idleCollector } = rig.pool.runtime;
  const sweep = idleCollector.sweep.bind(idleCollector);
  idleCollector.sweep = (activity) => {
    looks.push(activity);
    sweep(activity);
  };
  for (let i = 0; i < COLLECT_AT_IDLE_SWEEPS[0] + 2; i++) {
    rig.pool.counters[PoolMetric.sent] += 10;
    await rig.advance(SWEEP_MS);
  }
  assertEquals(new Set(looks).size, looks.length, "every look sees something new");
});
