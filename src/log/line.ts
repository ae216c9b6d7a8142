/**
 * One line of the log.
 *
 * @module
 */

import type { LogLevel } from "./level.ts";
import { TEXT_CHARS_MAX } from "./limits.ts";

// deno-lint-ignore no-control-regex
const controls = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g;

const named: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escapeControl(char: string): string {
  const code = char.charCodeAt(0);
  return named[char] ??
    (code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, "0")}`);
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, "0");
}

/**
 * Makes a text safe for a line: no control character is left, so that no peer's bytes can break a line or steer a terminal.
 *
 * @param text Any text.
 * @returns The text with its control characters as `\n`, `\x1b` or `\u2028`, cut to `TEXT_CHARS_MAX`.
 */
export function escapeText(text: string): string {
  const cut = text.length > TEXT_CHARS_MAX ? `${text.slice(0, TEXT_CHARS_MAX)}...` : text;
  return cut.replace(controls, escapeControl);
}

/**
 * Formats a time as the log shows it.
 *
 * @param wallTimeMs Milliseconds since the Unix epoch.
 * @returns `YYYY-MM-DD HH:MM:SS.mmm` in local time.
 */
export function formatTime(wallTimeMs: number): string {
  const time = new Date(wallTimeMs);
  const date = `${digits(time.getFullYear(), 4)}-${digits(time.getMonth() + 1, 2)}-${
    digits(time.getDate(), 2)
  }`;
  const clock = `${digits(time.getHours(), 2)}:${digits(time.getMinutes(), 2)}:${
    digits(time.getSeconds(), 2)
  }`;
  return `${date} ${clock}.${digits(time.getMilliseconds(), 3)}`;
}

/**
 * Formats a line as one object of JSON.
 *
 * @param wallTimeMs Milliseconds since the Unix epoch.
 * @param level How much it matters.
 * @param module Who speaks.
 * @param text What is said.
 * @returns `{"time":"…Z","level":5,"module":"…","text":"…"}` and a line feed; the time is in UTC.
 */
export function formatJsonLine(wallTimeMs: number, level: LogLevel, module: string, text: string): string {
  const time = new Date(wallTimeMs).toISOString();
  return `${JSON.stringify({ time, level, module, text: escapeText(text) })}\n`;
}

/**
 * Formats a line in the reference's shape.
 *
 * @param wallTimeMs Milliseconds since the Unix epoch.
 * @param module Who speaks.
 * @param text What is said.
 * @returns `[YYYY-MM-DD HH:MM:SS.mmm] module text` and a line feed.
 */
export function formatLine(wallTimeMs: number, module: string, text: string): string {
  return `[${formatTime(wallTimeMs)}] ${module} ${escapeText(text)}\n`;
}
