// @ts-check
/**
 * Numbers for people. What is not there is a dash.
 *
 * @module
 */

/** What stands for nothing. */
export const NOTHING = "–";

/**
 * Formats a number with three digits, and k, M or G.
 *
 * @param {number | null | undefined} value The number.
 * @returns {string} The text.
 */
export function count(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  const [scaled, suffix] = scale(value, 1000, ["", "k", "M", "G", "T"]);
  return `${digits(scaled)}${suffix}`;
}

/**
 * Formats bytes.
 *
 * @param {number | null | undefined} value How many.
 * @returns {string} The text.
 */
export function bytes(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  const [scaled, suffix] = scale(value, 1024, ["B", "KB", "MB", "GB", "TB"]);
  return `${digits(scaled)} ${suffix}`;
}

/**
 * Formats bytes per second.
 *
 * @param {number | null | undefined} value How many.
 * @returns {string} The text.
 */
export function byteRate(value) {
  const text = bytes(value);
  return text === NOTHING ? text : `${text}/s`;
}

/**
 * Formats microseconds.
 *
 * @param {number | null | undefined} value How many.
 * @returns {string} The text, in the unit that suits it.
 */
export function micros(value) {
  if (value === null || value === undefined || Number.isNaN(value)) return NOTHING;
  if (value < 1000) return `${digits(value)} µs`;
  if (value < 1_000_000) return `${digits(value / 1000)} ms`;
  return `${digits(value / 1_000_000)} s`;
}

/**
 * Formats a share.
 *
 * @param {number} value From 0 to 1.
 * @returns {string} The text.
 */
export function percent(value) {
  return `${digits(value * 100)} %`;
}

/**
 * Formats how long something has lasted, in its two largest units.
 *
 * @param {number} ms Milliseconds.
 * @returns {string} The text.
 */
export function duration(ms) {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/**
 * Formats a moment of these days.
 *
 * @param {number} ms Milliseconds since the Unix epoch.
 * @returns {string} Hours, minutes and seconds where the reader is; the date as well if it was longer ago than a day.
 */
export function clock(ms) {
  const time = new Date(ms).toLocaleTimeString("en-GB");
  return Date.now() - ms < 86_400_000 ? time : `${new Date(ms).toLocaleDateString("en-CA")} ${time}`;
}

/**
 * @param {number} value
 * @param {number} base
 * @param {readonly string[]} suffixes
 * @returns {[number, string]}
 */
function scale(value, base, suffixes) {
  let power = 0;
  let scaled = value;
  // 999.6 shows as 1000, which is one of the next unit.
  while (Math.round(scaled) >= base && power < suffixes.length - 1) {
    scaled /= base;
    power++;
  }
  return [scaled, suffixes[power]];
}

/**
 * @param {number} value
 * @returns {string} Three digits of it, no zeros behind the point.
 */
function digits(value) {
  if (value >= 100) return value.toFixed(0);
  return String(Number(value.toFixed(value >= 10 ? 1 : 2)));
}
