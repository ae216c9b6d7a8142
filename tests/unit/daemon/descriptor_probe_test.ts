import { assert, assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { DescriptorProbe, openNull, type ProbeFile } from "../../../src/daemon/descriptor_probe.ts";

/** Descriptors of a process that may have so many. */
class Descriptors {
  open = 0;
  most = 0;
  readonly #max: number;
  readonly #failure: () => Error;

  constructor(
    max: number,
    failure = (): Error => Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" }),
  ) {
    this.#max = max;
    this.#failure = failure;
  }

  take(): ProbeFile {
    if (this.open === this.#max) throw this.#failure();
    this.most = Math.max(this.most, ++this.open);
    return { close: () => void this.open-- };
  }
}

function probeOf(descriptors: Descriptors): [DescriptorProbe, ManualClock] {
  const clock = new ManualClock();
  return [new DescriptorProbe({ clock, open: () => descriptors.take() }), clock];
}

/** Lets a probe go to its end; says what it found, and what was open between its steps at most. */
function runProbe(descriptors: Descriptors, enough: number): [found: (number | null)[], between: number] {
  const [probe, clock] = probeOf(descriptors);
  const found: (number | null)[] = [];
  let between = 0;
  probe.start(enough, (spare) => found.push(spare));
  for (let i = 0; i < 10_000 && found.length === 0; i++) {
    clock.advance(1);
    between = Math.max(between, descriptors.open);
  }
  clock.advance(1000);
  assertEquals([descriptors.open, clock.pending], [0, 0]);
  return [found, between];
}

Deno.test("a probe finds how many more descriptors there are, and gives all back", () => {
  for (const max of [0, 1, 47, 48, 80, 81, 500, 1003]) {
    const descriptors = new Descriptors(max);
    const [found, between] = runProbe(descriptors, 4096);
    assertEquals(found, [max]);
    assert(between <= Math.max(0, max - 30), `${between} of ${max} were taken while others might need one`);
  }
});

Deno.test("a probe ends when there are enough", () => {
  for (const enough of [1, 100, 300]) {
    const descriptors = new Descriptors(1000);
    assertEquals(runProbe(descriptors, enough)[0], [null]);
    assert(
      descriptors.most >= enough && descriptors.most < enough + 100,
      `${descriptors.most} for ${enough}`,
    );
  }
});

Deno.test("a probe that cannot open the file finds nothing", () => {
  assertEquals(runProbe(new Descriptors(70, () => new Deno.errors.NotFound("gone")), 500)[0], [null]);
});

Deno.test("a probe that is stopped gives all back and says nothing", () => {
  const descriptors = new Descriptors(100_000);
  const [probe, clock] = probeOf(descriptors);
  probe.start(50_000, () => {
    throw new Error("it was stopped");
  });
  clock.advance(100);
  assert(descriptors.open > 500);
  probe.stop();
  clock.advance(1000);
  assertEquals([descriptors.open, clock.pending], [0, 0]);
});

Deno.test("the file of the probe can be opened", () => openNull().close());
