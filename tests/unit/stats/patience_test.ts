import { assertEquals } from "@std/assert";
import { ManualClock } from "../../../src/base/clock.ts";
import {
  BROWSERS_MAX,
  FIRST_BYTES_BROWSER_MS,
  FIRST_BYTES_MS,
  PAGE_LOAD_MS,
} from "../../../src/stats/limits.ts";
import { Patience } from "../../../src/stats/patience.ts";

Deno.test("where a browser loads the page, its connections may be silent for longer", () => {
  const clock = new ManualClock();
  const patience = new Patience(clock);
  assertEquals(patience.firstBytesMs("10.0.0.1"), FIRST_BYTES_MS);
  patience.gavePage("10.0.0.1");
  assertEquals(patience.firstBytesMs("10.0.0.1"), FIRST_BYTES_BROWSER_MS);
  assertEquals(patience.firstBytesMs("10.0.0.2"), FIRST_BYTES_MS);
  clock.advance(PAGE_LOAD_MS);
  assertEquals(patience.firstBytesMs("10.0.0.1"), FIRST_BYTES_MS);
});

Deno.test("the number of browsers that are remembered is limited; the latest are", () => {
  const patience = new Patience(new ManualClock());
  for (let i = 0; i < BROWSERS_MAX; i++) patience.gavePage(`h${i}`);
  patience.gavePage("h0");
  patience.gavePage("new");
  const waits = ["h0", "h1", "h2", "new"].map((host) =>
    patience.firstBytesMs(host) === FIRST_BYTES_BROWSER_MS
  );
  assertEquals(waits, [true, false, true, true]);
});
