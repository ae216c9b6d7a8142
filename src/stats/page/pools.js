// @ts-check
/// <reference lib="dom" />
/**
 * The table of pools. A pool that is opened shows its charts and its servers.
 *
 * @module
 */

import { byId, element, setAttribute, setText } from "./dom.js";
import { count, micros } from "./format.js";
import { errorsOf, isTroubled, requestsOf, sumColumns } from "./model.js";
import { Panels } from "./panels.js";
import { Servers } from "./servers.js";
import { showSpark } from "./spark.js";
import { Table } from "./table.js";

/** @typedef {import("./model.js").Model} Model */
/** @typedef {import("./model.js").PoolAnswer} PoolAnswer */
/** @typedef {import("./model.js").ServerAnswer} ServerAnswer */
/** @typedef {{ pool: PoolAnswer, requests: import("./model.js").Values }} Row */

/** So few pools are open from the start, where there is room for them. */
const OPEN_MAX = 2;
const ROOM = "(min-width: 821px)";

/**
 * @typedef {object} Opened
 * @property {HTMLElement} root
 * @property {Panels} panels
 * @property {Servers} servers
 */

/** See the module. */
export class Pools {
  #find = /** @type {HTMLInputElement} */ (byId("find"));
  #troubled = /** @type {HTMLInputElement} */ (byId("troubled"));
  /** @type {Set<string> | null} */
  #openNames = openInAddress();
  /** @type {Map<string, Opened>} */
  #opened = new Map();
  /** @type {Model | null} */
  #model = null;
  #onQuestion;
  /** @type {Table<Row>} */
  #table;

  /**
   * Makes an empty table.
   *
   * @param {() => void} onQuestion Is called when other samples are wanted.
   */
  constructor(onQuestion) {
    this.#onQuestion = onQuestion;
    this.#table = this.#makeTable();
    byId("pools").append(this.#table.root);
    for (const input of [this.#find, this.#troubled]) {
      input.addEventListener("input", () => {
        this.#draw();
        onQuestion();
      });
    }
  }

  /** What is wanted of the proxy. */
  get question() {
    return { pools: [...(this.#openNames ?? [])].sort(), find: this.#find.value.trim() };
  }

  /**
   * Shows what there is.
   *
   * @param {Model} model All of it.
   */
  update(model) {
    this.#model = model;
    const { pools } = model.answer;
    if (this.#openNames === null) {
      const opensAll = pools.length <= OPEN_MAX && matchMedia(ROOM).matches;
      this.#openNames = new Set(opensAll ? pools.map(({ name }) => name) : []);
      if (this.#openNames.size > 0) this.#onQuestion();
    }
    this.#draw();
  }

  /** Draws the charts anew. */
  redraw() {
    for (const { panels } of this.#opened.values()) panels.redraw();
  }

  /**
   * Opens a pool and brings it into view.
   *
   * @param {string} name Its name.
   */
  reveal(name) {
    this.#find.value = "";
    this.#troubled.checked = false;
    if (!this.#isOpen(name)) this.#toggle(name);
    else this.#draw();
    const button = byId("pools").querySelector(`button[data-pool="${CSS.escape(name)}"]`);
    if (button instanceof HTMLElement) {
      button.focus({ preventScroll: true });
      button.scrollIntoView({ block: "start" });
    }
  }

  #makeTable() {
    return new Table({
      caption: "Pools",
      whenEmpty: "No pool matches.",
      key: ({ pool }) => pool.name,
      tone: ({ pool }) => pool.ready ? "" : "bad",
      detail: ({ pool }) => this.#detail(pool),
      columns: [
        {
          label: "Pool",
          isText: true,
          sort: (/** @type {Row} */ { pool }) => pool.name,
          show: (cell, row) => this.#showName(cell, row),
        },
        {
          label: "Servers up",
          isText: true,
          sort: ({ pool }) => pool.live_servers / pool.servers_total,
          show: showServers,
        },
        {
          label: "Requests/s",
          sort: ({ pool }) => requestsOf(pool.latest),
          text: ({ pool }) => count(requestsOf(pool.latest)),
        },
        {
          label: "p50",
          sort: ({ pool }) => pool.latest.p50_us ?? -1,
          text: ({ pool }) => micros(pool.latest.p50_us),
        },
        {
          label: "p99",
          sort: ({ pool }) => pool.latest.p99_us ?? -1,
          text: ({ pool }) => micros(pool.latest.p99_us),
        },
        { label: "Errors/s", sort: ({ pool }) => errorsOf(pool.latest), show: showErrors },
        { label: "Clients", sort: ({ pool }) => pool.clients, text: ({ pool }) => count(pool.clients) },
        {
          label: "Waiting",
          sort: ({ pool }) => waitingOf(pool),
          text: ({ pool }) => count(waitingOf(pool)),
        },
        {
          label: "15 minutes",
          show: (cell, { requests }) => showSpark(cell, requests, this.#model?.answer.samples_max ?? 1),
        },
      ],
    });
  }

  #draw() {
    const model = this.#model;
    if (model === null) return;
    const pools = model.answer.pools.filter((pool) =>
      (!this.#troubled.checked || isTroubled(pool)) && (this.#matches(pool) || this.#found(pool).length > 0)
    );
    this.#table.update(pools.map((pool) => {
      const samples = model.pools.get(pool.name) ?? {};
      const parts = ["requests_read", "requests_write", "requests_other"].map((name) => samples[name] ?? []);
      return { pool, requests: sumColumns(parts) };
    }));
    const names = new Set(pools.map(({ name }) => name));
    for (const [name, { panels }] of this.#opened) {
      if (names.has(name) && this.#shows(name)) continue;
      panels.destroy();
      this.#opened.delete(name);
    }
  }

  /** @returns {string} What is searched for. */
  get #needle() {
    return this.#find.value.trim().toLowerCase();
  }

  /** @param {PoolAnswer} pool @returns {boolean} Whether the pool itself is what is searched for. */
  #matches({ name, address }) {
    return this.#needle === "" || `${name} ${address}`.toLowerCase().includes(this.#needle);
  }

  /** @param {PoolAnswer} pool @returns {readonly ServerAnswer[]} Those of its servers that are searched for. */
  #found({ servers }) {
    if (this.#needle === "") return [];
    return servers.filter(({ name, address }) => `${name} ${address}`.toLowerCase().includes(this.#needle));
  }

  /** @param {string} name @returns {boolean} Whether somebody has opened the pool. */
  #isOpen(name) {
    return this.#openNames?.has(name) ?? false;
  }

  /** @param {string} name @returns {boolean} Whether something is shown below it. */
  #shows(name) {
    const pool = this.#model?.answer.pools.find((candidate) => candidate.name === name);
    return this.#isOpen(name) || (pool !== undefined && this.#found(pool).length > 0);
  }

  /** @param {string} name */
  #toggle(name) {
    const names = this.#openNames ?? new Set();
    if (!names.delete(name)) names.add(name);
    this.#openNames = names;
    // Whoever loads the page again, or is sent its address, sees the same pools.
    history.replaceState(null, "", `#${new URLSearchParams([...names].map((each) => ["pool", each]))}`);
    this.#draw();
    this.#onQuestion();
  }

  /** @param {HTMLElement} cell @param {Row} row */
  #showName(cell, { pool }) {
    if (cell.firstChild === null) {
      const button = element(
        "button",
        { type: "button", class: "opener", "data-pool": pool.name },
        pool.name,
      );
      button.addEventListener("click", () => this.#toggle(pool.name));
      cell.append(button, element("span", { class: "address" }));
    }
    const [button, where] = cell.children;
    setAttribute(button, "aria-expanded", String(this.#isOpen(pool.name)));
    setText(where, `${pool.protocol} on ${pool.address}`);
  }

  /** @param {PoolAnswer} pool @returns {HTMLElement | null} */
  #detail(pool) {
    const model = this.#model;
    const samples = model?.pools.get(pool.name);
    if (model === null || samples === undefined || !this.#shows(pool.name)) return null;
    let opened = this.#opened.get(pool.name);
    if (opened === undefined) {
      const charts = element("div", { class: "charts" });
      const servers = new Servers(pool.name);
      opened = { root: element("div", {}, charts, servers.root), panels: new Panels(charts, false), servers };
      this.#opened.set(pool.name, opened);
    }
    const isAll = this.#isOpen(pool.name);
    setAttribute(opened.root, "class", isAll ? "pool" : "pool brief");
    // Until its samples have come, a pool that was just opened has only those of its requests.
    if (isAll) opened.panels.update(model.timesMs, samples);
    opened.servers.update(model, pool, this.#matches(pool) ? pool.servers : this.#found(pool));
    return opened.root;
  }
}

/** @param {PoolAnswer} pool @returns {number} */
function waitingOf({ latest }) {
  return (latest.in_queue ?? 0) + (latest.out_queue ?? 0);
}

/** @param {HTMLElement} cell @param {Row} row */
function showServers(cell, { pool }) {
  if (cell.firstChild === null) cell.append(element("span"), element("span"));
  const [up, hot] = cell.children;
  const { live_servers: live, servers_total: total, ready } = pool;
  setAttribute(up, "class", `badge ${live === total ? "good" : ready ? "warn" : "bad"}`);
  setText(up, `${live} of ${total}${ready ? "" : ", not ready"}`);
  const hotCount = pool.servers.filter((server) => server.hot.length > 0).length;
  setAttribute(hot, "class", hotCount > 0 ? "badge warn" : null);
  setText(hot, hotCount > 0 ? `${hotCount} hot` : "");
}

/** @param {HTMLElement} cell @param {Row} row */
function showErrors(cell, { pool }) {
  const errors = errorsOf(pool.latest);
  setText(cell, count(errors));
  cell.classList.toggle("bad", errors > 0);
}

/** @returns {Set<string> | null} The pools that the page's address opens; null if it says nothing. */
function openInAddress() {
  if (location.hash.length < 2) return null;
  return new Set(new URLSearchParams(location.hash.slice(1)).getAll("pool"));
}
