// @ts-check
/// <reference lib="dom" />
/**
 * The table of a pool's servers.
 *
 * @module
 */

import { hotText, stateText } from "./attention.js";
import { element, setAttribute, setText } from "./dom.js";
import { count, micros, percent } from "./format.js";
import { serverId } from "./model.js";
import { showSpark } from "./spark.js";
import { Table } from "./table.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").PoolAnswer} PoolAnswer */
/** @typedef {import("./model.js").ServerAnswer} ServerAnswer */
/** @typedef {{ server: ServerAnswer, timeMs: number, requests: import("./model.js").Values }} Row */

/** Samples of 15 minutes. */
const SPARK_POINTS = 180;
/** Bad ones first. */
const STATE_ORDER = { ejected: 0, probing: 1, failing: 2, live: 3 };

/** @param {HTMLElement} cell @param {Row} row */
function showName(cell, { server: { name, address, weight } }) {
  if (cell.firstChild === null) cell.append(element("strong"), element("span", { class: "address" }));
  const [title, where] = cell.children;
  setText(title, name);
  const place = name.startsWith(address) ? "" : address;
  setText(where, weight === 1 ? place : `${place} weight ${weight}`.trim());
}

/** @param {HTMLElement} cell @param {Row} row */
function showState(cell, { server, timeMs }) {
  if (cell.firstChild === null) cell.append(element("span"), element("span"));
  const [state, hot] = cell.children;
  const isLive = server.state === "live";
  setAttribute(state, "class", `badge ${isLive ? "good" : "bad"}`);
  setText(state, stateText(server, timeMs));
  const isHot = server.hot.length > 0;
  setAttribute(hot, "class", isHot ? "badge warn" : null);
  setAttribute(hot, "title", isHot ? hotText(server) : null);
  setText(hot, isHot ? `hot: ${server.hot.join(", ")}` : "");
}

/** @param {HTMLElement} cell @param {Row} row */
function showShare(cell, { server: { share, fair_share: fair, hot } }) {
  if (cell.firstChild === null) cell.append(element("span"), element("meter", { min: "0", max: "1" }));
  const [text, meter] =
    /** @type {[HTMLElement, HTMLMeterElement]} */ (/** @type {unknown} */ (cell.children));
  setText(text, percent(share));
  // What is fair fills a quarter, however many servers there are.
  meter.max = Math.min(1, 4 * fair) || 1;
  meter.value = share;
  setAttribute(meter, "class", hot.length > 0 ? "warn" : null);
  setAttribute(cell, "title", `fair would be ${percent(fair)}`);
  setAttribute(meter, "aria-label", `${percent(share)} of the requests, fair would be ${percent(fair)}`);
}

/** See the module. */
export class Servers {
  /** The element that holds it. */
  root;
  /** @type {Table<Row>} */
  #table;

  /**
   * Makes an empty table.
   *
   * @param {string} pool The pool's name.
   */
  constructor(pool) {
    this.#table = new Table({
      caption: `Servers of ${pool}`,
      whenEmpty: "No server matches.",
      key: ({ server }) => `${server.name} ${server.address}`,
      tone: ({ server }) => server.state !== "live" ? "bad" : server.hot.length > 0 ? "warn" : "",
      columns: [
        { label: "Server", isText: true, sort: ({ server }) => server.name, show: showName },
        { label: "State", isText: true, sort: ({ server }) => STATE_ORDER[server.state], show: showState },
        {
          label: "Requests/s",
          sort: ({ server }) => server.latest.requests ?? -1,
          text: ({ server }) => count(server.latest.requests),
        },
        { label: "Share", sort: ({ server }) => server.share, show: showShare },
        {
          label: "p50",
          sort: ({ server }) => server.latest.p50_us ?? -1,
          text: ({ server }) => micros(server.latest.p50_us),
        },
        {
          label: "p99",
          sort: ({ server }) => server.latest.p99_us ?? -1,
          text: ({ server }) => micros(server.latest.p99_us),
        },
        {
          label: "Failures/s",
          sort: ({ server }) => server.latest.failures ?? -1,
          text: ({ server }) => count(server.latest.failures),
        },
        {
          label: "Connections",
          sort: ({ server }) => server.connections,
          text: ({ server }) => count(server.connections),
        },
        { label: "Waiting", sort: ({ server }) => server.queue, text: ({ server }) => count(server.queue) },
        { label: "15 minutes", show: (cell, { requests }) => showSpark(cell, requests, SPARK_POINTS) },
      ],
    });
    this.root = this.#table.root;
  }

  /**
   * Shows what there is.
   *
   * @param {Model} model All of it.
   * @param {PoolAnswer} pool The pool.
   * @param {readonly ServerAnswer[]} servers Those of its servers that are wanted.
   */
  update(model, pool, servers) {
    this.#table.update(servers.map((server) => ({
      server,
      timeMs: model.answer.time_ms,
      requests: model.servers.get(serverId(pool, server)) ?? [],
    })));
  }
}
