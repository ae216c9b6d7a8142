import { assert, assertEquals, assertThrows } from "@std/assert";
import { AssertionError } from "../../../src/base/assert.ts";
import { Backoff } from "../../../src/liveness/backoff.ts";
import { ReconnectBackoff } from "../../../src/liveness/reconnect_backoff.ts";
import { fuzzTest } from "../../support/random.ts";

interface Case {
  readonly name: string;
  readonly minMs: number;
  readonly maxMs: number;
  readonly jitter: number;
  readonly random: number;
  readonly pausesMs: readonly number[];
}

const cases: Case[] = [
  {
    name: "doubles up to the maximum",
    minMs: 100,
    maxMs: 500,
    jitter: 0,
    random: 0,
    pausesMs: [100, 200, 400, 500, 500],
  },
  {
    name: "draws from the base upwards",
    minMs: 100,
    maxMs: 1000,
    jitter: 0.5,
    random: 0.5,
    pausesMs: [125, 250, 500],
  },
  {
    name: "draws the base itself at least",
    minMs: 100,
    maxMs: 1000,
    jitter: 0.5,
    random: 0,
    pausesMs: [100, 200, 400],
  },
  {
    name: "still varies at the maximum",
    minMs: 100,
    maxMs: 300,
    jitter: 1,
    random: 0,
    pausesMs: [100, 150, 150],
  },
  {
    name: "takes a maximum below the minimum as it",
    minMs: 100,
    maxMs: 1,
    jitter: 1,
    random: 0.9,
    pausesMs: [100, 100],
  },
  {
    name: "takes no pause as one of a millisecond",
    minMs: 0,
    maxMs: 3,
    jitter: 0,
    random: 0,
    pausesMs: [1, 2, 3, 3],
  },
];

for (const { name, minMs, maxMs, jitter, random, pausesMs } of cases) {
  Deno.test(`a backoff ${name}`, () => {
    const backoff = new Backoff(minMs, maxMs, jitter, () => random);
    assertEquals(pausesMs.map(() => backoff.next()), [...pausesMs]);
    backoff.reset();
    assertEquals(backoff.next(), pausesMs[0]);
  });
}

Deno.test("a jitter that is no share is a defect", () => {
  for (const jitter of [-0.1, 1.1, NaN]) {
    assertThrows(() => new Backoff(1, 2, jitter, Math.random), AssertionError);
  }
});

fuzzTest("every pause lies between the minimum and the maximum, however many there are", (random) => {
  for (let round = 0; round < 50; round++) {
    const minMs = random.between(1, 1000);
    const maxMs = random.between(minMs, 100_000);
    const backoff = new Backoff(minMs, maxMs, random.float(), () => random.float());
    for (let i = 0; i < 2000; i++) {
      const pauseMs = backoff.next();
      assert(pauseMs >= minMs && pauseMs <= maxMs, `pause ${i} of ${pauseMs} ms, not ${minMs} to ${maxMs}`);
    }
  }
});

Deno.test("a reconnect: first at once, then after ever longer pauses, and at once again after an answer", () => {
  const backoff = new ReconnectBackoff(100, 300, () => 0);
  assertEquals([backoff.retryDueMs, backoff.mayConnect(0)], [-Infinity, true]);
  backoff.failed(1000);
  assertEquals([backoff.retryDueMs, backoff.mayConnect(1000)], [1000, true]);
  backoff.failed(1000);
  assertEquals([backoff.retryDueMs, backoff.mayConnect(1099), backoff.mayConnect(1100)], [1100, false, true]);
  backoff.failed(1100);
  assertEquals([backoff.retryDueMs, backoff.mayConnect(1299), backoff.mayConnect(1300)], [1300, false, true]);
  backoff.failed(1300);
  assertEquals(backoff.retryDueMs, 1500);
  backoff.connected();
  assertEquals([backoff.retryDueMs, backoff.mayConnect(1301)], [-Infinity, true]);
  backoff.failed(2000);
  assert(backoff.mayConnect(2000));
  backoff.failed(2000);
  assertEquals(backoff.retryDueMs, 2100);
});
