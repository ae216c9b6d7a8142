import { assertEquals } from "@std/assert";
import { Level } from "../../../src/log/level.ts";
import { LINES_QUEUED_MAX } from "../../../src/workers/limits.ts";
import { Control, CONTROL_LENGTH, type Line } from "../../../src/workers/messages.ts";
import { WorkerLog } from "../../../src/workers/worker_log.ts";
import { settle } from "../../support/memory_network.ts";

function makeLog() {
  const control = new Int32Array(new SharedArrayBuffer(4 * CONTROL_LENGTH));
  control[Control.logLevel] = Level.NOTICE;
  const sent: { lines: readonly Line[]; dropped: number }[] = [];
  const log = new WorkerLog(3, control, (lines, dropped) => void sent.push({ lines, dropped }));
  return { control, sent, log };
}

Deno.test("lines of one turn are sent together, each with its level and its worker", async () => {
  const { sent, log, control } = makeLog();
  log.warn("server", "failed");
  log.notice("reload", "done");
  log.info("client", "connected");
  assertEquals(sent, []);
  await settle();
  const lines: Line[] = [[Level.WARN, "server", "failed [worker 3]"], [
    Level.NOTICE,
    "reload",
    "done [worker 3]",
  ]];
  assertEquals(sent, [{ lines, dropped: 0 }]);
  assertEquals(control[Control.linesQueued], 2);
});

Deno.test("the level is whatever the main isolate says at the moment", () => {
  const { log, control } = makeLog();
  assertEquals([log.enabled(Level.NOTICE), log.enabled(Level.INFO)], [true, false]);
  control[Control.logLevel] = Level.VERB;
  assertEquals([log.enabled(Level.VERB), log.enabled(Level.VVERB)], [true, false]);
});

Deno.test("what nobody takes is dropped from a bound on, and counted", async () => {
  const { sent, log, control } = makeLog();
  for (let i = 0; i < LINES_QUEUED_MAX + 7; i++) log.error("x", `${i}`);
  await settle();
  for (let i = 0; i < 5; i++) log.error("x", "later");
  await settle();
  assertEquals(sent.map(({ lines, dropped }) => [lines.length, dropped]), [[LINES_QUEUED_MAX, 7]]);
  Atomics.sub(control, Control.linesQueued, LINES_QUEUED_MAX);
  log.error("x", "last");
  await settle();
  assertEquals(sent.map(({ lines, dropped }) => [lines.length, dropped]), [[LINES_QUEUED_MAX, 7], [1, 5]]);
});
