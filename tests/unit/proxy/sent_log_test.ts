import { assertEquals } from "@std/assert";
import { decode, encode } from "../../../src/base/ascii.ts";
import { SentLog } from "../../../src/proxy/sent_log.ts";
import { fuzzTest } from "../../support/random.ts";

/** Writes all of the bytes at once. */
function write(log: SentLog, bytes: Uint8Array<ArrayBuffer>, nowMs: number): void {
  log.begin(bytes, nowMs);
  log.end(bytes.length);
}

Deno.test("a request was written when the write began that holds its last byte", () => {
  const log = new SentLog(false);
  write(log, new Uint8Array(10), 1);
  write(log, new Uint8Array(5), 1);
  write(log, new Uint8Array(10), 2);
  assertEquals([log.timeOf(3), log.markEnd, log.timeOf(15), log.timeOf(16), log.markEnd], [1, 15, 1, 2, 25]);
  assertEquals([log.timeOf(26), log.markEnd], [-Infinity, -1]);
});

Deno.test("what a write did not take is written by the next one", () => {
  const log = new SentLog(false);
  log.begin(new Uint8Array(100), 1);
  log.end(40);
  log.begin(new Uint8Array(60), 7);
  assertEquals([log.timeOf(40), log.timeOf(41), log.timeOf(100)], [1, 7, 7], "also while it is under way");
});

Deno.test("a server that answers nothing makes the times coarse, not the memory large", () => {
  const log = new SentLog(false);
  for (let i = 0; i < 10_000; i++) write(log, new Uint8Array(1), i);
  let latest = 0;
  for (let end = 1; end <= 10_000; end++) {
    const time = log.timeOf(end);
    assertEquals(time >= end - 1 && time >= latest, true, `${end}: ${time}`);
    latest = time;
  }
  assertEquals(latest, 9999);
});

Deno.test("the beginning of a request is found again, up to 1 KiB", () => {
  const log = new SentLog(true);
  write(log, encode("first,second,"), 1);
  assertEquals(decode(log.headOf(6, 6)), "first,");
  assertEquals(decode(log.headOf(13, 7)), "second,");
  write(log, encode("x".repeat(5000)), 2);
  assertEquals(log.headOf(5013, 5000).length, 1024);
  assertEquals(log.headOf(99_999, 10).length, 0, "it was not written yet");
  assertEquals(new SentLog(false).headOf(6, 6).length, 0);
});

fuzzTest("what is found is what was written, or nothing once it is too old", (random) => {
  const log = new SentLog(true);
  const requests: { end: number; text: string }[] = [];
  let end = 0;
  let found = 0;
  for (let i = 0; i < 300; i++) {
    let batch = "";
    for (let n = random.chance(0.02) ? 3000 : 1 + random.int(8); n > 0; n--) {
      const text = random.text(1 + random.int(random.chance(0.05) ? 3000 : 60));
      batch += text;
      end += text.length;
      requests.push({ end, text });
    }
    for (let bytes = encode(batch); bytes.length > 0;) {
      const count = random.chance(0.2) ? 1 + random.int(bytes.length) : bytes.length;
      log.begin(bytes, i);
      log.end(count);
      bytes = bytes.slice(count);
    }
    for (let tries = 0; tries < 20; tries++) {
      const { end: streamEnd, text } =
        requests[requests.length - 1 - random.int(Math.min(requests.length, 1500))];
      const head = decode(log.headOf(streamEnd, text.length));
      if (head === "") continue;
      found++;
      assertEquals(head, text.slice(0, 1024));
    }
  }
  assertEquals(found > 0, true);
});
