import { assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import { StopRequest } from "../../../src/daemon/stop_request.ts";

const cases: readonly [what: string, signals: readonly (string | number)[], isHurried: boolean][] = [
  ["one signal", ["SIGINT"], false],
  ["the same at once, as from a terminal and a task runner", ["SIGINT", 2, "SIGINT"], false],
  ["the same three times at once", ["SIGTERM", 1, "SIGTERM", 98, "SIGTERM"], false],
  ["the same by somebody in a hurry", ["SIGINT", 100, "SIGINT"], true],
  ["another one at once", ["SIGTERM", "SIGINT"], true],
];

for (const [what, signals, isHurried] of cases) {
  Deno.test(`stop request: ${what} ${isHurried ? "hurries" : "does not hurry"}`, async () => {
    const clock = new ManualClock();
    const request = new StopRequest(clock);
    const seen: string[] = [];
    void request.requested.then(() => seen.push("requested"));
    void request.hurried.then(() => seen.push("hurried"));
    assertEquals(request.isMade, false);
    for (const step of signals) {
      if (typeof step === "number") clock.advance(step);
      else request.signal(step);
      assertEquals(request.isMade, true);
    }
    await Promise.resolve();
    await Promise.resolve();
    assertEquals(seen, isHurried ? ["requested", "hurried"] : ["requested"]);
  });
}
