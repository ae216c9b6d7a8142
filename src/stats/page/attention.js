// @ts-check
/// <reference lib="dom" />
/**
 * What somebody should look at first.
 *
 * @module
 */

import { byId, element, setChildren, setText } from "./dom.js";
import { clock, count, duration, percent } from "./format.js";
import { errorsOf } from "./model.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").HistoryAnswer} HistoryAnswer */
/** @typedef {import("./model.js").PoolAnswer} PoolAnswer */
/** @typedef {import("./model.js").ServerAnswer} ServerAnswer */

/**
 * @typedef {object} Matter
 * @property {"bad" | "warn"} level How bad it is.
 * @property {string | null} pool The pool that it is about; null if it is about none.
 * @property {string} about What it is about.
 * @property {string} text What is the matter.
 */

/** So many are shown; the tables have them all. */
const SHOWN_MAX = 20;

/**
 * Says in which state a server is, and since when.
 *
 * @param {ServerAnswer} server The server.
 * @param {number} nowMs When it was so, in milliseconds since the Unix epoch.
 * @returns {string} Words.
 */
export function stateText({ state, state_age_ms: age }, nowMs) {
  if (state === "live") return "up";
  return age === null ? state : `${state} since ${clock(nowMs - age)} (${duration(age)})`;
}

/**
 * Says in what a server has too much to do.
 *
 * @param {ServerAnswer} server The server.
 * @returns {string} Words; empty if it has not.
 */
export function hotText({ hot, share, byte_share: byteShare, fair_share: fairShare, queue }) {
  const fair = `instead of ${percent(fairShare)}`;
  return hot.map((kind) => {
    if (kind === "queue") return `${count(queue)} requests wait for it`;
    return kind === "requests"
      ? `${percent(share)} of the requests ${fair}`
      : `${percent(byteShare)} of the bytes ${fair}`;
  }).join(", ");
}

/**
 * Lists what is the matter, the worst first.
 *
 * @param {Pick<HistoryAnswer, "pools" | "refused_config" | "time_ms">} answer What the proxy says.
 * @returns {Matter[]} All of it.
 */
export function mattersOf({ pools, refused_config: refused, time_ms: nowMs }) {
  /** @type {Matter[]} */
  const matters = [];
  if (refused !== null) {
    const text = `file could not be used at ${clock(refused.at_ms)}, the one before stays: ${
      refused.lines.join("; ")
    }`;
    matters.push({ level: "bad", pool: null, about: "configuration", text });
  }
  for (const pool of pools) {
    const add = (
      /** @type {Matter["level"]} */ level,
      /** @type {string} */ about,
      /** @type {string} */ text,
    ) => void matters.push({ level, pool: pool.name, about, text });
    const { live_servers: live, servers_total: total, ready_min_servers: needed } = pool;
    if (!pool.ready) {
      add("bad", pool.name, `is not ready: ${live} of ${total} servers are up, and it needs ${needed}`);
    }
    for (const server of pool.servers) {
      const about = `${pool.name} / ${server.name}`;
      if (server.state !== "live") add("bad", about, `is ${stateText(server, nowMs)}`);
      if (server.hot.length > 0) add("warn", about, `is hot: ${hotText(server)}`);
    }
    const errors = errorsOf(pool.latest);
    if (errors > 0) add("warn", pool.name, `has ${count(errors)} errors per second`);
  }
  return matters.sort((a, b) => Number(a.level === "warn") - Number(b.level === "warn"));
}

/** See the module. */
export class Attention {
  #list = element("ul", { class: "matters" });
  #none = element("p", { class: "empty" }, "Nothing: all servers are up, and no pool has errors.");
  #more = element("p", { class: "empty" });
  /** @type {Map<string, { item: HTMLElement, text: HTMLElement }>} */
  #items = new Map();
  #onPool;

  /**
   * Makes the list.
   *
   * @param {(pool: string) => void} onPool Is called when somebody wants to see a pool.
   */
  constructor(onPool) {
    this.#onPool = onPool;
    byId("attention").append(this.#list, this.#none, this.#more);
  }

  /**
   * Shows what there is.
   *
   * @param {Model} model All of it.
   */
  update({ answer }) {
    const matters = mattersOf(answer);
    const shown = matters.slice(0, SHOWN_MAX);
    const items = new Map(shown.map((matter, i) => [`${matter.level} ${matter.about} ${i}`, matter]));
    for (const key of [...this.#items.keys()]) if (!items.has(key)) this.#items.delete(key);
    setChildren(this.#list, [...items].map(([key, matter]) => this.#show(key, matter)));
    this.#none.hidden = matters.length > 0;
    this.#more.hidden = matters.length <= shown.length;
    setText(this.#more, `And ${matters.length - shown.length} more in the tables below.`);
  }

  /** @param {string | null} pool @param {string} about @returns {HTMLElement} What leads to the pool. */
  #name(pool, about) {
    if (pool === null) return element("a", { href: "config" }, about);
    const button = element("button", { type: "button" }, about);
    button.addEventListener("click", () => this.#onPool(pool));
    return button;
  }

  /** @param {string} key @param {Matter} matter @returns {HTMLElement} */
  #show(key, { level, pool, about, text }) {
    let made = this.#items.get(key);
    if (made === undefined) {
      const words = element("span");
      made = { item: element("li", { class: level }, this.#name(pool, about), " ", words), text: words };
      this.#items.set(key, made);
    }
    setText(made.text, text);
    return made.item;
  }
}
