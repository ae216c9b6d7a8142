import { assertEquals } from "@std/assert";
import { type LivenessPolicy, ServerHealth } from "../../../src/liveness/server_health.ts";
import { handVerdict, SharedVerdict } from "../../../src/liveness/shared_verdict.ts";

const policy: LivenessPolicy = {
  ejects: true,
  failureLimit: 1,
  retryTimeoutMs: 1000,
  checkMs: 100,
  backoffMaxMs: 4000,
  jitter: 0,
};

/** Workers that judge one server. */
function judges(count: number) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: count }, (_, worker) => ({
    verdict: new SharedVerdict(cell, worker),
    health: new ServerHealth(policy, () => 0),
  }));
  return { cell, workers };
}

Deno.test("all go by the verdict of the one that ejects, and only that one probes", () => {
  const { workers: [a, b, c] } = judges(3);
  assertEquals([a.health.failed(10), a.verdict.eject()], [true, true]);
  assertEquals([a, b, c].map(({ verdict, health }) => verdict.bringInLine(health, 20)), [false, true, true]);
  assertEquals([a, b, c].map(({ health }) => health.state), ["ejected", "ejected", "ejected"]);
  assertEquals([a, b, c].map(({ health }) => health.probeDueMs), [1010, Infinity, Infinity]);
  assertEquals([b, c].map(({ verdict, health }) => verdict.bringInLine(health, 30)), [false, false]);

  a.health.probeStarted(1010);
  a.verdict.bringInLine(a.health, 1020);
  assertEquals([a.health.state, a.health.probeSucceeded(1030)], ["probing", true]);
  a.verdict.restore();
  assertEquals([a, b, c].map(({ verdict, health }) => verdict.bringInLine(health, 1040)), [
    false,
    true,
    true,
  ]);
  assertEquals([a, b, c].map(({ health }) => health.live), [true, true, true]);
});

Deno.test("of two that eject at the same moment one does, and the other follows", () => {
  const { workers: [a, b] } = judges(2);
  assertEquals([a.health.failed(10), b.health.failed(10)], [true, true]);
  assertEquals([b.verdict.eject(), a.verdict.eject()], [true, false]);
  assertEquals([a, b].map(({ verdict, health }) => verdict.bringInLine(health, 20)), [false, false]);
  assertEquals([a, b].map(({ health }) => health.probeDueMs), [Infinity, 1010]);
  // A probe of the one that follows, which was under way, brings nothing back.
  a.verdict.restore();
  assertEquals(b.verdict.isLive, false);
});

Deno.test("whoever takes over probes at once, whether it knows of the ejection or is new", () => {
  for (const knows of [true, false]) {
    const { cell, workers: [a, b] } = judges(2);
    a.health.failed(10);
    a.verdict.eject();
    if (knows) b.verdict.bringInLine(b.health, 20);
    handVerdict(cell, 1, 0);
    assertEquals(Atomics.load(cell, 0), 1, "only what the ended worker had is handed over");
    handVerdict(cell, 0, 1);
    assertEquals(b.verdict.bringInLine(b.health, 500), !knows);
    assertEquals([b.health.state, b.health.probeDueMs], ["ejected", 500]);
    b.health.probeStarted(500);
    b.health.probeFailed(600);
    assertEquals(b.verdict.bringInLine(b.health, 700), false);
    assertEquals(b.health.probeDueMs, 1600, "its pauses grow as anybody's");
  }
});

Deno.test("what is handed over while its prober lives is probed by one of them", () => {
  const { cell, workers: [a, b] } = judges(2);
  a.health.failed(10);
  a.verdict.eject();
  handVerdict(cell, 0, 1);
  b.verdict.bringInLine(b.health, 20);
  a.verdict.bringInLine(a.health, 20);
  assertEquals([a.health.probeDueMs, b.health.probeDueMs], [Infinity, 20]);
});
