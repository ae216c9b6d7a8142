import { assert, assertEquals } from "@std/assert";
import { ManualClock, systemClock } from "../../../src/base/clock.ts";

Deno.test("manual clock: it stands still until it is told to move", () => {
  const clock = new ManualClock(5, 1000);
  assertEquals([clock.now(), clock.wallTime()], [5, 1005]);
  clock.advance(2.5);
  assertEquals([clock.now(), clock.wallTime()], [7.5, 1007.5]);
});

Deno.test("manual clock: timers fire in the order of their times, then of their making", () => {
  const clock = new ManualClock(100);
  const fired: string[] = [];
  const note = (name: string) => () => void fired.push(`${name}@${clock.now()}`);
  clock.after(note("c"), 30);
  clock.after(note("a"), 10);
  clock.after(note("b"), 10);
  clock.after(note("never"), 31);
  clock.every(note("every"), 15);
  clock.advance(30);
  assertEquals(fired, ["a@110", "b@110", "every@115", "c@130", "every@130"]);
  assertEquals(clock.now(), 130);
  assertEquals(clock.pending, 2);
});

Deno.test("manual clock: a timer that was called off does not fire, and calling off twice is harmless", () => {
  const clock = new ManualClock();
  let count = 0;
  const stopOnce = clock.after(() => count++, 1);
  const stopEvery = clock.every(() => count++, 1);
  stopOnce();
  clock.advance(3);
  assertEquals(count, 3);
  stopEvery();
  stopEvery();
  clock.advance(3);
  assertEquals(count, 3);
  assertEquals(clock.pending, 0);
});

Deno.test("manual clock: callbacks may set and call off timers", () => {
  const clock = new ManualClock();
  const fired: number[] = [];
  const stop = clock.after(() => fired.push(-1), 5);
  clock.after(() => {
    stop();
    clock.after(() => fired.push(clock.now()), 0);
    clock.after(() => fired.push(clock.now()), 4);
    clock.after(() => fired.push(-1), 100);
  }, 2);
  clock.advance(10);
  assertEquals(fired, [2, 6]);
  assertEquals(clock.pending, 1);
});

Deno.test("manual clock: a callback that stops its own period is not called again", () => {
  const clock = new ManualClock();
  let count = 0;
  const stop = clock.every(() => {
    if (++count === 2) stop();
  }, 10);
  clock.advance(100);
  assertEquals(count, 2);
});

Deno.test("system clock: time goes on, and timers fire or are called off", async () => {
  const start = systemClock.now();
  const called: string[] = [];
  systemClock.after(() => called.push("never"), 1)();
  let ticks = 0;
  await new Promise<void>((resolve) => {
    const stop = systemClock.every(() => {
      if (++ticks < 3) return;
      stop();
      systemClock.after(() => {
        called.push("after");
        resolve();
      }, 1);
    }, 1);
  });
  assertEquals(called, ["after"]);
  assertEquals(ticks, 3);
  assert(systemClock.now() > start);
  assert(Math.abs(systemClock.wallTime() - Date.now()) < 60_000);
});
