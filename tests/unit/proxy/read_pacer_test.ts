import { setImmediate } from "node:timers";
import { assert, assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { PACER_AGE_MS, PACER_HOT_MAX, PACER_IDLE_MS, PACER_READS_MIN } from "../../../src/proxy/limits.ts";
import { ReadPacer } from "../../../src/proxy/read_pacer.ts";
import { rigTest } from "../../support/proxy_rig.ts";
import { Turn } from "../../../src/proxy/turn.ts";

/** A pacer, and clients that note here when they may be read. */
class Bench {
  readonly clock = new ManualClock();
  readonly turn = new Turn(this.clock);
  readonly pacer = new ReadPacer(this.clock, this.turn);
  readonly admitted: number[] = [];
  readonly tickets: number[] = [];

  /** Lets so many clients be read in one turn that the next have to wait. */
  engage(): void {
    for (let i = 0; i < PACER_READS_MIN; i++) this.pacer.completed(0);
    assert(this.pacer.engaged, "a turn full of reads engages");
  }

  /** Clients ask to be read. */
  ask(...clients: number[]): void {
    for (const client of clients) {
      void this.pacer.admission().then((ticket) => {
        this.admitted.push(client);
        this.tickets.push(ticket);
      });
    }
  }
}

function numbers(start: number, end: number): number[] {
  return Array.from({ length: end - start }, (_, i) => start + i);
}

/** Lets the event loop come round, and what it brings be done. */
async function eventLoop(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
  await settle();
}

/** Lets continuations of promises run. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await Promise.resolve();
}

Deno.test("few reads in a turn do not engage", async () => {
  const { pacer, turn } = new Bench();
  for (let round = 0; round < 10; round++) {
    for (let i = 0; i < PACER_READS_MIN - 1; i++) pacer.completed(0);
    assertEquals(turn.nowMs, 0); // begins a turn, whose end is a microtask
    await settle();
  }
  assertEquals(pacer.engaged, false);
});

Deno.test("a limited number is read at a time, in the order in which they asked", async () => {
  const bench = new Bench();
  bench.engage();
  bench.ask(...numbers(0, PACER_HOT_MAX + 10));
  await settle();
  assertEquals(bench.admitted, numbers(0, PACER_HOT_MAX));
  assertEquals(bench.pacer.waiting, 10);
  for (let i = 0; i < 3; i++) bench.pacer.completed(bench.tickets[i]);
  await settle();
  assertEquals(bench.admitted, numbers(0, PACER_HOT_MAX + 3));
});

Deno.test("who was not let in by the pacer gives nobody its place", async () => {
  const bench = new Bench();
  bench.engage();
  bench.ask(...numbers(0, PACER_HOT_MAX + 10));
  await settle();
  for (let i = 0; i < 20; i++) bench.pacer.completed(0);
  await settle();
  assertEquals(bench.admitted.length, PACER_HOT_MAX);
});

Deno.test("clients that say nothing lose their place with time", async () => {
  const bench = new Bench();
  bench.engage();
  bench.ask(...numbers(0, 3 * PACER_HOT_MAX));
  await settle();
  assertEquals(bench.admitted.length, PACER_HOT_MAX);
  for (let aged = 2; aged <= 3; aged++) {
    bench.pacer.active(); // the event loop is busy with others
    bench.clock.advance(PACER_AGE_MS);
    await settle();
    assertEquals(bench.admitted.length, (aged - 1) * PACER_HOT_MAX, "not at once");
    bench.pacer.active();
    bench.clock.advance(PACER_AGE_MS);
    await settle();
    assertEquals(bench.admitted.length, aged * PACER_HOT_MAX);
  }
});

Deno.test("when there is nothing else to do nobody waits", async () => {
  const bench = new Bench();
  bench.engage();
  bench.ask(...numbers(0, 2 * PACER_HOT_MAX));
  await settle();
  await eventLoop(); // the first look sees what engaged it
  bench.clock.advance(PACER_IDLE_MS);
  await eventLoop();
  assertEquals(bench.admitted.length, 2 * PACER_HOT_MAX);
});

Deno.test("it lets go when nobody has waited for a while, and engages again", async () => {
  const bench = new Bench();
  bench.engage();
  bench.ask(1, 2, 3);
  await settle();
  bench.clock.advance(PACER_AGE_MS);
  assertEquals(bench.pacer.engaged, false);
  assertEquals(bench.clock.pending, 0, "no timer runs on");
  assertEquals(bench.turn.nowMs, bench.turn.nowMs);
  await settle();
  bench.engage();
  bench.ask(4);
  await settle();
  assertEquals(bench.admitted, [1, 2, 3, 4]);
});

Deno.test("tickets of an earlier time make no room", async () => {
  const bench = new Bench();
  bench.engage();
  bench.ask(...numbers(0, PACER_HOT_MAX + 10));
  await settle();
  // The last ten are let in when those before them are forgotten, and then nobody waits.
  for (let aged = 0; aged < 2; aged++) {
    bench.pacer.active();
    bench.clock.advance(PACER_AGE_MS);
  }
  await settle();
  assertEquals([bench.pacer.engaged, bench.admitted.length], [false, PACER_HOT_MAX + 10]);
  const late = bench.tickets.slice(PACER_HOT_MAX);
  bench.engage();
  bench.ask(...numbers(100, 110 + PACER_HOT_MAX));
  for (const ticket of late) bench.pacer.completed(ticket);
  await settle();
  assertEquals(bench.pacer.waiting, 10);
});

rigTest("clients that leave while they may be read make room for others", {}, async (rig) => {
  const { pacer } = rig.pool.runtime;
  const clients = [];
  for (let i = 0; i < 2 * PACER_HOT_MAX; i++) clients.push(await rig.client());
  for (let i = 0; i < PACER_READS_MIN; i++) pacer.completed(0);
  assert(pacer.engaged);
  for (const client of clients) client.send("PING\r\n");
  await settle();
  assertEquals(pacer.waiting, PACER_HOT_MAX, "one half may be read again, the other waits");
  // Neither time nor idleness lets anybody in meanwhile: something is always read.
  clients.slice(0, PACER_HOT_MAX).forEach((client) => client.finish());
  await settle();
  assertEquals(pacer.waiting, 0);
});
