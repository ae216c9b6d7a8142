// @ts-check
/// <reference lib="dom" />
/**
 * The table of slow requests. It is asked for when their number has changed.
 *
 * @module
 */

import { byId, element, setText } from "./dom.js";
import { clock, micros } from "./format.js";
import { Table } from "./table.js";

/** @typedef {import("../../metrics/snapshot.ts").SlowRequest} SlowRequest */
/** @typedef {SlowRequest & { id: string }} Row */

/** @type {readonly import("./table.js").TableColumn<Row>[]} */
const COLUMNS = [
  { label: "Time", isText: true, sort: ({ timeMs }) => timeMs, text: ({ timeMs }) => clock(timeMs) },
  { label: "Pool", isText: true, sort: ({ pool }) => pool, text: ({ pool }) => pool },
  { label: "Server", isText: true, sort: ({ server }) => server, text: ({ server }) => server },
  { label: "Command", isText: true, sort: ({ command }) => command, text: ({ command }) => command },
  { label: "Key", isText: true, sort: ({ key }) => key ?? "", text: ({ key }) => key ?? "–" },
  { label: "Client", isText: true, sort: ({ client }) => client, text: ({ client }) => client },
  { label: "In the proxy", sort: ({ queueUs }) => queueUs, text: ({ queueUs }) => micros(queueUs) },
  { label: "At the server", sort: ({ serverUs }) => serverUs, text: ({ serverUs }) => micros(serverUs) },
  { label: "Took", sort: ({ queueUs, serverUs }) => queueUs + serverUs, show: showTotal },
];

/** @param {HTMLElement} cell @param {Row} row */
function showTotal(cell, { queueUs, serverUs, timedOut }) {
  if (cell.firstChild === null) cell.append(element("span"), " ", element("span"));
  const [took, badge] = cell.children;
  setText(took, micros(queueUs + serverUs));
  badge.className = timedOut ? "badge bad" : "";
  setText(badge, timedOut ? "timed out" : "");
}

/** See the module. */
export class SlowLog {
  #total = -1;
  /** @type {Table<Row>} */
  #table = new Table({
    caption: "Slow requests, the latest first",
    whenEmpty: "No request took slowlog_threshold or longer.",
    key: ({ id }) => id,
    columns: COLUMNS,
  });

  /** Makes an empty table. */
  constructor() {
    byId("slow").append(this.#table.root);
    this.#table.update([]);
  }

  /**
   * Asks for the requests if there are new ones.
   *
   * @param {number} total How many there have been.
   */
  async update(total) {
    if (total === this.#total) return;
    const before = this.#total;
    this.#total = total;
    try {
      const response = await fetch("slowlog", { cache: "no-store" });
      const requests = /** @type {SlowRequest[]} */ (await response.json());
      this.#table.update(requests.map((request, i) => ({ ...request, id: String(requests.length - i) })));
    } catch {
      // Is asked for again with the next answer; the head of the page tells that the proxy is gone.
      this.#total = before;
    }
  }
}
