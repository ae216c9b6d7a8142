import { assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { Reloader } from "../../../src/daemon/reloader.ts";
import { type Log, nullLog } from "../../../src/log/log.ts";

const START_MS = 1_700_000_000_000;

Deno.test("a reload replaces the configuration, or leaves it alone and says why", async () => {
  const clock = new ManualClock(0, START_MS);
  const said: string[] = [];
  const log: Log = {
    ...nullLog,
    error: (_, text) => void said.push(`error: ${text}`),
    notice: (_, text) => void said.push(`notice: ${text}`),
  };
  let [file, inUse] = ["one", "one"];
  const reloader = new Reloader<string>({
    clock,
    log,
    load() {
      if (file === "bad") throw new Error("x.yml:1:1: bad");
      return file;
    },
    // deno-lint-ignore require-await
    async apply(config) {
      if (config === "port") throw new Error("the port is taken");
      if (config === inUse) return [];
      inUse = config;
      return [`now ${config}`];
    },
    explain: (error) => [(error as Error).message, "and more"],
  });
  const first = { ok: true, atMs: START_MS, lines: [] };
  assertEquals(reloader.state, { generation: 1, sinceMs: START_MS, last: first });

  clock.advance(10);
  assertEquals(await reloader.reload(), {
    generation: 1,
    sinceMs: START_MS,
    last: { ok: true, atMs: START_MS + 10, lines: [] },
  });
  file = "two";
  clock.advance(10);
  const second = {
    generation: 2,
    sinceMs: START_MS + 20,
    last: { ok: true, atMs: START_MS + 20, lines: ["now two"] },
  };
  assertEquals(await reloader.reload(), second);
  for (const [bad, reason] of [["bad", "x.yml:1:1: bad"], ["port", "the port is taken"]]) {
    file = bad;
    clock.advance(10);
    const last = { ok: false, atMs: clock.wallTime(), lines: [reason, "and more"] };
    assertEquals(await reloader.reload(), { ...second, last });
    assertEquals(reloader.state, { ...second, last });
  }
  assertEquals(inUse, "two");
  assertEquals(said, [
    "notice: nothing has changed, generation 1 stays",
    "notice: now two",
    "notice: configuration reloaded, this is generation 2",
    "error: x.yml:1:1: bad",
    "error: and more",
    "error: the new configuration cannot be used, generation 2 stays",
    "error: the port is taken",
    "error: and more",
    "error: the new configuration cannot be used, generation 2 stays",
  ]);
});
