import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../src/base/assert.ts";
import { type LivenessPolicy, ServerHealth, type ServerState } from "../../../src/liveness/server_health.ts";
import { fuzzTest, type Random } from "../../support/random.ts";

const policy: LivenessPolicy = {
  ejects: true,
  failureLimit: 2,
  retryTimeoutMs: 1000,
  checkMs: 100,
  backoffMaxMs: 4000,
  jitter: 0,
};

type Event = "failed" | "succeeded" | "probeStarted" | "probeFailed" | "probeSucceeded";

/** Reports an event and returns what the method answers. */
function report(health: ServerHealth, event: Event, nowMs: number): boolean | void {
  switch (event) {
    case "succeeded":
      return health.succeeded();
    default:
      return health[event](nowMs);
  }
}

/** A server that is brought into a state at 0 ms. */
function serverIn(state: ServerState): ServerHealth {
  const health = new ServerHealth({ ...policy, failureLimit: 1 }, () => 0);
  if (state !== "live") health.failed(0);
  if (state === "probing") health.probeStarted(0);
  return health;
}

type Row = [from: ServerState, event: Event, to: ServerState, answer: boolean | void, probeDueMs: number];

const rows: Row[] = [
  ["live", "failed", "ejected", true, 1500],
  ["live", "succeeded", "live", undefined, Infinity],
  ["live", "probeFailed", "live", undefined, Infinity],
  ["live", "probeSucceeded", "live", false, Infinity],
  ["ejected", "failed", "ejected", false, 1000],
  ["ejected", "succeeded", "ejected", undefined, 1000],
  ["ejected", "probeStarted", "probing", undefined, Infinity],
  ["ejected", "probeFailed", "ejected", undefined, 1000],
  ["ejected", "probeSucceeded", "ejected", false, 1000],
  ["probing", "failed", "probing", false, Infinity],
  ["probing", "succeeded", "probing", undefined, Infinity],
  ["probing", "probeFailed", "ejected", undefined, 1500],
  ["probing", "probeSucceeded", "live", true, Infinity],
];

for (const [from, event, to, answer, probeDueMs] of rows) {
  Deno.test(`${from}, ${event}: ${to}`, () => {
    const health = serverIn(from);
    const sinceMs = health.sinceMs;
    assertEquals(report(health, event, 500), answer);
    assertEquals([health.state, health.live, health.probeDueMs], [to, to === "live", probeDueMs]);
    assertEquals(health.sinceMs, from === to ? sinceMs : 500);
  });
}

for (const state of ["live", "probing"] as const) {
  Deno.test(`${state}, probeStarted: a defect`, () => {
    assertThrows(() => serverIn(state).probeStarted(500), AssertionError);
  });
}

Deno.test("only failures in a row eject", () => {
  const health = new ServerHealth({ ...policy, failureLimit: 3 }, () => 0);
  assertEquals([health.failed(1), health.failed(2)], [false, false]);
  assertEquals(health.failures, 2);
  health.succeeded();
  assertEquals(health.failures, 0);
  assertEquals([health.failed(3), health.failed(4), health.failed(5)], [false, false, true]);
  assertEquals([health.failures, health.ejections, health.ejectedAtMs], [0, 1, 5]);
});

Deno.test("without ejection, failures are counted and the server stays live", () => {
  const health = new ServerHealth({ ...policy, ejects: false }, () => 0);
  for (let nowMs = 1; nowMs <= 10; nowMs++) assertEquals(health.failed(nowMs), false);
  assertEquals([health.live, health.failures, health.ejections, health.ejectedAtMs], [true, 10, 0, null]);
});

Deno.test("probes are due after the retry timeout, then after doubling pauses up to the maximum", () => {
  const health = serverIn("ejected");
  const pausesMs: number[] = [];
  for (let probe = 0; probe < 6; probe++) {
    const nowMs = health.probeDueMs;
    health.probeStarted(nowMs);
    health.probeFailed(nowMs + 7);
    pausesMs.push(health.probeDueMs - nowMs - 7);
  }
  assertEquals(pausesMs, [1000, 2000, 4000, 4000, 4000, 4000]);
});

Deno.test("a server that came back starts over: full failure limit, first pause, last ejection remembered", () => {
  const health = new ServerHealth(policy, () => 0);
  health.failed(0);
  health.failed(1);
  for (let probe = 0; probe < 3; probe++) {
    health.probeStarted(2);
    health.probeFailed(2);
  }
  health.probeStarted(3);
  assertEquals(health.probeSucceeded(3), true);
  assertEquals([health.live, health.ejections, health.ejectedAtMs], [true, 1, 1]);
  assertEquals([health.failed(4), health.failed(5)], [false, true]);
  assertEquals([health.ejections, health.ejectedAtMs, health.probeDueMs], [2, 5, 1005]);
  health.probeStarted(1005);
  health.probeFailed(1005);
  assertEquals(health.probeDueMs, 2005);
});

Deno.test("a failure limit below one is a defect", () => {
  assertThrows(() => new ServerHealth({ ...policy, failureLimit: 0 }, () => 0), AssertionError);
});

function randomPolicy(random: Random): LivenessPolicy {
  return {
    ejects: random.chance(0.9),
    failureLimit: random.between(1, 4),
    retryTimeoutMs: random.between(0, 50),
    checkMs: random.between(1, 50),
    backoffMaxMs: random.between(0, 500),
    jitter: random.float(),
  };
}

const events: Event[] = ["failed", "succeeded", "probeStarted", "probeFailed", "probeSucceeded"];

/** One step of a walk: reports the event and checks everything that must hold whatever came before. */
function step(health: ServerHealth, policy: LivenessPolicy, event: Event, nowMs: number): void {
  const { state, live, failures, ejections, probeDueMs } = health;
  const answer = report(health, event, nowMs);
  const ejected = event === "failed" && answer === true;

  assertEquals(health.live, health.state === "live");
  const isDue = Number.isFinite(health.probeDueMs);
  assert(health.state === "live" ? !isDue || health.failing : isDue === (health.state === "ejected"));
  assertEquals(health.ejections, ejections + (ejected ? 1 : 0));
  assertEquals(live && !health.live, ejected, "only the failure that says so ejects");
  assertEquals(
    !live && health.live,
    event === "probeSucceeded" && answer === true,
    "only a probe brings back",
  );
  if (ejected) {
    assert(policy.ejects && failures + 1 === policy.failureLimit, `${failures + 1} failures ejected`);
    assertEquals([health.ejectedAtMs, health.probeDueMs], [nowMs, nowMs + policy.retryTimeoutMs]);
  } else if (live) {
    assertEquals(health.failures, event === "failed" ? failures + 1 : event === "succeeded" ? 0 : failures);
    assert(!policy.ejects || health.failures < policy.failureLimit, `${health.failures} failures and live`);
  } else {
    assertEquals(health.failures, 0);
  }
  if (state === "probing" && event === "probeFailed") {
    const shortestMs = Math.max(1, policy.retryTimeoutMs);
    const pauseMs = health.probeDueMs - nowMs;
    assert(pauseMs >= shortestMs - 1e-6, `paused ${pauseMs} ms`);
    assert(pauseMs <= Math.max(shortestMs, policy.backoffMaxMs) + 1e-6, `paused ${pauseMs} ms`);
  } else if (state === "ejected" && health.state === "ejected") {
    assertEquals(health.probeDueMs, probeDueMs, "what comes late does not move the probe");
  }
}

fuzzTest("whatever is reported in whatever order, the invariants hold", (random) => {
  let ejections = 0;
  let returns = 0;
  for (let walk = 0; walk < 50; walk++) {
    const policy = randomPolicy(random);
    const health = new ServerHealth(policy, () => random.float());
    let nowMs = random.int(1000);
    for (let i = 0; i < 400; i++) {
      nowMs += random.int(20);
      const event = random.pick(events);
      if (event === "probeStarted" && health.state !== "ejected") continue;
      const { live } = health;
      step(health, policy, event, nowMs);
      if (!live && health.live) returns++;
    }
    ejections += health.ejections;
  }
  assert(ejections > 100 && returns > 100, `only ${ejections} ejections and ${returns} returns were seen`);
});

Deno.test("other rules leave the state alone, and may bring the next probe forward", () => {
  const health = serverIn("ejected");
  health.setPolicy({ ...policy, ejects: false });
  assertEquals([health.state, health.probeDueMs], ["ejected", 1000]);
  health.setPolicy({ ...policy, retryTimeoutMs: 5000, backoffMaxMs: 5000 });
  assertEquals(health.probeDueMs, 1000, "it is not put off");
  health.setPolicy({ ...policy, retryTimeoutMs: 300 });
  assertEquals(health.probeDueMs, 300);
  health.probeStarted(300);
  health.setPolicy({ ...policy, retryTimeoutMs: 200 });
  assertEquals([health.state, health.probeDueMs], ["probing", Infinity]);
  health.probeFailed(400);
  assertEquals(health.probeDueMs, 600, "the new pause holds");
});

Deno.test("a server that is not ejected for its failures is failing, and is probed until it answers", () => {
  const health = new ServerHealth({ ...policy, ejects: false }, () => 0);
  health.failed(0);
  assertEquals([health.failing, health.probeDueMs], [false, Infinity]);
  health.failed(10);
  assertEquals([health.failing, health.live, health.probeDueMs], [true, true, 110]);
  health.failed(50);
  assertEquals(health.probeDueMs, 110, "failures do not put it off");
  health.probeStarted(110);
  assertEquals([health.state, health.probeDueMs], ["live", Infinity]);
  health.probeFailed(120);
  assertEquals(health.probeDueMs, 320, "the pauses grow");
  health.probeStarted(320);
  health.succeeded();
  assertEquals([health.failing, health.failures, health.probeDueMs], [false, 0, Infinity]);
  health.failed(400);
  health.failed(400);
  assertEquals(health.probeDueMs, 500, "and begin anew");
});

Deno.test("a failing server that may be ejected at last is", () => {
  const health = new ServerHealth(policy, () => 0);
  health.failed(0);
  assertEquals([health.failed(0, false), health.failing], [false, true]);
  assertEquals([health.failed(5), health.state, health.failing, health.probeDueMs], [
    true,
    "ejected",
    false,
    1005,
  ]);
});

Deno.test("failures count on under other rules", () => {
  const health = new ServerHealth({ ...policy, failureLimit: 5 }, () => 0);
  for (let i = 0; i < 3; i++) assertEquals(health.failed(0), false);
  health.setPolicy({ ...policy, failureLimit: 4 });
  assertEquals(health.failures, 3);
  assertEquals(health.failed(0), true);
});
