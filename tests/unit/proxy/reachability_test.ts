import { assertEquals } from "@std/assert";
import { ServerHealth } from "../../../src/liveness/server_health.ts";
import { PoolMetric } from "../../../src/metrics/table.ts";
import type { Dialect } from "../../../src/protocol/contract.ts";
import { NO_SERVER_TEXT, SERVER_EOF, TIMED_OUT } from "../../../src/proxy/cause.ts";
import { RECONNECT_MIN_MS } from "../../../src/proxy/limits.ts";
import { Reachability } from "../../../src/proxy/reachability.ts";

const DIALECTS = [{ name: "one" }, { name: "two" }] as unknown as readonly Dialect[];

function newServer(): { health: ServerHealth; reach: Reachability } {
  const policy = { ejects: true, failureLimit: 1, retryTimeoutMs: 100, backoffMaxMs: 1000, jitter: 0 };
  const health = new ServerHealth(policy, () => 0);
  return { health, reach: new Reachability(health, DIALECTS.length, () => 0) };
}

function refusalOf({ refusal, refusalMetric }: Reachability): [string, number] {
  return [refusal, refusalMetric];
}

Deno.test("reachability: nothing is known, so that it may be connected to", () => {
  const { reach } = newServer();
  assertEquals(reach.mayConnect(0, DIALECTS, 0), true);
  assertEquals(refusalOf(reach), [NO_SERVER_TEXT, PoolMetric.errorRefused]);
});

Deno.test("reachability: from the second failure on there is a pause, whose refusal is the failure's", () => {
  const { reach } = newServer();
  reach.failed(SERVER_EOF, 1000);
  assertEquals(reach.mayConnect(0, DIALECTS, 1000), true, "most losses are a restart that is over already");
  reach.failed(TIMED_OUT, 1000);
  assertEquals(reach.mayConnect(0, DIALECTS, 1000), false);
  assertEquals(refusalOf(reach), [TIMED_OUT.text, PoolMetric.errorTimedOut]);
  assertEquals(reach.mayConnect(0, DIALECTS, 1000 + RECONNECT_MIN_MS), true);
  reach.failed(SERVER_EOF, 2000);
  assertEquals(reach.mayConnect(0, DIALECTS, 2000), false);
  reach.answered();
  assertEquals(reach.mayConnect(0, DIALECTS, 2000), true);
});

Deno.test("reachability: an ejected server is refused with its last failure, and counted as ejected", () => {
  const { health, reach } = newServer();
  reach.failed(TIMED_OUT, 1000);
  health.failed(1000, true);
  assertEquals(reach.mayConnect(0, DIALECTS, 100_000), false);
  assertEquals(refusalOf(reach), [TIMED_OUT.text, PoolMetric.errorEjected]);
  assertEquals([reach.refuse("full", PoolMetric.errorQueueFull), ...refusalOf(reach)], [
    null,
    "full",
    PoolMetric.errorQueueFull,
  ]);
  assertEquals([reach.refuseEjected(), ...refusalOf(reach)], [null, TIMED_OUT.text, PoolMetric.errorEjected]);
});

Deno.test("reachability: a dialect that is not spoken is refused until it may be another server", () => {
  const { reach } = newServer();
  assertEquals([reach.doesNotSpeak(1), reach.doesNotSpeak(1)], [true, false], "it is news once");
  assertEquals([reach.speaks(0), reach.speaks(1)], [true, false]);
  assertEquals([reach.mayConnect(0, DIALECTS, 0), reach.mayConnect(1, DIALECTS, 0)], [true, false]);
  assertEquals(refusalOf(reach), ["the server does not speak two", PoolMetric.errorOther]);
  reach.forgetDialects();
  assertEquals([reach.speaks(1), reach.mayConnect(1, DIALECTS, 0)], [true, true]);
  reach.forgetDialects(3);
  assertEquals(reach.speaks(2), true);
});
