// @ts-check
/// <reference lib="dom" />
/**
 * A line as small as a word, without axes.
 *
 * @module
 */

/** @typedef {import("./model.js").Values} Values */

const WIDTH = 120;
const HEIGHT = 22;
const NAMESPACE = "http://www.w3.org/2000/svg";

/**
 * Says how the line goes.
 *
 * @param {Values} values The numbers; null for nothing.
 * @param {number} points How many points the whole width has; the numbers are its right end.
 * @returns {string} The data of an SVG path.
 */
export function sparkPath(values, points) {
  // More points than pixels cannot be seen: neighbours become their mean.
  const step = Math.max(1, Math.ceil(points / WIDTH));
  const max = Math.max(1, ...values.map((value) => value ?? 0));
  let path = "";
  let isDown = false;
  for (let start = values.length % step; start < values.length; start += step) {
    const known = values.slice(start, start + step).filter((value) => value !== null);
    if (known.length === 0) {
      isDown = false;
      continue;
    }
    const mean = known.reduce((/** @type {number} */ sum, value) => sum + (value ?? 0), 0) / known.length;
    const x = WIDTH - ((values.length - start) / points) * WIDTH;
    const y = HEIGHT - 1 - (mean / max) * (HEIGHT - 3);
    path += `${isDown ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    isDown = true;
  }
  return path;
}

/**
 * Shows numbers in a cell.
 *
 * @param {Element} cell The cell.
 * @param {Values} values The numbers.
 * @param {number} points How many points the whole width has.
 */
export function showSpark(cell, values, points) {
  let path = cell.querySelector("path");
  if (path === null) {
    const svg = document.createElementNS(NAMESPACE, "svg");
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    svg.setAttribute("class", "spark");
    svg.setAttribute("aria-hidden", "true");
    path = document.createElementNS(NAMESPACE, "path");
    svg.append(path);
    cell.replaceChildren(svg);
  }
  path.setAttribute("d", sparkPath(values, points));
}
