import { assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { Level } from "../../../src/log/level.ts";
import { REPEAT_MS, REPEATING_LINES_MAX, REPEATS_MAX } from "../../../src/log/limits.ts";
import { ProcessLog } from "../../../src/log/process_log.ts";
import { Repeats } from "../../../src/log/repeats.ts";

/** A log that keeps its lines, without their times. */
function recordingLog(format: "text" | "json" = "text") {
  const clock = new ManualClock();
  const lines: string[] = [];
  const log = new ProcessLog({ path: null, level: 8, clock, format }, {
    write: (bytes) => {
      lines.push(...new TextDecoder().decode(bytes).split("\n").slice(0, -1));
      return Promise.resolve(bytes.length);
    },
    close: () => {},
  });
  return { clock, lines, log, texts: () => lines.map((line) => line.replace(/^\[.{23}\] /, "")) };
}

Deno.test("a line that is repeated is left out from the sixth time on, and its number is told later", async () => {
  const { clock, log, texts } = recordingLog();
  for (let i = 0; i < 100; i++) log.warn("server", "failed");
  log.warn("server", "other");
  clock.advance(REPEAT_MS);
  log.warn("server", "another");
  log.warn("server", "failed");
  await log.flush();
  assertEquals(texts(), [
    ...Array.from({ length: REPEATS_MAX }, () => "server failed"),
    "server other",
    `log ${100 - REPEATS_MAX} lines more were like this: server failed`,
    "server another",
    "server failed",
  ]);
});

Deno.test("the number of lines that were left out is told at the end, if not before", async () => {
  const { log, texts } = recordingLog();
  for (let i = 0; i < 20; i++) log.warn("server", "failed");
  await log.close();
  assertEquals(texts().at(-1), `log ${20 - REPEATS_MAX} lines more were like this: server failed`);
});

Deno.test("lines of requests, and what must always be said, are not counted", async () => {
  const { log, texts } = recordingLog();
  for (let i = 0; i < 20; i++) {
    log.notice("access", "GET");
    log.verbose("client", "detail");
    log.always("log", "always");
  }
  await log.flush();
  assertEquals(texts().length, 60);
});

Deno.test("only so many different lines are remembered; of those that are forgotten it is told", () => {
  const repeats = new Repeats();
  const says = (line: string) => [repeats.over(0), repeats.admits(line, Level.WARN, 0)] as const;
  for (let i = 0; i < REPEATS_MAX; i++) assertEquals(says("first"), [[], true]);
  assertEquals(says("first"), [[], false]);
  let told = 0;
  for (let i = 0; i < REPEATING_LINES_MAX; i++) {
    const [over, admitted] = says(`line ${i}`);
    assertEquals(admitted, true);
    if (over.length > 0) {
      assertEquals([over, ++told], [[{ level: Level.WARN, line: "first", leftOut: 1 }], 1]);
    }
  }
  assertEquals([told, says("first")[1]], [1, true]);
  assertEquals(repeats.over(Infinity), []);
});

Deno.test("as JSON each line is an object with the time in UTC, the level, the module and the text", async () => {
  const { log, lines } = recordingLog("json");
  log.warn("server", 'broke "it"\n\x1b[0m');
  await log.flush();
  assertEquals(JSON.parse(lines[0]), {
    time: "2023-11-14T22:13:20.000Z",
    level: 4,
    module: "server",
    text: 'broke "it"\\n\\x1b[0m',
  });
  assertEquals(lines.length, 1);
});
