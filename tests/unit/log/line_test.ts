import { assertEquals, assertMatch } from "@std/assert";
import { TEXT_CHARS_MAX } from "../../../src/log/limits.ts";
import { escapeText, formatLine, formatTime } from "../../../src/log/line.ts";
import { clampLevel, Level } from "../../../src/log/level.ts";

Deno.test("a time is shown in local time, to the millisecond", () => {
  assertEquals(formatTime(new Date(2026, 0, 2, 3, 4, 5, 6).getTime()), "2026-01-02 03:04:05.006");
  assertEquals(formatTime(new Date(2026, 11, 31, 23, 59, 59, 999).getTime()), "2026-12-31 23:59:59.999");
});

Deno.test("a line has the reference's shape", () => {
  assertMatch(
    formatLine(Date.now(), "proxy", "accepted c 9"),
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}\] proxy accepted c 9\n$/,
  );
});

Deno.test("control characters are escaped, and no others", () => {
  assertEquals(escapeText("a\r\nb\tc"), "a\\r\\nb\\tc");
  assertEquals(escapeText("\x00\x1b[31m\x7f\x9b1m\u2028\u2029"), "\\x00\\x1b[31m\\x7f\\x9b1m\\u2028\\u2029");
  assertEquals(escapeText("key 'ä你 \u00a0😀'"), "key 'ä你 \u00a0😀'");
  for (let code = 0; code < 0x100; code++) {
    const char = String.fromCharCode(code);
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    assertEquals(escapeText(char) === char, !isControl, `character ${code}`);
  }
});

Deno.test("a text that is too long is cut", () => {
  assertEquals(escapeText("x".repeat(TEXT_CHARS_MAX)), "x".repeat(TEXT_CHARS_MAX));
  assertEquals(escapeText("x".repeat(TEXT_CHARS_MAX + 1)), `${"x".repeat(TEXT_CHARS_MAX)}...`);
});

Deno.test("levels have the reference's numbers, and any number becomes one of them", () => {
  assertEquals(
    Object.entries(Level).map(([name, level]) => `${level} ${name}`).join(", "),
    "0 EMERG, 1 ALERT, 2 CRIT, 3 ERR, 4 WARN, 5 NOTICE, 6 INFO, 7 DEBUG, 8 VERB, 9 VVERB, 10 VVVERB, 11 PVERB",
  );
  assertEquals([-1, 0, 5, 11, 12, 1e9].map(clampLevel), [0, 0, 5, 11, 11, 11]);
});
