import { assert, assertEquals } from "@std/assert";
import { LogRecord } from "@std/log";
import { decode } from "../../../src/base/ascii.ts";
import { QUEUE_CHARS_MAX } from "../../../src/log/limits.ts";
import { QueueHandler } from "../../../src/log/queue_handler.ts";
import type { LogTarget } from "../../../src/log/target.ts";
import { fuzzTest } from "../../support/random.ts";

/** A target whose writes end when the test says so. */
class HeldTarget implements LogTarget {
  readonly writes: string[] = [];
  closed = false;
  bytesMax = Infinity;
  failing = false;
  #release: (() => void)[] = [];
  held = false;

  get text(): string {
    return this.writes.join("");
  }

  async write(bytes: Uint8Array): Promise<number> {
    assert(!this.closed, "a closed target is not written to");
    if (this.held) await new Promise<void>((resolve) => this.#release.push(resolve));
    if (this.failing) throw new Error("no space left");
    const length = Math.min(bytes.length, this.bytesMax);
    this.writes.push(decode(bytes, 0, length));
    return length;
  }

  close(): void {
    assert(!this.closed, "a target is closed once");
    this.closed = true;
  }

  release(): void {
    this.held = false;
    for (const resolve of this.#release.splice(0)) resolve();
  }
}

function makeHandler(target: LogTarget): QueueHandler {
  return new QueueHandler(target, {
    formatter: (record) => `${record.msg}\n`,
    formatDropped: (lines) => `dropped ${lines}\n`,
  });
}

Deno.test("records are formatted, and lines of one turn leave with one write", async () => {
  const target = new HeldTarget();
  const handler = makeHandler(target);
  for (const msg of ["a", "b"]) handler.handle(new LogRecord({ msg, args: [], level: 10, loggerName: "x" }));
  assertEquals(target.writes, [], "nothing is written in the caller's turn");
  await handler.flush();
  assertEquals(target.writes, ["a\nb\n"]);
});

Deno.test("lines that come during a write leave together with the next", async () => {
  const target = new HeldTarget();
  target.held = true;
  const handler = makeHandler(target);
  handler.log("1\n");
  await Promise.resolve();
  await Promise.resolve();
  handler.log("2\n");
  handler.log("3\n");
  target.release();
  await handler.flush();
  assertEquals(target.writes, ["1\n", "2\n3\n"]);
});

Deno.test("a target that takes a few bytes at a time gets all of them", async () => {
  const target = new HeldTarget();
  target.bytesMax = 3;
  const handler = makeHandler(target);
  handler.log("a longer line\n");
  await handler.flush();
  assertEquals(target.text, "a longer line\n");
});

Deno.test("what does not fit is dropped, counted and reported, and later lines are written again", async () => {
  const target = new HeldTarget();
  target.held = true;
  const handler = makeHandler(target);
  const line = `${"x".repeat(1023)}\n`;
  for (let i = 0; i < QUEUE_CHARS_MAX / line.length; i++) handler.log(line);
  assertEquals(handler.dropped, 0);
  handler.log("y\n");
  handler.log("z\n");
  assertEquals(handler.dropped, 2);
  target.release();
  await handler.flush();
  assertEquals(handler.dropped, 0);
  assertEquals(target.text, `dropped 2\n${line.repeat(QUEUE_CHARS_MAX / line.length)}`);
  handler.log("back\n");
  await handler.flush();
  assert(target.text.endsWith("\nback\n"));
});

Deno.test("lines of a failed write are counted, and reported once writing works again", async () => {
  const target = new HeldTarget();
  target.failing = true;
  const handler = makeHandler(target);
  handler.log("1\n");
  handler.log("2\n");
  await handler.flush();
  handler.log("3\n");
  await handler.flush();
  assertEquals(handler.dropped, 3);
  target.failing = false;
  handler.log("4\n");
  await handler.flush();
  assertEquals(target.text, "dropped 3\n4\n");
  assertEquals(handler.dropped, 0);
});

Deno.test("a line that was written in part is ended before the next one begins", async () => {
  const target = new HeldTarget();
  target.bytesMax = 3;
  const handler = makeHandler({
    write: (bytes) =>
      target.text.length < 3 ? target.write(bytes) : Promise.reject(new Error("no space left")),
    close: () => {},
  });
  handler.log("first\n");
  await handler.flush();
  assertEquals([target.text, handler.dropped], ["fir", 1]);
  target.writes.length = 0;
  target.bytesMax = 100;
  handler.log("second\n");
  await handler.flush();
  assertEquals(target.text, "\ndropped 1\nsecond\n");
});

Deno.test("lines wait for a target that is not there yet; without one the old target is kept", async () => {
  const [old, next] = [new HeldTarget(), new HeldTarget()];
  const handler = makeHandler(old);
  const opening = Promise.withResolvers<LogTarget | null>();
  handler.log("1\n");
  const switched = handler.switchTo(opening.promise);
  handler.log("2\n");
  await new Promise((resolve) => setTimeout(resolve, 0));
  assertEquals([old.text, next.text], ["1\n", ""]);
  opening.resolve(next);
  await switched;
  await handler.flush();
  assertEquals([old.text, old.closed, next.text], ["1\n", true, "2\n"]);
  await handler.switchTo(Promise.resolve(null));
  handler.log("3\n");
  await handler.flush();
  assertEquals([next.closed, next.text], [false, "2\n3\n"]);
});

Deno.test("a switch sends earlier lines to the old target, later ones to the new one", async () => {
  const [old, next] = [new HeldTarget(), new HeldTarget()];
  old.held = true;
  const handler = makeHandler(old);
  handler.log("1\n");
  const switched = handler.switchTo(next);
  handler.log("2\n");
  assertEquals(old.closed, false);
  old.release();
  await switched;
  await handler.flush();
  assertEquals([old.text, old.closed, next.text, next.closed], ["1\n", true, "2\n", false]);
});

fuzzTest("whatever happens, lines are written once and in order, or counted", async (random) => {
  const targets = [new HeldTarget()];
  const handler = makeHandler(targets[0]);
  const logged: number[] = [];
  let lost = 0;
  const waits: Promise<void>[] = [];
  for (let step = 0; step < 2000; step++) {
    const target = targets[targets.length - 1];
    switch (random.int(8)) {
      case 0:
        for (const each of targets) each.release();
        break;
      case 1:
        target.held = !target.closed;
        break;
      case 2:
        target.bytesMax = 1 + random.int(20);
        break;
      case 3:
        if (random.int(20) > 0) break;
        targets.push(new HeldTarget());
        waits.push(handler.switchTo(targets[targets.length - 1]));
        break;
      case 4:
        await Promise.resolve();
        break;
      default: {
        const before = handler.dropped;
        handler.log(`${step}${" ".repeat(random.int(100) === 0 ? QUEUE_CHARS_MAX / 2 : random.int(40))}\n`);
        if (handler.dropped === before) logged.push(step);
        else lost++;
      }
    }
  }
  for (const each of targets) each.release();
  await Promise.all([...waits, handler.flush()]);
  const lines = targets.map((target) => target.text).join("").split("\n").slice(0, -1);
  const reported = lines.filter((line) => line.startsWith("dropped "));
  assertEquals(lines.filter((line) => !line.startsWith("dropped ")).map(Number), logged);
  assertEquals(reported.reduce((sum, line) => sum + Number(line.slice(8)), 0) + handler.dropped, lost);
  assertEquals(targets.map((target) => target.closed), targets.map((_, i) => i < targets.length - 1));
});
