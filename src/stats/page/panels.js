// @ts-check
/// <reference lib="dom" />
/**
 * Which charts there are, of all pools and of one.
 *
 * @module
 */

import { Chart } from "./chart.js";
import { byteRate, bytes, count, micros } from "./format.js";

/** @typedef {import("./chart.js").ChartSpec} ChartSpec */
/** @typedef {import("./model.js").Samples} Samples */

/** @type {(name: string, label: string, color: string) => import("./chart.js").Line} */
const line = (name, label, color) => ({ name, label, color });

/** What every pool has. @type {readonly ChartSpec[]} */
const POOL_CHARTS = [
  {
    title: "Requests per second",
    format: count,
    lines: [
      line("requests_read", "read", "--blue"),
      line("requests_write", "write", "--orange"),
      line("requests_other", "other", "--violet"),
    ],
  },
  {
    title: "Latency",
    format: micros,
    isLog: true,
    lines: [line("p99_us", "p99", "--red"), line("p50_us", "p50", "--blue")],
  },
  {
    title: "Errors per second, by cause",
    format: count,
    whenEmpty: "None in the last 15 minutes.",
    lines: [
      line("error_refused", "refused", "--red"),
      line("error_timed_out", "timed out", "--orange"),
      line("error_reset", "reset", "--pink"),
      line("error_protocol", "server's protocol", "--violet"),
      line("error_ejected", "ejected", "--blue"),
      line("error_queue_full", "queue full", "--teal"),
      line("error_cross_slot", "cross slot", "--lime"),
      line("error_out_of_memory", "out of memory", "--brown"),
      line("error_client_protocol", "client's protocol", "--slate"),
      line("error_request_too_long", "too long", "--brown"),
      line("error_client_limit", "client limit", "--teal"),
      line("error_private_limit", "private connections", "--lime"),
      line("error_other", "other", "--slate"),
    ],
  },
  {
    title: "Requests waiting",
    format: count,
    lines: [line("out_queue", "for the reply", "--teal"), line("in_queue", "to be sent", "--orange")],
  },
  {
    title: "Connections",
    format: count,
    lines: [line("client_connections", "clients", "--blue"), line("server_connections", "servers", "--teal")],
  },
  {
    title: "Traffic of clients",
    format: byteRate,
    isBinary: true,
    lines: [line("received", "received", "--blue"), line("sent", "sent", "--teal")],
  },
];

/** What the process has besides. @type {readonly ChartSpec[]} */
const PROCESS_CHARTS = [
  { title: "Event loop late, p99", format: micros, lines: [line("event_loop_lag_us", "p99", "--violet")] },
  {
    title: "Memory",
    format: bytes,
    isBinary: true,
    lines: [line("resident_memory", "resident", "--slate"), line("mbuf_used", "mbufs in use", "--teal")],
  },
];

/** The charts of all pools or of one. */
export class Panels {
  /** @type {Chart[]} */
  #charts;

  /**
   * Makes the charts.
   *
   * @param {Element} root What holds them.
   * @param {boolean} hasProcess Whether those of the process are wanted too.
   */
  constructor(root, hasProcess) {
    this.#charts = [...POOL_CHARTS, ...(hasProcess ? PROCESS_CHARTS : [])].map((spec) => new Chart(spec));
    root.append(...this.#charts.map((chart) => chart.root));
  }

  /**
   * Shows samples.
   *
   * @param {readonly number[]} timesMs When they were taken.
   * @param {Samples} samples The numbers by the names of their series.
   */
  update(timesMs, samples) {
    for (const chart of this.#charts) chart.update(timesMs, samples);
  }

  /** Draws them anew. */
  redraw() {
    for (const chart of this.#charts) chart.redraw();
  }

  /** Lets go of them. */
  destroy() {
    for (const chart of this.#charts) chart.destroy();
  }
}

/** The names of all series that a chart shows. */
export const CHARTED = new Set(
  [...POOL_CHARTS, ...PROCESS_CHARTS].flatMap(({ lines }) => lines.map(({ name }) => name)),
);
