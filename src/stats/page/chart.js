// @ts-check
/// <reference lib="dom" />
/**
 * One chart: a title, the latest numbers as its legend, and lines over 15 minutes, drawn by uPlot. The numbers are those under the
 * pointer while it is over any chart of the page.
 *
 * @module
 */

import { element, setAttribute, setText } from "./dom.js";
import { clock } from "./format.js";

/** @typedef {import("./model.js").Values} Values */

/**
 * @typedef {object} Line
 * @property {string} name The series' name in the samples.
 * @property {string} label What people call it.
 * @property {string} color A custom property of the style sheet.
 */

/**
 * @typedef {object} ChartSpec
 * @property {string} title What it shows.
 * @property {(value: number | null | undefined) => string} format How its numbers are written.
 * @property {readonly Line[]} lines Its lines.
 * @property {boolean} [isLog] Whether every power of ten is as high as the others.
 * @property {boolean} [isBinary] Whether its axis is cut at powers of two.
 * @property {string} [whenEmpty] Lines that are 0 all the time are left out; what is said if all are.
 */

const AXIS_FONT = "11px system-ui, sans-serif";
const SPAN_SECONDS = 900;
/** Axes of bytes are cut at these and not at powers of ten. */
const BINARY_STEPS = Array.from({ length: 50 }, (_, i) => 2 ** i);
/** From one power of ten to another, whatever is between. @type {import("uplot").Scale} */
const LOG_SCALE = {
  distr: 3,
  range: (_u, min, max) => {
    const low = Math.floor(Math.log10(Math.max(1, min ?? 100)));
    return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.log10(Math.max(1, max ?? 1000))))];
  },
};

/** @returns {typeof import("uplot")} The library, which index.html loads. */
function library() {
  return /** @type {any} */ (globalThis).uPlot;
}

/** @param {string} property @returns {string} Its value in the colour scheme that is in use. */
function styleOf(property) {
  return getComputedStyle(document.documentElement).getPropertyValue(property).trim();
}

/** See the module. */
export class Chart {
  /** The element that holds it. */
  root;
  #spec;
  #plotBox = element("div", { class: "plot", "aria-hidden": "true" });
  #empty;
  /** Which time the pointer is at. */
  #time = element("time");
  /** @type {import("uplot") | null} */
  #plot = null;
  /** @type {{ item: HTMLElement, value: HTMLElement }[]} */
  #legend;
  /** @type {(number | null)[][]} */
  #data = [];
  /** @type {boolean[]} */
  #shown = [];
  #resized;

  /**
   * Makes a chart.
   *
   * @param {ChartSpec} spec What it shows.
   */
  constructor(spec) {
    this.#spec = spec;
    this.#legend = spec.lines.map(({ label, color }) => {
      const value = element("b");
      const swatch = element("i");
      swatch.style.background = `var(${color})`;
      return { item: element("li", {}, swatch, `${label} `, value), value };
    });
    this.#empty = element("p", { class: "empty" }, spec.whenEmpty ?? "");
    const items = this.#legend.map(({ item }) => item);
    const caption = element(
      "figcaption",
      {},
      element("h3", {}, spec.title, " ", this.#time),
      element("ul", { class: "legend" }, ...items),
    );
    this.root = element("figure", { class: "card chart" }, caption, this.#plotBox, this.#empty);
    this.#resized = new ResizeObserver(() => this.#resize());
    this.#resized.observe(this.#plotBox);
  }

  /**
   * Shows samples.
   *
   * @param {readonly number[]} timesMs When they were taken.
   * @param {Record<string, Values>} samples The numbers by the names of their series.
   */
  update(timesMs, samples) {
    const columns = this.#spec.lines.map(({ name }) => samples[name] ?? timesMs.map(() => null));
    this.#data = [timesMs.map((ms) => ms / 1000), ...columns];
    const leavesOut = this.#spec.whenEmpty !== undefined;
    this.#shown = columns.map((column) => !leavesOut || column.some((value) => value !== null && value > 0));
    const isEmpty = !this.#shown.includes(true);
    this.#empty.hidden = !isEmpty;
    this.#plotBox.style.visibility = isEmpty ? "hidden" : "";
    this.#draw();
    this.#tell(this.#plot?.cursor.idx ?? null);
  }

  /** Draws it anew, such as in other colours. */
  redraw() {
    this.#plot?.destroy();
    this.#plot = null;
    this.#draw();
  }

  /** Lets go of it. */
  destroy() {
    this.#resized.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
  }

  #draw() {
    const width = this.#plotBox.clientWidth;
    if (width === 0) return;
    const data = /** @type {import("uplot").AlignedData} */ (/** @type {unknown} */ (this.#data));
    if (this.#plot === null) {
      this.#plot = new (library())(this.#options(width), data, this.#plotBox);
    } else this.#plot.setData(data);
    this.#shown.forEach((show, i) => {
      if (this.#plot?.series[i + 1].show !== show) this.#plot?.setSeries(i + 1, { show });
    });
  }

  #resize() {
    const width = this.#plotBox.clientWidth;
    if (width === 0 || this.#data.length === 0) return;
    if (this.#plot === null) this.#draw();
    else if ((this.#plot.width !== width || this.#plot.height !== this.#plotBox.clientHeight)) {
      this.#plot.setSize({ width, height: this.#plotBox.clientHeight });
    }
  }

  /**
   * @param {number | null} index Which sample the legend tells; null for the latest.
   */
  #tell(index) {
    const at = index ?? this.#data[0].length - 1;
    setText(this.#time, index === null ? "" : clock((this.#data[0][index] ?? 0) * 1000));
    const told = this.#legend.map(({ item, value }, i) => {
      item.hidden = !this.#shown[i];
      const text = this.#spec.format(this.#data[i + 1][at]);
      setText(value, text);
      return `${this.#spec.lines[i].label} ${text}`;
    });
    const shown = told.filter((_, i) => this.#shown[i]);
    const summary = shown.length === 0 ? this.#spec.whenEmpty ?? "" : shown.join(", ");
    setAttribute(this.root, "aria-label", `${this.#spec.title}: ${summary}`);
  }

  /**
   * @param {number} width
   * @returns {import("uplot").Options}
   */
  #options(width) {
    const { format, lines, isLog, isBinary } = this.#spec;
    const grid = { stroke: styleOf("--grid"), width: 1 };
    const axis = { stroke: styleOf("--muted"), font: AXIS_FONT, ticks: { show: false } };
    return {
      width,
      height: this.#plotBox.clientHeight,
      legend: { show: false },
      padding: [8, 16, 0, 0],
      cursor: { sync: { key: "page" }, drag: { x: false, y: false }, points: { size: 6 } },
      scales: {
        x: { time: true, range: (_u, _min, max) => [max - SPAN_SECONDS, max] },
        y: isLog ? LOG_SCALE : { range: (_u, _min, max) => [0, max > 0 ? max * 1.15 : 1] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 22,
          space: 64,
          values: (_u, splits) => splits.map(timeLabel),
        },
        {
          ...axis,
          grid: isLog ? { ...grid, filter: powersOfTen } : grid,
          filter: isLog ? powersOfTen : undefined,
          size: 58,
          space: isLog ? 20 : 34,
          incrs: isBinary ? BINARY_STEPS : undefined,
          values: (_u, splits) => splits.map((value) => value === null ? null : format(value)),
        },
      ],
      series: [
        {},
        ...lines.map(({ label, color }) => {
          const stroke = styleOf(color);
          return { label, stroke, fill: `${stroke}1f`, width: 1.5, points: { show: false } };
        }),
      ],
      hooks: { setCursor: [(u) => this.#tell(u.cursor.idx ?? null)] },
    };
  }
}

/** @param {unknown} _plot @param {readonly number[]} splits @returns {(number | null)[]} What is marked on a logarithmic axis. */
function powersOfTen(_plot, splits) {
  return splits.map((value) => Number.isInteger(Math.round(Math.log10(value) * 1e6) / 1e6) ? value : null);
}

/** @param {number} seconds @returns {string} */
function timeLabel(seconds) {
  return clock(seconds * 1000).slice(0, -3);
}
