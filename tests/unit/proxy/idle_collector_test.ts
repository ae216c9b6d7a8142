import { assertEquals } from "@std/assert";
import { IdleCollector } from "../../../src/proxy/idle_collector.ts";
import { COLLECT_AT_IDLE_SWEEPS } from "../../../src/proxy/limits.ts";

Deno.test("garbage is collected after a burst, not during it, and not again and again", () => {
  let collected = 0;
  const collector = new IdleCollector(() => collected++);
  for (let activity = 1; activity <= 100; activity++) collector.sweep(activity);
  assertEquals(collected, 0);
  for (let sweep = 0; sweep < 100; sweep++) collector.sweep(100);
  assertEquals(collected, COLLECT_AT_IDLE_SWEEPS.length);
  for (let sweep = 0; sweep <= COLLECT_AT_IDLE_SWEEPS[0]; sweep++) collector.sweep(101);
  assertEquals(collected, COLLECT_AT_IDLE_SWEEPS.length + 1);
});

Deno.test("an engine that does not let us is left alone", () => {
  const collector = new IdleCollector(null);
  for (let sweep = 0; sweep < 10; sweep++) collector.sweep(1);
});
